"""Articles and feeds that are followed: what they are, the bytes they held, what went wrong.

Belongs here: one directory with a landing for the bytes and a list of what is followed; texts as
they were seen, oldest first. Does not belong here: fetching (`client`), deciding what to ask for
(`following`), versions and duplicates (`loading`).

A reading is kept beside the bytes it is of, so that a refresh reads a page once; a reader that
reads otherwise counts `READER` up.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from ingest.articles.client import Article, with_digest
from ingest.articles.documents import (
    FROM_ADDRESS,
    FROM_TEXT,
    GIVEN_BY_FEED,
    GIVEN_BY_USER,
    Document,
    dated,
    read_document,
)
from ingest.errors import (
    DamagedLandedFileError,
    IngestError,
    LandingError,
    SourceError,
    UnknownArticleError,
)
from ingest.http import Download
from ingest.landing import LOCK_WAIT_SECONDS, LandedFile, Landing

FOLLOWED = "followed"
FILE_ORIGIN = "file:"
READER = 1
UNSURE_DATES = ("", FROM_ADDRESS, FROM_TEXT)

CREATE_TABLES = """
create table if not exists articles (
    origin text primary key,
    article_id text not null unique,
    given_on text,
    listed_on text,
    media_type text,
    feed text,
    followed_at text not null,
    removed_at text
);
create table if not exists feeds (
    address text primary key,
    title text not null,
    followed_at text not null
);
create table if not exists problems (
    subject text not null,
    about text not null,
    reason text not null,
    detail text not null,
    found_at text not null,
    primary key (subject, about)
);
create table if not exists readings (
    sha256 text not null,
    origin text not null,
    reader integer not null,
    document text not null,
    primary key (sha256, origin, reader)
);
"""
ARTICLE_COLUMNS = "origin, article_id, given_on, listed_on, media_type, feed"


@dataclass(frozen=True)
class FollowedArticle:
    """One entry of the list.

    `origin` is the address, or `file:` and the file's place. `given_on` is the day of publication
    the user gave, `listed_on` the one its feed states; `feed` is the feed that brought it.
    """

    origin: str
    article_id: str
    given_on: date | None = None
    listed_on: date | None = None
    media_type: str | None = None
    feed: str | None = None

    @property
    def address(self) -> str:
        """Where it is on the web; empty for a file."""
        return "" if self.origin.startswith(FILE_ORIGIN) else self.origin

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.origin.removeprefix(FILE_ORIGIN)

    def dated(self, document: Document) -> Document:
        """Its text under the date that counts.

        That the user gave; else that it states of itself; else its feed's; else one found in it.
        """
        if self.given_on is not None:
            return dated(document, self.given_on, GIVEN_BY_USER)
        if document.how_dated not in UNSURE_DATES:
            return document
        return dated(document, self.listed_on, GIVEN_BY_FEED)


@dataclass(frozen=True)
class Problem:
    """What went wrong with a followed article or feed (`subject`), or with what it lists."""

    subject: str
    about: str
    reason: str
    detail: str


class ArticleStore:
    """The directory of what is followed; processes may share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._landing = Landing(directory / "landing")
        with self._list() as connection:
            connection.executescript(CREATE_TABLES)

    def find(self, origin: str) -> FollowedArticle | None:
        """The entry of an origin, removed ones included."""
        with self._list() as connection:
            row = connection.execute(
                f"select {ARTICLE_COLUMNS} from articles where origin = ?", [origin]
            ).fetchone()
        return _followed(row) if row else None

    def followed(self) -> tuple[FollowedArticle, ...]:
        """What is followed, by id."""
        with self._list() as connection:
            rows = connection.execute(
                f"select {ARTICLE_COLUMNS} from articles where removed_at is null"
                " order by article_id"
            ).fetchall()
        return tuple(_followed(row) for row in rows)

    def feeds(self) -> tuple[tuple[str, str], ...]:
        """Address and title of each subscribed feed."""
        with self._list() as connection:
            return tuple(
                connection.execute("select address, title from feeds order by address").fetchall()
            )

    def follow(self, article: FollowedArticle, download: Download) -> FollowedArticle:
        """Land a text and follow its article from now on; return it as it is listed.

        Bytes that read as the last ones did are not kept again. An id that another origin has gets
        a digest.
        """
        self._land(article, download)
        with self._list() as connection:
            taken = connection.execute(
                "select 1 from articles where article_id = ? and origin <> ?",
                [article.article_id, article.origin],
            ).fetchone()
            if taken:
                distinct = with_digest(article.article_id, article.origin)
                article = replace(article, article_id=distinct)
            connection.execute(
                "insert into articles (origin, article_id, given_on, listed_on, media_type, feed,"
                " followed_at) values (?, ?, ?, ?, ?, ?, ?)"
                " on conflict (origin) do update set"
                " given_on = coalesce(excluded.given_on, given_on),"
                " listed_on = coalesce(excluded.listed_on, listed_on),"
                " media_type = coalesce(excluded.media_type, media_type),"
                " removed_at = null",
                [
                    article.origin,
                    article.article_id,
                    article.given_on and article.given_on.isoformat(),
                    article.listed_on and article.listed_on.isoformat(),
                    article.media_type,
                    article.feed,
                    _now(),
                ],
            )
        return article

    def subscribe(self, address: str, title: str) -> None:
        """Remember a feed."""
        with self._list() as connection:
            connection.execute(
                "insert into feeds values (?, ?, ?)"
                " on conflict (address) do update set title = excluded.title",
                [address, title, _now()],
            )

    def remove(self, name: str) -> None:
        """Follow an article, by id, or a feed, by address, no longer; what landed stays.

        Its feed will not bring a removed article back. Raises UnknownArticleError.
        """
        with self._list() as connection:
            articles = connection.execute(
                "update articles set removed_at = ? where article_id = ? and removed_at is null",
                [_now(), name],
            ).rowcount
            feeds = connection.execute("delete from feeds where address = ?", [name]).rowcount
            connection.execute(
                "delete from problems where subject = ? or subject in"
                " (select origin from articles where article_id = ?)",
                [name, name],
            )
        if not articles and not feeds:
            raise UnknownArticleError(
                f"{name}: no article or feed of that name is followed (an embedded article is not);"
                " see: plumbline articles list"
            )

    def note_problems(self, subject: str, problems: Collection[Problem]) -> None:
        """Replace what is known to be wrong with a subject; nothing, where all went well."""
        with self._list() as connection:
            connection.execute("delete from problems where subject = ?", [subject])
            connection.executemany(
                "insert or replace into problems values (?, ?, ?, ?, ?)",
                [(p.subject, p.about, p.reason, p.detail, _now()) for p in problems],
            )

    def problems(self) -> tuple[Problem, ...]:
        """What went wrong the last time each subject was asked for."""
        with self._list() as connection:
            rows = connection.execute(
                "select subject, about, reason, detail from problems order by subject, about"
            ).fetchall()
        return tuple(Problem(*row) for row in rows)

    def newest(self, origin: str) -> LandedFile | None:
        """What last landed of an article or a feed."""
        return self._landing.newest(origin)

    def first_seen_at(self, origin: str) -> datetime | None:
        """When an origin first held anything (UTC)."""
        history = self._landing.history(origin)
        return history[0].fetched_at if history else None

    def land(self, download: Download) -> bytes:
        """Keep what an address holds, and return it: what it held, where it is unchanged."""
        return self._landing.read(self._landing.store(download))

    def texts(self) -> tuple[list[Article], list[Problem]]:
        """Every text of what is followed, oldest first, and what cannot be read of it."""
        texts: list[Article] = []
        problems: list[Problem] = []
        for article in self.followed():
            for landed in self._landing.history(article.origin):
                try:
                    document = article.dated(self._document(article, landed))
                except (SourceError, DamagedLandedFileError) as error:
                    problems.append(problem(article.origin, article.origin, error))
                    continue
                texts.append(Article(article.article_id, document, FOLLOWED, landed.fetched_at))
        return texts, problems

    def _land(self, article: FollowedArticle, download: Download) -> None:
        last = self._landing.newest(article.origin)
        is_new = (
            last is None or download.is_unchanged or not self._reads_as(article, last, download)
        )
        if is_new:
            self._landing.store(download)

    def _reads_as(self, article: FollowedArticle, last: LandedFile, download: Download) -> bool:
        try:
            document = self._document(article, last)
        except (SourceError, DamagedLandedFileError):
            return False
        return document == read_text(article, download.content, last.fetched_at)

    def _document(self, article: FollowedArticle, landed: LandedFile) -> Document:
        key = [landed.sha256, article.origin, READER]
        with self._list() as connection:
            row = connection.execute(
                "select document from readings where sha256 = ? and origin = ? and reader = ?", key
            ).fetchone()
        if row:
            return _document_of(row[0])
        document = read_text(article, self._landing.read(landed), landed.fetched_at)
        with self._list() as connection:
            connection.execute(
                "insert or replace into readings values (?, ?, ?, ?)",
                [*key, json.dumps(asdict(document), default=str)],
            )
        return document

    @contextmanager
    def _list(self) -> Iterator[sqlite3.Connection]:
        """The list within one transaction, committed at the end."""
        path = self._directory / "followed.sqlite"
        try:
            with closing(
                sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, isolation_level=None)
            ) as connection:
                connection.execute("begin immediate")
                with connection:
                    yield connection
        except (OSError, sqlite3.Error) as error:
            raise LandingError(
                f"{path}: the list of followed articles cannot be used ({error}); see that it may"
                " be written; if it is damaged, move it away and add the articles again"
            ) from error


def problem(subject: str, about: str, error: IngestError) -> Problem:
    """An error as a row says it: its class, in small letters, is the reason."""
    name = type(error).__name__.removesuffix("Error")
    words = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    return Problem(subject, about, words.lstrip("_"), str(error))


def read_text(article: FollowedArticle, content: bytes, seen_at: datetime) -> Document:
    """The text of a followed article, dated as it says itself; raises as `read_document`."""
    return read_document(
        content,
        article.name,
        address=article.address,
        media_type=article.media_type,
        latest=seen_at.date(),
    )


def _document_of(text: str) -> Document:
    stored = json.loads(text)
    published_at = stored.pop("published_at")
    return Document(published_at=published_at and date.fromisoformat(published_at), **stored)


def _followed(
    row: tuple[str, str, str | None, str | None, str | None, str | None],
) -> FollowedArticle:
    origin, article_id, given_on, listed_on, media_type, feed = row
    return FollowedArticle(
        origin,
        article_id,
        date.fromisoformat(given_on) if given_on else None,
        date.fromisoformat(listed_on) if listed_on else None,
        media_type,
        feed,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
