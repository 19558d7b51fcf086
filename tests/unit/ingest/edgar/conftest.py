"""An invented EDGAR in a directory, a server in front of it, and clients of both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.edgar.client import EdgarClient
from ingest.http import PoliteClient
from ingest.landing import Landing
from tests.support.edgar_files import write_edgar
from tests.support.edgar_server import EdgarServer


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_edgar(tmp_path / "edgar")


@pytest.fixture
def server(archive: Path) -> Iterator[EdgarServer]:
    with EdgarServer(archive) as server:
        yield server


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


@pytest.fixture
def edgar(server: EdgarServer, landing: Landing, http: Callable[..., PoliteClient]) -> EdgarClient:
    return EdgarClient(http(), landing, server.url, server.url)
