"""Clients that wait next to nothing between attempts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ingest.http import Backoff, PoliteClient

IDENTITY = "Jane Doe jane@example.com"
NO_WAIT = Backoff(initial_seconds=0.001, max_seconds=0.01, jitter_seconds=0.001)


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., PoliteClient]]:
    """Makes clients without a rate, closed at the end of the test; all settings may be given."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ExitStack() as clients:

        def make(**settings: Any) -> PoliteClient:
            chosen = {"requests_per_second": None, "backoff": NO_WAIT, **settings}
            return clients.enter_context(PoliteClient(IDENTITY, **chosen))

        yield make
