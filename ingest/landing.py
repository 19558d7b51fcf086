"""Bytes as they were fetched, kept for good: immutable files, and a manifest of their origin.

Belongs here: storing and finding bytes. Does not belong here: fetching them (`http` does), or
saying what they mean.

A file is named by the sha256 of its content and appears whole or not at all. The manifest has one
row per fetch that changed an address's content.
"""

import hashlib
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.errors import DamagedLandedFileError, DamagedManifestError, LandingError
from ingest.http import Download

ABANDONED_AFTER_SECONDS = 3600.0
SHA256 = re.compile(r"[0-9a-f]{64}")
LOCK_WAIT_SECONDS = 60.0

CREATE_MANIFEST = """
create table if not exists fetches (
    fetch_id integer primary key,
    url text not null,
    fetched_at text not null,
    sha256 text not null,
    etag text,
    last_modified text,
    size_bytes integer not null,
    accession_number text
);
create index if not exists fetches_by_url on fetches (url, fetch_id);
"""
COLUMNS = "fetch_id, url, fetched_at, sha256, etag, last_modified, size_bytes, accession_number"


@dataclass(frozen=True)
class LandedFile:
    """One row of the manifest: what an address held from `fetched_at` (UTC) on."""

    fetch_id: int
    url: str
    fetched_at: datetime
    sha256: str
    etag: str | None
    last_modified: str | None
    size_bytes: int
    accession_number: str | None


class Landing:
    """A directory of landed files and its manifest; threads and processes may share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._partial = directory / "partial"
        with _usable(directory):
            self._partial.mkdir(parents=True, exist_ok=True)
            _clear_abandoned(self._partial)
            with self._manifest() as connection:
                connection.executescript(CREATE_MANIFEST)

    def store(self, download: Download, accession_number: str | None = None) -> LandedFile:
        """Keep a download and return its row; content the address already held adds none.

        A repeated or unchanged download refreshes `etag` and `last_modified` of the row. Raises
        LandingError where the directory cannot be written, or an unchanged download has no row.
        """
        with _usable(self._directory):
            if download.is_unchanged:
                return self._refresh(download)
            digest = hashlib.sha256(download.content).hexdigest()
            self._write(digest, download.content)
            return self._record(download, digest, accession_number)

    def newest(self, url: str) -> LandedFile | None:
        """What the address held at the last fetch; None if never fetched, or its file is gone."""
        with _usable(self._directory), self._manifest() as connection:
            landed = _newest_row(connection, url)
        return landed if landed and self.path(landed).is_file() else None

    def history(self, url: str) -> tuple[LandedFile, ...]:
        """Every content the address has had, oldest first."""
        with _usable(self._directory), self._manifest() as connection:
            rows = connection.execute(
                f"select {COLUMNS} from fetches where url = ? order by fetch_id", [url]
            ).fetchall()
        return tuple(_landed(row) for row in rows)

    def read(self, landed: LandedFile) -> bytes:
        """The bytes; DamagedLandedFileError if they are gone, or not those that were fetched.

        Bytes that are not those are put aside, so that the next run asks for them anew.
        """
        path = self.path(landed)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _damaged(path, landed, f"cannot be read ({error.strerror})") from error
        if hashlib.sha256(content).hexdigest() != landed.sha256:
            put_aside = path.with_suffix(".damaged")
            os.replace(path, put_aside)
            raise _damaged(put_aside, landed, "is not the content its name promised")
        return content

    def damaged(self) -> Iterator[Path]:
        """Files that are not the content their names promise. Reads every file."""
        with _usable(self._directory), self._manifest() as connection:
            (verdict,) = connection.execute("pragma quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
        for path in sorted((self._directory / "files").glob("*/*")):
            if is_digest(path.name) and self._digest(path) != path.name:
                yield path

    def _digest(self, path: Path) -> str:
        with _usable(self._directory):
            return hashlib.sha256(path.read_bytes()).hexdigest()

    def path(self, landed: LandedFile) -> Path:
        """Where the file is."""
        return self._path(landed.sha256)

    def _path(self, digest: str) -> Path:
        return self._directory / "files" / digest[:2] / digest

    def _write(self, digest: str, content: bytes) -> None:
        """Put the content under its name, whole; a damaged file of that name is replaced."""
        target = self._path(digest)
        if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == digest:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=self._partial)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(partial, 0o444)
            os.replace(partial, target)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        _sync_directory(target.parent)

    def _record(self, download: Download, digest: str, accession_number: str | None) -> LandedFile:
        with self._manifest() as connection:
            newest = _newest_row(connection, download.url)
            if newest is None or newest.sha256 != digest:
                _insert(connection, download, digest, accession_number)
            else:
                _refresh_validators(connection, newest, download)
            return _known_row(connection, download.url)

    def _refresh(self, download: Download) -> LandedFile:
        with self._manifest() as connection:
            newest = _newest_row(connection, download.url)
            if newest is None:
                raise LandingError(
                    f"{download.url}: called unchanged, but {self._directory} never held it; fetch"
                    " it without an etag"
                )
            _refresh_validators(connection, newest, download)
            return _known_row(connection, download.url)

    @contextmanager
    def _manifest(self) -> Iterator[sqlite3.Connection]:
        """The manifest within one transaction, committed at the end."""
        path = self._directory / "manifest.sqlite"
        with closing(
            sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, isolation_level=None)
        ) as connection:
            connection.execute("pragma synchronous = full")
            connection.execute("begin immediate")
            with connection:
                yield connection


@contextmanager
def _usable(directory: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if is_damage(error):
            raise DamagedManifestError(
                f"{directory}: its manifest is damaged ({error}); move the directory away and fetch"
                " anew (plumbline doctor --repair does)"
            ) from error
        raise LandingError(
            f"{directory}: the landing directory cannot be used ({error}); make room and see that"
            " it may be written"
        ) from error


def is_damage(error: Exception) -> bool:
    """Whether SQLite says that a file is damaged, and not that it cannot be used just now."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, (sqlite3.OperationalError, sqlite3.IntegrityError, sqlite3.ProgrammingError)
    )


def _clear_abandoned(partial: Path) -> None:
    """Remove what a killed process left, but nothing another process may still be writing."""
    for path in partial.iterdir():
        try:
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                path.unlink()
        except FileNotFoundError:
            continue


def is_digest(name: str) -> bool:
    """Whether a file's name is that of landed content."""
    return SHA256.fullmatch(name) is not None


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _newest_row(connection: sqlite3.Connection, url: str) -> LandedFile | None:
    row = connection.execute(
        f"select {COLUMNS} from fetches where url = ? order by fetch_id desc limit 1", [url]
    ).fetchone()
    return _landed(row) if row else None


def _known_row(connection: sqlite3.Connection, url: str) -> LandedFile:
    newest = _newest_row(connection, url)
    assert newest is not None, "written in this transaction"
    return newest


def _insert(
    connection: sqlite3.Connection, download: Download, digest: str, accession_number: str | None
) -> None:
    connection.execute(
        "insert into fetches"
        " (url, fetched_at, sha256, etag, last_modified, size_bytes, accession_number)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        [
            download.url,
            download.fetched_at.isoformat(),
            digest,
            download.etag,
            download.last_modified,
            len(download.content),
            accession_number,
        ],
    )


def _refresh_validators(
    connection: sqlite3.Connection, newest: LandedFile, download: Download
) -> None:
    connection.execute(
        "update fetches set etag = ?, last_modified = ? where fetch_id = ?",
        [download.etag, download.last_modified, newest.fetch_id],
    )


def _landed(row: tuple[int, str, str, str, str | None, str | None, int, str | None]) -> LandedFile:
    fetch_id, url, fetched_at, sha256, etag, last_modified, size_bytes, accession_number = row
    return LandedFile(
        fetch_id,
        url,
        datetime.fromisoformat(fetched_at),
        sha256,
        etag,
        last_modified,
        size_bytes,
        accession_number,
    )


def _damaged(path: Path, landed: LandedFile, what: str) -> DamagedLandedFileError:
    return DamagedLandedFileError(
        f"{path} {what}: it should be {landed.size_bytes} bytes from {landed.url}; the next run"
        " fetches it again"
    )
