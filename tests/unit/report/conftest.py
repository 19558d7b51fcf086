"""Small frames made by hand, in the shapes the page reads."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from registry.assumptions import (
    DRIVERS,
    Assumption,
    ClaimedEps,
    Scenario,
    Target,
    Thesis,
    ThesisClaim,
)
from registry.models import BacklogRule, Company, FiscalYearEnd, Part
from report.inputs import ReportInputs
from tests.unit.report.valued import FRAMES

TICKER = "ACME"
FIRST, SECOND = "0000000001-25-000001", "0000000001-26-000002"
EDGAR = "https://www.sec.gov/Archives/edgar/data/1"
ENDS = [date(2025, 3, 31), date(2025, 6, 30), date(2025, 12, 31), date(2026, 3, 31)]
QUARTERS = ["2025Q1", "2025Q2", "2025Q4", "2026Q1"]
NAMES: tuple[str, ...] = ("bear", "base", "bull")


def provenance(evidence: str | None = "xbrl", numbers: list[str] | None = None) -> dict[str, Any]:
    return {
        "ticker": TICKER,
        "evidence": evidence,
        "accession_numbers": [FIRST, SECOND] if numbers is None else numbers,
    }


def by_quarter(columns: dict[str, list[float | None]], **constant: Any) -> pl.DataFrame:
    rows = [
        {
            "fiscal_quarter": quarter,
            "period_end": end,
            "missing_inputs": "",
            **provenance(),
            **constant,
            **{name: values[position] for name, values in columns.items()},
        }
        for position, (quarter, end) in enumerate(zip(QUARTERS, ENDS, strict=True))
    ]
    return pl.DataFrame(rows)


def segment_margins() -> pl.DataFrame:
    return by_quarter(
        {
            "revenue_usd": [30e9, 31e9, 35e9, 40e9],
            "ttm_revenue_usd": [115e9, 118e9, 125e9, 135e9],
            "operating_margin_ratio": [0.3, 0.31, 0.35, 0.39],
            "share_of_operating_income_ratio": [0.5, 0.55, 0.6, 0.605],
            "revenue_growth_yoy_ratio": [0.17, 0.175, 0.2, 0.368],
            "growth_acceleration_ratio": [None, 0.005, 0.025, 0.084],
            "ttm_operating_margin_ratio": [0.3, 0.3, 0.34, 0.36],
        },
        segment="cloud",
    )


def capex_intensity() -> pl.DataFrame:
    return by_quarter(
        {
            "capex_gross_usd": [20e9, 25e9, 30e9, 44e9],
            "capex_growth_yoy_ratio": [0.5, 0.6, 0.7, 0.77],
            "capex_less_revenue_growth_ratio": [0.4, 0.5, 0.6, 0.6],
            "ttm_capex_gross_usd": [80e9, 90e9, 110e9, 151e9],
            "ttm_operating_cash_flow_usd": [100e9, 105e9, 120e9, 148e9],
            "ttm_free_cash_flow_usd": [20e9, 15e9, 10e9, -7.6e9],
            "ttm_capex_to_revenue_ratio": [0.14, 0.15, 0.17, 0.203],
            "ttm_capex_to_operating_cash_flow_ratio": [0.8, 0.86, 0.92, 1.02],
        }
    )


def backlog_coverage() -> pl.DataFrame:
    frame = by_quarter(
        {
            "backlog_usd": [189e9, 195e9, 244e9, 496e9],
            "remaining_life_years": [4.1, 4.0, 4.1, 6.4],
            "coverage_years": [1.7, 1.7, 1.9, 3.3],
            "implied_next_12m_revenue_usd": [46e9, 48.7e9, 59.5e9, 77.5e9],
            "realised_next_12m_revenue_usd": [137e9, None, None, None],
            "backlog_conversion_ratio": [0.336, None, None, None],
            "net_bookings_usd": [41e9, 37e9, 80e9, 174e9],
        }
    )
    why = pl.when(pl.col("backlog_conversion_ratio").is_null()).then(
        pl.lit("realised_next_12m_revenue_usd")
    )
    return frame.with_columns(missing_inputs=why.otherwise(pl.lit("")))


BODY = """The backlog is $244 billion.

Free cash flow was $1.2 billion;
<b>the market value</b> may reach $3 trillion."""


def claim(claim_id: str, span: str, metric: str, verdict: str, **given: Any) -> dict[str, Any]:
    """A claim of the story, judged now as it was then."""
    told = {
        "verdict": verdict,
        "filed_value": None,
        "filed_fiscal_quarter": None,
        "guidance_low": None,
        "guidance_high": None,
        "formula": None,
        "reason": "the filed figure is the printed one",
        **provenance("secondary"),
        **given,
    }
    start = BODY.index(span)
    return {
        "article_id": "story",
        "claim_id": claim_id,
        "is_latest_version": True,
        "char_start": start,
        "char_end": start + len(span),
        "span_text": span,
        "segment_name": None,
        "claim_metric": metric,
        "kind": "level",
        "period_label": "Q1 2026",
        "is_approximate": False,
        "bound": None,
        "modality": "reported",
        "attributed_to": "unattributed",
        "unit": "USD",
        "claimed_value": 244e9,
        "stale_value": None,
        "stale_fiscal_quarter": None,
        "implied_multiple_ratio": None,
        "implied_multiple_basis": None,
        **{f"{name}_now": value for name, value in told.items()},
        **told,
    }


def claim_checks() -> pl.DataFrame:
    rows = [
        claim(
            "C1",
            "$244 billion",
            "backlog",
            "stale",
            filed_value=364e9,
            filed_fiscal_quarter="2026Q1",
            stale_value=244e9,
            stale_fiscal_quarter="2025Q4",
            formula="backlog 2026Q1",
            reason="true of 2025Q4; a newer figure was on file",
        ),
        claim(
            "C2",
            "$1.2 billion",
            "free_cash_flow",
            "confirmed",
            claimed_value=1.2e9,
            filed_value=1.2e9,
            verdict_now="contradicted",
            filed_value_now=1.6e9,
            formula_now="free_cash_flow 2026Q1, restated",
        ),
        claim(
            "C3",
            "$3 trillion",
            "market_cap",
            "not_yet_reported",
            reason="still open",
            accession_numbers=[],
            accession_numbers_now=[],
            implied_multiple_ratio=35.1,
            implied_multiple_basis="claimed market value / earnings",
        ),
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def outlet_record() -> pl.DataFrame:
    counts = {
        "articles": 1,
        "claims": 3,
        "verifiable_claims": 2,
        "confirmed": 1,
        "confirmed_rounded": 0,
        "truncated": 0,
        "stale": 1,
        "contradicted": 0,
        "not_yet_reported": 1,
        "came_true": 0,
        "missed": 0,
        "superseded": 0,
        "not_verifiable": 0,
    }
    rows = [
        {
            "outlet": "The Paper",
            **counts,
            "right_ratio": 0.5,
            "mean_absolute_error_ratio": 0.165,
        }
    ]
    return pl.DataFrame(rows)


def valuation_inputs() -> pl.DataFrame:
    def row(name: str, value: float | None, end: date | None, **given: Any) -> dict[str, Any]:
        return {
            "input": name,
            "segment": "",
            "value": value,
            "unit": "USD",
            "fiscal_quarter": "2026Q1",
            "period_end": end,
            "missing_reason": None,
            **provenance("transcribed", [SECOND]),
            **given,
        }

    rows = [
        row("cash", 80e9, date(2025, 12, 31)),
        row("share_price", 274.48, date(2026, 5, 7), evidence="secondary", accession_numbers=[]),
        row("shares_outstanding", 10.8e9, date(2026, 3, 31)),
        row("ttm_income_tax", None, None, missing_reason="no filing states it"),
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def filings() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "ticker": [TICKER, TICKER],
            "accession_number": [FIRST, SECOND],
            "form": ["10-K", "10-Q"],
            "period_of_report": [date(2024, 12, 31), date(2026, 3, 31)],
            "filed_at": [date(2025, 2, 6), date(2026, 4, 30)],
            "known_from": [
                datetime(2025, 2, 6, 23, tzinfo=UTC),
                datetime(2026, 5, 1, 4, tzinfo=UTC),
            ],
            "edgar_address": [f"{EDGAR}/{FIRST}-index.htm", f"{EDGAR}/{SECOND}-index.htm"],
        }
    )


def articles() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "article_id": ["story"],
            "title": ["The case for three trillion"],
            "outlet": ["The Paper"],
            "address": ["https://paper.example/story"],
            "published_at": [date(2026, 5, 14)],
            "how_dated": ["the page's metadata"],
            "body": [BODY],
            "is_latest_version": [True],
            "duplicate_of": [None],
            "source": ["snapshot"],
        },
        schema_overrides={"duplicate_of": pl.String},
    )


def scenarios() -> pl.DataFrame:
    values = {"bear": 0.9e12, "base": 2.15e12, "bull": 4.3e12}
    rows = [
        {
            "scenario": name,
            "cloud_enterprise_value_usd": value * 0.6,
            "rest_enterprise_value_usd": value * 0.4,
            "equity_value_usd": value,
            "diluted_shares": 11e9,
            "value_per_share_usd": value / 11e9,
            "share_price_usd": 274.48,
            "market_cap_usd": 2.96e12,
            "upside_ratio": value / 11e9 / 274.48 - 1,
            "terminal_share_ratio": 0.78,
            "exit_multiple_ratio": 16.0,
            "implied_exit_multiple_ratio": 11.5,
            "exit_multiple_equity_value_usd": value * 1.3,
            "backlog_floor_usd": 77.5e9,
            "ntm_cloud_revenue_usd": 203e9,
            "backlog_floor_to_ntm_cloud_revenue_ratio": 0.38,
            "status": "assumed",
            **provenance("filing_text"),
        }
        for name, value in values.items()
    ]
    return pl.DataFrame(rows)


def scenario_drivers() -> pl.DataFrame:
    rows = [
        {
            "scenario": name,
            "driver": driver,
            "value": declared.minimum,
            "unit": declared.unit,
            "status": "assumed",
            **provenance(None, []),
        }
        for name in NAMES
        for driver, declared in DRIVERS.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"accession_numbers": pl.List(pl.String)})


def scenario_paths() -> pl.DataFrame:
    rows = [
        {
            "scenario": "base",
            "part": part,
            "forecast_year": year,
            "growth_ratio": 0.3,
            "revenue_usd": 200e9,
            "operating_margin_ratio": 0.36,
            "operating_income_usd": 72e9,
            "nopat_usd": 58e9,
            "reinvestment_usd": 70e9,
            "capex_usd": 100e9,
            "free_cash_flow_usd": -12e9,
            "discount_factor_ratio": 0.92,
            "present_value_usd": -11e9,
            **provenance("filing_text"),
        }
        for part in ("cloud", "rest", "company")
        for year in (1, 2)
    ]
    return pl.DataFrame(rows)


def scenario_bridge() -> pl.DataFrame:
    items = {
        "cloud_operations": 1.3e12,
        "rest_operations": 0.8e12,
        "non_operating_assets": 0.1e12,
        "debt": -0.05e12,
        "equity": 2.15e12,
    }
    rows = [
        {
            "scenario": "base",
            "step": step,
            "item": item,
            "is_total": item == "equity",
            "value_usd": value,
            "value_per_share_usd": value / 11e9,
            **provenance(None, []) | (provenance() if item != "non_operating_assets" else {}),
        }
        for step, (item, value) in enumerate(items.items(), start=1)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def multiples() -> pl.DataFrame:
    rows = [
        {
            "target": "three",
            "target_usd": target,
            "implied_price_usd": target / 10.8e9,
            "eps_basis": basis,
            "eps_label": label,
            "eps_usd": eps,
            "gain_removed_per_share_usd": 0.0 if eps else None,
            "implied_multiple_ratio": target / 10.8e9 / eps if eps else None,
            "missing_reason": None if eps else "income tax is not known",
            **provenance("transcribed", [SECOND]),
        }
        for target in (3.0e12, 3.3e12)
        for basis, label, eps in (
            ("ttm_reported", "reported", 12.43),
            ("without_gains", "without gains", None),
        )
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def company() -> Company:
    return Company(
        ticker=TICKER,
        cik="0000000001",
        name="Acme & Sons",
        fiscal_year_end=FiscalYearEnd(month=12),
        cloud_segment="cloud",
        segments=(Part(id="cloud", name="Acme Cloud", members=("acme:CloudMember",)),),
        backlog=BacklogRule(
            scope="company",
            definition="unsatisfied obligations",
            revenue_metric="segment_revenue",
            revenue_segment="cloud",
        ),
    )


def scenario(name: str) -> Scenario:
    return Scenario(
        ticker=TICKER,
        name=name,
        cloud_segment="cloud",
        statement=f"The {name} case.",
        drivers={
            driver: Assumption(
                value=declared.minimum,
                unit=declared.unit,
                basis="judgement",
                rationale=f"Why {driver} is so ({name}).",
                dated=date(2026, 5, 1),
            )
            for driver, declared in DRIVERS.items()
        },
    )


def thesis() -> Thesis:
    return Thesis(
        id="acme_3t",
        ticker=TICKER,
        statement="Acme is worth three trillion.",
        dated=date(2026, 5, 14),
        targets=(
            Target(name="three_point_three", market_value_usd=3.3e12),
            Target(name="three", market_value_usd=3.0e12),
        ),
        claimed_eps=ClaimedEps(fiscal_year=2026, value=7.86, citation="the article"),
        claims=(
            ThesisClaim(
                id="faster",
                says="The cloud grows faster.",
                signal="cloud_acceleration",
                refuted_by="Growth falls twice.",
            ),
        ),
    )


@pytest.fixture(scope="session")
def make_inputs() -> Callable[..., ReportInputs]:
    """Inputs of a whole page; any of them can be replaced by name."""

    def make(**replaced: Any) -> ReportInputs:
        given: dict[str, Any] = {
            "company": company(),
            "thesis": thesis(),
            "declared_scenarios": tuple(map(scenario, NAMES)),
            "run_id": "run-1",
            "known_at": datetime(2026, 5, 8, 20, 0, tzinfo=UTC),
            "built_at": datetime(2026, 5, 9, 6, 0, tzinfo=UTC),
            "segment_margins": segment_margins(),
            "capex_intensity": capex_intensity(),
            "backlog_coverage": backlog_coverage(),
            "claim_checks": claim_checks(),
            "outlet_record": outlet_record(),
            "valuation_inputs": valuation_inputs(),
            "filings": filings(),
            "articles": articles(),
            "scenarios": scenarios(),
            "scenario_drivers": scenario_drivers(),
            "scenario_paths": scenario_paths(),
            "scenario_bridge": scenario_bridge(),
            "multiples": multiples(),
            **{name: make() for name, make in FRAMES.items()},
        }
        return ReportInputs(**(given | replaced))

    return make


@pytest.fixture
def without_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are built but not drawn, for tests that do not look at them."""
    monkeypatch.setattr("report.charts.render_svg", lambda chart, alternative: "<svg/>")
