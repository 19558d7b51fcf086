"""Contradictions are recorded with a severity; where a mart would be wrong they stop the run."""

import duckdb
import pytest

from tests.conftest import run_refresh, settings_in


def rows_of(path, query):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def repeated(lines, concept, value, decimals):
    """The FY2022 10-K's first fact of the concept for the year, once more with another value."""
    original = next(
        line for line in lines
        if "0001018724-23-000004" in line and f",{concept},2022-01-01,2022-12-31,{{}}," in line
    )  # fmt: skip
    fields = original.split(",")
    fields[10], fields[11] = value, decimals
    return [*lines, ",".join(fields)]


def test_identities_that_fail_are_kept_with_their_severity(warehouse):
    severities = dict(
        warehouse.execute(
            "select severity, count(*) from quality.identity_failures group by 1"
        ).fetchall()
    )
    assert severities.keys() == {"warning", "explained"}
    assert warehouse.execute(
        "select distinct ticker, reason from quality.identity_failures where severity = 'explained'"
        " and identity = 'segment_revenue_sums_to_net_sales' order by 1"
    ).fetchall() == [
        ("GOOGL", "hedging gains and losses"),
        ("MSFT", "Corporate and Other stood outside the segments until fiscal 2017"),
    ]


def test_what_hangs_together_but_for_rounding_is_no_failure(warehouse):
    # Amazon's segments, quarters and twelve months all add up within half a unit of each digit.
    assert (
        warehouse.execute(
            "select distinct identity from quality.identity_failures where ticker = 'AMZN'"
            " and identity <> 'quarters_sum_to_year'"
        ).fetchall()
        == []
    )


@pytest.mark.parametrize(("value", "decimals"), [("24900000000", "-8"), ("24924000000", "-6")])
def test_a_fact_stated_twice_alike_is_no_conflict(edit_lines, tmp_path, value, decimals):
    snapshot = edit_lines(
        "facts.csv",
        lambda lines: (
            repeated(lines, "us-gaap:Depreciation", value, decimals) if decimals == "-8" else lines
        ),
    )
    settings = settings_in(tmp_path / "data", snapshot)
    outcome = run_refresh(settings)
    assert outcome.result.is_success, outcome.result.problems
    assert rows_of(settings.warehouse_path, "select count(*) from quality.fact_conflicts") == [(0,)]
    assert rows_of(
        settings.warehouse_path,
        "select value from marts.fct_metrics where ticker = 'AMZN' and fiscal_quarter = '2022Q4'"
        " and metric = 'property_depreciation' and basis = 'fiscal_year'",
    ) == [(24_924_000_000,)]


def test_a_conflict_in_a_metric_stops_the_publication(edit_lines, tmp_path):
    snapshot = edit_lines(
        "facts.csv", lambda lines: repeated(lines, "us-gaap:Depreciation", "25100000000", "-8")
    )
    settings = settings_in(tmp_path / "data", snapshot)
    stopped = run_refresh(settings)
    assert not stopped.result.is_success
    assert "no_metric_rests_on_conflicting_facts" in "\n".join(stopped.result.problems)
    assert rows_of(
        settings.build_path,
        "select concept, kept_value, highest_value, severity from quality.fact_conflicts",
    ) == [("us-gaap:Depreciation", 24_924_000_000, 25_100_000_000, "error")]


def test_a_conflict_beside_the_metrics_is_recorded_and_published(edit_lines, tmp_path):
    snapshot = edit_lines(
        "facts.csv",
        lambda lines: repeated(lines, "us-gaap:CostsAndExpenses", "600000000000", "-6"),
    )
    settings = settings_in(tmp_path / "data", snapshot)
    outcome = run_refresh(settings)
    assert outcome.result.is_success, outcome.result.problems
    assert rows_of(
        settings.warehouse_path, "select concept, severity from quality.fact_conflicts"
    ) == [("us-gaap:CostsAndExpenses", "warning")]


def test_a_balance_sheet_that_does_not_balance_stops_the_publication(edit_lines, tmp_path):
    def change(lines):
        index = next(
            i for i, line in enumerate(lines)
            if "0001018724-24-000008" in line
            and ",us-gaap:LiabilitiesAndStockholdersEquity,,2023-12-31," in line
        )  # fmt: skip
        return [
            *lines[:index],
            lines[index].replace("527854000000", "527855000000"),
            *lines[index + 1 :],
        ]

    settings = settings_in(tmp_path / "data", edit_lines("facts.csv", change))
    stopped = run_refresh(settings)
    assert not stopped.result.is_success
    assert "assets_are_liabilities_and_equity" in "\n".join(stopped.result.problems)
