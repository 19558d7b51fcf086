"""The private build and its publication.

A run works on a copy of the published warehouse that nobody else reads; publishing is one rename,
so that a reader sees the old warehouse or the new one and never anything between.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import duckdb

from orchestration.settings import Settings

_locks_held: dict[Path, TextIO] = {}


class BuildError(Exception):
    """The build cannot be started or published: says why and what to do."""


class BuildLockedError(BuildError):
    """Another refresh is at work on the same data directory."""


def lock_builds(settings: Settings) -> None:
    """Keep every other process from building in the data directory until this one ends.

    Taken again by the same process, it stays as it is. Raises BuildLockedError when another
    process holds it.
    """
    path = settings.data_dir.resolve() / "refresh.lock"
    if path in _locks_held:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise BuildLockedError(
            f"another refresh is at work in {settings.data_dir}; wait for it to end, or set"
            " PLUMBLINE_DATA_DIR to refresh elsewhere"
        ) from error
    # The lock lasts as long as the handle is open: the system ends it with the process.
    _locks_held[path] = handle


def start_build(settings: Settings, run_id: str) -> None:
    """Begin the build of a run from the published warehouse; a build begun by the run stays.

    Raises BuildLockedError when another process is building in the same data directory.
    """
    lock_builds(settings)
    owner = settings.build_path.with_suffix(".run")
    if owner.exists() and owner.read_text() == run_id and settings.build_path.exists():
        return
    settings.build_path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in settings.build_path.parent.iterdir():
        leftover.unlink()
    if settings.warehouse_path.exists():
        shutil.copyfile(settings.warehouse_path, settings.build_path)
    owner.write_text(run_id)


@contextmanager
def connect(
    path: Path, settings: Settings, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection within the settings' limits, in UTC, closed at the end.

    Raises BuildError when the file is not a warehouse.
    """
    try:
        connection = duckdb.connect(
            str(path),
            read_only=read_only,
            config={"memory_limit": settings.memory_limit, "threads": settings.threads},
        )
    except duckdb.Error as error:
        raise BuildError(f"{path} cannot be opened as a warehouse: {error}") from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def publish(settings: Settings) -> None:
    """Put the finished build and its report in the published ones' place.

    Raises BuildError, with nothing replaced, when either is missing or not whole.
    """
    for path in (settings.build_path, settings.built_report_path):
        if not path.exists():
            raise BuildError(f"{path} is missing; run the whole refresh job to build it")
    with connect(settings.build_path, settings) as connection:
        connection.execute("checkpoint")
    log = settings.build_path.with_suffix(".duckdb.wal")
    if log.exists():
        raise BuildError(f"{log} is left after a checkpoint; the build is not whole")
    os.replace(settings.build_path, settings.warehouse_path)
    os.replace(settings.built_report_path, settings.report_path)
