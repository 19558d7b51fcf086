"""Articles where they are: files of a folder, addresses of the web, feeds that list them.

Belongs here: which bytes to ask for, under whose identity, and what an article is called. Does not
belong here: what the bytes say (`documents`, `feeds`), what is followed (`store`), rows
(`loading`).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import httpx

from ingest.articles.documents import (
    KIND_OF_SUFFIX,
    MAX_BYTES,
    Document,
    publication_day,
    read_document,
)
from ingest.errors import ForbiddenAddressError, MissingInputFileError, UnreadableArticleError
from ingest.http import Download, PoliteClient, Timeouts
from ingest.public_web import PublicWeb

LONGEST_ID = 60
DIGEST_LENGTH = 8
PLAIN_ADDRESS = re.compile(r"[a-z0-9./_-]*")
PLAIN_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
NOT_PLAIN = re.compile(r"[^a-z0-9]+")
ADDRESS_START = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
ATTEMPTS = 3
TIMEOUTS = Timeouts(total_seconds=60)


@dataclass(frozen=True)
class Article:
    """One text of an article; `seen_at` (UTC) is when it was first fetched or given.

    `seen_at` is None where that says nothing, for an embedded article. `source` says whether it is
    embedded or followed.
    """

    article_id: str
    document: Document
    source: str
    seen_at: datetime | None = None


def read_articles(directory: Path, source: str) -> list[Article]:
    """All articles of a folder, by name; an article's id is its file's stem.

    Raises UnreadableArticleError (or a kind of it) for one that cannot be read, UndatedArticleError
    for one without a date: what a folder embeds must be whole.
    """
    paths = sorted(path for path in directory.glob("*") if path.suffix.lower() in KIND_OF_SUFFIX)
    articles: dict[str, Article] = {}
    for path in paths:
        if path.stem in articles:
            raise UnreadableArticleError(
                f"{path.name}: another file of the folder is called {path.stem} too; rename one"
            )
        document = read_file(path)
        publication_day(document, path.name)
        articles[path.stem] = Article(path.stem, document, source)
    return list(articles.values())


def read_file(path: Path) -> Document:
    """An article kept as a file; raises MissingInputFileError, or as `read_document`."""
    return read_document(file_content(path), path.name)


def file_content(path: Path) -> bytes:
    """The bytes of an article's file, as many as an article may have and one more."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise MissingInputFileError(
            f"{path}: cannot be read ({error.strerror}); see that it is there and is a file"
        ) from error


def web_client(
    identity: str | None,
    *,
    requests_per_second: float | None = 5.0,
    limit_state_path: Path | None = None,
    web: PublicWeb | None = None,
) -> PoliteClient:
    """A client for articles and feeds: any host of the public web, nothing larger than an article.

    Raises IdentityError where nobody is named, FetchSettingsError for a rate that is too high.
    """
    return PoliteClient(
        identity,
        requests_per_second=requests_per_second,
        limit_state_path=limit_state_path,
        timeouts=TIMEOUTS,
        max_bytes=MAX_BYTES,
        attempts=ATTEMPTS,
        web=web or PublicWeb(),
    )


def fetch_article(
    http: PoliteClient, address: str, *, etag: str | None = None, last_modified: str | None = None
) -> Download:
    """What the address holds, or that it is unchanged; raises FetchError."""
    return http.get(address, etag=etag, last_modified=last_modified)


def fetch_document(http: PoliteClient, address: str) -> Document:
    """The article at an address, read; raises FetchError, or as `read_document`."""
    address = web_address(address)
    return document_of(fetch_article(http, address))


def fetch_feed(
    http: PoliteClient, address: str, *, etag: str | None = None, last_modified: str | None = None
) -> Download:
    """What the address of a feed holds, or that it is unchanged.

    Raises FetchError, which for a web page in place of a feed is UnexpectedContentError.
    """
    return http.get(address, etag=etag, last_modified=last_modified, media="xml")


def document_of(download: Download) -> Document:
    """A fetched article, read; raises as `read_document`."""
    return read_document(
        download.content,
        download.url,
        address=download.url,
        media_type=download.media_type,
        latest=download.fetched_at.date(),
    )


def file_download(path: Path, origin: str, now: datetime | None = None) -> Download:
    """A file as if it had been fetched; raises MissingInputFileError."""
    return Download(origin, file_content(path), None, None, now or datetime.now(UTC))


def is_address(text: str) -> bool:
    """Whether somebody means an address, be it of the web or not, rather than a file."""
    return ADDRESS_START.match(text) is not None


def web_address(text: str) -> str:
    """An address in its usual form, without a fragment; ForbiddenAddressError for another."""
    try:
        address = httpx.URL(text.strip()).copy_with(fragment=None)
    except httpx.InvalidURL as error:
        raise ForbiddenAddressError(
            text, f"not an address ({error})", "give one that begins with https://"
        ) from error
    PublicWeb(allows_private_hosts=True).admit(address)
    return str(address)


def article_id_of(address: str) -> str:
    """What an article is called: host and path of its address, readable.

    A digest follows where they are too long, or the whole address says more than they can.
    """
    url = httpx.URL(address)
    place = unquote(f"{url.host.removeprefix('www.')}{url.path}").lower()
    whole = NOT_PLAIN.sub("-", place).strip("-")
    is_whole = PLAIN_ADDRESS.fullmatch(place) and not url.query and len(whole) <= LONGEST_ID
    return whole if is_whole else with_digest(whole, address)


def article_id_of_file(path: Path) -> str:
    """What an article kept as a file is called: its stem, where that is plain."""
    if PLAIN_STEM.fullmatch(path.stem) and len(path.stem) <= LONGEST_ID:
        return path.stem
    return with_digest(NOT_PLAIN.sub("-", path.stem.lower()).strip("-"), path.stem)


def with_digest(name: str, origin: str) -> str:
    """The name, shortened, made unlike any other by a digest of where the article is from."""
    digest = hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]
    return f"{name[: LONGEST_ID - DIGEST_LENGTH].strip('-')}-{digest}".lstrip("-")
