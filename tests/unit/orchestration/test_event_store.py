"""The event store of long-lived servers: quick, and no database of an old run left open."""

from pathlib import Path

import pytest
from dagster import DagsterEvent, DagsterEventType, EventLogEntry

from orchestration.event_store import MOST_OPEN, QuickSqliteEventLogStorage

RUNS = [f"run-{number}" for number in range(3 * MOST_OPEN)]


@pytest.fixture
def store(tmp_path):
    return QuickSqliteEventLogStorage(str(tmp_path))


def event_of(run_id):
    event = DagsterEvent(DagsterEventType.RUN_START.value, "refresh")
    return EventLogEntry(
        error_info=None, level=10, user_message="", run_id=run_id, timestamp=0.0,
        job_name="refresh", dagster_event=event,
    )  # fmt: skip


def databases_open(directory):
    links = Path("/proc/self/fd").iterdir()
    targets = [link.resolve() for link in links if link.is_symlink()]
    return {path.name for path in targets if directory in path.parents and path.suffix == ".db"}


def test_databases_not_used_last_are_closed_and_can_be_read_again(store, tmp_path):
    for run_id in RUNS:
        store.store_event(event_of(run_id))
    assert 1 <= len(databases_open(tmp_path)) <= MOST_OPEN
    assert [len(store.get_logs_for_run(run_id)) for run_id in RUNS] == [1] * len(RUNS)
