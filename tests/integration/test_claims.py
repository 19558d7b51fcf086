"""The story's own claims, judged as known when it was told, and as known now."""

from datetime import date

import pytest

from tests.support.labelled_claims import article, claim, replacing
from tests.support.rebuilding import Models

STORY = [article("brief", date(2026, 5, 14))]
YEAR = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}
QUARTER = {"period_start": date(2026, 1, 1), "period_end": date(2026, 3, 31)}
AHEAD = {"metric": "market_cap", "modality": "projected", "period_start": None, "period_end": None}
CLAIMS = [
    claim("brief", "C1", "$3 trillion", 3e12, **AHEAD),
    claim("brief", "C2", "$244 billion", 244e9, metric="backlog", segment="AWS",
          is_approximate=True, is_instant=True, period_start=None, period_end=date(2026, 3, 31)),
    claim("brief", "C3", "$200 billion", 200e9, metric="capex_guidance", kind="guidance",
          modality="guided", is_approximate=True, **YEAR),
    claim("brief", "C4", "$44.2 billion", 44.2e9, metric="capex_gross", **QUARTER),
    claim("brief", "C5", "76%", 0.76, metric="capex_growth", unit="ratio", kind="growth",
          comparison="yoy", **QUARTER),
    claim("brief", "C6", "$1.2 billion", 1.2e9, metric="free_cash_flow",
          period_start=date(2025, 4, 1), period_end=date(2026, 3, 31)),
    claim("brief", "C7", "$7.86", 7.86, metric="eps_diluted", unit="USD_per_share",
          modality="projected", **YEAR),
    claim("brief", "C8", "$3.3 trillion", 3.3e12, **AHEAD),
]  # fmt: skip


@pytest.fixture(scope="module")
def checks(refreshed, tmp_path_factory):
    changes = replacing(tmp_path_factory.mktemp("story"), STORY, CLAIMS)
    with Models(refreshed.settings).rebuilt(*changes) as connection:
        rows = connection.execute("select * from marts.fct_claim_checks").pl()
    return {row["claim_id"]: row for row in rows.iter_rows(named=True)}


def test_verdicts(checks):
    assert {claim: (row["verdict"], row["verdict_now"]) for claim, row in checks.items()} == {
        "C1": ("not_yet_reported", "not_yet_reported"),
        "C2": ("stale", "stale"),
        "C3": ("confirmed_rounded", "superseded"),
        "C4": ("confirmed_rounded", "confirmed_rounded"),
        "C5": ("truncated", "truncated"),
        "C6": ("confirmed", "confirmed_rounded"),
        "C7": ("not_yet_reported", "not_yet_reported"),
        "C8": ("not_yet_reported", "not_yet_reported"),
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


def test_the_spending_plan_is_guidance_and_shows_the_newer(checks):
    plan = checks["C3"]
    assert (plan["guidance_low"], plan["guidance_high"]) == (200e9, 200e9)
    assert (plan["guidance_low_now"], plan["guidance_high_now"]) == (220e9, 220e9)
    assert plan["formula"] == "guidance on capex stated on 2026-02-05"
    assert (plan["evidence"], plan["filed_value"]) == ("secondary", None)


def test_a_market_value_shows_the_multiple_it_implies(checks):
    value = checks["C8"]
    shares = 10_863e6
    assert value["implied_multiple_ratio"] == pytest.approx(3.3e12 / (7.86 * shares))
    assert value["implied_multiple_basis"] == (
        "claimed market value / "
        "(7.86 a share of claim C7 * 10,863,000,000 diluted shares of 2025Q4)"
    )


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
