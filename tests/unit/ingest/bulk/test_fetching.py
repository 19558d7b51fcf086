"""Bulk files: only what changed is fetched, what is not there yet passed over."""

from datetime import date

import pytest

from ingest.bulk.fetching import data_set_names, fetch_bulk
from ingest.errors import InterruptedTransferError, LandingError
from tests.support.edgar_server import EdgarServer, Fault

DATA_SETS = "files/dera/data/financial-statement-data-sets"


@pytest.fixture
def server(tmp_path):
    served = tmp_path / "served"
    (served / DATA_SETS).mkdir(parents=True)
    (served / DATA_SETS / "2010q2.zip").write_bytes(b"PK" + b"a" * 300_000)
    with EdgarServer(served) as server:
        yield server


def fetched(http, server, directory, *names):
    return list(fetch_bulk(http(), server.url, names or ("2010q2",), directory))


def test_a_file_is_fetched_once_and_again_when_it_changed(server, http, tmp_path):
    (first,) = fetched(http, server, tmp_path / "bulk")
    assert first.is_changed
    assert first.path.stat().st_size == 300_002
    (again,) = fetched(http, server, tmp_path / "bulk")
    assert not again.is_changed
    (tmp_path / "served" / DATA_SETS / "2010q2.zip").write_bytes(b"PK other")
    (changed,) = fetched(http, server, tmp_path / "bulk")
    assert changed.is_changed
    assert changed.path.read_bytes() == b"PK other"


def test_a_file_that_was_deleted_is_fetched_again(server, http, tmp_path):
    (first,) = fetched(http, server, tmp_path / "bulk")
    first.path.unlink()
    (again,) = fetched(http, server, tmp_path / "bulk")
    assert again.is_changed


def test_what_is_not_there_yet_is_passed_over(server, http, tmp_path):
    missing, there = fetched(http, server, tmp_path / "bulk", "2031q1", "2010q2")
    assert (missing.is_missing, missing.path.exists()) == (True, False)
    assert there.is_changed


def test_what_breaks_off_leaves_the_file_that_was_there(server, http, tmp_path):
    (first,) = fetched(http, server, tmp_path / "bulk")
    before = first.path.read_bytes()
    path = f"/{DATA_SETS}/2010q2.zip"
    (tmp_path / "served" / path[1:]).write_bytes(b"PK changed")
    server.misbehave(path, Fault.truncated(5))
    with pytest.raises(InterruptedTransferError):
        fetched(http, server, tmp_path / "bulk")
    assert first.path.read_bytes() == before
    assert sorted(file.name for file in first.path.parent.iterdir()) == [
        "2010q2.zip", "fetched.json",
    ]  # fmt: skip


def test_a_directory_that_cannot_be_written_is_named(server, http, tmp_path):
    (tmp_path / "bulk").write_text("a file")
    with pytest.raises(LandingError, match="cannot be written"):
        fetched(http, server, tmp_path / "bulk")


@pytest.mark.parametrize(
    ("since", "today", "names"),
    [
        ((2024, 3), date(2025, 2, 1), ["2024q3", "2024q4"]),
        ((2024, 4), date(2024, 12, 31), []),
        ((2024, 4), date(2025, 1, 1), ["2024q4"]),
        ((1990, 1), date(2009, 10, 1), ["2009q2", "2009q3"]),
    ],
)
def test_data_sets_come_after_their_quarter(since, today, names):
    assert data_set_names(since, today) == names
