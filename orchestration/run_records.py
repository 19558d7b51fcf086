"""What became of runs, as the journal tells it.

Belongs here: reading the journal back, for people. Does not belong here: writing it (`journal`
does), Dagster: a command that asks is not to wait for its import.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

REFRESH = "refresh"
"""The job that makes everything."""


@dataclass(frozen=True)
class RunRecord:
    """What the journal says of one run; `ended_at` is None while it is at work or if it was killed.

    `last_step` is the last that ended or failed; `problems` says what stopped it.
    """

    run_id: str
    started_at: datetime
    ended_at: datetime | None
    is_success: bool
    last_step: str | None
    problems: tuple[str, ...]


def runs(path: Path, job: str = REFRESH) -> list[RunRecord]:
    """The runs of a job that the newest part of the journal tells of, oldest first."""
    found: dict[str, RunRecord] = {}
    for line in _lines(path):
        run_id, at = line.get("run_id"), line.get("at")
        if line.get("job") != job or not run_id or not at:
            continue
        before = found.get(
            run_id, RunRecord(run_id, datetime.fromisoformat(at), None, False, None, ())
        )
        found[run_id] = _with(before, line)
    return list(found.values())


def last_run(path: Path) -> RunRecord | None:
    """The newest refresh the journal tells of."""
    told = runs(path)
    return told[-1] if told else None


def outcome_of(run: RunRecord, has_published: bool) -> str:
    """What became of a run that is not at work, for a person."""
    started = f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    if run.is_success:
        return f"started {started}, ended well"
    published = "what it built is published" if has_published else "nothing it did was published"
    if run.ended_at:
        problems = "; ".join(run.problems) or "for no stated reason"
        return f"started {started}, stopped: {problems}; {published}"
    after = f"after step {run.last_step}" if run.last_step else "in its first step"
    return (
        f"started {started}, was ended from outside {after}: killed, out of memory, or the machine"
        f" went down; {published}"
    )


def _with(record: RunRecord, line: dict[str, Any]) -> RunRecord:
    is_end = line["event"] in ("run_ended", "run_failed")
    problem = line.get("problem")
    return RunRecord(
        record.run_id,
        record.started_at,
        datetime.fromisoformat(line["at"]) if is_end else record.ended_at,
        record.is_success or line["event"] == "run_ended",
        line.get("step") or record.last_step,
        (*record.problems, problem) if problem else record.problems,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines that are whole: the last one may have been cut off by what ended its run."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Not there yet, or not to be read: either way it tells of no run.
        return
    for line in text.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told
