"""What is recent and what is overdue, judged by the day the filings on hand are of."""

from datetime import date, timedelta

import duckdb
from dagster import AssetCheckSeverity, DagsterInstance

from orchestration import freshness
from orchestration.definitions import build_defs
from orchestration.freshness import (
    OLDEST_PUBLICATION,
    OVERDUE_AFTER,
    PUBLICATION_CHECK,
    REPORTS_CHECK,
    reports_due,
)
from orchestration.jobs import FRESHNESS, REFRESH
from orchestration.sources import filings_gathered_on


def judge(settings):
    job = build_defs(settings).resolve_job_def(FRESHNESS)
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert result.success
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def test_the_embedded_snapshot_is_judged_as_of_its_own_day(refreshed):
    judged = judge(refreshed.settings)
    assert judged[PUBLICATION_CHECK].passed
    # Gathered on 2026-11-23, its newest reports are of July: what came since is missing, and named.
    reports = judged[REPORTS_CHECK]
    assert (reports.passed, reports.severity) == (False, AssetCheckSeverity.WARN)
    assert reports.metadata["AMZN"].value == "2026Q3 overdue since 2026-11-03"
    # It is judged apart: the refresh itself had nothing to say of it.
    assert refreshed.result.problems == ()
    assert "overdue" not in refreshed.output


def test_a_publication_grows_old(refreshed, monkeypatch):
    with duckdb.connect(str(refreshed.settings.warehouse_path), read_only=True) as connection:
        (published_at,) = connection.execute(
            "select max(published_at) from quality.runs"
        ).fetchone()
    last_day = published_at.date() + OLDEST_PUBLICATION
    for today, is_recent in (
        (last_day - timedelta(days=1), True),
        (last_day + timedelta(days=2), False),
    ):
        monkeypatch.setattr(freshness, "filings_gathered_on", lambda *_, day=today: day)
        judged = judge(refreshed.settings)[PUBLICATION_CHECK]
        assert judged.passed is is_recent
        assert judged.severity is AssetCheckSeverity.WARN


def test_a_report_that_does_not_come_is_named_with_its_day(refreshed, warehouse, registry):
    today = filings_gathered_on(warehouse, refreshed.settings)
    now = {each.ticker: each for each in reports_due(warehouse, registry, today)}
    window = now["AMZN"].expected.window
    late = window.last_day + OVERDUE_AFTER
    on_the_day = {each.ticker: each for each in reports_due(warehouse, registry, late)}
    assert not on_the_day["AMZN"].is_overdue
    after = {
        each.ticker: each for each in reports_due(warehouse, registry, late + timedelta(days=1))
    }
    assert after["AMZN"].is_overdue
    assert f"overdue since {window.last_day}" in str(after["AMZN"])


def test_a_company_with_too_short_a_history_is_not_judged(warehouse, registry):
    due = {each.ticker: each for each in reports_due(warehouse, registry, date(2030, 1, 1))}
    unknown = [each for each in due.values() if each.expected.window is None]
    assert unknown
    assert all(not each.is_overdue and "not judged" in str(each) for each in unknown)


def test_freshness_is_no_part_of_a_refresh(refreshed):
    definitions = build_defs(refreshed.settings)
    steps = {node.name for node in definitions.resolve_job_def(REFRESH).nodes}
    assert "check_freshness" not in steps
    assert "landed__filings" not in steps
