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

import duckdb

from orchestration.settings import Settings


class BuildError(Exception):
    """The build cannot be started or published: says why and what to do."""


class BuildLockedError(BuildError):
    """Another refresh is at work on the same data directory."""


@contextmanager
def build_lock(settings: Settings) -> Iterator[None]:
    """Hold the data directory for one refresh; the lock ends with the process that holds it."""
    settings.build_path.parent.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "refresh.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BuildLockedError(
                f"another refresh is at work in {settings.data_dir}; wait for it to end, or set"
                " PLUMBLINE_DATA_DIR to refresh elsewhere"
            ) from error
        yield


def start_build(settings: Settings, run_id: str) -> None:
    """Begin the build of a run from the published warehouse; a build begun by the run stays."""
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
    """Put the finished build and its report in the published ones' place."""
    with connect(settings.build_path, settings) as connection:
        connection.execute("checkpoint")
    log = settings.build_path.with_suffix(".duckdb.wal")
    if log.exists():
        raise BuildError(f"{log} is left after a checkpoint; the build is not whole")
    os.replace(settings.build_path, settings.warehouse_path)
    os.replace(settings.built_report_path, settings.report_path)
