"""Old records of Dagster: runs nobody looks at any more, so that the store does not grow for ever.

Belongs here: which runs are old, and removing all of them. Does not belong here: ticks (Dagster
removes them as `dagster.yaml` says), published versions (`versions` keeps its own count).
"""

import shutil
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    JobDefinition,
    OpExecutionContext,
    RunRecord,
    RunsFilter,
    job,
    op,
)

from orchestration.jobs import FRESHNESS, TIDY
from orchestration.run_records import REFRESH
from orchestration.settings import Settings

KEPT_FOR = timedelta(days=90)
NEWEST_KEPT = 20
FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
# Landed parts are known to the UI by the runs that landed them: those stay.
JOBS = (REFRESH, FRESHNESS, TIDY)


def build_tidy_job(settings: Settings) -> JobDefinition:
    """Remove what is old."""

    @op(description="Remove records, logs and events of old runs.")
    def remove_old_runs(context: OpExecutionContext) -> None:
        for name in JOBS:
            records = context.instance.get_run_records(RunsFilter(job_name=name, statuses=FINISHED))
            for run_id in old_runs(records, datetime.now(UTC)):
                remove_run(context.instance, settings, run_id)

    @job(name=TIDY, description="Remove records of runs that ended long ago.")
    def tidy_dagster() -> None:
        remove_old_runs()

    return tidy_dagster


def old_runs(records: Sequence[RunRecord], now: datetime) -> Collection[str]:
    """Runs of one job, newest first, that may go: the newest stay however old they are."""
    return [
        record.dagster_run.run_id
        for record in records[NEWEST_KEPT:]
        if now - record.create_timestamp > KEPT_FOR
    ]


def remove_run(instance: DagsterInstance, settings: Settings, run_id: str) -> None:
    """Remove a run's record, its events and its logs."""
    instance.delete_run(run_id)
    # Dagster empties the file of a run's events, and leaves it.
    for path in (settings.dagster_home / "history" / "runs").glob(f"{run_id}.db*"):
        path.unlink(missing_ok=True)
    shutil.rmtree(settings.dagster_home / "storage" / run_id, ignore_errors=True)
