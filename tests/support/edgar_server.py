"""A server on the loopback: answers as EDGAR does from a directory, and misbehaves on command.

with EdgarServer(directory) as server:
    server.misbehave("/submissions/*", Fault.too_many(retry_after="1"), times=2)
    server.after(3, add_a_filing)
    ...  # ask server.url
    assert [request.path for request in server.requests] == [...]
"""

import fnmatch
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Self
from urllib.parse import unquote, urlsplit

from ingest.edgar.archive import Answer, answer

THROTTLE_PAGE = b"<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>"
UNDECLARED_PAGE = (
    b"<html>Your Request Originates from an Undeclared Automated Tool"
    b"<p>please declare your traffic</html>"
)
ERROR_PAGE = b"<!DOCTYPE html><html><body>This page is temporarily unavailable</body></html>"


@dataclass(frozen=True)
class Request:
    """One request as it came; `at` is in seconds of `time.monotonic`."""

    path: str
    query: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    `change` turns EDGAR's answer into another; `sent_bytes` breaks the body off there, though the
    header promises all of it; a `drip_seconds` above 0 sends one byte, waits so long, and so on;
    without `has_length` the header promises nothing.
    """

    change: Callable[[Answer], Answer] = lambda given: given
    sent_bytes: int | None = None
    drip_seconds: float = 0.0
    has_length: bool = True

    @classmethod
    def status(cls, status: int, body: bytes = b"", headers: Mapping[str, str] = {}) -> Self:
        """Another status, with a body and headers."""
        return cls(lambda _: Answer(status, headers, body))

    @classmethod
    def too_many(cls, retry_after: str) -> Self:
        """429, and when to come back."""
        return cls.status(429, b"slow down", {"Retry-After": retry_after})

    @classmethod
    def throttle_page(cls, page: bytes = THROTTLE_PAGE) -> Self:
        """The page EDGAR shows to those who ask too often."""
        return cls.status(403, page, {"Content-Type": "text/html"})

    @classmethod
    def error_page(cls) -> Self:
        """A web page that calls itself a success."""
        return cls.status(200, ERROR_PAGE, {"Content-Type": "text/html"})

    @classmethod
    def malformed(cls) -> Self:
        """The first half of the content, as if it were all."""
        return cls(lambda given: Answer(200, given.headers, given.body[: len(given.body) // 2]))

    @classmethod
    def truncated(cls, sent_bytes: int = 10) -> Self:
        """The connection is lost in the middle of the body."""
        return cls(sent_bytes=sent_bytes)

    @classmethod
    def wrong_length(cls, by_bytes: int = 7) -> Self:
        """A length that promises more than there is."""
        return cls(lambda given: _with_header(given, "Content-Length", len(given.body) + by_bytes))

    @classmethod
    def drip(cls, seconds: float) -> Self:
        """One byte at a time."""
        return cls(drip_seconds=seconds)

    @classmethod
    def larger_than(cls, size_bytes: int) -> Self:
        """A body that is larger, with no length promised."""
        return cls(lambda _: Answer(200, {}, b"x" * (size_bytes + 1)), has_length=False)

    @classmethod
    def changed_etag(cls, etag: str = '"another"') -> Self:
        """The same content under another etag."""
        return cls(lambda given: _with_header(given, "ETag", etag))

    @classmethod
    def redirect(cls, location: str) -> Self:
        """Somewhere else."""
        return cls.status(301, b"", {"Location": location})


GOOD = Fault()


def _with_header(given: Answer, name: str, value: object) -> Answer:
    return Answer(given.status, {**given.headers, name: str(value)}, given.body)


@dataclass
class _Order:
    pattern: str
    fault: Fault
    left: int


@dataclass
class EdgarServer:
    """Serves one directory until the `with` block ends."""

    directory: Path
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._orders: list[_Order] = []
        self._events: list[tuple[int, Callable[[], object]]] = []
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def misbehave(self, pattern: str, fault: Fault, times: int = 1_000_000) -> None:
        """Answer the next so many requests whose path fits the pattern with the fault."""
        with self._lock:
            self._orders.append(_Order(pattern, fault, times))

    def behave(self) -> None:
        """Misbehave no more."""
        with self._lock:
            self._orders.clear()

    def after(self, requests: int, event: Callable[[], object]) -> None:
        """Call the event once so many requests have been answered."""
        with self._lock:
            self._events.append((requests, event))

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.path for request in self.requests]

    def _take(self, request: Request) -> Fault:
        """Write a request down and say how to answer it."""
        with self._lock:
            due = [event for count, event in self._events if count <= len(self.requests)]
            self._events = [(n, event) for n, event in self._events if n > len(self.requests)]
            for event in due:
                event()
            self.requests.append(request)
            for order in self._orders:
                if order.left and fnmatch.fnmatch(request.path, order.pattern):
                    order.left -= 1
                    return order.fault
        return GOOD


def _handler_of(server: EdgarServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = unquote(parts.path)
            fault = server._take(Request(path, parts.query, dict(self.headers), time.monotonic()))
            given = answer(server.directory, path, self.headers.get("If-None-Match"))
            try:
                self._send(fault.change(given), fault)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _send(self, given: Answer, fault: Fault) -> None:
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            if fault.has_length and "Content-Length" not in given.headers:
                self.send_header("Content-Length", str(len(given.body)))
            if fault != GOOD:
                # Also tells this handler to close the connection after the answer.
                self.send_header("Connection", "close")
            self.end_headers()
            self._send_body(given.body[: fault.sent_bytes], fault.drip_seconds)

        def _send_body(self, body: bytes, drip_seconds: float) -> None:
            step = 1 if drip_seconds else max(1, len(body))
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                self.wfile.flush()
                time.sleep(drip_seconds)

        def log_message(self, *_: object) -> None:
            """Requests are recorded, not printed."""

    return Handler
