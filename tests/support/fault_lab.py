"""One installation, one refresh of it in a process of its own, and what goes wrong in it.

The process is forked from one that has imported everything already, so that a refresh costs what it
does and not its imports. A fault is laid before the refresh, or strikes as a step begins or ends.
"""

import ctypes
import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from io import StringIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import time_machine

from ingest.snapshot.client import SNAPSHOT_DIR
from orchestration.settings import EdgarAccess, Settings, Source, SourceKind
from tests.support.edgar_server import EdgarServer

PRELOADED = ["tests.support.fault_lab_preloaded"]
LONGEST_RUN_SECONDS = 180
IDENTITY = "plumbline tests, nobody@example.invalid"
DISK_BYTES = 1_000_000_000
STEPS = (
    "load_registry",
    "land_articles",
    "load_source",
    "load_articles",
    "judge_raw_tables",
    "build_models",
    "value_scenarios",
    "backtest_scenarios",
    "draw_report",
    "publish_warehouse",
)
CLONE_NEWNS = 0x00020000
MINUTES_BETWEEN_RUNS = timedelta(minutes=10)


@dataclass(frozen=True)
class Moment:
    """When a fault strikes: as a step begins or ends, or so many seconds after the run began."""

    step: str = ""
    event: str = "STEP_START"
    seconds: float | None = None


@dataclass(frozen=True)
class Strike:
    """A fault that happens to the refreshing process itself."""

    act: Callable[[Settings], None]
    moment: Moment


@dataclass(frozen=True)
class Outcome:
    """What became of one refresh: `signal` ended it, or it ended by itself with `problems`."""

    signal: int | None
    is_success: bool
    problems: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def refresh_with(
    settings: Settings, now: datetime, strike: Strike | None, is_short: bool, into: Connection
) -> None:
    """Refresh in this process, whatever happens to it; the outcome goes into the pipe."""
    from rich.console import Console

    from orchestration.build import BuildError
    from orchestration.guard_process import judge_here
    from orchestration.refresh import refresh

    _hurry()
    if is_short:
        _value_with_fewer_draws()
    time_machine.travel(now, tick=True).start()
    if strike:
        _arm(settings, strike)
    try:
        result = refresh(settings, judge_here, Console(file=StringIO()))
        told = (result.is_success, result.problems, result.damaged)
    except BuildError as error:
        told = (False, (str(error),), ())
    except Exception as error:
        told = (False, (f"{type(error).__name__}: {error}",), ())
    into.send(told)


def _hurry() -> None:
    """Ask a server on the loopback without waiting for turns or long between attempts."""
    import ingest.http
    from orchestration import sources

    backoff = ingest.http.Backoff(0.01, 0.05, 0.01, 0.2)
    ingest.http.PoliteClient.__init__.__kwdefaults__["backoff"] = backoff
    hurried = sources.Patience(3, ingest.http.Timeouts(2.0, 1.0, 3.0))
    sources.open_edgar.__wrapped__.__defaults__ = (hurried,)
    ingest.http.SharedLimit.wait = lambda _self: None


def _value_with_fewer_draws() -> None:
    """The same steps, with less to do in those that draw."""
    from orchestration import valuing

    declared = valuing.load_methods()
    fewer = {"draws": 8192, "draws_at_once": 8192}
    shorter = {"draws": 1024, "since": date(2025, 1, 1)}
    methods = declared.model_copy(
        update={
            "simulation": declared.simulation.model_copy(update=fewer),
            "backtest": declared.backtest.model_copy(update=shorter),
        }
    )
    valuing.load_methods = lambda: methods


def _arm(settings: Settings, strike: Strike) -> None:
    if strike.moment.seconds is not None:
        # A timer of the system's own: it strikes in the middle of anything.
        signal.signal(signal.SIGALRM, lambda *_: strike.act(settings))
        signal.setitimer(signal.ITIMER_REAL, strike.moment.seconds)
        return
    from orchestration.progress import ProgressHandler

    emit = ProgressHandler.emit
    struck = []

    def watched(handler: ProgressHandler, record: Any) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        is_moment = (
            event is not None
            and event.step_key == strike.moment.step
            and event.event_type.value == strike.moment.event
        )
        if is_moment and not struck:
            struck.append(True)
            strike.act(settings)
        emit(handler, record)

    ProgressHandler.emit = watched


# What may strike


def kill(_settings: Settings) -> None:
    """The process is gone at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill_disk(settings: Settings) -> None:
    """Not a byte is free on the disk of the data directory."""
    with (settings.data_dir / "filler").open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"\0" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2


def make_read_only(settings: Settings) -> None:
    """Nothing can be written below the data directory any more, by this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "no mounts of its own")
    place = str(settings.data_dir)
    for options in (
        ["--make-rprivate", "/"],
        ["--bind", place, place],
        ["-o", "remount,bind,ro", place],
    ):
        subprocess.run(["mount", *options], check=True, capture_output=True)


def starve(_settings: Settings) -> None:
    """No more memory is given to the process than it has now, and a little."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + 8_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@dataclass
class Lab:
    """An installation on a disk of its own, following an EDGAR on the loopback.

    Where it `is_short`, values are drawn from fewer draws and fewer days of the past.
    """

    directory: Path
    server: EdgarServer
    now: datetime
    is_short: bool = False
    _context: Any = field(default_factory=lambda: get_context("forkserver"))

    def __post_init__(self) -> None:
        self._context.set_forkserver_preload(PRELOADED)

    @property
    def settings(self) -> Settings:
        """Of the installation."""
        return Settings(
            self.directory / "data",
            SNAPSHOT_DIR,
            memory_limit="500MB",
            threads=1,
            source=Source(SourceKind.EDGAR),
            edgar=EdgarAccess(IDENTITY, 10, None, self.server.url, self.server.url),
        )

    def refresh(
        self, strike: Strike | None = None, now: datetime | None = None, **changes: Any
    ) -> Outcome:
        """Refresh once, in a process of its own, by the lab's clock or another.

        The lab's clock goes on by minutes from one refresh to the next.
        """
        self.now += MINUTES_BETWEEN_RUNS
        receiver, sender = self._context.Pipe(duplex=False)
        settings = replace(self.settings, **changes)
        process = self._context.Process(
            target=refresh_with, args=(settings, now or self.now, strike, self.is_short, sender)
        )
        process.start()
        sender.close()
        try:
            told = receiver.recv() if receiver.poll(LONGEST_RUN_SECONDS) else None
        except EOFError:
            told = None
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join()
        if told is None:
            return Outcome(-(process.exitcode or 0), False)
        return Outcome(None, *told)

    def published(self) -> dict[str, list[tuple[Any, ...]]] | None:
        """Every row of every raw table and of the figures; None where nothing is published."""
        path = self.settings.warehouse_path
        if not path.exists():
            return None
        with duckdb.connect(str(path.resolve()), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables"
                " where table_schema = 'raw' or table_name = 'fct_metrics' order by all"
            ).fetchall()
            return {
                f"{schema}.{table}": sorted(
                    connection.execute(f"from {schema}.{table}").fetchall(), key=repr
                )
                for schema, table in tables
            }

    def save(self, into: Path) -> None:
        """Keep the state of the installation."""
        shutil.copytree(self.settings.data_dir, into, symlinks=True)

    def restore(self, saved: Path) -> None:
        """The installation as it was saved."""
        for path in self.settings.data_dir.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        shutil.copytree(saved, self.settings.data_dir, symlinks=True, dirs_exist_ok=True)

    def free_disk(self) -> None:
        """What filled the disk is gone."""
        (self.settings.data_dir / "filler").unlink(missing_ok=True)


@contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    """A disk of its own, which can be full; it takes a user who may mount."""
    directory.mkdir(parents=True)
    options = f"size={DISK_BYTES},mode=0700"
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", str(directory)],
        check=True,
        capture_output=True,
    )
    try:
        yield directory
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True, capture_output=True)


def may_mount() -> bool:
    """Whether this user may mount disks."""
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return os.geteuid() == 0 and probe.returncode == 0
