"""The story's own claims, judged as known when it was told."""

import pytest


@pytest.fixture
def checks(warehouse):
    rows = warehouse.execute("select * from marts.fct_claim_checks").pl()
    return {row["claim_id"]: row for row in rows.iter_rows(named=True)}


def test_verdicts(checks):
    assert {claim: row["verdict"] for claim, row in checks.items()} == {
        "C1": "not_yet_reported",
        "C2": "stale",
        "C3": "not_yet_reported",
        "C4": "confirmed_rounded",
        "C5": "truncated",
        "C6": "confirmed",
        "C7": "not_yet_reported",
        "C8": "not_yet_reported",
    }


def test_the_backlog_is_stale_with_both_figures_and_both_filings(checks):
    backlog = checks["C2"]
    assert (backlog["stale_value"], backlog["stale_fiscal_quarter"]) == (244e9, "2025Q4")
    assert (backlog["filed_value"], backlog["filed_fiscal_quarter"]) == (364e9, "2026Q1")
    assert backlog["accession_numbers"] == ["0001018724-26-000004", "0001018724-26-000014"]


def test_the_capex_claim_names_the_definition_that_matched(checks):
    capex = checks["C4"]
    assert (capex["matched_metric"], capex["filed_value"]) == ("capex_gross", 44_203e6)


def test_growth_is_computed_from_filed_figures(checks):
    growth = checks["C5"]
    assert round(growth["filed_value"], 4) == 0.7668
    assert growth["formula"] == "capex_gross 2026Q1 / capex_gross 2025Q1 - 1"


def test_no_verdict_rests_on_what_was_filed_later(warehouse):
    later = warehouse.execute(
        """
        select checks.claim_id, filings.accession_number
        from (
            select claim_id, judged_as_of, unnest(accession_numbers) as accession_number
            from marts.fct_claim_checks
        ) as checks
        inner join marts.dim_filing as filings using (accession_number)
        where filings.known_from > checks.judged_as_of
        """
    ).fetchall()
    assert later == []
