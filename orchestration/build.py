"""The private build: a run works on a copy of the published warehouse that nobody else reads.

Belongs here: one build at a time, what it begins from, opening warehouses. Does not belong here:
what becomes of a finished build (`versions` publishes it).
"""

import errno
import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, TextIO

import duckdb

from orchestration.settings import Settings, make_data_dir

SECONDS_BETWEEN_TRIES = 0.5
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

_locks_held: dict[Path, TextIO] = {}


class BuildError(Exception):
    """The build cannot be started or published: says why and what to do."""


class BuildLockedError(BuildError):
    """Another refresh is at work on the same data directory."""


@dataclass(frozen=True)
class Base:
    """A warehouse to begin a build from, as it should be; of one found in place that is unknown."""

    path: Path
    sha256: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True)
class Begun:
    """A build: whose it is, since when, from which warehouse, and what was damaged before that."""

    run_id: str
    begun_at: datetime
    base: str | None
    damaged: tuple[str, ...]


def lock_builds(settings: Settings, wait_seconds: float = 0.0) -> None:
    """Keep every other process from building in the data directory until this one ends.

    Taken again by the same process, it stays as it is. Raises BuildLockedError when another process
    holds it and does not let go within `wait_seconds`, BuildError where it cannot be taken at all.
    """
    path = lock_path(settings).resolve()
    if path in _locks_held:
        return
    make_data_dir(settings)
    try:
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise BuildError(
            f"{path} cannot be written ({error.strerror}); let this user write it, or set"
            " PLUMBLINE_DATA_DIR to a folder it may write"
        ) from error
    give_up_at = time.monotonic() + wait_seconds
    while not _is_locked(handle):
        if time.monotonic() >= give_up_at:
            at_work = _holder(handle)
            handle.close()
            raise BuildLockedError(
                f"another refresh is at work in {settings.data_dir}{at_work}; wait for it to end"
                " (`plumbline refresh --wait SECONDS` does), or set PLUMBLINE_DATA_DIR to refresh"
                " elsewhere"
            )
        time.sleep(SECONDS_BETWEEN_TRIES)
    # For people only: the lock lasts as long as the handle is open, and the system ends it with
    # the process, so that none is ever left behind.
    handle.truncate(0)
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now().isoformat()}
    handle.write(json.dumps(holder))
    handle.flush()
    _locks_held[path] = handle


def lock_path(settings: Settings) -> Path:
    """The file that whoever builds has locked; it says who did so last."""
    return settings.data_dir / "refresh.lock"


def is_locked_by_another(settings: Settings) -> bool:
    """Whether another process is building now."""
    path = lock_path(settings)
    if path.resolve() in _locks_held or not path.exists():
        return False
    with path.open(encoding="utf-8") as handle:
        # Let go of at once: whoever wants to build in this moment tries again or is told.
        return not _is_locked(handle)


def start_build(settings: Settings, run_id: str, bases: Sequence[Base]) -> bool:
    """Begin the build of a run from the first of the bases that is whole, else from nothing.

    Whether it was begun now: one begun by the run stays. Raises BuildLockedError when another
    process is building in the same data directory, BuildError when the published warehouse was left
    in the middle of somebody's write, or was published later than the clock says it is.
    """
    lock_builds(settings)
    log = write_ahead_log(settings.warehouse_path)
    if log.exists():
        raise BuildError(
            f"{log} is left of an unfinished write to the published warehouse; open and close the"
            " warehouse with DuckDB to finish it, or delete the log to drop it, then refresh again"
        )
    _refuse_an_earlier_clock(bases)
    begun = begun_build(settings)
    if begun and begun.run_id == run_id and settings.build_path.parent.exists():
        return False
    shutil.rmtree(settings.build_path.parent, ignore_errors=True)
    settings.build_path.parent.mkdir(parents=True)
    damaged: list[str] = []
    for base in bases:
        if damage := _copied(base, settings):
            damaged.append(damage)
            settings.build_path.unlink(missing_ok=True)
        else:
            break
    told = {
        "run_id": run_id,
        "begun_at": _now().isoformat(),
        "base": str(base.path) if settings.build_path.exists() else None,
        "damaged": damaged,
    }
    _owner_path(settings).write_text(json.dumps(told), encoding="utf-8")
    return True


def begun_build(settings: Settings) -> Begun | None:
    """The build that was begun last, published or not; None where there is none."""
    try:
        told = json.loads(_owner_path(settings).read_text(encoding="utf-8"))
        return Begun(
            told["run_id"],
            datetime.fromisoformat(told["begun_at"]),
            told["base"],
            tuple(told["damaged"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        # Not there, or cut off by what ended its run: either way no run's to go on with.
        return None


def require_build(settings: Settings, run_id: str) -> None:
    """Raise BuildError unless the build at hand was begun by the run.

    A step that comes after the raw loads must never work on the published warehouse's copy: what it
    published would pass for judged.
    """
    lock_builds(settings)
    begun = begun_build(settings)
    if begun is None or begun.run_id != run_id or not settings.build_path.exists():
        raise BuildError(
            "this run has loaded no raw tables, so there is nothing to build on; start the whole"
            " refresh job instead of a part of it"
        )


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_ahead_log(database: Path) -> Path:
    """Where DuckDB keeps what is written and not yet in the database file."""
    return database.with_name(f"{database.name}.wal")


@contextmanager
def connect(
    path: Path, settings: Settings, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection within the settings' limits, in UTC, closed at the end.

    With `read_only` it opens no other file, address or extension either, and no statement can
    change that. Raises BuildError when the file is not a warehouse.
    """
    try:
        connection = duckdb.connect(
            # To DuckDB, a name that leads elsewhere by now is still the warehouse it opened.
            str(path.resolve()),
            read_only=read_only,
            config={
                "memory_limit": settings.memory_limit,
                "threads": settings.threads,
                "enable_external_access": not read_only,
            },
        )
    except duckdb.Error as error:
        raise BuildError(f"{path} cannot be opened as a warehouse: {error}") from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        # A table that is not there is an error, never a Python object of the same name.
        connection.execute("set python_enable_replacements = false")
        if read_only:
            connection.execute("set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _copied(base: Base, settings: Settings) -> str | None:
    """The base becomes the build; why not, where it is not whole."""
    try:
        shutil.copyfile(base.path, settings.build_path)
    except FileNotFoundError:
        return f"{base.path} is missing"
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        return f"{base.path} cannot be read ({error.strerror})"
    if base.sha256 and digest_of(settings.build_path) != base.sha256:
        return f"{base.path} is not what was published: it was written to, or the disk lost it"
    try:
        with connect(settings.build_path, settings) as connection:
            connection.execute("select count(*) from duckdb_tables()")
    except BuildError as error:
        return str(error)
    return None


def _refuse_an_earlier_clock(bases: Sequence[Base]) -> None:
    """Figures are known from a time on: with the clock set back, what is known would be unknown."""
    published = bases[0].published_at if bases else None
    if published and published > _now():
        raise BuildError(
            f"the clock says {_now():%Y-%m-%d %H:%M:%S} UTC, but what is published was published at"
            f" {published:%Y-%m-%d %H:%M:%S} UTC; set the clock right, then refresh again; if it is"
            " right now and was ahead then, go back to an earlier version (plumbline rollback)"
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _owner_path(settings: Settings) -> Path:
    return settings.build_path.with_suffix(".run")


def _is_locked(handle: TextIO) -> bool:
    """Whether the lock is this handle's now."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle: TextIO) -> str:
    """Who holds the lock, as far as they said."""
    handle.seek(0)
    try:
        told: dict[str, Any] = json.loads(handle.read())
        since = datetime.fromisoformat(told["since"])
        return f" (process {told['pid']} on {told['host']}, since {since:%H:%M:%S} UTC)"
    except (ValueError, KeyError, TypeError):
        return ""
