"""Articles on trial: those embedded in the snapshot's folder, and those that are followed.

The followed are in the data directory, whatever the source of filings; the web is asked for them
only where filings come from the network too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from ingest.articles.client import Article, is_address, read_articles, web_client
from ingest.articles.following import News, add_address, add_feed, add_file, poll
from ingest.articles.loading import articles_frame
from ingest.articles.store import ArticleStore, FollowedArticle
from ingest.http import PoliteClient
from ingest.public_web import PublicWeb
from ingest.snapshot.client import SOURCE as SNAPSHOT
from orchestration.settings import Settings, SourceKind, make_data_dir


def embedded_articles(settings: Settings) -> list[Article]:
    """The articles of the snapshot's folder; raises as `read_articles`."""
    return read_articles(settings.snapshot_dir / "articles", SNAPSHOT)


def load_all_articles(settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `raw.articles`, and rejects for what could not be fetched, read or dated."""
    embedded = embedded_articles(settings)
    if not settings.articles_dir.exists():
        return articles_frame(embedded, [])
    store = _store(settings)
    texts, unreadable = store.texts()
    return articles_frame(embedded, texts, [*store.problems(), *unreadable])


def follow_articles(settings: Settings) -> News:
    """What feeds and followed articles have that is new, where filings come from the network."""
    if settings.source.kind is not SourceKind.EDGAR or not settings.articles_dir.exists():
        return News()
    return fetch_articles(settings)


def fetch_articles(settings: Settings) -> News:
    """Ask the web for what is followed; raises IdentityError, FetchSettingsError or LandingError.

    Whatever fails beyond that is among the news' problems.
    """
    store = _store(settings)
    if not store.feeds() and not any(article.address for article in store.followed()):
        return News()
    with open_web(settings) as http:
        return poll(store, http, taken=_embedded_ids(settings))


def follow_article(settings: Settings, text: str, published_on: date | None) -> FollowedArticle:
    """Follow the article at an address, or of a file.

    Raises what `add_address` and `add_file` raise; an address needs an identity.
    """
    store, taken = _store(settings), _embedded_ids(settings)
    if not is_address(text):
        return add_file(store, Path(text), given_on=published_on, taken=taken)
    with open_web(settings) as http:
        return add_address(store, http, text, given_on=published_on, taken=taken)


def follow_feed(settings: Settings, address: str) -> News:
    """Subscribe to a feed, and bring what it lists."""
    store, taken = _store(settings), _embedded_ids(settings)
    with open_web(settings) as http:
        return add_feed(store, http, address, taken=taken)


def unfollow(settings: Settings, name: str) -> None:
    """Follow an article, by id, or a feed, by address, no longer; raises UnknownArticleError."""
    _store(settings).remove(name)


def subscribed_feeds(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Address and title of each feed."""
    if not settings.articles_dir.exists():
        return ()
    return _store(settings).feeds()


def _store(settings: Settings) -> ArticleStore:
    make_data_dir(settings)
    return ArticleStore(settings.articles_dir)


@contextmanager
def open_web(settings: Settings) -> Iterator[PoliteClient]:
    """A client for articles; raises IdentityError where the web would be asked by nobody."""
    client = web_client(
        settings.edgar.identity,
        requests_per_second=settings.edgar.requests_per_second,
        limit_state_path=settings.edgar.limit_state_path,
        web=PublicWeb(allows_private_hosts=settings.allows_private_hosts),
    )
    with client as http:
        yield http


def _embedded_ids(settings: Settings) -> set[str]:
    return {article.article_id for article in embedded_articles(settings)}
