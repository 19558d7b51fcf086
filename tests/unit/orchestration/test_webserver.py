"""Who is answered by the web server: its own pages and programs, and no other site."""

import asyncio

import pytest

from orchestration.ui import guarded
from orchestration.webserver import OwnPagesOnly, why_foreign

HERE = "127.0.0.1:3000"


def asked(method="GET", path="/graphql", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return why_foreign(method, path, {"host": HERE, **named})


@pytest.mark.parametrize("host", [HERE, "localhost:3000", "localhost", "[::1]:3000", "127.0.0.1"])
def test_a_program_on_this_machine_is_answered(host):
    assert why_foreign("POST", "/graphql", {"host": host}) is None


def test_the_own_pages_are_answered():
    origin = f"http://{HERE}"
    assert asked("POST", sec_fetch_site="same-origin", origin=origin) is None
    assert asked("GET", "/runs", sec_fetch_site="none", sec_fetch_mode="navigate") is None


def test_a_link_to_a_page_may_be_followed_and_one_with_a_query_may_not():
    followed = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert asked("GET", "/runs", **followed) is None
    assert "cross-site" in asked("GET", "/graphql", **followed)
    assert "cross-site" in asked("POST", "/report_asset_check/x", **followed)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "cors"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000"},
    ],
)
def test_what_another_page_makes_a_browser_ask_is_refused(headers):
    assert asked(**headers)


@pytest.mark.parametrize(
    "host", ["evil.example:3000", "evil.example", "127.0.0.1.evil.example", "10.0.0.5", "", "[::1"]
)
def test_a_name_that_was_made_to_lead_here_is_refused(host):
    assert why_foreign("GET", "/runs", {"host": host})


async def passed_on(scope, receive, send):
    await send({"type": "passed on"})


def sent(scope_type, headers):
    messages = []

    async def send(message):
        messages.append(message)

    scope = {"type": scope_type, "path": "/graphql", "method": "GET", "headers": headers}
    asyncio.run(OwnPagesOnly(passed_on)(scope, None, send))
    return messages


OWN = [(b"host", HERE.encode())]


def test_the_application_never_sees_what_is_refused():
    assert sent("http", OWN) == sent("websocket", OWN) == [{"type": "passed on"}]
    assert sent("lifespan", []) == [{"type": "passed on"}]
    foreign = [*OWN, (b"origin", b"https://evil.example")]
    start, body = sent("http", foreign)
    assert start["status"] == 403
    assert b"https://evil.example" in body["body"]
    (closed,) = sent("websocket", foreign)
    assert closed["type"] == "websocket.close"


def test_only_the_command_of_the_web_server_is_changed():
    assert guarded(["python", "-m", "dagster_webserver", "--host", "127.0.0.1"]) == [
        "python", "-m", "orchestration.webserver", "--host", "127.0.0.1",
    ]  # fmt: skip
    daemon = ["python", "-m", "dagster._daemon", "run"]
    assert guarded(daemon) == daemon
