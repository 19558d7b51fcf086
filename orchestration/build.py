"""The private build and its publication.

A run works on a copy of the published warehouse that nobody else reads; publishing renames it over
the published one, so that a reader sees the old warehouse or the new one and never anything
between. The report follows by a rename of its own; it names the run it shows.
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

REPORT_PAGES = "report*.html"

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

    Raises BuildLockedError when another process is building in the same data directory, BuildError
    when the published warehouse was left in the middle of somebody's write.
    """
    lock_builds(settings)
    log = _write_ahead_log(settings.warehouse_path)
    if log.exists():
        raise BuildError(
            f"{log} is left of an unfinished write to the published warehouse; open and close the"
            " warehouse with DuckDB to finish it, or delete the log to drop it, then refresh again"
        )
    if _build_owner(settings) == run_id:
        return
    shutil.rmtree(settings.build_path.parent, ignore_errors=True)
    settings.build_path.parent.mkdir(parents=True)
    if settings.warehouse_path.exists():
        shutil.copyfile(settings.warehouse_path, settings.build_path)
    _owner_path(settings).write_text(run_id)


def require_build(settings: Settings, run_id: str) -> None:
    """Raise BuildError unless the build at hand was begun by the run.

    A step that comes after the raw loads must never work on the published warehouse's copy: what it
    published would pass for judged.
    """
    lock_builds(settings)
    if _build_owner(settings) != run_id:
        raise BuildError(
            "this run has loaded no raw tables, so there is nothing to build on; start the whole"
            " refresh job instead of a part of it"
        )


def _build_owner(settings: Settings) -> str | None:
    owner = _owner_path(settings)
    is_begun = owner.exists() and settings.build_path.parent.exists()
    return owner.read_text() if is_begun else None


def _owner_path(settings: Settings) -> Path:
    return settings.build_path.with_suffix(".run")


def _write_ahead_log(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


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
        # A table that is not there is an error, never a Python object of the same name.
        connection.execute("set python_enable_replacements = false")
        yield connection
    finally:
        connection.close()


def publish(settings: Settings) -> None:
    """Put the finished build and its report in the published ones' place, today's or a moment's.

    Raises BuildError, with nothing replaced, when either is missing or not whole.
    """
    settings.published_dir.mkdir(parents=True, exist_ok=True)
    for path in (settings.build_path, settings.built_report_path):
        if not path.exists():
            raise BuildError(f"{path} is missing; run the whole refresh job to build it")
    with connect(settings.build_path, settings) as connection:
        connection.execute("checkpoint")
    log = _write_ahead_log(settings.build_path)
    if log.exists():
        raise BuildError(f"{log} is left after a checkpoint; the build is not whole")
    os.replace(settings.build_path, settings.warehouse_path)
    built = sorted(settings.built_report_path.parent.glob(REPORT_PAGES))
    for page in built:
        os.replace(page, settings.published_dir / page.name)
    # A page of a thesis that is declared no more would stand for what nobody computes.
    for page in settings.published_dir.glob(REPORT_PAGES):
        if page.name not in {each.name for each in built}:
            page.unlink()
