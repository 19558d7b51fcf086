from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.client import (
    LONGEST_ID,
    article_id_of,
    article_id_of_file,
    fetch_document,
    read_articles,
    web_address,
)
from ingest.errors import ForbiddenAddressError, UndatedArticleError, UnreadableArticleError
from ingest.public_web import PublicWeb
from ingest.snapshot.client import SNAPSHOT_DIR, SOURCE
from tests.support.edgar_server import EdgarServer

STORY = "---\ntitle: A\npublished_at: 2026-05-14\n---\nIt spent $5 billion.\n"


def test_the_embedded_article_is_read():
    (article,) = [
        article
        for article in read_articles(SNAPSHOT_DIR / "articles", SOURCE)
        if article.article_id == "amzn-three-trillion"
    ]
    assert article.document.published_at == date(2026, 5, 14)
    assert article.document.body.startswith("Amazon is said")


def test_a_folder_is_read_by_name_whatever_the_format(tmp_path):
    (tmp_path / "b.md").write_text(STORY)
    (tmp_path / "a.html").write_text(
        "<html><head><meta property='article:published_time' content='2026-05-14'></head><body>"
        "<article><p>Amazon spent $44.2 billion in the first quarter, it said.</p></article></body>"
    )
    (tmp_path / "notes.jsonl").write_text("{}")
    assert [article.article_id for article in read_articles(tmp_path, SOURCE)] == ["a", "b"]


def test_an_embedded_article_must_be_dated_and_have_a_name_of_its_own(tmp_path):
    (tmp_path / "a.txt").write_text("It spent $5 billion.")
    with pytest.raises(UndatedArticleError, match=r"a\.txt"):
        read_articles(tmp_path, SOURCE)
    for name in ("a.txt", "a.md"):
        (tmp_path / name).write_text(STORY)
        (tmp_path / "a.txt").rename(tmp_path / "a.markdown") if name == "a.txt" else None
    with pytest.raises(UnreadableArticleError, match="called a too"):
        read_articles(tmp_path, SOURCE)


@pytest.mark.parametrize(
    ("address", "article_id"),
    [
        ("https://www.news.example/2026/05/amazon-bill", "news-example-2026-05-amazon-bill"),
        ("https://news.example/", "news-example"),
        ("https://news.example/a?id=1", "news-example-a-72ccda87"),
    ],
)
def test_an_address_gives_a_readable_id(address, article_id):
    assert article_id_of(address)[:-8] == article_id[:-8]
    assert len(article_id_of(address)) == len(article_id)


@given(st.lists(st.from_regex(r"[a-zа-яA-Z0-9%/]{0,90}", fullmatch=True), min_size=1, max_size=3))
def test_ids_are_short_plain_and_the_same_every_time(paths):
    for path in paths:
        address = web_address(f"https://news.example/{path}")
        article_id = article_id_of(address)
        assert article_id == article_id_of(address)
        assert len(article_id) <= LONGEST_ID + 1
        assert set(article_id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_addresses_that_differ_in_what_an_id_cannot_hold_have_other_ids():
    addresses = ["a?id=1", "a?id=2", "ж", "ы", f"{'x' * 90}1", f"{'x' * 90}2"]
    assert len({article_id_of(f"https://news.example/{each}") for each in addresses}) == 6


def test_a_file_is_called_by_its_stem_where_that_is_plain():
    assert article_id_of_file(Path("a/My_story.v2.md")) == "My_story.v2"
    assert article_id_of_file(Path("a/'; drop table\u202e.md")).startswith("drop-table-")


def test_an_address_is_written_one_way():
    assert web_address(" HTTPS://News.Example/a#part ") == "https://news.example/a"
    with pytest.raises(ForbiddenAddressError):
        web_address("https://news.example:port/")


def test_an_address_is_read_as_one_document(http, tmp_path):
    (tmp_path / "a.html").write_text(
        "<html><head><title>The bill</title></head><body><article>"
        "<p>Amazon spent $44.2 billion in the first quarter, it said.</p></article></body></html>"
    )
    with EdgarServer(tmp_path) as server:
        client = http(web=PublicWeb(allows_private_hosts=True))
        document = fetch_document(client, f"{server.url}/a.html#part")
    assert (document.title, document.published_at) == ("The bill", None)
    assert document.address == f"{server.url}/a.html"
