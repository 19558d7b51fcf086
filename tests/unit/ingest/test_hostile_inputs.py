"""What comes from outside and means harm: it reaches no inside, opens no file, fills no memory."""

import os
import socket
import threading
from contextlib import contextmanager

import duckdb
import httpx
import polars as pl
import pytest

import ingest.public_web
from ingest.articles.feeds import read_feed
from ingest.edgar.archive import archive_client
from ingest.edgar.listings import read_feed as read_edgar_feed
from ingest.errors import (
    ForbiddenAddressError,
    InterruptedTransferError,
    TooLargeError,
    UnexpectedContentError,
    UnreadableFeedError,
)
from ingest.http import MAX_BYTES
from ingest.public_web import PublicWeb
from ingest.warehouse import load_table, replace_rows

PUBLIC = "93.184.215.14"
PRIVATE_HOSTS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "169.254.169.254",
    "2852039166",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[fd00::1]",
    "0.0.0.0",
    "localhost",
]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setattr("ingest.public_web.getproxies", dict)


@contextmanager
def listening():
    """A server within the network: its port, and the requests that reached it."""
    reached = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    reached.append(connection.recv(4096))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ninside")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1], reached
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.mark.parametrize("host", PRIVATE_HOSTS)
def test_a_redirect_to_a_private_address_is_not_followed_however_it_is_written(http, host):
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": f"http://{host}/latest/meta-data"})

    web = PublicWeb(
        addresses_of=lambda name: (
            [PUBLIC] if name == "news.example" else ingest.public_web.resolve(name)
        )
    )
    # Octal digits are no address to httpx at all, which is a failure that may pass.
    refusals = (ForbiddenAddressError, InterruptedTransferError)
    with pytest.raises(refusals, match=r"private network|Invalid IPv4 address"):
        http(web=web, transport=httpx.MockTransport(answer)).get("https://news.example/a")
    assert set(asked) == {"https://news.example/a"}


def test_a_name_that_leads_elsewhere_at_the_time_of_connecting_is_never_connected_to(http):
    with listening() as (port, reached):
        looks = iter([[PUBLIC], ["127.0.0.1"], [PUBLIC]])
        web = PublicWeb(addresses_of=lambda name: next(looks))
        with pytest.raises(ForbiddenAddressError, match="private network"):
            http(web=web).get(f"http://news.example:{port}/a")
    assert reached == []


def test_one_private_address_among_others_is_enough(http):
    with listening() as (port, reached):
        looks = iter([[PUBLIC], [PUBLIC, "127.0.0.1"]])
        web = PublicWeb(addresses_of=lambda name: next(looks))
        with pytest.raises(ForbiddenAddressError):
            http(web=web).get(f"http://news.example:{port}/a")
    assert reached == []


def test_the_connection_goes_to_the_address_that_was_looked_at(http, monkeypatch):
    monkeypatch.setattr("ingest.public_web.is_public", lambda address: True)
    with listening() as (port, reached):
        # Nobody listens on the first.
        web = PublicWeb(addresses_of=lambda name: ["127.0.0.2", "127.0.0.1"])
        download = http(web=web).get(f"http://no-such-name.example:{port}/a")
    assert download.content == b"inside"
    assert f"Host: no-such-name.example:{port}".encode() in reached[0]


def test_a_name_that_is_gone_when_it_is_connected_to_is_tried_again(http):
    looks = iter([[PUBLIC], OSError("gone"), [PUBLIC], OSError("gone")])

    def look_up(_name):
        found = next(looks)
        if isinstance(found, OSError):
            raise found
        return found

    with pytest.raises(InterruptedTransferError, match="cannot be looked up"):
        http(web=PublicWeb(addresses_of=look_up), attempts=2).get("http://news.example/a")


def test_a_proxy_connects_by_itself(monkeypatch):
    monkeypatch.setattr("ingest.public_web.getproxies", lambda: {"https": "http://proxy:3128"})
    assert PublicWeb().transport() is None


LAUGHS = '<!ENTITY l0 "lol">' + "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 12)
)
QUADRATIC = f'<!ENTITY l11 "{"a" * 100_000}">'
OUTSIDE = '<!ENTITY l11 SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("declared", [LAUGHS, QUADRATIC, OUTSIDE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "cp037", "cp500", "utf-7"])
def test_a_feed_that_declares_entities_is_refused_in_every_encoding(declared, encoding):
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [{declared}]>'
        '<rss version="2.0"><channel><title>&l11;</title></channel></rss>'
    )
    with pytest.raises(UnreadableFeedError):
        read_feed(text.encode(encoding), "https://news.example/feed")


@pytest.mark.parametrize("encoding", ["cp037", "cp500", "cp1140"])
def test_an_encoding_that_would_hide_entities_is_refused_before_it_is_parsed(encoding, monkeypatch):
    monkeypatch.setattr("feedparser.parse", lambda *_, **__: pytest.fail("was parsed"))
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel/></rss>'
    with pytest.raises(UnreadableFeedError, match="does not begin as XML does"):
        read_feed(text.encode(encoding), "https://news.example/feed")


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'


@pytest.mark.parametrize("declared", [LAUGHS, QUADRATIC, OUTSIDE, '<!ENTITY l11 "harmless">'])
@pytest.mark.parametrize("body", ["<title>&l11;</title>", '<entry title="&l11;"/>', "<title/>"])
def test_edgars_feed_declares_no_entities(declared, body):
    content = f"<!DOCTYPE feed [{declared}]>{ATOM.format(body)}".encode()
    with pytest.raises(UnexpectedContentError) as caught:
        read_edgar_feed(content, "feed")
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize("kind", ['SYSTEM "{}"', 'PUBLIC "-//X//EN" "{}"'])
def test_edgars_feed_opens_no_file_for_its_document_type(tmp_path, kind):
    # Whoever opens a pipe that nobody writes to waits for ever.
    os.mkfifo(tmp_path / "pipe")
    doctype = kind.format((tmp_path / "pipe").as_uri())
    assert read_edgar_feed(f"<!DOCTYPE feed {doctype}>{ATOM.format('')}".encode(), "feed") == ()


def test_an_archive_file_beyond_the_limit_is_not_read(tmp_path):
    large = tmp_path / "submissions" / "CIK0000000042.json"
    large.parent.mkdir()
    with large.open("wb") as file:
        # Of no size on the disk: to read it would take as much memory as there is.
        file.truncate(MAX_BYTES * 1000)
    with archive_client(tmp_path) as client, pytest.raises(TooLargeError):
        client.get("https://data.sec.gov/submissions/CIK0000000042.json")


SQL_TEXTS = [
    "'); drop schema raw cascade; --",
    '"; drop table raw.articles; --',
    "' or ''=''",
    "$$",
]


@pytest.mark.parametrize("text", SQL_TEXTS)
def test_text_from_outside_is_a_value_in_sql_and_nothing_else(text):
    frame = pl.DataFrame({"source": [text], "title": [text], "article_id": [text]})
    kept = pl.DataFrame({"source": ["kept"], "title": ["kept"], "article_id": ["kept"]})
    with duckdb.connect() as connection:
        load_table(connection, "articles", kept, "kept")
        load_table(connection, "articles", frame, text)
        replace_rows(connection, "articles", frame, "article_id", [text])
        stored = connection.sql("select title from raw.articles order by title = 'kept'").fetchall()
    assert stored == [(text,), ("kept",)]
