"""The whole path in a temporary directory: what it publishes, and what it leaves alone."""

import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingest.raw_guards import RAW_GUARDS
from ingest.warehouse import SCHEMA_VERSION
from orchestration.assets.report import PUBLICATION_KEY
from orchestration.build import BuildLockedError, lock_builds
from orchestration.definitions import build_defs
from orchestration.guard_process import guard_process
from orchestration.progress import STEP_TITLES
from orchestration.run_records import last_run
from tests.conftest import run_refresh, settings_in

RAW_TABLES = (3, "3a7c3e754e5767a4")
"""The version of the raw tables, and a digest of their columns."""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_everything_is_published(refreshed):
    assert refreshed.result.is_success
    assert refreshed.result.problems == ()
    assert refreshed.settings.warehouse_path.exists()
    assert refreshed.settings.report_path.exists()
    assert not refreshed.settings.build_path.exists()


def test_progress_is_one_line_a_step(refreshed):
    lines = [line.split()[0] for line in refreshed.output.splitlines()]
    assert lines == ["done"] * 10


@pytest.mark.slow
def test_a_second_refresh_changes_no_raw_row_and_no_valuation(refreshed, tmp_path):
    def state(path):
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_schema in ('raw', 'valuation') order by 1"
            ).fetchall()
            return {
                table: connection.execute(
                    f"select bit_xor(hash(t)), count(*) from {table} as t"
                ).fetchone()
                for (table,) in tables
            }

    settings = settings_in(tmp_path)
    settings.warehouse_path.write_bytes(refreshed.settings.warehouse_path.read_bytes())
    again = run_refresh(settings)
    assert again.result.is_success, again.result.problems
    assert state(settings.warehouse_path) == state(refreshed.settings.warehouse_path)


def test_every_figure_names_its_filings_and_when_it_became_known(warehouse):
    for table in ("fct_metrics_history", "fct_segment_margins", "fct_capex_intensity",
                  "fct_backlog_coverage"):  # fmt: skip
        untraced = warehouse.execute(
            f"select count(*) from marts.{table}"
            " where len(accession_numbers) = 0 or known_from is null or evidence is null"
        ).fetchone()
        assert untraced == (0,), table


def test_evidence_is_the_weakest_of_the_inputs(warehouse):
    strength = {
        level: rank
        for rank, level in enumerate(
            ("xbrl", "transcribed", "companyfacts", "filing_text", "preliminary", "secondary")
        )
    }
    facts = dict(warehouse.execute("select fact_id, evidence from raw.facts").fetchall())
    figures = warehouse.execute("select fact_ids, evidence from marts.fct_metrics").fetchall()
    assert figures
    for fact_ids, evidence in figures:
        assert strength[evidence] == max(strength[facts[fact_id]] for fact_id in fact_ids)


def test_validation_results_are_kept(warehouse, refreshed):
    kept = warehouse.execute(
        "select count(*), bool_and(is_success) from quality.validation_results where run_id = ?",
        [refreshed.result.run_id],
    ).fetchone()
    assert kept == (len(RAW_GUARDS), True)


def flip_a_segment(lines):
    index = next(
        i for i, line in enumerate(lines)
        if "0001018724-26-000026" in line and "AmazonWebServicesSegmentMember" in line
        and "OperatingIncomeLoss" in line and ",16621000000," in line
    )  # fmt: skip
    changed = lines[index].replace(",16621000000,", ",-16621000000,")
    return [*lines[:index], changed, *lines[index + 1 :]]


def rename_a_column(lines):
    return [lines[0].replace("concept", "tag"), *lines[1:]]


def repeat_a_row(lines):
    return [*lines, lines[1]]


def write_a_text_in_a_value(lines):
    return [*lines[:1], lines[1].replace("7997980969", "eight billion"), *lines[2:]]


@pytest.fixture
def published_copy(refreshed, tmp_path):
    """Settings of a data directory of its own, with the embedded data published in it."""
    settings = settings_in(tmp_path / "data", tmp_path / "snapshot")
    settings.data_dir.mkdir()
    settings.warehouse_path.write_bytes(refreshed.settings.warehouse_path.read_bytes())
    settings.report_path.write_bytes(refreshed.settings.report_path.read_bytes())
    return settings


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(
            flip_a_segment,
            "segment_operating_income_sums_to_operating_income",
            marks=pytest.mark.slow,
        ),
        pytest.param(rename_a_column, "missing column(s) ['concept']", marks=pytest.mark.slow),
        (repeat_a_row, "facts_are_unique"),
        pytest.param(
            write_a_text_in_a_value,
            "value eight billion is not a number",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_corrupted_facts_stop_the_run_and_leave_the_published_warehouse(
    published_copy, edit_lines, change, named
):
    edit_lines("facts.csv", change)
    before = digest(published_copy.warehouse_path), digest(published_copy.report_path)
    stopped = run_refresh(published_copy)
    assert not stopped.result.is_success
    assert named in "\n".join(stopped.result.problems)
    after = digest(published_copy.warehouse_path), digest(published_copy.report_path)
    assert after == before


@pytest.mark.slow
def test_a_filing_stated_twice_stops_the_run(published_copy, edit_lines):
    edit_lines("filings.csv", repeat_a_row)
    stopped = run_refresh(published_copy)
    assert not stopped.result.is_success
    assert "filings_are_unique" in "\n".join(stopped.result.problems)


@pytest.mark.slow
def test_the_command_says_what_stopped_it_and_exits_with_one(published_copy, edit_lines):
    edit_lines("facts.csv", write_a_text_in_a_value)
    before = digest(published_copy.warehouse_path)
    command = subprocess.run(
        [Path(sys.executable).with_name("plumbline"), "refresh"],
        env={
            **os.environ,
            "PLUMBLINE_DATA_DIR": str(published_copy.data_dir),
            "PLUMBLINE_SNAPSHOT_DIR": str(published_copy.snapshot_dir),
        },
        capture_output=True,
        text=True,
    )
    assert command.returncode == 1
    assert "facts.csv" in command.stderr
    assert "value eight billion is not a number" in command.stderr
    assert "Traceback" not in command.stderr
    assert digest(published_copy.warehouse_path) == before


def test_what_a_run_took_is_published_with_it(refreshed, warehouse):
    (run_id,) = warehouse.execute(
        "select run_id from quality.runs order by published_at desc limit 1"
    ).fetchone()
    measured = {
        (step, metric): (value, unit)
        for step, metric, value, unit in warehouse.execute(
            "select step, metric, value, unit from quality.run_metrics where run_id = ?", [run_id]
        ).fetchall()
    }
    assert set(STEP_TITLES) - {"publish_warehouse"} <= {step for step, _ in measured}
    assert measured["build_models", "seconds"][0] > 0
    assert measured["raw/filings", "requests"] == (0.0, "count")
    assert measured["", "peak_memory"][0] > 100_000_000
    assert measured["", "checks_passed"][0] == refreshed.result.checks_passed
    facts = warehouse.execute("select count(*) from raw.facts").fetchone()[0]
    assert measured["raw/facts", "row_count"] == (facts, "count")


def test_the_journal_tells_of_each_step(refreshed):
    record = last_run(refreshed.settings.journal_path)
    assert record.is_success
    assert record.last_step == "publish_warehouse"
    lines = refreshed.settings.journal_path.read_text().splitlines()
    seconds = {
        line["step"]: line["seconds"] for line in map(json.loads, lines) if "seconds" in line
    }
    assert set(seconds) == set(STEP_TITLES)


def test_the_raw_tables_are_declared_as_their_version_says(warehouse):
    """Whoever changes a raw table raises SCHEMA_VERSION, so that warehouses are filled anew."""
    columns = warehouse.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = 'raw' order by table_name, ordinal_position"
    ).fetchall()
    found = hashlib.sha256(repr(columns).encode()).hexdigest()[:16]
    assert (SCHEMA_VERSION, found) == RAW_TABLES, "raise SCHEMA_VERSION, and write both down here"


@pytest.mark.slow
def test_raw_tables_of_another_version_are_filled_anew(published_copy, snapshot_copy):
    with duckdb.connect(str(published_copy.warehouse_path)) as connection:
        connection.execute("alter table raw.facts rename column value to amount")
        connection.execute("update quality.runs set schema_version = 0")
    outcome = run_refresh(published_copy)
    assert outcome.result.is_success, outcome.result.problems
    with duckdb.connect(str(published_copy.warehouse_path.resolve()), read_only=True) as connection:
        assert connection.execute("select count(value) from raw.facts").fetchone()[0] > 0
        assert connection.execute("select count(*) from quality.runs").fetchone() == (2,)


def test_a_part_of_the_job_started_alone_publishes_nothing(published_copy, snapshot_copy):
    before = digest(published_copy.warehouse_path)
    definitions = build_defs(published_copy)
    job = definitions.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(asset_selection=[PUBLICATION_KEY], raise_on_error=False)
    assert not result.success
    assert digest(published_copy.warehouse_path) == before


@pytest.mark.slow
def test_the_judge_in_its_own_process_finds_the_same(refreshed, tmp_path):
    with guard_process() as judge:
        from io import StringIO

        from rich.console import Console

        from orchestration.refresh import refresh

        result = refresh(settings_in(tmp_path), judge, Console(file=StringIO()))
    assert result.is_success, result.problems
    assert result.checks_passed == refreshed.result.checks_passed


def _hold_the_lock(directory, held, release):
    lock_builds(settings_in(directory))
    held.set()
    release.wait(30)


def test_a_second_refresh_at_the_same_time_is_refused(tmp_path):
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=_hold_the_lock, args=(tmp_path, held, release))
    other.start()
    try:
        assert held.wait(30)
        with pytest.raises(BuildLockedError, match="another refresh is at work"):
            run_refresh(settings_in(tmp_path))
    finally:
        release.set()
        other.join()


def test_the_report_is_self_contained_and_states_the_same_figures(refreshed, warehouse):
    page = refreshed.settings.report_path.read_text()
    assert page.count("<script") == 2
    assert "default-src 'none'" in page
    assert "364" in page
    assert "0001018724-26-000026" in page
