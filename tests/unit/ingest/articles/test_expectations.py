"""The guards of articles, on embedded and followed rows, and on rows made to break them."""

from datetime import UTC, date, datetime

import duckdb
import polars as pl
import pytest

from ingest.articles.client import Article, read_articles
from ingest.articles.documents import Document
from ingest.articles.expectations import ARTICLE_GUARDS
from ingest.articles.loading import articles_frame
from ingest.guards import GuardContext
from ingest.snapshot.client import SNAPSHOT_DIR, SOURCE
from ingest.validation import validate
from ingest.warehouse import load_table, raw_frames

GATHERED = date(2026, 11, 23)
CONTEXT = GuardContext((), (), GATHERED, GATHERED)
SEEN = datetime(2026, 12, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def articles():
    later = Document("Title", "", "", date(2026, 12, 1), "the feed", "It spent $5 billion.")
    followed = [
        Article("a", later, "followed", SEEN),
        Article("b", later, "followed", SEEN.replace(day=3)),
    ]
    return articles_frame(read_articles(SNAPSHOT_DIR / "articles", SOURCE), followed)[0]


def failed(frame):
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        load_table(connection, "articles", frame)
        results = validate(raw_frames(connection, "articles"), ARTICLE_GUARDS, CONTEXT)
    return {result.guard for result in results if not result.is_success}


def test_embedded_and_followed_articles_pass_whatever_their_day(articles):
    assert articles["duplicate_of"].to_list()[-2:] == [None, "a"]
    assert failed(articles) == set()


def test_without_articles_every_guard_holds(articles):
    assert failed(articles.clear()) == set()


@pytest.mark.parametrize(
    ("column", "value", "guard"),
    [
        ("published_at", date(2026, 12, 1), "articles_are_not_of_the_future"),
        ("article_version", 0, "article_versions_count_from_one"),
        ("article_id", "a", "articles_are_unique"),
        ("duplicate_of", "amzn-three-trillion", "articles_are_no_duplicates_of_themselves"),
        ("title", "up 4\u200b4%", "article_title_hides_no_characters"),
        ("body", "up \u202e67%", "article_body_hides_no_characters"),
        ("how_dated", None, "articles_have_how_dated"),
        ("known_from", None, "articles_have_known_from"),
    ],
)
def test_a_bad_row_fails_the_guard_made_for_it(articles, column, value, guard):
    first = pl.int_range(pl.len()) == 0
    spoiled = articles.with_columns(
        pl.when(first).then(pl.lit(value, dtype=articles.schema[column])).otherwise(column)
        .alias(column)
    )  # fmt: skip
    assert failed(spoiled) == {guard}
