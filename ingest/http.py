"""One polite way to the web: who asks, how often, how long, how much, and what is tried again.

Belongs here: the request itself, the rate shared by all threads and processes of the machine,
retries, limits, and a named error for each way to fail. Does not belong here: which addresses exist
and what their content means (the source's client knows), where bytes are kept (`landing` does).
"""

import io
import json
import math
import os
import re
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Literal, Protocol, Self

import httpx
import stamina
from pyrate_limiter import Limiter, Rate, SQLiteBucket

from ingest.errors import (
    FetchError,
    FetchSettingsError,
    IdentityError,
    InterruptedTransferError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerError,
    TooLargeError,
    TransientFetchError,
    UnexpectedContentError,
)
from ingest.public_web import PublicWeb

Media = Literal["any", "json", "xml"]

MAX_REQUESTS_PER_SECOND = 10  # EDGAR's own limit, for one address on the internet
MAX_BYTES = 200_000_000
MAX_REDIRECTS = 3
MAX_ERROR_PAGE_BYTES = 1_000_000
HEAD_BYTES = 4096
LONGEST_TURN_SECONDS = 600.0
GZIP_WINDOW = 31  # zlib's number for "a gzip header, then the largest window"

EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+")
THROTTLE_MARKS = (b"request rate threshold exceeded", b"undeclared automated tool")
# The store behind sec.gov answers so, with status 403, for a file that is not there.
MISSING_FILE_MARK = b"<code>accessdenied</code>"


@dataclass(frozen=True)
class Download:
    """What one address answered; `content` is empty where `is_unchanged` (status 304).

    `fetched_at` is UTC; `etag` and `last_modified` are the server's words, for the next request;
    `media_type` is what it calls the content.
    """

    url: str
    content: bytes
    etag: str | None
    last_modified: str | None
    fetched_at: datetime
    is_unchanged: bool = False
    media_type: str | None = None


@dataclass(frozen=True)
class Timeouts:
    """Seconds until a download is given up: to connect, between two pieces, and in all."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 600.0


@dataclass(frozen=True)
class Backoff:
    """Seconds to wait before the next attempt.

    The first wait is `initial_seconds`, each further one twice the last up to `max_seconds`, plus
    up to `jitter_seconds`. A wait the server asks for goes first; above
    `max_retry_after_seconds` nothing is tried again.
    """

    initial_seconds: float = 1.0
    max_seconds: float = 60.0
    jitter_seconds: float = 1.0
    max_retry_after_seconds: float = 120.0


class RequestLimit(Protocol):
    """Whoever waits here for a turn before each request."""

    def wait(self) -> None:
        """Return when the next request may be sent."""

    def close(self) -> None:
        """Let go of what is held."""


class NoLimit:
    """No waiting: for a local directory."""

    def wait(self) -> None:
        """Return at once."""

    def close(self) -> None:
        """Nothing is held."""


class SharedLimit:
    """One turn each 1/rate seconds among all threads and processes with the same state file."""

    def __init__(self, requests_per_second: float, state_path: Path) -> None:
        if not 0 < requests_per_second <= MAX_REQUESTS_PER_SECOND:
            raise FetchSettingsError(
                f"{requests_per_second} requests per second: must be above 0 and at most"
                f" {MAX_REQUESTS_PER_SECOND}, the limit EDGAR sets; choose a rate in between"
            )
        self._state_path = state_path
        milliseconds_apart = math.ceil(1000 / requests_per_second)
        with self._usable_state():
            bucket = SQLiteBucket.init_from_file(
                [Rate(1, milliseconds_apart)], db_path=str(state_path), use_file_lock=True
            )
        self._limiter = Limiter(bucket, buffer_ms=0)

    def wait(self) -> None:
        """Return when it is this request's turn.

        Raises FetchSettingsError where no turn comes, or the state file cannot be used.
        """
        with self._usable_state():
            has_turn = self._limiter.try_acquire("request", timeout=LONGEST_TURN_SECONDS)
        if not has_turn:
            raise FetchSettingsError(
                f"{self._state_path}: no turn came within {LONGEST_TURN_SECONDS:.0f} seconds; if"
                " the clock was set back, delete the file"
            )

    def close(self) -> None:
        """Close the state file."""
        self._limiter.close()

    @contextmanager
    def _usable_state(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise FetchSettingsError(
                f"{self._state_path}: the file that processes share to count their requests cannot"
                f" be used ({error}); delete it, or name another that all of them may write"
            ) from error


def shared_state_path() -> Path:
    """The state file all processes of this machine share unless told otherwise."""
    return Path(tempfile.gettempdir()) / "plumbline-request-times.sqlite"


@dataclass
class Traffic:
    """What a client has asked for so far: requests, retries included, and bytes of content."""

    requests: int = 0
    bytes_fetched: int = 0


class PoliteClient:
    """Fetches addresses one turn at a time; may be shared by threads.

    `identity` is the User-Agent, and must hold an e-mail address (IdentityError otherwise).
    `requests_per_second` None means no limit, for a local directory. Redirects are followed within
    a host; with `web`, to whatever address of the public web, and nothing else is asked for.
    """

    def __init__(
        self,
        identity: str | None,
        *,
        requests_per_second: float | None = 5.0,
        limit_state_path: Path | None = None,
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts = Timeouts(),
        max_bytes: int = MAX_BYTES,
        attempts: int = 5,
        backoff: Backoff = Backoff(),
        web: PublicWeb | None = None,
    ) -> None:
        headers = {"User-Agent": _checked_identity(identity), "Accept-Encoding": "gzip"}
        self._limit: RequestLimit = (
            NoLimit()
            if requests_per_second is None
            else SharedLimit(requests_per_second, limit_state_path or shared_state_path())
        )
        self._timeouts = timeouts
        self._max_bytes = max_bytes
        self._attempts = attempts
        self._backoff = backoff
        self._web = web
        self.traffic = Traffic()
        self._http = httpx.Client(
            headers=headers,
            transport=transport or (web.transport() if web else None),
            timeout=httpx.Timeout(timeouts.read_seconds, connect=timeouts.connect_seconds),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and the shared state."""
        self._http.close()
        self._limit.close()

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        media: Media = "any",
    ) -> Download:
        """The content of an address, or that it is unchanged since `etag` or `last_modified`.

        `media` is what the address promises: a web page in place of JSON or XML is an
        UnexpectedContentError. Raises the last TransientFetchError when every attempt failed, a
        PermanentFetchError at once.
        """
        download = self._tried(url, _conditions(etag, last_modified), io.BytesIO())
        _refuse_other_media(download, media)
        return download

    def save(
        self,
        url: str,
        path: Path,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int,
    ) -> Download:
        """The content of an address into a file, which is replaced once all of it is there.

        What is told of it has no content. Raises as `get`, and OSError where it cannot be written.
        """
        partial = path.with_name(f"{path.name}.partial")
        try:
            with partial.open("w+b") as sink:
                download = self._tried(url, _conditions(etag, last_modified), sink, max_bytes)
            if not download.is_unchanged:
                os.replace(partial, path)
            return download
        finally:
            partial.unlink(missing_ok=True)

    def _tried(
        self, url: str, conditions: Mapping[str, str], sink: BinaryIO, max_bytes: int | None = None
    ) -> Download:
        """The first attempt that succeeds; what it fetched is in the sink."""
        for attempt in stamina.retry_context(
            on=self._wait_before_retry,
            attempts=self._attempts,
            timeout=None,
            wait_initial=self._backoff.initial_seconds,
            wait_max=self._backoff.max_seconds,
            wait_jitter=self._backoff.jitter_seconds,
        ):
            with attempt:
                sink.seek(0)
                sink.truncate()
                return self._get_once(url, conditions, sink, max_bytes or self._max_bytes)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _wait_before_retry(self, error: Exception) -> bool | float:
        """Whether to try again, or after how many seconds where the server said so."""
        if not isinstance(error, TransientFetchError):
            return False
        if error.retry_after_seconds is None:
            return True
        # To ask again before the server wants it would be rude, to wait longer useless.
        is_bearable = error.retry_after_seconds <= self._backoff.max_retry_after_seconds
        return error.retry_after_seconds if is_bearable else False

    def _get_once(
        self, url: str, conditions: Mapping[str, str], sink: BinaryIO, max_bytes: int
    ) -> Download:
        """One attempt, and the redirects that it meets."""
        with _named_failures(url):
            address = httpx.URL(url)
        for _ in range(MAX_REDIRECTS + 1):
            if self._web is not None:
                self._web.admit(address)
            self._limit.wait()
            self.traffic.requests += 1
            deadline = monotonic() + self._timeouts.total_seconds
            with (
                _named_failures(url),
                self._http.stream("GET", address, headers=dict(conditions)) as response,
            ):
                if self._web is not None:
                    self._web.admit_peer(response)
                if not response.has_redirect_location:
                    return self._read(url, response, conditions, sink, max_bytes, deadline)
                address = _redirected(url, response, is_anywhere=self._web is not None)
        raise RefusedError(
            url, f"redirected more than {MAX_REDIRECTS} times", "correct the address"
        )

    def _read(
        self,
        url: str,
        response: httpx.Response,
        conditions: Mapping[str, str],
        sink: BinaryIO,
        max_bytes: int,
        deadline: float,
    ) -> Download:
        if response.status_code == httpx.codes.NOT_MODIFIED and conditions:
            return _download(url, response, b"", conditions)
        if response.status_code != httpx.codes.OK:
            raise _failure(url, response, _error_page(url, response, deadline))
        self.traffic.bytes_fetched += _receive(url, response, sink, max_bytes, deadline)
        sink.seek(0)
        if _is_throttle_page(head := sink.read(HEAD_BYTES)):
            raise _failure(url, response, head)
        content = sink.getvalue() if isinstance(sink, io.BytesIO) else b""
        return _download(url, response, content, {})


def _checked_identity(identity: str | None) -> str:
    if not identity or not EMAIL.search(identity):
        raise IdentityError(
            f"the identity {identity!r} holds no e-mail address, and whoever is asked is told who"
            " asks: set SEC_USER_AGENT to a name and an e-mail address, as in"
            " SEC_USER_AGENT='Jane Doe jane@example.com'"
        )
    if not identity.isascii() or not identity.isprintable():
        raise IdentityError(
            f"the identity {identity!r} holds characters a request cannot carry:"
            " set SEC_USER_AGENT to plain letters on one line"
        )
    return identity


def _conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in conditions.items() if value}


@contextmanager
def _named_failures(url: str) -> Iterator[None]:
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
        raise RefusedError(url, f"cannot be asked for ({error})", "correct the address") from error
    except httpx.TimeoutException as error:
        raise InterruptedTransferError(
            url, f"timed out ({type(error).__name__})", "try again later"
        ) from error
    except httpx.TransportError as error:
        raise InterruptedTransferError(
            url, f"the connection failed ({error})", "check the network and try again"
        ) from error


def _redirected(url: str, response: httpx.Response, *, is_anywhere: bool) -> httpx.URL:
    """The address a redirect names; RefusedError where it may not be another host or protocol."""
    here = response.request.url
    there = here.join(response.headers["Location"])
    if not is_anywhere and (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise RefusedError(
            url,
            f"redirects to another host, {there.scheme}://{there.netloc.decode()}",
            "name the final address in the settings if it is to be trusted",
        )
    return there


def _download(
    url: str, response: httpx.Response, content: bytes, conditions: Mapping[str, str]
) -> Download:
    """The answer; what an unchanged one does not repeat is taken from the conditions sent."""
    return Download(
        url,
        content,
        etag=response.headers.get("ETag") or conditions.get("If-None-Match"),
        last_modified=response.headers.get("Last-Modified") or conditions.get("If-Modified-Since"),
        fetched_at=datetime.now(UTC),
        is_unchanged=response.status_code == httpx.codes.NOT_MODIFIED,
        media_type=response.headers.get("Content-Type"),
    )


def _receive(
    url: str, response: httpx.Response, sink: BinaryIO, max_bytes: int, deadline: float
) -> int:
    """Write the whole body, unpacked, at most `max_bytes` of it, by `deadline`; its size."""
    promised = _promised_bytes(response)
    if promised is not None and promised > max_bytes:
        raise _too_large(url, max_bytes)
    unpacker = _unpacker(url, response)
    received = 0
    for piece in response.iter_raw():
        if monotonic() > deadline:
            raise InterruptedTransferError(
                url, f"took too long: {received} bytes by the time limit", "try again later"
            )
        received += len(piece)
        sink.write(_unpacked(url, piece, unpacker, max_bytes + 1 - sink.tell()))
        if sink.tell() > max_bytes:
            raise _too_large(url, max_bytes)
    if promised is not None and received != promised:
        raise InterruptedTransferError(
            url, f"{received} bytes came, {promised} were promised", "try again"
        )
    if unpacker is not None and (not unpacker.eof or unpacker.unused_data):
        raise InterruptedTransferError(
            url, "the compressed body breaks off, or goes on after its end", "try again"
        )
    return sink.tell()


def _promised_bytes(response: httpx.Response) -> int | None:
    promised = response.headers.get("Content-Length", "")
    return int(promised) if promised.isdecimal() else None


def _unpacker(url: str, response: httpx.Response) -> "zlib._Decompress | None":
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        return None
    if encoding != "gzip":
        raise UnexpectedContentError(
            url, f"encoded as {encoding}, though only gzip was asked for", "report it to the server"
        )
    return zlib.decompressobj(GZIP_WINDOW)


def _unpacked(url: str, piece: bytes, unpacker: "zlib._Decompress | None", max_bytes: int) -> bytes:
    if unpacker is None:
        return piece
    try:
        return unpacker.decompress(piece, max_bytes)
    except zlib.error as error:
        raise InterruptedTransferError(
            url, f"the compressed body is damaged ({error})", "try again"
        ) from error


def _too_large(url: str, max_bytes: int) -> TooLargeError:
    return TooLargeError(
        url,
        f"larger than the limit of {max_bytes} bytes",
        "leave it out, or raise max_bytes if it is really wanted",
    )


def _error_page(url: str, response: httpx.Response, deadline: float) -> bytes:
    """What an error says, if it can be read at all."""
    page = io.BytesIO()
    try:
        _receive(url, response, page, MAX_ERROR_PAGE_BYTES, deadline)
        return page.getvalue()
    except (FetchError, httpx.TransportError):
        return b""


def _is_throttle_page(content: bytes) -> bool:
    return any(mark in content[:HEAD_BYTES].lower() for mark in THROTTLE_MARKS)


def _failure(url: str, response: httpx.Response, page: bytes) -> FetchError:
    """The error for an answer that is no content."""
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS or _is_throttle_page(page):
        return _with_retry_after(
            response,
            RateLimitedError(
                url,
                f"throttled by the server (status {status})",
                "wait ten minutes, see that nothing else on this network asks too often, and that"
                " SEC_USER_AGENT names you",
            ),
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        failed = ServerError(url, f"the server failed (status {status})", "try again later")
        return _with_retry_after(response, failed)
    if status == httpx.codes.REQUEST_TIMEOUT:
        return InterruptedTransferError(url, "the server gave up waiting (408)", "try again later")
    is_missing = status == httpx.codes.FORBIDDEN and MISSING_FILE_MARK in page.lower()
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE) or is_missing:
        return NotFoundError(url, f"nothing is there (status {status})", "correct the address")
    return RefusedError(
        url, f"refused (status {status})", "correct the address or the identity in SEC_USER_AGENT"
    )


def _with_retry_after(response: httpx.Response, error: TransientFetchError) -> TransientFetchError:
    error.retry_after_seconds = read_retry_after(response.headers.get("Retry-After"))
    return error


def read_retry_after(text: str | None) -> float | None:
    """Seconds to wait, from a Retry-After in seconds or as an HTTP date; None if it is neither."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _refuse_other_media(download: Download, media: Media) -> None:
    if media == "any" or download.is_unchanged:
        return
    head = download.content[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if re.match(rb"(<\?xml[^>]*>\s*)?(<!doctype\s+html|<html)", head):
        raise UnexpectedContentError(
            download.url,
            f"a web page came where {media} was promised",
            "open the address in a browser: it says what is wrong",
        )
    if media == "xml" and not head.startswith(b"<"):
        raise UnexpectedContentError(download.url, "the content is no XML", "open it and look")
    if media == "json":
        _refuse_malformed_json(download)


def _refuse_malformed_json(download: Download) -> None:
    try:
        json.loads(download.content)
    except ValueError as error:
        raise UnexpectedContentError(
            download.url, f"the content is no JSON ({error})", "open the address and look"
        ) from error
