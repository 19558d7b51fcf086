"""Dagster's web server, which answers its own pages and people's programs, and no other site.

Dagster's server asks nobody who they are, and takes changes by plain GET: any page that somebody
opens in a browser could start or delete runs on their machine, and read the answers where its name
is made to lead to 127.0.0.1. Run as `python -m orchestration.webserver` with the options of
`dagster-webserver`.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
OWN_PAGES = frozenset({"same-origin", "none"})
REFUSED = "plumbline answers no question of another site: {}\n"
CLOSED_FOR_POLICY = 1008


class OwnPagesOnly:
    """Passes on what its own pages ask, or a program, or somebody who opens an address."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, or close a socket, where `why_foreign` says so; otherwise pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        why = why_foreign(scope.get("method", "GET"), scope["path"], headers)
        if why is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": CLOSED_FOR_POLICY, "reason": why})
        else:
            text = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": text})
            await send({"type": "http.response.body", "body": REFUSED.format(why).encode()})


def why_foreign(method: str, path: str, headers: Mapping[str, str]) -> str | None:
    """Why a request comes from another site; None where nothing says so.

    Browsers name the page that asks (Origin, Sec-Fetch-Site), programs do not. `headers` have names
    in small letters.
    """
    host = headers.get("host", "")
    if _name(host) not in OWN_NAMES:
        return f"{host!r} was asked for, and is not this machine (a proxy in front says 127.0.0.1)"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return f"the page that asks is of {origin!r}"
    site = headers.get("sec-fetch-site", "none")
    # To follow a link to a page of the UI is no question; a link may hold a GraphQL query, though.
    is_link = headers.get("sec-fetch-mode") == "navigate" and method == "GET"
    if site not in OWN_PAGES and not (is_link and not path.startswith("/graphql")):
        return f"the page that asks is {site}"
    return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def main() -> None:
    """`dagster-webserver`, with the guard around its application."""
    cli: Any = import_module("dagster_webserver.cli")
    create = cli.create_app_from_workspace_process_context

    def create_guarded(*arguments: Any, **named: Any) -> OwnPagesOnly:
        return OwnPagesOnly(create(*arguments, **named))

    cli.create_app_from_workspace_process_context = create_guarded
    cli.main()


if __name__ == "__main__":
    main()
