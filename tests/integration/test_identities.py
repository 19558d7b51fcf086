"""Contradictions are recorded with a severity; where a mart would be wrong they stop the run."""

import pytest

from tests.conftest import run_refresh, settings_in
from tests.support.rebuilding import Models

FACT_OF_2022 = (
    "accession_number = '0001018724-23-000004' and period_start = '2022-01-01'"
    " and period_end = '2022-12-31' and dimensions = '{}'"
)


@pytest.fixture(scope="module")
def models(refreshed):
    return Models(refreshed.settings)


def stated_again(concept, value, decimals):
    """SQL that states a fact of Amazon's 10-K for 2022 once more, with another value."""
    return (
        f"insert into raw.facts select * replace (md5('again') as fact_id, {value} as value,"
        f" '{decimals}' as decimals) from raw.facts where concept = '{concept}' and {FACT_OF_2022}"
    )


def test_identities_that_fail_are_kept_with_their_severity(warehouse):
    severities = warehouse.execute(
        "select distinct severity from quality.identity_failures order by 1"
    ).fetchall()
    assert severities == [("explained",), ("warning",)]
    assert warehouse.execute(
        "select distinct ticker, reason from quality.identity_failures where severity = 'explained'"
        " and identity = 'segment_revenue_sums_to_net_sales' order by 1"
    ).fetchall() == [
        ("GOOGL", "hedging gains and losses"),
        ("MSFT", "Corporate and Other stood outside the segments until fiscal 2017"),
    ]


def test_what_hangs_together_but_for_rounding_is_no_failure(warehouse):
    # Amazon's segments, balance sheets and definitions agree within half a unit of each digit.
    identities = warehouse.execute(
        "select distinct identity from quality.identity_failures where ticker = 'AMZN'"
    ).fetchall()
    assert identities == [("quarters_sum_to_year",)]


def test_a_rounder_statement_of_the_same_figure_is_no_conflict(models):
    with models.rebuilt(stated_again("us-gaap:Depreciation", 24_900_000_000, -8)) as connection:
        assert connection.execute("from quality.fact_conflicts").fetchall() == []
        assert connection.execute(
            "select value, evidence from marts.fct_metrics where ticker = 'AMZN'"
            " and fiscal_quarter = '2022Q4' and metric = 'property_depreciation'"
            " and basis = 'fiscal_year'"
        ).fetchall() == [(24_924_000_000, "xbrl")]


def test_a_conflict_in_a_metric_is_an_error_and_its_figure_is_withheld(models):
    with models.rebuilt(stated_again("us-gaap:Depreciation", 25_100_000_000, -8)) as connection:
        assert connection.execute(
            "select concept, kept_value, highest_value, severity from quality.fact_conflicts"
        ).fetchall() == [("us-gaap:Depreciation", 24_924_000_000, 25_100_000_000, "error")]
        withheld = connection.execute(
            "select min(known_from) from marts.fct_metrics_history where ticker = 'AMZN'"
            " and fiscal_quarter = '2022Q4' and metric = 'property_depreciation'"
            " and basis = 'fiscal_year'"
        ).fetchone()
        # The next filing to state it is the 10-K of the year after.
        assert f"{withheld[0]:%Y}" == "2024"


def test_a_conflict_beside_the_metrics_is_a_warning(models):
    change = stated_again("us-gaap:CostsAndExpenses", 600_000_000_000, -6)
    with models.rebuilt(change) as connection:
        assert connection.execute(
            "select concept, severity from quality.fact_conflicts"
        ).fetchall() == [("us-gaap:CostsAndExpenses", "warning")]


@pytest.mark.parametrize(
    ("change", "identity"),
    [
        (
            "update raw.facts set value = value + 1000000"
            " where accession_number = '0001018724-24-000008' and period_end = '2023-12-31'"
            " and concept = 'us-gaap:LiabilitiesAndStockholdersEquity'",
            "assets_are_liabilities_and_equity",
        ),
        (
            "update raw.facts set value = value + 3000000"
            " where accession_number = '0001018724-26-000026' and period_start = '2026-04-01'"
            " and concept = 'us-gaap:OperatingIncomeLoss'"
            " and dimensions like '%AmazonWebServices%'",
            "segment_operating_income_sums_to_operating_income",
        ),
        (
            "update raw.facts set value = value + 3000000 where cik = '0001652044'"
            " and concept = 'us-gaap:NetIncomeLoss'"
            " and period_start = '2024-04-01' and period_end = '2024-06-30'",
            "quarters_sum_to_year",
        ),
    ],
    ids=["balance sheet", "segments", "quarters"],
)
def test_what_would_make_a_mart_wrong_is_an_error(models, change, identity):
    with models.rebuilt(change) as connection:
        found = connection.execute(
            "select distinct identity from quality.identity_failures where severity = 'error'"
        ).fetchall()
    assert (identity,) in found


@pytest.mark.slow
def test_an_error_stops_the_publication(edit_lines, tmp_path):
    def change(lines):
        index = next(
            i for i, line in enumerate(lines)
            if "0001018724-24-000008" in line
            and ",us-gaap:LiabilitiesAndStockholdersEquity,,2023-12-31," in line
        )  # fmt: skip
        unbalanced = lines[index].replace("527854000000", "527855000000")
        return [*lines[:index], unbalanced, *lines[index + 1 :]]

    stopped = run_refresh(settings_in(tmp_path / "data", edit_lines("facts.csv", change)))
    assert not stopped.result.is_success
    problems = "\n".join(stopped.result.problems)
    assert "identities_hold_where_a_mart_would_be_wrong" in problems
    assert "assets_are_liabilities_and_equity" in problems
