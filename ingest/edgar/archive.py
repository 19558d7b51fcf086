"""EDGAR from a local directory in EDGAR's own layout, for work without a network.

Belongs here: which file answers which address, and the transport that gives it to the client. Does
not belong here: what the files mean, misbehaving (the tests' server does that).

The directory holds `submissions/`, `api/xbrl/companyfacts/`, `Archives/edgar/` as EDGAR does, and
the feed of the newest filings as `cgi-bin/browse-edgar.atom`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import httpx

from ingest.http import MAX_BYTES, PoliteClient

NOBODY = "plumbline, reading a local directory, nobody@example.invalid"
INDEX_NAME = "index.json"
STORED_AS = {"/cgi-bin/browse-edgar": "cgi-bin/browse-edgar.atom"}
MEDIA_TYPES = {
    ".json": "application/json",
    ".xml": "text/xml",
    ".xsd": "text/xml",
    ".atom": "application/atom+xml",
    ".htm": "text/html",
    ".html": "text/html",
}


@dataclass(frozen=True)
class Answer:
    """What EDGAR would answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


NOTHING = Answer(404, {"Content-Type": "text/plain"}, b"nothing is there\n")


def answer(directory: Path, path: str, if_none_match: str | None = None) -> Answer:
    """The answer to a decoded path (no host, no query): a file, a folder's index, 304 or 404."""
    found = _find(directory, path)
    if found is None:
        return NOTHING
    body, etag, name = found
    if if_none_match == etag:
        return Answer(304, {"ETag": etag}, b"")
    media_type = MEDIA_TYPES.get(PurePosixPath(name).suffix, "text/plain")
    headers = {"ETag": etag, "Content-Type": media_type}
    if body is None:
        # Named and not read: the client refuses what is promised to be larger than it takes.
        return Answer(200, {**headers, "Content-Length": str(MAX_BYTES + 1)}, b"")
    return Answer(200, headers, body)


def _find(directory: Path, path: str) -> tuple[bytes | None, str, str] | None:
    """Content, etag and name of what is at a path; content None where no client would take it."""
    file = _inside(directory, STORED_AS.get(path, path))
    if file is None:
        return None
    if file.is_file():
        status = file.stat()
        content = file.read_bytes() if status.st_size <= MAX_BYTES else None
        return content, f'"{status.st_size:x}-{status.st_mtime_ns:x}"', file.name
    if file.name == INDEX_NAME and file.parent.is_dir():
        listing = _listing(file.parent, path)
        return listing, f'"{hashlib.sha256(listing).hexdigest()[:32]}"', file.name
    return None


def _inside(directory: Path, path: str) -> Path | None:
    """The place a path names, unless that is outside the directory, links followed."""
    parts = path.strip("/").split("/")
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        return None
    root = directory.resolve()
    place = root.joinpath(*parts).resolve()
    return place if place.is_relative_to(root) else None


def _listing(folder: Path, path: str) -> bytes:
    """A folder's index as EDGAR writes it."""
    name = path.removesuffix(f"/{INDEX_NAME}")
    items = [_item(file) for file in sorted(folder.iterdir())]
    parent = str(PurePosixPath(name).parent)
    return json.dumps({"directory": {"item": items, "name": name, "parent-dir": parent}}).encode()


def _item(file: Path) -> dict[str, str]:
    status = file.stat()
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    return {
        "last-modified": f"{modified:%Y-%m-%d %H:%M:%S}",
        "name": file.name,
        "type": "folder.gif" if file.is_dir() else "text.gif",
        "size": "" if file.is_dir() else str(status.st_size),
    }


class ArchiveTransport(httpx.BaseTransport):
    """Answers every host from one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer the directory gives."""
        given = answer(self._directory, request.url.path, request.headers.get("If-None-Match"))
        body = httpx.ByteStream(given.body)
        return httpx.Response(given.status, headers=dict(given.headers), stream=body)


def archive_client(directory: Path) -> PoliteClient:
    """A client that reads a directory: nobody to name, nobody to wait for."""
    return PoliteClient(
        NOBODY, requests_per_second=None, transport=ArchiveTransport(directory), attempts=1
    )
