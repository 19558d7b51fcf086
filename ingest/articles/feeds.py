"""What a feed (RSS or Atom) lists.

Pure: bytes in, entries out. Belongs here: what feedparser is asked, which entries can be followed.
Does not belong here: fetching, what is followed already.
"""

import io
import xml.sax
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import feedparser
import httpx

from ingest.articles.text import safe_line
from ingest.errors import UnreadableFeedError
from ingest.new_york import NEW_YORK_ZONE
from ingest.public_web import PROTOCOLS

MOST_ENTRIES = 200
ENTITY_DECLARATION = b"<!ENTITY"
MARKS_AND_BLANKS = b"\xef\xbb\xff\xfe \t\r\n"
NO_ADDRESS = "no_address"
NOT_OF_THE_WEB = "not_of_the_web"
TOO_MANY = "too_many_entries"


@dataclass(frozen=True)
class FeedEntry:
    """One article a feed lists; `published_at` is its day in New York, None where not stated."""

    address: str
    title: str
    published_at: date | None
    entry_id: str


@dataclass(frozen=True)
class RejectedEntry:
    """An entry that cannot be followed: which, and why."""

    entry_id: str
    title: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Feed:
    """A feed's title, the entries to follow and those that cannot be."""

    title: str
    entries: tuple[FeedEntry, ...]
    rejects: tuple[RejectedEntry, ...]


def read_feed(content: bytes, address: str) -> Feed:
    """A feed, its entries in its own order; addresses relative to it are made whole.

    Raises UnreadableFeedError where the content is not well-formed RSS or Atom, or declares
    entities of its own. Nothing is fetched.
    """
    parsed = _parsed(content, address)
    entries: list[FeedEntry] = []
    rejects: list[RejectedEntry] = []
    for number, entry in enumerate(parsed.entries, start=1):
        read = _read_entry(entry, address, number)
        if isinstance(read, RejectedEntry):
            rejects.append(read)
        elif len(entries) == MOST_ENTRIES:
            detail = f"{read.address}: beyond the first {MOST_ENTRIES} entries; add it by address"
            rejects.append(RejectedEntry(read.entry_id, read.title, TOO_MANY, detail))
        else:
            entries.append(read)
    return Feed(safe_line(parsed.feed.get("title")), tuple(entries), tuple(rejects))


def _parsed(content: bytes, address: str) -> Any:
    """What feedparser makes of the bytes; from anything but a stream it would fetch and open."""
    # Two bytes a character in UTF-16, one of them nought.
    if ENTITY_DECLARATION in content.replace(b"\0", b"").upper():
        raise _unreadable(address, "declares entities, which no feed needs")
    # In EBCDIC and its like the declaration would be other bytes, and the look above in vain.
    if not content.replace(b"\0", b"").lstrip(MARKS_AND_BLANKS).startswith(b"<"):
        raise _unreadable(address, "does not begin as XML does")
    try:
        parsed = feedparser.parse(
            io.BytesIO(content), response_headers={"content-location": address}
        )
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError) as error:
        raise _unreadable(address, f"{type(error).__name__}") from error
    problem = parsed.get("bozo_exception")
    if isinstance(problem, xml.sax.SAXException):
        raise _unreadable(address, f"not well-formed ({safe_line(problem)})") from problem
    if not parsed.get("version"):
        raise _unreadable(address, "neither RSS nor Atom")
    return parsed


def _unreadable(address: str, what: str) -> UnreadableFeedError:
    return UnreadableFeedError(
        f"{address}: {what}; see that the address is the feed's, or add its articles by address"
    )


def _read_entry(
    entry: Mapping[str, Any], feed_address: str, number: int
) -> FeedEntry | RejectedEntry:
    title = safe_line(entry.get("title"))
    entry_id = safe_line(entry.get("id")) or f"entry {number}"
    link = safe_line(entry.get("link"))
    if not link:
        detail = f"entry {number} of the feed has no address"
        return RejectedEntry(entry_id, title, NO_ADDRESS, detail)
    try:
        address = httpx.URL(feed_address).join(link)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in PROTOCOLS or not address.host:
        detail = f"entry {number} of the feed leads to {link!r}, which is not of the web"
        return RejectedEntry(entry_id, title, NOT_OF_THE_WEB, detail)
    return FeedEntry(str(address), title, _day(entry), entry_id)


def _day(entry: Mapping[str, Any]) -> date | None:
    """When an entry was published, or first updated, as a day in New York."""
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    if moment is None:
        return None
    try:
        return datetime.fromtimestamp(timegm(moment), UTC).astimezone(NEW_YORK_ZONE).date()
    except (ValueError, OverflowError, OSError):
        return None
