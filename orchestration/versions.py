"""Published versions: how one replaces another, and how an earlier one comes back.

    data/versions/20261030T203000Z-1a2b3c4d/    warehouse.duckdb, report.html, version.json
    data/current              -> versions/20261030T203000Z-1a2b3c4d
    data/warehouse.duckdb     -> current/warehouse.duckdb
    data/report.html          -> current/report.html

A version is put together under another name, renamed when it is whole, and never written again.
What is published changes in one rename, that of the link `current`: the warehouse and its pages
together. Whoever has a file open keeps it, whatever becomes of the name.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.build import (
    Base,
    BuildError,
    connect,
    digest_of,
    lock_builds,
    write_ahead_log,
)
from orchestration.settings import Settings

REPORT_PAGES = "report*.html"
ABOUT = "version.json"
ADOPTED = "found"
RUN_ID_SHOWN = 8


@dataclass(frozen=True)
class Version:
    """One published version: where it is, what is known of it, and whether it is the current one.

    `about` is what was said of its run when it was published; empty for a warehouse that was found
    in place, from before versions were kept.
    """

    directory: Path
    published_at: datetime
    about: Mapping[str, Any]
    digests: Mapping[str, str]
    is_current: bool
    unreadable: str | None = None

    @property
    def id(self) -> str:
        """The name people give it: time of publication and beginning of its run's id."""
        return self.directory.name

    @property
    def warehouse(self) -> Path:
        """Its warehouse."""
        return self.directory / "warehouse.duckdb"

    def damage(self) -> str | None:
        """What is wrong with its files; None where they are what was published."""
        if self.unreadable:
            return self.unreadable
        for name, digest in self.digests.items():
            path = self.directory / name
            if not path.is_file():
                return f"{path} is missing"
            if digest_of(path) != digest:
                return f"{path} is not what was published: it was written to, or the disk lost it"
        return None


@dataclass(frozen=True)
class Hold:
    """Nothing is refreshed by itself: somebody went back to a version."""

    version: str
    since: datetime

    def __str__(self) -> str:
        return (
            f"held at version {self.version} since {self.since:%Y-%m-%d %H:%M:%S} UTC by a"
            " rollback; a refresh by hand, or `plumbline rollback --release`, ends that"
        )


def publish(
    settings: Settings, about: Mapping[str, object] | None = None, *, is_by_hand: bool = True
) -> str:
    """Make the finished build and its pages the published ones, today's or a moment's.

    The id of the version they are; `about` is kept beside them. A hold on today's ends, if it is by
    hand. Raises BuildError, with nothing replaced, when the warehouse or the report is missing or
    not whole, or today's is held and it is not by hand.
    """
    if not is_by_hand and settings.as_of is None and (reason := hold_reason(settings)):
        raise BuildError(f"{reason}; this run, which started by itself, publishes nothing")
    for path in (settings.build_path, settings.built_report_path):
        if not path.exists():
            raise BuildError(f"{path} is missing; run the whole refresh job to build it")
    with connect(settings.build_path, settings) as connection:
        connection.execute("checkpoint")
    log = write_ahead_log(settings.build_path)
    if log.exists():
        raise BuildError(f"{log} is left after a checkpoint; the build is not whole")
    pages = sorted(settings.built_report_path.parent.glob(REPORT_PAGES))
    _adopt(settings)
    version = _put_aside(settings, [settings.build_path, *pages], about or {}, datetime.now(UTC))
    _switch(settings, version)
    if settings.as_of is None:
        release(settings)
    _forget_old(settings)
    return version.name


def versions(settings: Settings) -> list[Version]:
    """The versions kept, newest first."""
    current = _current(settings)
    found = [
        _read(directory, directory == current) for directory in settings.versions_dir.glob("[!.]*")
    ]
    return sorted(found, key=lambda version: (version.published_at, version.id), reverse=True)


def rollback(settings: Settings, wanted: str | None = None) -> Version:
    """Publish an earlier version again, and hold it there; by default the one before the current.

    `wanted` may be the beginning of an id. Raises BuildLockedError while a refresh is at work,
    BuildError where there is no such version, or it is not what was published.
    """
    lock_builds(settings)
    version = _wanted(versions(settings), wanted)
    if damage := version.damage():
        raise BuildError(f"{damage}; choose another version (plumbline versions)")
    # Held first: a version that is back but not held would be replaced before anybody looked.
    held = {"version": version.id, "since": datetime.now(UTC).isoformat()}
    _write_whole(settings.hold_path, json.dumps(held))
    _switch(settings, version.directory)
    return version


def hold(settings: Settings) -> Hold | None:
    """What holds the published version; None where nothing does."""
    try:
        told = json.loads(settings.hold_path.read_text(encoding="utf-8"))
        return Hold(told["version"], datetime.fromisoformat(told["since"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise BuildError(
            f"{settings.hold_path} cannot be read ({error}); delete it to go on refreshing"
        ) from error


def hold_reason(settings: Settings) -> str | None:
    """Why nothing may be refreshed by itself, for a person; None where it may."""
    held = hold(settings)
    return str(held) if held else None


def release(settings: Settings) -> None:
    """End a hold, if there is one."""
    settings.hold_path.unlink(missing_ok=True)


def bases(settings: Settings) -> list[Base]:
    """What a build may begin from, best first: the published warehouse, then the newest kept."""
    kept = sorted(versions(settings), key=lambda version: not version.is_current)
    known = [
        Base(version.warehouse, version.digests.get(version.warehouse.name), version.published_at)
        for version in kept
        if not version.unreadable
    ]
    is_found = settings.warehouse_path.is_file() and not settings.warehouse_path.is_symlink()
    return [Base(settings.warehouse_path), *known] if is_found else known


def mend_current(settings: Settings) -> Version:
    """Make the newest whole version the current one where the current one is not whole.

    The version that is published then; where an earlier one is held, none that is newer than that.
    Raises BuildLockedError while a refresh is at work, BuildError where none is whole and nothing
    was changed.
    """
    lock_builds(settings)
    held = hold(settings)
    kept = versions(settings)
    places = [place for place, each in enumerate(kept) if held and each.id == held.version]
    for version in kept[places[0] if places else 0 :]:
        if version.damage() is None:
            _switch(settings, version.directory)
            return version
    raise BuildError("no version kept is whole: a refresh builds the warehouse anew")


def is_published_by(settings: Settings, run_id: str) -> bool:
    """Whether what is published was made by a run."""
    return any(
        each.is_current and each.about.get("run_id") == run_id for each in versions(settings)
    )


def _wanted(kept: list[Version], wanted: str | None) -> Version:
    if wanted is None:
        places = [place for place, version in enumerate(kept) if version.is_current]
        older = kept[places[0] + 1 :] if places else kept
        if not older:
            raise BuildError("no earlier version is kept; plumbline versions lists them")
        return older[0]
    fitting = [version for version in kept if version.id.startswith(wanted)]
    if len(fitting) != 1:
        named = ", ".join(version.id for version in fitting or kept) or "none"
        raise BuildError(
            f"{len(fitting)} versions are called {wanted!r}; of these one must be meant: {named}"
        )
    return fitting[0]


def _current(settings: Settings) -> Path | None:
    link = settings.current_link
    return settings.versions_dir / link.readlink().name if link.is_symlink() else None


def _read(directory: Path, is_current: bool) -> Version:
    path = directory / ABOUT
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Version(
            directory=directory,
            published_at=datetime.fromisoformat(told["published_at"]),
            about=told["about"],
            digests=told["sha256"],
            is_current=is_current,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        changed_at = datetime.fromtimestamp(directory.stat().st_mtime, UTC)
        return Version(
            directory, changed_at, {}, {}, is_current, f"{path} cannot be read ({error})"
        )


def _adopt(settings: Settings) -> None:
    """Keep as a version what lies in the published places as plain files."""
    if not settings.warehouse_path.is_file() or settings.warehouse_path.is_symlink():
        return
    pages = [page for page in settings.published_dir.glob(REPORT_PAGES) if not page.is_symlink()]
    found_at = datetime.fromtimestamp(settings.warehouse_path.stat().st_mtime, UTC)
    files = [settings.warehouse_path, *pages]
    version = _put_aside(settings, files, {}, found_at, takes=os.link)
    _switch(settings, version)


def _put_aside(
    settings: Settings,
    files: list[Path],
    about: Mapping[str, object],
    published_at: datetime,
    takes: Any = os.replace,
) -> Path:
    """A new version of the files, whole or not there at all."""
    run = str(about.get("run_id", ADOPTED))[:RUN_ID_SHOWN]
    directory = settings.versions_dir / f"{published_at:%Y%m%dT%H%M%S}Z-{run}"
    partial = settings.versions_dir / f".{directory.name}"
    for left in (partial, directory):
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir(parents=True)
    for path in files:
        takes(path, partial / path.name)
        _sync(partial / path.name)
    told = {
        "published_at": published_at.isoformat(),
        "about": dict(about),
        "sha256": {path.name: digest_of(partial / path.name) for path in files},
    }
    _write_whole(partial / ABOUT, json.dumps(told, indent=1, default=str))
    _sync(partial)
    os.replace(partial, directory)
    _sync(settings.versions_dir)
    return directory


def _switch(settings: Settings, version: Path) -> None:
    """Publish a version in one rename, since every published name leads through `current`.

    Names of pages that are new, or gone, follow in steps of their own.
    """
    names = [settings.warehouse_path.name, *(page.name for page in version.glob(REPORT_PAGES))]
    target = Path(settings.versions_dir.name) / version.name
    if settings.warehouse_path.exists():
        _link(settings.current_link, target)
        _link_names(settings, names)
    else:
        # Names that lead nowhere yet come to life together.
        _link_names(settings, names)
        _link(settings.current_link, target)
    # A page of a thesis that is declared no more would stand for what nobody computes.
    for page in settings.published_dir.glob(REPORT_PAGES):
        if page.name not in names and page.is_symlink():
            page.unlink()
    _sync(settings.published_dir)


def _link_names(settings: Settings, names: list[str]) -> None:
    for name in names:
        place, target = settings.published_dir / name, Path(settings.current_link.name) / name
        if not place.is_symlink() or place.readlink() != target:
            _link(place, target)


def _link(place: Path, target: Path) -> None:
    """A link in place of whatever has its name, in one step."""
    new = place.with_name(f".{place.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.replace(new, place)


def _forget_old(settings: Settings) -> None:
    """Keep as many versions as are wanted, the current one among them, and no half-made one."""
    kept = versions(settings)
    for version in [each for each in kept if not each.is_current][settings.versions_kept - 1 :]:
        shutil.rmtree(version.directory, ignore_errors=True)
    for partial in settings.versions_dir.glob(".*"):
        shutil.rmtree(partial, ignore_errors=True)


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.new")
    partial.write_text(text, encoding="utf-8")
    _sync(partial)
    os.replace(partial, path)


def _sync(path: Path) -> None:
    with _opened(path) as handle:
        os.fsync(handle)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)
