"""The journal: one JSON line for whatever a run did, whoever started it.

    {"at": "…Z", "event": "step_failed", "run_id": "…", "step": "load_source", "problem": "…"}

Events are `run_started`, `step_ended`, `step_failed`, `run_ended` and `run_failed`. A run that
started and did neither of the last two is at work, or was ended from outside. The file is rotated
by size; what is in it is for people and log collectors, and nothing is computed from it.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from dagster import DagsterEvent, DagsterEventType

from orchestration.problems import problem_of

LARGEST_BYTES = 5_000_000
FILES_KEPT = 3
EVENTS = {
    DagsterEventType.RUN_START: "run_started",
    DagsterEventType.STEP_SUCCESS: "step_ended",
    DagsterEventType.STEP_FAILURE: "step_failed",
    DagsterEventType.RUN_SUCCESS: "run_ended",
    DagsterEventType.RUN_FAILURE: "run_failed",
}


class JournalHandler(RotatingFileHandler):
    """Writes Dagster's events of runs to the journal; `dagster.yaml` names it."""

    def __init__(self, filename: str) -> None:
        super().__init__(
            filename, maxBytes=LARGEST_BYTES, backupCount=FILES_KEPT, encoding="utf-8", delay=True
        )
        self.addFilter(_tells_of_a_run)

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A journal that cannot be written, on a full disk say, stops no run."""
        sys.stderr.write(f"{self.baseFilename} cannot be written: {sys.exc_info()[1]}\n")

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        meta: dict[str, Any] = record.__dict__["dagster_meta"]
        event: DagsterEvent = meta["dagster_event"]
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "event": EVENTS[event.event_type],
            "job": event.job_name,
            "run_id": meta["run_id"],
            "step": event.step_key,
        }
        if event.event_type is DagsterEventType.STEP_SUCCESS:
            line["seconds"] = round(event.step_success_data.duration_ms / 1000, 3)
        if event.event_type is DagsterEventType.STEP_FAILURE:
            line["problem"] = problem_of(event.step_failure_data)
        return json.dumps({name: value for name, value in line.items() if value is not None})


def _tells_of_a_run(record: logging.LogRecord) -> bool:
    event = record.__dict__.get("dagster_meta", {}).get("dagster_event")
    return event is not None and event.event_type in EVENTS
