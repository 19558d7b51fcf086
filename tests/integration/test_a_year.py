"""A year of seven companies in fast time: filings arrive, nobody lifts a hand, readers look on.

Each moment at which EDGAR accepts something, the sensor looks and asks for a refresh, the refresh
runs by the clock of that moment, and somebody else reads what is published every second.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import time_machine
from dagster import DagsterInstance, build_sensor_context

from orchestration.definitions import build_defs
from orchestration.settings import Settings, prepare_environment
from tests.support.edgar_server import EdgarServer
from tests.support.fault_lab import Lab
from tests.support.simulated_year import SimulatedYear
from tests.support.small_edgar import SmallFiling

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
# EDGAR names a filing in its feed within a minute, and the sensor looks every minute.
FIGURES_SQL = """
select ticker, metric, segment, basis, fiscal_quarter, value, evidence
from {figures} order by all
"""


@dataclass
class Year:
    """What became of the year, moment by moment."""

    settings: Settings
    arrived: list[SmallFiling] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    figures: dict[datetime, list[tuple[Any, ...]]] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse_path.resolve()), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(sql).fetchall()


@contextmanager
def a_reader(settings: Settings, seen: Path) -> Iterator[None]:
    """Somebody who looks every second, in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.reader", str(settings.data_dir), str(seen)], cwd=ROOT
    )
    try:
        yield
    finally:
        seen.with_name(f"{seen.name}.stop").touch()
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    directory = tmp_path_factory.mktemp("year")
    simulated = SimulatedYear(directory)
    simulated.begin()
    before = dict(os.environ)
    with EdgarServer(simulated.edgar.directory) as server:
        lab = Lab(directory, server, simulated.moments()[0])
        changes = {"snapshot_dir": simulated.snapshot_dir}
        settings = replace(lab.settings, **changes)
        settings = replace(
            settings, edgar=replace(settings.edgar, limit_state_path=directory / "turns.sqlite")
        )
        found = Year(settings)
        first = lab.refresh(now=simulated.moments()[0] - timedelta(days=1), **changes)
        assert first.is_success, first.problems
        cursor: str | None = None
        with a_reader(settings, directory / "seen.jsonl"):
            for moment in simulated.moments():
                found.arrived += simulated.arrive(moment)
                started = time.monotonic()
                now = moment + timedelta(minutes=1)
                requests, cursor = _look(settings, cursor, now)
                found.requests.append(requests)
                outcome = lab.refresh(now=now + timedelta(seconds=5), **changes)
                found.seconds.append(time.monotonic() - started)
                if not outcome.is_success:
                    found.failures.append(f"{moment}: {outcome.problems or outcome.signal}")
                found.figures[now + timedelta(minutes=5)] = query(
                    settings, FIGURES_SQL.format(figures="marts.fct_metrics")
                )
        lines = (directory / "seen.jsonl").read_text(encoding="utf-8").splitlines()
        found.seen = [json.loads(line) for line in lines]
        yield found
    os.environ.clear()
    os.environ.update(before)


def _look(settings: Settings, cursor: str | None, now: datetime) -> tuple[int, str | None]:
    """One look of the sensor by the clock of the moment: how many runs it asks for."""
    with time_machine.travel(now, tick=True):
        prepare_environment(settings)
        sensor = build_defs(settings).get_sensor_def("new_filings")
        with DagsterInstance.get() as instance:
            context = build_sensor_context(instance, cursor=cursor)
            told = sensor.evaluate_tick(context)
    return len(told.run_requests or []), told.cursor


def test_every_arrival_becomes_one_refresh_that_publishes(year: Year):
    assert year.failures == []
    assert year.requests == [1] * len(year.requests)
    assert len(year.requests) >= 40


def test_every_filing_ends_in_the_warehouse_once(year: Year):
    stored = query(year.settings, "select accession_number, count(*) from raw.filings group by all")
    assert dict(stored) == {number: 1 for number, _ in stored}
    arrived = {filing.accession_number for filing in year.arrived}
    assert arrived <= {number for number, _ in stored}
    assert {filing.cik for filing in year.arrived} == {
        cik for (cik,) in query(year.settings, "select cik from marts.dim_company")
    }


def test_no_reader_ever_failed_or_saw_half_a_state(year: Year):
    assert [look for look in year.seen if look["problem"]] == []
    assert len({look["run"] for look in year.seen}) >= 10
    assert len(year.seen) >= sum(year.seconds) / 3


def test_as_of_each_moment_the_newest_warehouse_says_what_was_published_then(year: Year):
    for moment, published in year.figures.items():
        figures = f"marts.metrics_as_of('{moment.isoformat()}')"
        assert query(year.settings, FIGURES_SQL.format(figures=figures)) == published, moment


def test_what_a_release_said_gave_way_to_the_report(year: Year):
    statuses = dict(
        query(
            year.settings,
            "select status, count(*) from marts.fct_preliminary_figures group by status",
        )
    )
    assert statuses["confirmed"] > 100
    assert statuses["revised"] >= 1
    assert query(
        year.settings,
        "select count(*) from marts.fct_metrics as figures"
        " inner join marts.fct_preliminary_figures as told"
        " using (ticker, metric, segment, basis, fiscal_quarter)"
        " where told.status <> 'awaited' and figures.evidence = 'preliminary'",
    ) == [(0,)]


def test_the_newest_filing_of_the_company_on_trial_is_in_its_value(year: Year):
    """The seconds are told, not limited: the machine is whatever it is."""
    median, worst = statistics.median(year.seconds), max(year.seconds)
    sys.stdout.write(
        f"\nfrom a look at the feed to a new valuation: median {median:.1f} s, worst {worst:.1f} s,"
        f" of {len(year.seconds)}\n"
    )
    ((values, newest),) = query(
        year.settings,
        "select count(distinct scenarios.scenario), max(inputs.fiscal_quarter)"
        " from valuation.scenarios inner join valuation.run_inputs as inputs using (ticker, run_id)"
        " where scenarios.is_current and ticker = 'AMZN' and input = 'ttm_segment_revenue'",
    )
    assert (values, newest) == (3, "2026Q2")
