"""As of any moment, the answer is that of a warehouse that knew nothing later."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import duckdb
import pytest
from dagster import DagsterInstance
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from orchestration.definitions import build_defs
from orchestration.guard_process import judge_here
from orchestration.refresh import refresh
from orchestration.settings import SettingsError, parse_moment
from tests.conftest import settings_in
from tests.support.rebuilding import Models, differences

EVENING = "2024-10-31T18:00:00-04:00"
AN_HOUR_LATER = "2024-10-31T19:00:00-04:00"


@pytest.fixture(scope="module")
def models(refreshed):
    return Models(refreshed.settings)


@pytest.fixture(scope="module")
def knowledge_times(refreshed):
    """Every moment at which anything became known, or ended."""
    with duckdb.connect(str(refreshed.settings.warehouse_path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.execute(
            "select known_from from marts.fct_metrics_history union"
            " select known_to from marts.fct_metrics_history where known_to is not null order by 1"
        ).fetchall()
    return [moment for (moment,) in rows]


def assert_nothing_later_counts(models, moment):
    with models.as_of(moment) as connection:
        assert differences(connection, moment) == {}


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_as_of_a_moment_nothing_later_counts(models, knowledge_times, data):
    moment = data.draw(st.sampled_from(knowledge_times))
    # The moment itself counts as known; the microsecond before it does not.
    beside = data.draw(
        st.sampled_from([timedelta(0), timedelta(microseconds=-1), timedelta(days=9)])
    )
    assert_nothing_later_counts(models, moment + beside)


@pytest.mark.slow
def test_as_of_every_fourth_moment_nothing_later_counts(models, knowledge_times):
    for moment in knowledge_times[::4]:
        assert_nothing_later_counts(models, moment)


def test_rebuilt_without_a_bound_the_marts_are_those_published(models):
    now = datetime.now(UTC)
    with models.as_of(None) as connection:
        assert differences(connection, now) == {}


@pytest.mark.parametrize(("moment", "rows"), [(EVENING, 0), (AN_HOUR_LATER, 1)])
def test_a_macro_answers_as_of_a_moment(warehouse, moment, rows):
    found = warehouse.execute(
        "select capex_gross_usd / 1000000 from marts.capex_intensity_as_of(?)"
        " where ticker = 'AMZN' and fiscal_quarter = '2024Q3'",
        [moment],
    ).fetchall()
    assert found == [(22_620,)] * rows


def test_every_mart_with_a_history_has_a_macro(warehouse):
    histories = warehouse.execute(
        "select replace(replace(table_name, 'fct_', ''), '_history', '_as_of')"
        " from information_schema.tables"
        " where table_schema = 'marts' and table_name like '%_history' order by 1"
    ).fetchall()
    macros = warehouse.execute(
        "select distinct function_name from duckdb_functions()"
        " where schema_name = 'marts' and function_type = 'table_macro'"
        " and function_name not like 'valuation_inputs_%' order by 1"
    ).fetchall()
    assert len(histories) == 12
    assert macros == histories


@pytest.fixture(scope="module")
def evening(refreshed, tmp_path_factory):
    """What was known on 2024-10-31 before Amazon's report, published beside today's."""
    found = settings_in(tmp_path_factory.mktemp("data"))
    found.warehouse_path.write_bytes(refreshed.settings.warehouse_path.read_bytes())
    found.report_path.write_bytes(refreshed.settings.report_path.read_bytes())
    past = replace(found, as_of=parse_moment(EVENING))
    before = found.warehouse_path.read_bytes()
    result = refresh(past, judge_here, Console(file=StringIO()))
    assert result.is_success, result.problems
    assert found.warehouse_path.read_bytes() == before
    return past


def rows_of(settings, query):
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


@pytest.mark.slow
def test_a_refresh_as_of_a_moment_publishes_what_was_known_then(evening, warehouse):
    margins = "select ticker, segment, fiscal_quarter, operating_margin_ratio, known_from from "
    then = rows_of(evening, f"{margins} marts.fct_segment_margins order by all")
    assert (
        then
        == warehouse.execute(
            f"{margins} marts.segment_margins_as_of(?) order by all", [EVENING]
        ).fetchall()
    )
    latest = rows_of(evening, "select max(known_from) from marts.fct_metrics_history")
    assert latest[0][0] <= evening.as_of
    assert rows_of(evening, "select known_until from raw.knowledge") == [(evening.as_of,)]
    assert evening.report_path.exists()
    assert evening.warehouse_path.parent.name == "2024-10-31T220000Z"


@pytest.mark.slow
def test_nothing_valued_later_is_in_a_warehouse_of_the_past(evening):
    runs = rows_of(evening, "select known_at from valuation.gaps")
    assert runs
    assert all(known_at <= evening.as_of for (known_at,) in runs)


@pytest.mark.slow
def test_run_config_gives_the_moment_to_a_run_of_the_ui(refreshed, tmp_path):
    found = settings_in(tmp_path)
    with DagsterInstance.ephemeral() as instance:
        result = (
            build_defs(found)
            .resolve_job_def("refresh")
            .execute_in_process(
                instance=instance,
                run_config={"ops": {"load_source": {"config": {"as_of": AN_HOUR_LATER}}}},
                raise_on_error=False,
            )
        )
    assert result.success
    past = found.known_at(parse_moment(AN_HOUR_LATER))
    assert rows_of(
        past,
        "select value / 1000000 from marts.fct_metrics where ticker = 'AMZN'"
        " and metric = 'capex_gross' and fiscal_quarter = '2024Q3' and basis = 'quarter'",
    ) == [(22_620,)]
    assert not found.warehouse_path.exists()


@pytest.mark.parametrize(
    ("moment", "named"),
    [
        ("yesterday", "write it as"),
        ("2024-10-31T18:00:00", "no offset"),
        ("2999-01-01T00:00:00+00:00", "in the future"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(moment, named):
    with pytest.raises(SettingsError, match=named):
        parse_moment(moment)
    command = subprocess.run(
        [
            sys.executable,
            "-c",
            "from orchestration.cli import app; app()",
            "refresh",
            "--as-of",
            moment,
        ],
        capture_output=True,
        text=True,
    )
    assert command.returncode == 2
    assert named in command.stderr
