"""Old runs are removed whole, and the newest stay however old they are."""

from datetime import timedelta

import pytest
import time_machine
from dagster import DagsterInstance, RunsFilter, job, op

from orchestration.definitions import build_defs
from orchestration.jobs import TIDY
from orchestration.tidying import KEPT_FOR, NEWEST_KEPT
from tests.conftest import settings_in
from tests.unit.orchestration.test_automation import MORNING

OLD_RUNS = NEWEST_KEPT + 3


@op
def nothing():
    """A refresh that ends at once."""


@job(name="refresh")
def quick_refresh():
    nothing()


@pytest.mark.slow
def test_old_runs_go_with_their_events_and_the_newest_stay(tmp_path):
    settings = settings_in(tmp_path)
    tidy = build_defs(settings).resolve_job_def(TIDY)
    with DagsterInstance.get() as instance, time_machine.travel(MORNING, tick=False) as clock:
        runs = []
        for _ in range(OLD_RUNS):
            clock.shift(timedelta(minutes=1))
            runs.append(quick_refresh.execute_in_process(instance=instance).run_id)
        clock.shift(KEPT_FOR + timedelta(days=1))
        assert tidy.execute_in_process(instance=instance).success
        kept = {run.run_id for run in instance.get_runs(RunsFilter(job_name="refresh"))}
        assert kept == set(runs[-NEWEST_KEPT:])
        files = {path.name for path in (settings.dagster_home / "history" / "runs").iterdir()}
        assert not {f"{run_id}.db" for run_id in runs[:-NEWEST_KEPT]} & files
        assert f"{runs[-1]}.db" in files
