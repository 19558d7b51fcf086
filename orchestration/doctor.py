"""What is wrong with an installation, why, and what mends it; and the mending, with leave.

Belongs here: one examination a thing that can break. Does not belong here: the mending itself where
another module has it, figures (`audit` walks those).
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

from ingest.errors import DamagedManifestError, LandingError
from ingest.landing import Landing, is_damage
from ingest.warehouse import row_counts
from orchestration.build import (
    BuildError,
    connect,
    is_locked_by_another,
    lock_builds,
    write_ahead_log,
)
from orchestration.run_records import last_run, outcome_of
from orchestration.settings import Settings, SourceKind
from orchestration.versions import (
    Version,
    hold_reason,
    is_published_by,
    mend_current,
    versions,
)

LEAST_FREE_BYTES = 200_000_000
PUT_ASIDE = ".damaged-"
COPIES_NEEDED = 3
"""A build, what it spills while it sorts, and the version it becomes."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, what it means, what mends it.

    `mend` does that and says what it did; None where only a person can. What is no more than worth
    knowing `is_note`.
    """

    where: str
    what: str
    cure: str
    mend: Callable[[], str] | None = None
    is_note: bool = False


@dataclass(frozen=True)
class Mending:
    """What mending a finding did, or why it could not."""

    did: str | None = None
    problem: str | None = None

    @property
    def told(self) -> str:
        """That, for a person."""
        return self.did or f"not mended: {self.problem}"


def mend(settings: Settings, findings: Sequence[Finding]) -> dict[int, Mending]:
    """Mend what is wrong and can be mended; what became of each, by its place in the findings.

    Nobody builds meanwhile. Raises BuildLockedError while a refresh is at work.
    """
    wanted = {
        place: each.mend for place, each in enumerate(findings) if each.mend and not each.is_note
    }
    if not wanted:
        return {}
    lock_builds(settings)
    return {place: _tried(mend_it) for place, mend_it in wanted.items()}


def _tried(mend_it: Callable[[], str]) -> Mending:
    try:
        return Mending(did=mend_it())
    except (BuildError, OSError) as error:
        return Mending(problem=str(error))


def examine(settings: Settings) -> list[Finding]:
    """Everything that is wrong with the installation now; nothing is changed."""
    return [
        *_unwritable(settings),
        *_short_of_room(settings),
        *_held(settings),
        *_last_run(settings),
        *_published(settings),
        *_unfinished_write(settings),
        *_versions(settings),
        *_left_build(settings),
        *_clock(settings),
        *_landed(settings),
        *_dagster(settings),
        *_identity(settings),
    ]


def _unwritable(settings: Settings) -> Iterator[Finding]:
    probe = settings.data_dir / ".doctor"
    try:
        probe.mkdir(parents=True)
        probe.rmdir()
    except OSError as error:
        yield Finding(
            str(settings.data_dir),
            f"cannot be written ({error.strerror}): no refresh can end",
            "let this user write it, or set PLUMBLINE_DATA_DIR to a place it may write",
        )


def _short_of_room(settings: Settings) -> Iterator[Finding]:
    size = settings.warehouse_path.stat().st_size if settings.warehouse_path.exists() else 0
    free = shutil.disk_usage(settings.data_dir).free
    needed = max(LEAST_FREE_BYTES, COPIES_NEEDED * size)
    if free < needed:
        yield Finding(
            str(settings.data_dir),
            f"{free / 1e6:,.0f} MB are free; a refresh may need {needed / 1e6:,.0f} MB",
            "make room, or keep fewer versions (PLUMBLINE_VERSIONS_KEPT)",
        )


def _held(settings: Settings) -> Iterator[Finding]:
    try:
        reason = hold_reason(settings)
    except BuildError as error:
        yield Finding(
            str(settings.hold_path),
            str(error),
            "delete it",
            partial(_delete, settings.hold_path),
        )
        return
    if reason:
        yield Finding(str(settings.hold_path), reason, "plumbline rollback --release", is_note=True)


def _last_run(settings: Settings) -> Iterator[Finding]:
    last = last_run(settings.journal_path)
    if last and not last.is_success and not is_locked_by_another(settings):
        outcome = outcome_of(last, is_published_by(settings, last.run_id))
        yield Finding(f"run {last.run_id[:8]}", outcome, "plumbline refresh", is_note=True)


def _published(settings: Settings) -> Iterator[Finding]:
    path = settings.warehouse_path
    if not path.exists():
        if any(settings.versions_dir.glob("[!.]*")):
            yield Finding(
                str(path),
                "is missing, though versions are kept",
                "publish the newest whole version",
                partial(_mend_current, settings),
            )
        return
    current = [version for version in versions(settings) if version.is_current]
    damage = current[0].damage() if current else None
    if current and damage is None:
        if problem := _unopenable(path, settings):
            yield Finding(
                str(path),
                f"is what was published, and cannot be opened: {problem}",
                "see what the message names: the settings of PLUMBLINE_DUCKDB_MEMORY_LIMIT and the"
                " like, or a DuckDB older than the one that wrote it",
            )
        return
    if damage := damage or _unopenable(path, settings):
        yield Finding(
            str(path),
            f"{damage}; readers may fail, or see what nobody published",
            "publish the newest whole version",
            partial(_mend_current, settings),
        )


def _unopenable(path: Path, settings: Settings) -> str | None:
    try:
        with connect(path, settings, read_only=True) as connection:
            for table in row_counts(connection):
                connection.execute(f'select * from raw."{table}" limit 1')
    except (BuildError, duckdb.Error) as error:
        return str(error)
    return None


def _mend_current(settings: Settings) -> str:
    return f"version {mend_current(settings).id} is published"


def _unfinished_write(settings: Settings) -> Iterator[Finding]:
    log = write_ahead_log(settings.warehouse_path)
    if log.exists():
        yield Finding(
            str(log),
            "is left of an unfinished write to the published warehouse, and stops refreshes",
            "drop it: what was published was whole before that write",
            partial(_delete, log),
        )


def _versions(settings: Settings) -> Iterator[Finding]:
    for version in versions(settings):
        if version.is_current:
            continue
        if damage := version.damage():
            yield Finding(
                str(version.directory),
                f"{damage}; nobody can go back to it",
                "delete it",
                partial(_removed, version),
            )


def _removed(version: Version) -> str:
    shutil.rmtree(version.directory)
    return f"{version.directory} is deleted"


def _left_build(settings: Settings) -> Iterator[Finding]:
    if settings.build_path.exists() and not is_locked_by_another(settings):
        yield Finding(
            str(settings.build_path),
            "is left of a refresh that did not publish: what it loaded can be looked at",
            "delete it, as the next refresh does",
            partial(_without_build, settings),
            is_note=True,
        )


def _without_build(settings: Settings) -> str:
    shutil.rmtree(settings.build_path.parent)
    return f"{settings.build_path.parent} is deleted"


def _clock(settings: Settings) -> Iterator[Finding]:
    for version in versions(settings):
        if version.published_at > datetime.now(UTC):
            yield Finding(
                "the clock",
                f"says it is before version {version.id} was published"
                + (", which is the published one: nothing is refreshed" * version.is_current),
                "set it right; if it is right now and was ahead then,"
                + (" go back to an earlier version (plumbline rollback), then" * version.is_current)
                + f" delete {version.directory}",
            )


def _landed(settings: Settings) -> Iterator[Finding]:
    root = settings.data_dir / "landing"
    for directory in sorted(root.glob("*")):
        if PUT_ASIDE in directory.name or not (directory / "manifest.sqlite").exists():
            continue
        try:
            damaged = list(Landing(directory).damaged())
        except DamagedManifestError as error:
            yield Finding(
                str(directory),
                str(error),
                "put the directory aside: the next refresh fetches what it needs anew",
                partial(_put_aside, directory),
            )
            continue
        except LandingError as error:
            yield Finding(str(directory), str(error), "see what the message names")
            continue
        for path in damaged:
            yield Finding(
                str(path),
                "is not the bytes that were fetched",
                "put it aside: the next refresh fetches it anew",
                partial(_put_aside, path),
            )


def _put_aside(path: Path) -> str:
    aside = path.with_name(f"{path.name}{PUT_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S}")
    path.rename(aside)
    return f"it is now {aside}"


def _dagster(settings: Settings) -> Iterator[Finding]:
    for path in sorted(settings.dagster_home.rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                answer = connection.execute("pragma quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            if not is_damage(error):
                yield Finding(str(path), f"cannot be read now ({error})", "look again later")
                continue
            answer = str(error)
        if answer != "ok":
            yield Finding(
                str(path),
                f"Dagster's record is damaged ({answer}); no figure is in it",
                "put it aside: Dagster begins a new one",
                partial(_put_aside, path),
            )


def _delete(path: Path) -> str:
    path.unlink(missing_ok=True)
    return f"{path} is deleted"


def _identity(settings: Settings) -> Iterator[Finding]:
    if settings.source.kind is SourceKind.EDGAR and not settings.edgar.identity:
        yield Finding(
            "SEC_USER_AGENT",
            "is not set: EDGAR is not asked by nobody",
            'export SEC_USER_AGENT="Jane Analyst jane@example.com"',
        )
