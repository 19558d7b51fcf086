"""What is followed, against a server on the loopback: what is asked for, kept, and noted."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.articles.following import ASKED_AGAIN_FOR, add_address, add_feed, add_file, poll
from ingest.articles.loading import articles_frame
from ingest.articles.store import ArticleStore
from ingest.errors import (
    NotFoundError,
    UndatedArticleError,
    UnexpectedContentError,
    UnknownArticleError,
    UnreadableFeedError,
)
from ingest.public_web import PublicWeb
from tests.support.edgar_server import EdgarServer, Fault

DAY = "2026-05-14"
SENTENCE = "Amazon spent $44.2 billion in the first quarter, up 76% on a year earlier, it said."


def page(sentence=SENTENCE, day=DAY, noise=""):
    dated = f"<meta property='article:published_time' content='{day}'>" if day else ""
    return (
        f"<!doctype html><html><head><title>The bill</title>{dated}</head><body><!-- {noise} -->"
        f"<article><h1>The bill</h1><p>{sentence}</p></article></body></html>"
    )


@pytest.fixture
def site(tmp_path):
    directory = tmp_path / "site"
    directory.mkdir()
    with EdgarServer(directory) as server:
        yield server


@pytest.fixture
def store(tmp_path):
    return ArticleStore(tmp_path / "followed")


@pytest.fixture
def client(http):
    return http(web=PublicWeb(allows_private_hosts=True), attempts=1)


def put(site, name, content):
    (site.directory / name).write_text(content)
    return f"{site.url}/{name}"


def put_feed(site, *names, extra=""):
    items = "".join(
        f"<item><title>{name}</title><link>{site.url}/{name}</link>"
        "<pubDate>Thu, 14 May 2026 12:00:00 GMT</pubDate></item>"
        for name in names
    )
    return put(
        site,
        "feed.xml",
        f"<rss version='2.0'><channel><title>News</title>{items}{extra}</channel></rss>",
    )


def rows(store):
    texts, problems = store.texts()
    frame, rejects = articles_frame([], texts, [*store.problems(), *problems])
    return frame.to_dicts(), rejects.to_dicts()


def test_an_article_of_an_address_is_landed_and_becomes_a_row(site, store, client):
    address = put(site, "bill.html", page())
    followed = add_address(store, client, address)
    (row,), rejects = rows(store)
    assert rejects == []
    assert row["article_id"] == followed.article_id
    assert (row["article_version"], row["address"]) == (1, address)
    assert (row["published_at"], row["how_dated"]) == (date(2026, 5, 14), "the page's metadata")
    assert row["known_from"] == datetime(2026, 5, 15, 4, tzinfo=UTC)
    assert row["source"] == "followed"


def test_a_changed_text_is_the_next_version_known_when_it_was_seen(site, store, client):
    before = datetime.now(UTC)
    address = put(site, "bill.html", page())
    add_address(store, client, address)
    put(site, "bill.html", page(SENTENCE.replace("44.2", "45.1")))
    (article_id,) = poll(store, client).changed
    first, second = rows(store)[0]
    assert [first["article_version"], second["article_version"]] == [1, 2]
    assert first["article_id"] == second["article_id"] == article_id
    assert "45.1" in second["body"]
    assert second["known_from"] >= before


def test_a_page_that_reads_the_same_is_no_news_and_is_not_kept_again(site, store, client):
    address = put(site, "bill.html", page())
    add_address(store, client, address)
    put(site, "bill.html", page(noise="another advertisement"))
    assert poll(store, client).changed == ()
    assert len(rows(store)[0]) == 1
    assert store.newest(address).size_bytes == len(page().encode())


def test_an_article_is_asked_for_with_its_etag_and_not_for_good(site, store, client):
    add_address(store, client, put(site, "bill.html", page()))
    poll(store, client)
    assert site.requests[-1].headers["If-None-Match"]
    poll(store, client, now=datetime.now(UTC) + ASKED_AGAIN_FOR + timedelta(days=1))
    assert len(site.requests) == 2


def test_an_article_without_a_date_is_not_followed_until_it_is_given(site, store, client):
    address = put(site, "bill.html", page(day=None))
    with pytest.raises(UndatedArticleError, match="--published-at"):
        add_address(store, client, address)
    assert store.followed() == ()
    add_address(store, client, address, given_on=date(2026, 5, 1))
    (row,), _ = rows(store)
    assert (row["published_at"], row["how_dated"]) == (date(2026, 5, 1), "the user")
    add_address(store, client, address)
    assert rows(store)[0] == [row]


def test_a_file_added_again_is_its_next_version(store, tmp_path):
    path = tmp_path / "story.txt"
    path.write_text("It spent $5 billion.")
    add_file(store, path, given_on=date(2026, 5, 14))
    path.write_text("It spent $6 billion.")
    add_file(store, path)
    assert [(row["article_id"], row["article_version"]) for row in rows(store)[0]] == [
        ("story", 1),
        ("story", 2),
    ]


def test_two_articles_never_share_an_id(store, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "story.txt").write_text(f"It spent $5 billion in {folder}.")
        add_file(store, tmp_path / folder / "story.txt", given_on=date(2026, 5, 14))
    ids = [article.article_id for article in store.followed()]
    assert len(set(ids)) == 2
    (tmp_path / "embedded.txt").write_text("It spent $5 billion.")
    given = {"given_on": date(2026, 5, 14), "taken": {"embedded"}}
    assert add_file(store, tmp_path / "embedded.txt", **given).article_id != "embedded"


def test_a_feed_brings_what_it_lists_and_later_what_is_new(site, store, client):
    for name in ("a.html", "b.html"):
        put(site, name, page(f"{SENTENCE} {name}", day=None))
    feed = put_feed(site, "a.html")
    assert len(add_feed(store, client, feed).new) == 1
    put_feed(site, "a.html", "b.html")
    news = poll(store, client)
    assert len(news.new) == 1
    assert news.problems == ()
    assert {row["how_dated"] for row in rows(store)[0]} == {"the feed"}
    assert poll(store, client).new == ()


def test_what_fails_is_a_reject_and_the_rest_is_followed(site, store, client):
    put(site, "good.html", page())
    put(site, "empty.html", "<html><body><nav><a href='/'>Home</a></nav></body></html>")
    extra = "<item><title>no address</title></item><item><link>javascript:alert(1)</link></item>"
    extra += "<item><link>http://u:p@127.0.0.1/x</link></item>"
    feed = put_feed(site, "gone.html", "empty.html", "good.html", extra=extra)
    news = add_feed(store, client, feed)
    assert len(news.new) == 1
    articles, rejects = rows(store)
    assert len(articles) == 1
    assert sorted(reject["reason"] for reject in rejects) == [
        "empty_article",
        "forbidden_address",
        "no_address",
        "not_found",
        "not_of_the_web",
    ]
    assert {reject["file"] for reject in rejects} == {feed}
    put_feed(site, "good.html")
    poll(store, client)
    assert rows(store)[1] == []


def test_a_feed_that_fails_leaves_what_it_brought(site, store, client):
    put(site, "good.html", page())
    add_feed(store, client, put_feed(site, "good.html"))
    site.misbehave("/feed.xml", Fault.status(200, b"<rss><channel>"), times=1)
    (problem,) = poll(store, client).problems
    assert problem.reason == "unreadable_feed"
    assert [reject["reason"] for reject in rows(store)[1]] == ["unreadable_feed"]
    assert len(rows(store)[0]) == 1
    site.misbehave("/*", Fault.status(500), times=2)
    assert {problem.reason for problem in poll(store, client).problems} == {"server"}
    assert len(rows(store)[0]) == 1


def test_an_article_that_turns_into_something_else_keeps_its_last_text(site, store, client):
    address = put(site, "bill.html", page())
    add_address(store, client, address)
    put(site, "bill.html", "<html><body><p>Subscribe</p></body></html>")
    (problem,) = poll(store, client).problems
    assert (problem.subject, problem.reason) == (address, "empty_article")
    assert len(rows(store)[0]) == 1


def test_what_is_removed_stays_removed_until_it_is_added(site, store, client):
    address = put(site, "good.html", page())
    (article_id,) = add_feed(store, client, put_feed(site, "good.html")).new
    store.remove(article_id)
    assert poll(store, client).new == ()
    assert rows(store) == ([], [])
    add_address(store, client, address)
    assert len(rows(store)[0]) == 1
    store.remove(f"{site.url}/feed.xml")
    assert store.feeds() == ()
    with pytest.raises(UnknownArticleError, match="articles list"):
        store.remove("nothing")


def test_a_page_is_no_feed_and_a_feed_no_article(site, store, client):
    with pytest.raises(UnexpectedContentError):
        add_feed(store, client, put(site, "bill.html", page()))
    with pytest.raises(UnreadableFeedError):
        add_feed(store, client, put(site, "other.xml", "<note/>"))
    with pytest.raises(NotFoundError):
        add_feed(store, client, f"{site.url}/gone.xml")
    assert store.feeds() == ()


def test_a_landed_file_that_is_damaged_is_a_reject(site, store, client, tmp_path):
    address = put(site, "bill.html", page())
    add_address(store, client, address)
    landed = store._landing.path(store.newest(address))
    landed.chmod(0o644)
    landed.write_text("something else")
    fresh = ArticleStore(tmp_path / "followed")
    with fresh._list() as connection:
        connection.execute("delete from readings")
    articles, (reject,) = rows(fresh)
    assert articles == []
    assert reject["reason"] == "damaged_landed_file"
    assert json.loads(reject["row_json"]) == {"about": address}
