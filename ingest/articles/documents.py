"""An article as read: its text as people see it, and what is known about it.

Pure: bytes or text in, `Document` out. Belongs here: telling formats apart, front matter, titles,
dates given by people. Does not belong here: characters (`text`), web pages (`pages`), fetching.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import PurePath

import yaml

from ingest.articles.text import HEAD_BYTES, decode, safe_line, safe_text
from ingest.errors import (
    BinaryArticleError,
    EmptyArticleError,
    OversizedArticleError,
    UndatedArticleError,
    UnreadableArticleError,
)

MAX_BYTES = 5_000_000
EARLIEST, LATEST = date(1993, 1, 1), date(2099, 12, 31)
MAX_HEADER = 10_000
FENCE = "---\n"
GIVEN_BY_USER = "the user"
GIVEN_BY_FEED = "the feed"
FROM_FRONT_MATTER = "the front matter"
FROM_METADATA = "the page's metadata"
FROM_ADDRESS = "the address"
FROM_TEXT = "the text of the page"
WORD = re.compile(r"\w")


class Kind(StrEnum):
    """How an article is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


KIND_OF_SUFFIX = {
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
}
KIND_OF_MEDIA_TYPE = {
    "text/plain": Kind.TEXT,
    "text/markdown": Kind.MARKDOWN,
    "text/x-markdown": Kind.MARKDOWN,
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
}
UNTOLD_MEDIA_TYPES = ("", "application/octet-stream", "binary/octet-stream")
FEED_START = re.compile(r"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(rss|feed|rdf:RDF)\b", re.DOTALL)
HTML_START = re.compile(r"<(!doctype\s+html|html|head|body|article|main|div|p)\b", re.IGNORECASE)
MARKDOWN_START = re.compile(r"\A\s*(---\n[\w-]+:|# )")


@dataclass(frozen=True)
class Document:
    """An article; offsets of its claims count characters of `body`.

    `published_at` is None where no date was found, `how_dated` says where it was; `address` and
    `outlet` are empty where unknown.
    """

    title: str
    outlet: str
    address: str
    published_at: date | None
    how_dated: str
    body: str


def read_document(
    content: bytes,
    name: str,
    *,
    address: str = "",
    media_type: str | None = None,
    latest: date | None = None,
) -> Document:
    """An article's text and what it says of itself.

    `name` is the file's, or the address, for messages and its suffix; `media_type` is what a server
    declared, with its charset; no date on a web page after `latest` (today) is believed. Raises
    OversizedArticleError, BinaryArticleError, EmptyArticleError or UnreadableArticleError.
    """
    if len(content) > MAX_BYTES:
        raise OversizedArticleError(
            f"{name}: more than {MAX_BYTES:,} bytes, which no article has; save the article's text"
            " alone"
        )
    declared, charset = _declared(media_type)
    text = safe_text(decode(content, name, charset))
    if not WORD.search(text):
        raise EmptyArticleError(f"{name}: empty; give the article's text")
    kind = document_kind(text, name, declared)
    if kind is Kind.HTML:
        return _html_document(text, name, address, latest or date.today())
    if kind is Kind.MARKDOWN:
        return _markdown_document(text, name, address)
    return Document(_first_line(text), "", address, None, "", text)


def document_kind(text: str, name: str, declared: str = "") -> Kind:
    """How an article is written: as declared, else by its name's suffix, else by its beginning.

    Raises BinaryArticleError for a declared type that is no text, UnreadableArticleError for a
    feed.
    """
    if FEED_START.match(text[:HEAD_BYTES]):
        raise UnreadableArticleError(
            f"{name}: a feed, not an article; subscribe to it: plumbline articles add --feed"
        )
    if declared in KIND_OF_MEDIA_TYPE:
        return KIND_OF_MEDIA_TYPE[declared]
    if declared not in UNTOLD_MEDIA_TYPES and not declared.startswith("text/"):
        raise BinaryArticleError(
            f"{name}: {safe_line(declared)}, not text; give the article as plain text, HTML or"
            " Markdown"
        )
    suffix = PurePath(name.partition("?")[0]).suffix.lower()
    return KIND_OF_SUFFIX.get(suffix) or _sniffed(text[:HEAD_BYTES])


def dated(document: Document, published_at: date | None, how_dated: str) -> Document:
    """The document under another date; as it is where none is given."""
    if published_at is None:
        return document
    return replace(document, published_at=published_at, how_dated=how_dated)


def publication_day(document: Document, name: str, seen_on: date | None = None) -> date:
    """When the document was published.

    Raises UndatedArticleError where that is unknown, before there were filings on EDGAR or beyond
    this century, or later than the day it was seen.
    """
    if document.published_at is None:
        raise UndatedArticleError(
            f"{name}: no date of publication is to be found; give it: --published-at YYYY-MM-DD"
        )
    if not EARLIEST <= document.published_at <= LATEST:
        raise UndatedArticleError(
            f"{name}: dated {document.published_at} ({document.how_dated}), and filings are from"
            f" {EARLIEST:%Y} on; give its date: --published-at YYYY-MM-DD"
        )
    # A day may begin in Tokyo before it does here.
    if seen_on is not None and document.published_at > seen_on + timedelta(days=1):
        raise UndatedArticleError(
            f"{name}: dated {document.published_at} ({document.how_dated}), after it was seen on"
            f" {seen_on}; give its date: --published-at YYYY-MM-DD"
        )
    return document.published_at


def _declared(media_type: str | None) -> tuple[str, str | None]:
    """Type and charset of a Content-Type."""
    kind, _, parameters = (media_type or "").partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
    return kind.strip().lower(), charset.group(1) if charset else None


def _sniffed(head: str) -> Kind:
    if HTML_START.search(head):
        return Kind.HTML
    return Kind.MARKDOWN if MARKDOWN_START.match(head) else Kind.TEXT


def _html_document(text: str, name: str, address: str, latest: date) -> Document:
    from ingest.articles.pages import read_page

    page = read_page(text, name, address, latest)
    title = page.title or _first_line(page.body)
    return Document(
        title,
        page.outlet,
        address or _of_the_web(page.address),
        page.published_at,
        page.how_dated,
        page.body,
    )


def _markdown_document(text: str, name: str, address: str) -> Document:
    front, body = _front_matter(text, name)
    if not WORD.search(body):
        raise EmptyArticleError(
            f"{name}: nothing follows the front matter; give the article's text"
        )
    published_at = _front_date(front, name)
    how_dated = safe_line(front.get("how_dated")) or FROM_FRONT_MATTER
    return Document(
        title=safe_line(front.get("title")) or _first_line(body),
        outlet=safe_line(front.get("outlet")),
        address=address or _of_the_web(safe_line(front.get("address"))),
        published_at=published_at,
        how_dated=how_dated if published_at else "",
        body=body,
    )


def _front_matter(text: str, name: str) -> tuple[Mapping[str, object], str]:
    """The yaml between the first two lines of ---, and the body; none where there is no mapping."""
    opening, fence, rest = text.partition(FENCE)
    header, closing, body = rest.partition(f"\n{FENCE}")
    if opening or not fence or not closing or len(header) > MAX_HEADER:
        return {}, text
    try:
        front = yaml.safe_load(header)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableArticleError(
            f"{name}: the front matter between the lines of --- cannot be used; correct it:"
            f" {safe_line(error)}"
        ) from error
    if not isinstance(front, dict):
        return {}, text
    return {key: value for key, value in front.items() if _is_plain(value)}, body


def _of_the_web(address: str) -> str:
    """An address a file states, where a link to it is safe."""
    return address if address.lower().startswith(("https://", "http://")) else ""


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | date)


def _front_date(front: Mapping[str, object], name: str) -> date | None:
    stated = front.get("published_at")
    if stated is None:
        return None
    if isinstance(stated, datetime):
        return stated.date()
    if not isinstance(stated, date):
        raise UnreadableArticleError(
            f"{name}: published_at is not a date: {safe_line(repr(stated))}; write it YYYY-MM-DD"
        )
    return stated


def _first_line(text: str) -> str:
    """The first heading, or line, as a title."""
    line = next(line for line in text.splitlines() if WORD.search(line))
    return safe_line(line.lstrip("# \t").rstrip("# \t"))
