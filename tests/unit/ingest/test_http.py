import gzip
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from ingest.errors import (
    FetchSettingsError,
    IdentityError,
    InterruptedTransferError,
    NotFoundError,
    PermanentFetchError,
    RateLimitedError,
    RefusedError,
    ServerError,
    TooLargeError,
    TransientFetchError,
    UnexpectedContentError,
)
from ingest.http import PoliteClient, SharedLimit, Timeouts, read_retry_after
from tests.support.edgar_server import UNDECLARED_PAGE, EdgarServer, Fault
from tests.unit.ingest.conftest import IDENTITY, NO_WAIT

ROOT = Path(__file__).resolve().parents[3]
CONTENT = b'{"figures": [1, 2, 3], "name": "an answer of some length"}'
PATH = "/api/answer.json"
ATTEMPTS = 5


@pytest.fixture
def server(tmp_path):
    (tmp_path / "served" / "api").mkdir(parents=True)
    (tmp_path / "served" / "api" / "answer.json").write_bytes(CONTENT)
    with EdgarServer(tmp_path / "served") as server:
        yield server


def response(status, content=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(content))


def answering(*responses):
    """A transport that gives these responses, the last one for ever."""
    left = list(responses)
    return httpx.MockTransport(lambda _: left.pop(0) if len(left) > 1 else left[0])


def test_an_answer_comes_with_what_the_next_request_needs(server, http):
    download = http().get(server.url + PATH)
    assert download.content == CONTENT
    assert download.etag.startswith('"')
    assert not download.is_unchanged
    assert datetime.now(UTC) - download.fetched_at < timedelta(minutes=1)


def test_every_request_names_who_asks_and_takes_gzip_alone(server, http):
    http().get(server.url + PATH)
    (request,) = server.requests
    assert request.headers["User-Agent"] == IDENTITY
    assert request.headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("identity", [None, "", "Jane Doe", "jane@localhost", "a@b.c\r\nX: y"])
def test_nobody_asks_without_an_address_to_write_to(identity):
    with pytest.raises(IdentityError, match="SEC_USER_AGENT"):
        PoliteClient(identity)


@pytest.mark.parametrize("rate", [0, -1, 10.5, float("nan")])
def test_a_rate_above_edgars_limit_is_refused(rate, tmp_path):
    with pytest.raises(FetchSettingsError, match="at most 10"):
        PoliteClient(IDENTITY, requests_per_second=rate, limit_state_path=tmp_path / "state")


def test_an_unchanged_address_is_asked_with_its_etag_and_sends_nothing(server, http):
    client = http()
    first = client.get(server.url + PATH)
    again = client.get(
        server.url + PATH, etag=first.etag, last_modified="Thu, 06 Feb 2025 00:00:00 GMT"
    )
    assert again.is_unchanged
    assert (again.content, again.etag) == (b"", first.etag)
    assert again.last_modified == "Thu, 06 Feb 2025 00:00:00 GMT"
    assert server.requests[1].headers["If-None-Match"] == first.etag
    assert server.requests[1].headers["If-Modified-Since"] == "Thu, 06 Feb 2025 00:00:00 GMT"


def test_unchanged_without_a_condition_is_no_answer(http):
    with pytest.raises(RefusedError, match="304"):
        http(transport=answering(response(304))).get("https://host/a")


TRANSIENT = {
    "429": (Fault.too_many(retry_after="0"), RateLimitedError),
    "the throttle page": (Fault.throttle_page(), RateLimitedError),
    "the undeclared tool page": (Fault.throttle_page(UNDECLARED_PAGE), RateLimitedError),
    "the throttle page as a success": (Fault.status(200, UNDECLARED_PAGE), RateLimitedError),
    "503": (Fault.status(503), ServerError),
    "a truncated body": (Fault.truncated(), InterruptedTransferError),
    "a wrong length": (Fault.wrong_length(), InterruptedTransferError),
}


@pytest.mark.parametrize(("fault", "error"), TRANSIENT.values(), ids=TRANSIENT)
def test_what_may_pass_is_tried_again(server, http, fault, error):
    server.misbehave(PATH, fault, times=2)
    assert http().get(server.url + PATH).content == CONTENT
    assert len(server.requests) == 3


@pytest.mark.parametrize(("fault", "error"), TRANSIENT.values(), ids=TRANSIENT)
def test_what_does_not_pass_ends_by_its_name_after_all_attempts(server, http, fault, error):
    server.misbehave(PATH, fault)
    with pytest.raises(error, match=PATH) as raised:
        http(attempts=ATTEMPTS).get(server.url + PATH)
    assert isinstance(raised.value, TransientFetchError)
    assert len(server.requests) == ATTEMPTS


PERMANENT = {
    "404": (Fault.status(404), NotFoundError),
    "a file the store does not hold": (
        Fault.status(403, b"<Error><Code>AccessDenied</Code></Error>"),
        NotFoundError,
    ),
    "another 403": (Fault.status(403, b"forbidden"), RefusedError),
    "401": (Fault.status(401), RefusedError),
    "an error page as a success": (Fault.error_page(), UnexpectedContentError),
    "malformed JSON": (Fault.malformed(), UnexpectedContentError),
    "a body beyond the limit": (Fault.larger_than(1000), TooLargeError),
    "a redirect to another host": (Fault.redirect("https://elsewhere.example/"), RefusedError),
    "a redirect for ever": (Fault.redirect(PATH), RefusedError),
}


@pytest.mark.parametrize(("fault", "error"), PERMANENT.values(), ids=PERMANENT)
def test_what_will_not_pass_ends_at_once(server, http, fault, error):
    server.misbehave(PATH, fault)
    with pytest.raises(error, match=PATH) as raised:
        http(max_bytes=1000).get(server.url + PATH, media="json")
    assert isinstance(raised.value, PermanentFetchError)
    assert len(server.requests) == (4 if fault == PERMANENT["a redirect for ever"][0] else 1)


def test_a_redirect_within_the_host_is_followed(server, http):
    server.misbehave("/old", Fault.redirect(PATH))
    download = http().get(server.url + "/old")
    assert (download.content, download.url) == (CONTENT, server.url + "/old")


def test_a_slow_drip_ends(server, http):
    server.misbehave(PATH, Fault.drip(0.1))
    started = time.monotonic()
    with pytest.raises(InterruptedTransferError, match="too long"):
        http(timeouts=Timeouts(total_seconds=0.2), attempts=1).get(server.url + PATH)
    assert time.monotonic() - started < 3


def test_silence_ends(server, http):
    server.misbehave(PATH, Fault.drip(1))
    with pytest.raises(InterruptedTransferError, match="ReadTimeout"):
        http(timeouts=Timeouts(read_seconds=0.1), attempts=1).get(server.url + PATH)


def test_a_host_that_is_not_there_is_named(http):
    with pytest.raises(InterruptedTransferError, match=r"127\.0\.0\.1:9"):
        http(attempts=1).get("http://127.0.0.1:9/answer")


def test_a_protocol_that_is_not_there_is_refused(http):
    with pytest.raises(RefusedError, match="cannot be asked"):
        http().get("gopher://host/a")


class Endless(httpx.SyncByteStream):
    """A body without end, which counts the pieces taken."""

    def __init__(self, piece):
        self.piece = piece
        self.taken = 0

    def __iter__(self):
        while True:
            self.taken += 1
            yield self.piece


def test_no_more_of_a_body_is_taken_than_the_limit(http):
    body = Endless(b"x" * 100)
    with pytest.raises(TooLargeError, match="1000 bytes"):
        http(transport=answering(httpx.Response(200, stream=body)), max_bytes=1000).get(
            "https://host/a"
        )
    assert body.taken == 11


def test_a_promised_length_beyond_the_limit_is_refused_unread(http):
    body = Endless(b"x")
    promising = httpx.Response(200, headers={"Content-Length": "1001"}, stream=body)
    with pytest.raises(TooLargeError):
        http(transport=answering(promising), max_bytes=1000).get("https://host/a")
    assert body.taken == 0


def packed(content):
    return response(200, content, content_encoding="gzip")


def test_a_packed_body_is_unpacked(http):
    assert (
        http(transport=answering(packed(gzip.compress(CONTENT)))).get("https://host/a").content
        == CONTENT
    )


def test_a_packed_body_may_not_unpack_beyond_the_limit(http):
    bomb = packed(gzip.compress(b"0" * 5_000_000))
    with pytest.raises(TooLargeError):
        http(transport=answering(bomb), max_bytes=100_000).get("https://host/a")


@pytest.mark.parametrize("spoil", [lambda body: body[:-9], lambda body: b"no gzip" + body])
def test_a_spoiled_packed_body_is_fetched_again(http, spoil):
    whole = gzip.compress(CONTENT)
    transport = answering(packed(spoil(whole)), packed(whole))
    assert http(transport=transport).get("https://host/a").content == CONTENT


def test_an_encoding_nobody_asked_for_is_refused(http):
    strange = response(200, b"x", content_encoding="br")
    with pytest.raises(UnexpectedContentError, match="br"):
        http(transport=answering(strange)).get("https://host/a")


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body/></html>",
        b"<!DOCTYPE html><html/>",
        b'<?xml version="1.0"?>\n<html/>',
        b"",
        b"{}",
    ],
)
def test_a_page_is_no_xml(http, content):
    with pytest.raises(UnexpectedContentError):
        http(transport=answering(response(200, content))).get("https://host/a", media="xml")


@pytest.mark.parametrize("content", [b"<a/>", b"\xef\xbb\xbf<?xml version='1.0'?><a/>"])
def test_xml_is_xml(http, content):
    transport = answering(response(200, content))
    assert http(transport=transport).get("https://host/a", media="xml").content == content


def test_the_wait_the_server_asks_for_is_kept(server, http):
    server.misbehave(PATH, Fault.too_many(retry_after="1"), times=1)
    http().get(server.url + PATH)
    first, second = server.requests
    assert second.at - first.at >= 1


def test_a_wait_longer_than_anybody_waits_is_no_reason_to_ask_earlier(server, http):
    server.misbehave(PATH, Fault.too_many(retry_after="3600"), times=1)
    with pytest.raises(RateLimitedError):
        http().get(server.url + PATH)
    assert len(server.requests) == 1


def test_waits_are_read_as_seconds_and_as_dates():
    assert read_retry_after("7") == 7
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 55 < read_retry_after(in_a_minute) <= 60
    assert read_retry_after("Thu, 06 Feb 2020 00:00:00 GMT") == 0
    assert read_retry_after("soon") is None
    assert read_retry_after(None) is None


def test_errors_survive_the_way_between_processes():
    error = RateLimitedError("https://host/a", "throttled", "wait")
    error.retry_after_seconds = 3.0
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.url, copy.retry_after_seconds) == (str(error), error.url, 3.0)


COUNTING = """
import sys, time
from pathlib import Path
from ingest.http import SharedLimit
limit = SharedLimit(10, Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    limit.wait()
    print(time.time(), flush=True)
"""


def test_two_processes_share_one_rate(tmp_path):
    command = [sys.executable, "-c", COUNTING, str(tmp_path / "state"), "5"]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    turns = sorted(float(line) for process in running for line in process.communicate()[0].split())
    assert len(turns) == 10
    assert turns[-1] - turns[0] >= (10 - 1) / 10 * 0.97


def test_threads_share_one_rate(tmp_path):
    limit = SharedLimit(10, tmp_path / "state")

    def turn(_):
        limit.wait()
        return time.monotonic()

    with ThreadPoolExecutor(4) as threads:
        turns = sorted(threads.map(turn, range(6)))
    limit.close()
    assert turns[-1] - turns[0] >= (6 - 1) / 10 * 0.97


def test_each_attempt_waits_for_its_turn(server, tmp_path):
    server.misbehave(PATH, Fault.status(503), times=2)
    settings = {"requests_per_second": 10, "limit_state_path": tmp_path / "state"}
    with PoliteClient(IDENTITY, backoff=NO_WAIT, **settings) as client:
        client.get(server.url + PATH)
    assert server.requests[2].at - server.requests[0].at >= 0.19


def test_a_state_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "state").write_bytes(
        b"this is no database, and long enough to be seen as none" * 20
    )
    with pytest.raises(FetchSettingsError, match="delete it"):
        SharedLimit(5, tmp_path / "state")
