"""Following articles: what is added, what feeds bring, what has changed since.

Belongs here: what to ask for and what to make of a failure. Does not belong here: fetching
(`client`), keeping (`store`), rows (`loading`).

What fails is a problem noted beside the rest, never the end of it: the refresh makes rejects of
them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ingest.articles.client import (
    article_id_of,
    article_id_of_file,
    fetch_article,
    fetch_feed,
    file_download,
    web_address,
    with_digest,
)
from ingest.articles.documents import publication_day
from ingest.articles.feeds import FeedEntry, RejectedEntry, read_feed
from ingest.articles.store import (
    FILE_ORIGIN,
    ArticleStore,
    FollowedArticle,
    Problem,
    problem,
    read_text,
)
from ingest.errors import DamagedLandedFileError, FetchError, SourceError
from ingest.http import Download, PoliteClient

# Articles are corrected within days; to ask for all of them for good would be rude.
ASKED_AGAIN_FOR = timedelta(days=30)
PASSING = (SourceError, FetchError, DamagedLandedFileError)


@dataclass(frozen=True)
class News:
    """What a poll brought: ids of new and of changed articles, and what went wrong."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: "News") -> "News":
        return News(
            self.new + other.new, self.changed + other.changed, self.problems + other.problems
        )


def add_address(
    store: ArticleStore,
    http: PoliteClient,
    address: str,
    *,
    given_on: date | None = None,
    taken: Collection[str] = (),
) -> FollowedArticle:
    """Fetch an article and follow it; one that is followed already is asked for anew.

    `given_on` is its day of publication, where the user gives one; `taken` are ids it may not have.
    Raises FetchError, UndatedArticleError, UnreadableArticleError or a kind of it.
    """
    origin = web_address(address)
    download = fetch_article(http, origin)
    article = _entry(store, origin, article_id_of(origin), taken)
    return _follow(store, replace(article, given_on=given_on or article.given_on), download)


def add_file(
    store: ArticleStore,
    path: Path,
    *,
    given_on: date | None = None,
    taken: Collection[str] = (),
) -> FollowedArticle:
    """Land an article's file and follow it; a file added again is its next version.

    Raises MissingInputFileError, otherwise as `add_address`.
    """
    origin = f"{FILE_ORIGIN}{path.resolve()}"
    article = _entry(store, origin, article_id_of_file(path), taken)
    download = file_download(path, origin)
    return _follow(store, replace(article, given_on=given_on or article.given_on), download)


def add_feed(
    store: ArticleStore, http: PoliteClient, address: str, *, taken: Collection[str] = ()
) -> News:
    """Subscribe to a feed and bring what it lists; raises FetchError or UnreadableFeedError."""
    address = web_address(address)
    content = store.land(_ask_feed(store, http, address))
    store.subscribe(address, read_feed(content, address).title)
    return _poll_feed(store, http, address, content, taken)


def poll(
    store: ArticleStore,
    http: PoliteClient,
    *,
    now: datetime | None = None,
    taken: Collection[str] = (),
) -> News:
    """Ask again for the articles that may still change, and bring what feeds list anew."""
    news = News()
    for article in store.followed():
        if _may_change(store, article, now or datetime.now(UTC)):
            news += _ask_again(store, http, article)
    for address, _ in store.feeds():
        try:
            content = store.land(_ask_feed(store, http, address))
            news += _poll_feed(store, http, address, content, taken)
        except PASSING as error:
            news += _noted(store, address, [problem(address, address, error)])
    return news


def _entry(
    store: ArticleStore, origin: str, article_id: str, taken: Collection[str]
) -> FollowedArticle:
    """An origin's entry, or what it would be."""
    known = store.find(origin)
    if known is not None:
        return known
    return FollowedArticle(
        origin, with_digest(article_id, origin) if article_id in taken else article_id
    )


def _follow(store: ArticleStore, article: FollowedArticle, download: Download) -> FollowedArticle:
    """Follow an article whose text can be read and dated; clears what was wrong with it."""
    article = replace(article, media_type=download.media_type or article.media_type)
    _require_use(article, download)
    followed = store.follow(article, download)
    store.note_problems(article.origin, [])
    return followed


def _require_use(article: FollowedArticle, download: Download) -> None:
    """Raise unless the text can be read and dated."""
    text = read_text(article, download.content, download.fetched_at)
    publication_day(article.dated(text), article.name, download.fetched_at.date())


def _may_change(store: ArticleStore, article: FollowedArticle, now: datetime) -> bool:
    seen_at = store.first_seen_at(article.origin)
    return bool(article.address) and seen_at is not None and now - seen_at < ASKED_AGAIN_FOR


def _ask_again(store: ArticleStore, http: PoliteClient, article: FollowedArticle) -> News:
    last = store.newest(article.origin)
    try:
        download = fetch_article(
            http,
            article.origin,
            etag=last.etag if last else None,
            last_modified=last.last_modified if last else None,
        )
        if not download.is_unchanged:
            _follow(store, article, download)
    except PASSING as error:
        return _noted(store, article.origin, [problem(article.origin, article.origin, error)])
    is_changed = store.newest(article.origin) != last
    store.note_problems(article.origin, [])
    return News(changed=(article.article_id,)) if is_changed else News()


def _ask_feed(store: ArticleStore, http: PoliteClient, address: str) -> Download:
    last = store.newest(address)
    return fetch_feed(
        http,
        address,
        etag=last.etag if last else None,
        last_modified=last.last_modified if last else None,
    )


def _poll_feed(
    store: ArticleStore, http: PoliteClient, address: str, content: bytes, taken: Collection[str]
) -> News:
    """Follow what a feed lists and is not known; what cannot be followed is noted under it."""
    feed = read_feed(content, address)
    problems = [_unfollowable(address, entry) for entry in feed.rejects]
    new: list[str] = []
    for entry in feed.entries:
        try:
            new += _bring(store, http, address, entry, taken)
        except PASSING as error:
            problems.append(problem(address, entry.address, error))
    return News(new=tuple(new)) + _noted(store, address, problems)


def _bring(
    store: ArticleStore,
    http: PoliteClient,
    feed: str,
    entry: FeedEntry,
    taken: Collection[str],
) -> list[str]:
    """Follow an entry, unless it is known; the id of the article, if it is new."""
    origin = web_address(entry.address)
    if store.find(origin) is not None:
        return []
    article = replace(
        _entry(store, origin, article_id_of(origin), taken),
        listed_on=entry.published_at,
        feed=feed,
    )
    return [_follow(store, article, fetch_article(http, origin)).article_id]


def _unfollowable(feed: str, entry: RejectedEntry) -> Problem:
    return Problem(feed, entry.entry_id, entry.reason, f"{feed}: {entry.detail} ({entry.title})")


def _noted(store: ArticleStore, subject: str, problems: Collection[Problem]) -> News:
    store.note_problems(subject, problems)
    return News(problems=tuple(problems))
