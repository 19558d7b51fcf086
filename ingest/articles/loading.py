"""Articles and their claims as rows: versions, duplicates, since when known, and rejects.

Pure. Does not belong here: where texts come from (`client`, `store`); what a claim is (`claims`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import polars as pl

from ingest.articles.claims import ClaimExtractor, article_rows
from ingest.articles.client import Article
from ingest.articles.documents import publication_day
from ingest.articles.schema import ARTICLES, CLAIMS
from ingest.articles.store import FOLLOWED, Problem, problem
from ingest.edgar.schema import REJECTS
from ingest.errors import SourceError, UndatedArticleError
from ingest.new_york import NEW_YORK_ZONE

ID_TAKEN = "article_id_taken"


def articles_frame(
    embedded: Sequence[Article], followed: Sequence[Article], problems: Iterable[Problem] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `raw.articles`, one a version, and rejects for what could not become one.

    The texts of an article stand together, oldest first; one that reads as the last is no version.
    `problems` are what is known to be wrong beforehand.
    """
    taken = {article.article_id for article in embedded}
    kept = [article for article in followed if article.article_id not in taken]
    found = list(problems)
    found += [_id_taken(article) for article in followed if article.article_id in taken]
    rows: list[dict[str, object]] = []
    for _, texts in groupby([*embedded, *kept], key=lambda article: article.article_id):
        for version, article in enumerate(_versions(texts), start=1):
            try:
                rows.append(_row(article, version))
            except UndatedArticleError as error:
                found.append(problem(article.article_id, article.document.address, error))
    return _with_duplicates(rows), _rejects(found)


def claims_frame(
    articles: pl.DataFrame, extractor: ClaimExtractor
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `raw.claims` of the articles (schema ARTICLES), and a reject for each unread one."""
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    for article in articles.iter_rows(named=True):
        try:
            rows += article_rows(article, extractor)
        except SourceError as error:
            problems.append(problem(article["article_id"], article["address"] or "", error))
    return pl.DataFrame(rows, schema=CLAIMS), _rejects(problems)


def _versions(texts: Iterable[Article]) -> Iterator[Article]:
    """The texts that differ from the one before."""
    last = None
    for article in texts:
        if last is None or article.document.body != last.document.body:
            yield article
        last = article


def _row(article: Article, version: int) -> dict[str, object]:
    document = article.document
    seen_on = article.seen_at.date() if article.seen_at else None
    published_at = publication_day(document, article.article_id, seen_on)
    return {
        "article_id": article.article_id,
        "article_version": version,
        "title": document.title,
        "outlet": document.outlet,
        "address": document.address,
        "published_at": published_at,
        "how_dated": document.how_dated,
        "known_from": _known_from(published_at, version, article.seen_at),
        "body": document.body,
        "body_sha256": hashlib.sha256(document.body.encode()).hexdigest(),
        "source": article.source,
    }


def _known_from(published_at: date, version: int, seen_at: datetime | None) -> datetime:
    """The latest moment whose filings a text may have used.

    Dated by day alone, it may have used whatever was public when that day ended, or when it was
    seen if that was before; a later version whatever was public when it was seen.
    """
    day_ended_at = datetime.combine(
        published_at + timedelta(days=1), time(), NEW_YORK_ZONE
    ).astimezone(UTC)
    if seen_at is None:
        return day_ended_at
    return min(day_ended_at, seen_at) if version == 1 else seen_at


def _with_duplicates(rows: Iterable[dict[str, object]]) -> pl.DataFrame:
    """The rows with `duplicate_of`: the article that printed the same words first, if another."""
    schema = {name: kind for name, kind in ARTICLES.items() if name != "duplicate_of"}
    frame = pl.DataFrame(list(rows), schema=schema, orient="row")
    words = pl.col("body").str.replace_all(r"\s+", " ").str.strip_chars()
    first = (
        pl.col("article_id").sort_by("known_from", "article_id", "article_version").first()
    ).over(words)
    return (
        frame.with_columns(pl.when(first != pl.col("article_id")).then(first).alias("duplicate_of"))
        .select(ARTICLES.names())
        .cast(ARTICLES)
    )


def _id_taken(article: Article) -> Problem:
    detail = (
        f"article {article.article_id} ({article.document.title}): an embedded article has this id;"
        " remove it and add it again"
    )
    return Problem(article.article_id, article.document.address, ID_TAKEN, detail)


def _rejects(problems: Iterable[Problem]) -> pl.DataFrame:
    rows = [
        (
            "articles",
            found.subject,
            None,
            found.reason,
            found.detail,
            json.dumps({"about": found.about}),
            FOLLOWED,
        )
        for found in problems
    ]
    return pl.DataFrame(rows, schema=REJECTS, orient="row")
