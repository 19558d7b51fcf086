from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.client import Article
from ingest.articles.documents import Document
from ingest.articles.loading import articles_frame
from ingest.articles.schema import ARTICLES
from ingest.edgar.schema import REJECTS

SEEN = datetime(2026, 5, 20, 12, tzinfo=UTC)
EVENING = datetime(2026, 5, 15, 4, tzinfo=UTC)


def article(article_id, body, seen_at=None, published_at=date(2026, 5, 14)):
    document = Document("Title", "Outlet", "", published_at, "the front matter", body)
    return Article(article_id, document, "followed" if seen_at else "snapshot", seen_at)


def rows(embedded, followed=()):
    frame, rejects = articles_frame(embedded, followed)
    assert frame.schema == ARTICLES
    assert rejects.schema == REJECTS
    return frame.to_dicts(), rejects.to_dicts()


def test_nothing_gives_no_rows():
    assert rows([]) == ([], [])


def test_an_embedded_article_is_known_when_its_day_ended_in_new_york():
    ((row,), _) = rows([article("a", "text")])
    assert (row["article_version"], row["known_from"]) == (1, EVENING)


def test_what_was_seen_on_its_day_is_known_from_then():
    seen = datetime(2026, 5, 14, 18, tzinfo=UTC)
    ((row,), _) = rows([], [article("a", "text", seen)])
    assert row["known_from"] == seen


def test_the_same_text_seen_again_is_no_version_and_one_that_returns_is():
    texts = [
        article("a", body, SEEN.replace(day=20 + number))
        for number, body in enumerate(["one", "one", "two", "one"])
    ]
    found, _ = rows([], texts)
    assert [(row["article_version"], row["body"]) for row in found] == [
        (1, "one"),
        (2, "two"),
        (3, "one"),
    ]
    assert [row["known_from"].day for row in found] == [15, 22, 23]


def test_the_same_words_elsewhere_are_a_duplicate_of_the_first():
    later = article("a", "the  same\nwords", published_at=date(2026, 5, 16))
    found, _ = rows([later, article("b", "the same words"), article("c", "others")])
    assert {row["article_id"]: row["duplicate_of"] for row in found} == {
        "a": "b",
        "b": None,
        "c": None,
    }


def test_an_article_without_a_usable_date_is_a_reject():
    undated = article("a", "text", SEEN, published_at=None)
    future = article("b", "text", SEEN, published_at=date(2026, 6, 1))
    found, rejects = rows([], [undated, future, article("c", "text", SEEN)])
    assert [row["article_id"] for row in found] == ["c"]
    assert [(reject["file"], reject["reason"]) for reject in rejects] == [
        ("a", "undated_article"),
        ("b", "undated_article"),
    ]
    assert {reject["table_name"] for reject in rejects} == {"articles"}


def test_an_id_that_an_embedded_article_has_is_a_reject():
    found, (reject,) = rows([article("a", "one")], [article("a", "two", SEEN)])
    assert [row["body"] for row in found] == ["one"]
    assert reject["reason"] == "article_id_taken"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "x ", "y"])), max_size=8))
def test_no_row_is_a_duplicate_of_itself_and_versions_count_up(texts):
    ordered = [
        article(article_id, body, SEEN.replace(minute=number))
        for number, (article_id, body) in enumerate(sorted(texts, key=lambda text: text[0]))
    ]
    found, _ = rows([], ordered)
    assert all(row["duplicate_of"] != row["article_id"] for row in found)
    for article_id in {row["article_id"] for row in found}:
        own = [row for row in found if row["article_id"] == article_id]
        assert [row["article_version"] for row in own] == list(range(1, len(own) + 1))
        assert [row["known_from"] for row in own] == sorted({row["known_from"] for row in own})
