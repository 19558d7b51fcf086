"""`plumbline articles`, from the command line to the raw tables."""

import duckdb
import pytest
from typer.testing import CliRunner

from ingest.prices.schema import PRICES
from ingest.warehouse import load_table
from orchestration.cli import EXIT_STOPPED, EXIT_WRONG_USE, app
from orchestration.followed_articles import follow_articles, load_all_articles
from orchestration.settings import SettingsError, load_settings
from orchestration.sources import load_filings
from tests.support.edgar_server import EdgarServer

RUN = CliRunner()
SENTENCE = "Amazon spent $44.2 billion in the first quarter, up 76% on a year earlier, it said."
PAGE = (
    "<!doctype html><html><head><title>{title}</title>"
    "<meta property='og:site_name' content='The Example'>"
    "<meta property='article:published_time' content='2026-05-14'></head>"
    "<body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
)


@pytest.fixture
def site(tmp_path):
    directory = tmp_path / "site"
    directory.mkdir()
    with EdgarServer(directory) as server:
        yield server


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A data directory of its own, an identity, and leave to ask the loopback."""
    for name, value in {
        "PLUMBLINE_DATA_DIR": str(tmp_path / "data"),
        "PLUMBLINE_REQUEST_TIMES": str(tmp_path / "times.sqlite"),
        "PLUMBLINE_REQUESTS_PER_SECOND": "10",
        "PLUMBLINE_ALLOW_PRIVATE_HOSTS": "yes",
        "SEC_USER_AGENT": "Jane Doe jane@example.com",
        "NO_PROXY": "127.0.0.1",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def run(*arguments):
    return RUN.invoke(app, ["articles", *arguments])


def put(site, name, title="The bill", text=SENTENCE):
    (site.directory / name).write_text(PAGE.format(title=title, text=text))
    return f"{site.url}/{name}"


def put_feed(site, *links):
    items = "".join(f"<item><title>x</title><link>{link}</link></item>" for link in links)
    (site.directory / "feed.xml").write_text(
        f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
    )
    return f"{site.url}/feed.xml"


def loaded(registry, settings):
    """Articles and article rejects, as a refresh from the snapshot loads them."""
    articles, rejects = load_all_articles(settings)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        load_table(connection, "prices", PRICES.to_frame())
        load_filings(connection, settings, registry, rejects)
        load_table(connection, "articles", articles)
        stored = connection.sql(
            "select article_id, article_version, title, source from raw.articles order by all"
        ).fetchall()
        rejected = connection.sql(
            "select reason, file from raw.rejects where table_name = 'articles' order by all"
        ).fetchall()
    return stored, rejected


def test_what_is_added_is_listed_loaded_and_removed(site, environment, registry, tmp_path):
    hostile = "Profit'); drop table raw.facts; --"
    story = tmp_path / "story.txt"
    story.write_text(f"A story\n\n{SENTENCE}")
    added = run("add", put(site, "bill.html", hostile), str(story), "--published-at", "2026-05-13")
    assert added.exit_code == 0, added.output
    bill, name = added.stdout.split()
    assert name == "story"
    listed = run("list")
    assert "amzn-three-trillion" in listed.stdout
    assert "The Example" in listed.stdout
    assert "the user" in listed.stdout
    stored, rejected = loaded(registry, load_settings())
    assert (bill, 1, hostile, "followed") in stored
    assert rejected == []
    assert run("remove", bill).exit_code == 0
    assert bill not in run("list").stdout
    assert run("remove", bill).exit_code == EXIT_STOPPED


def test_one_that_fails_does_not_keep_the_others_away(site, environment):
    result = run("add", f"{site.url}/gone.html", put(site, "bill.html"))
    assert result.exit_code == EXIT_STOPPED
    assert "NotFoundError" in result.stderr
    assert len(result.stdout.split()) == 1


def test_a_feed_is_polled_where_the_source_is_the_network_alone(site, environment, registry):
    feed = put_feed(site, put(site, "a.html"))
    assert run("add", "--feed", feed).exit_code == 0
    put_feed(site, f"{site.url}/a.html", put(site, "b.html", text=f"{SENTENCE} And more."))
    asked = len(site.requests)
    assert follow_articles(load_settings()).new == ()
    assert len(site.requests) == asked
    put(site, "a.html", text=SENTENCE.replace("44.2", "45.1"))
    environment.setenv("PLUMBLINE_SOURCE", "edgar")
    news = follow_articles(load_settings())
    assert (len(news.new), len(news.changed)) == (1, 1)
    environment.delenv("PLUMBLINE_SOURCE")
    stored, _ = loaded(registry, load_settings())
    assert [row[1] for row in stored if row[3] == "followed"] == [1, 2, 1]
    assert feed in run("list").stdout


def test_what_fails_is_a_counted_reject_of_the_refresh(site, environment, registry):
    feed = put_feed(site, put(site, "a.html"), f"{site.url}/gone.html", "javascript:alert(1)")
    result = run("add", "--feed", feed)
    assert result.exit_code == EXIT_STOPPED
    assert "not_of_the_web" in result.stderr
    stored, rejected = loaded(registry, load_settings())
    assert len(stored) == 2
    assert rejected == [("not_found", feed), ("not_of_the_web", feed)]
    put_feed(site, f"{site.url}/a.html")
    assert run("fetch").exit_code == 0
    assert loaded(registry, load_settings())[1] == []


def test_the_web_is_asked_by_somebody_and_nothing_inside_the_network(site, environment):
    address = put(site, "a.html")
    environment.setenv("PLUMBLINE_ALLOW_PRIVATE_HOSTS", "no")
    refused = run("add", address)
    assert refused.exit_code == EXIT_STOPPED
    assert "ForbiddenAddressError" in refused.stderr
    environment.delenv("SEC_USER_AGENT")
    nobody = run("add", address)
    assert nobody.exit_code == EXIT_STOPPED
    assert "SEC_USER_AGENT" in nobody.stderr
    assert site.requests == []


def test_wrong_use_is_told(environment):
    assert run("add").exit_code == EXIT_WRONG_USE
    assert run("add", "a.txt", "--published-at", "soon").exit_code == EXIT_WRONG_USE
    environment.setenv("PLUMBLINE_ALLOW_PRIVATE_HOSTS", "maybe")
    with pytest.raises(SettingsError, match="yes or no"):
        load_settings()
