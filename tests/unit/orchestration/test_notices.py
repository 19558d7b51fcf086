"""What is told, how often, and that no address of PLUMBLINE_NOTIFY is ever written down."""

import json
import logging
import socket
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import duckdb
import polars as pl
import pytest
from aiosmtpd.controller import Controller

from orchestration.notices import (
    SAME_CAUSE_AFTER,
    Channel,
    Notable,
    Notice,
    cause_key,
    decide_failure,
    news_of,
    notices_of,
    read_notable,
    tell_failure,
)
from orchestration.settings import load_settings
from tests.conftest import settings_in

SECRET = "s3cr3t-token"
NOTICE = Notice("refresh failed", "why it did")
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


FILINGS = ("accession_number", "ticker", "form", "period", "read_status")
VERDICTS = ("thesis", "claim", "fiscal_quarter", "period_end", "verdict")
VALUES = {"ticker": pl.String, "scenario": pl.String, "value_per_share_usd": pl.Float64}


def notable(filings=(), verdicts=(), values=()):
    return Notable(
        pl.DataFrame(list(filings), dict.fromkeys(FILINGS, pl.String), orient="row"),
        pl.DataFrame(list(verdicts), dict.fromkeys(VERDICTS, pl.String), orient="row"),
        pl.DataFrame(list(values), VALUES, orient="row"),
    )


FIRST = ("0001018724-25-000001", "AMZN", "10-K", "2024-12-31", "facts_read")
SECOND = ("0001018724-25-000003", "AMZN", "10-Q", "2025-03-31", "facts_read")
RELEASE = ("0001018724-25-000002", "AMZN", "8-K", "2025-03-31", "release_read")
UNREAD = ("0001018724-25-000004", "AMZN", "8-K", None, "unreadable")


# What is told


def test_nothing_new_is_not_told():
    same = notable(
        [FIRST], [("t", "c", "2025Q1", "2025-03-31", "neutral")], [("AMZN", "base", 186.0)]
    )
    assert notices_of(same, same) == []


def test_a_filing_is_told_with_the_value_before_and_after():
    before = notable([FIRST], values=[("AMZN", "base", 186.0)])
    after = notable([FIRST, RELEASE, SECOND, UNREAD], values=[("AMZN", "base", 187.0)])
    (told,) = notices_of(before, after)
    assert told.title == "published: 3 new filings"
    assert told.body.count("not read") == 1
    assert "AMZN 10-Q for 2025-03-31, 0001018724-25-000003" in told.body
    assert "(not read: unreadable)" in told.body
    assert "AMZN base: $186.00 -> $187.00 a share" in told.body


@pytest.mark.parametrize(
    ("usd", "is_told"), [(186.0 * 1.049, False), (186.0 * 1.051, True), (186.0 * 0.94, True)]
)
def test_a_value_is_a_changed_thesis_beyond_the_declared_share(usd, is_told):
    before = notable(values=[("AMZN", "base", 186.0)])
    told = notices_of(before, notable(values=[("AMZN", "base", usd)]))
    assert [notice.title for notice in told] == (["thesis changed"] if is_told else [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("AMZN", "base", 186.0)], []),
        ([], [("AMZN", "base", 186.0)]),
        ([("AMZN", "base", None)], [("AMZN", "base", 1.0)]),
    ],
)
def test_a_value_gained_or_lost_is_told(before, after):
    (told,) = notices_of(notable(values=before), notable(values=after))
    assert told.title == "thesis changed"
    assert "no value" in told.body


def test_another_verdict_is_told_and_the_same_one_of_a_new_quarter_is_not():
    before = notable(verdicts=[("t", "growth", "2025Q1", "2025-03-31", "neutral"),
                               ("t", "margin", "2025Q1", "2025-03-31", "weakens")])  # fmt: skip
    after = notable(verdicts=[("t", "growth", "2025Q2", "2025-06-30", "weakens"),
                              ("t", "margin", "2025Q2", "2025-06-30", "weakens")])  # fmt: skip
    (told,) = notices_of(before, after)
    assert told.body == "t, growth: neutral -> weakens (2025Q2)"


def test_a_published_warehouse_holds_what_is_told(warehouse, refreshed):
    found = read_notable(warehouse)
    assert found.filings.height > 100
    assert found.verdicts.group_by("thesis", "claim").len()["len"].max() == 1
    assert set(found.values["scenario"]) >= {"bear", "base", "bull"}
    # Held against itself there is nothing to tell.
    assert notices_of(found, found) == []
    log = logging.getLogger("test")
    assert news_of(warehouse, refreshed.settings, log) == []


def test_what_cannot_be_compared_is_logged_and_stops_nothing(tmp_path, caplog):
    settings = settings_in(tmp_path)
    with duckdb.connect(str(settings.warehouse_path)) as other:
        other.execute("create table nothing (a int)")
    with duckdb.connect() as connection:
        assert news_of(connection, settings, logging.getLogger("test")) == []
    assert "what changed cannot be told" in caplog.text


# How often


def test_a_cause_is_told_once_and_again_after_the_declared_time_with_its_count():
    count, told = decide_failure({}, "no room on port 4711", NOW)
    assert count == 1
    for minute in range(1, 4):
        moment = NOW + timedelta(minutes=minute)
        count, told = decide_failure(told, f"no room on port {minute}", moment)
        assert count is None
    count, told = decide_failure(told, "no room on port 1", NOW + SAME_CAUSE_AFTER)
    assert count == 4
    assert len(told) == 1


def test_another_cause_is_told_at_once():
    _, told = decide_failure({}, "no room", NOW)
    count, told = decide_failure(told, "no leave", NOW)
    assert (count, len(told)) == (1, 2)
    assert cause_key("row 1") == cause_key("row 23")


def test_causes_of_long_ago_are_forgotten():
    _, told = decide_failure({}, "no room", NOW)
    _, told = decide_failure(told, "no leave", NOW + timedelta(days=60))
    assert set(told) == {cause_key("no leave")}


def test_failures_are_remembered_between_processes(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    settings, channel = settings_in(tmp_path), Channel((), logging.getLogger("test"))
    for run in range(3):
        tell_failure(settings, channel, "refresh", f"run-{run}", "SourceError: no facts.csv")
    assert caplog.text.count("notice: refresh failed") == 1
    (tmp_path / "notices.json").write_text("{")
    tell_failure(settings, channel, "refresh", "run-4", "SourceError: no facts.csv")
    assert caplog.text.count("notice: refresh failed") == 2


def test_a_failure_no_address_took_is_told_again(tmp_path, received):
    messages, port = received
    settings = settings_in(tmp_path)
    for path in ("broken", "hook", "hook"):
        channel = Channel((f"json://127.0.0.1:{port}/{path}",), logging.getLogger("test"))
        tell_failure(settings, channel, "refresh", "run", "SourceError: no facts.csv")
    assert [message["title"] for message in messages] == ["refresh failed"] * 2


# Where


@pytest.fixture
def received():
    """A server on the loopback that takes JSON, and what it was sent."""
    messages = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            messages.append(json.loads(body))
            self.send_response(500 if self.path.startswith("/broken") else 200)
            self.end_headers()

        def log_message(self, *_):
            """Not printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    messages_at = server.server_address[1]
    yield messages, messages_at
    server.shutdown()
    server.server_close()


def test_a_notice_arrives_as_json(received):
    messages, port = received
    Channel([f"json://user:{SECRET}@127.0.0.1:{port}/hook"], logging.getLogger("test")).send(NOTICE)
    (message,) = messages
    assert (message["title"], message["message"]) == (NOTICE.title, NOTICE.body)


def test_a_notice_arrives_as_mail():
    mails = []

    class Keeper:
        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
            mails.append(envelope)
            return "250 kept"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mail = Controller(Keeper(), hostname="127.0.0.1", port=port)
    mail.start()
    try:
        address = f"mailto://127.0.0.1:{port}?from=a@example.com&to=b@example.com"
        Channel([address], logging.getLogger("test")).send(NOTICE)
    finally:
        mail.stop()
    (envelope,) = mails
    assert envelope.rcpt_tos == ["b@example.com"]
    assert b"why it did" in envelope.content


@pytest.mark.parametrize(
    "address",
    [
        f"json://user:{SECRET}@127.0.0.1:9/hook",
        f"json://127.0.0.1:{{port}}/broken/{SECRET}",
        f"nonsense://{SECRET}",
        SECRET,
        f"http://[{SECRET}",
        f"mailto://{SECRET}:{SECRET}@127.0.0.1:9?from=a@example.com&to=b@example.com",
    ],
    ids=["unreachable", "refused", "no such scheme", "no scheme", "no address", "mail"],
)
def test_a_channel_that_fails_is_logged_without_its_secret(address, received, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    address = address.replace("{port}", str(received[1]))
    Channel([address], logging.getLogger("test")).send(NOTICE)
    assert "address 1 of PLUMBLINE_NOTIFY" in caplog.text
    shown = caplog.text + "".join(capfd.readouterr())
    assert SECRET not in shown


def test_one_channel_that_fails_does_not_keep_the_others_from_being_told(received):
    messages, port = received
    Channel(["nonsense://x", f"json://127.0.0.1:{port}/"], logging.getLogger("test")).send(NOTICE)
    assert len(messages) == 1


def test_settings_do_not_show_the_addresses(tmp_path):
    settings = load_settings(
        {"PLUMBLINE_DATA_DIR": str(tmp_path), "PLUMBLINE_NOTIFY": f"json://a/{SECRET}  mailto://b"}
    )
    assert len(settings.notify) == 2
    assert SECRET not in repr(settings) + str(settings)
