"""Amazon's filed figures as known in August 2026, in the shape of `marts.fct_valuation_inputs`."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from registry.assumptions import Scenario, load_scenarios
from valuation.inputs import INPUTS, ValuationInputs

MILLION = 1e6
TEN_Q = "0001018724-26-000026"
RELEASE = "0001018724-26-000002"
ON_BALANCE_SHEET = {"ppe_net", "cash", "securities", "debt", "lease_liabilities"}

# Income tax of the trailing twelve months is not here: FY2025's is on no filing on hand.
FIGURES: dict[tuple[str, str], float] = {
    ("ttm_net_sales", ""): 775_680 * MILLION,
    ("ttm_operating_income", ""): 93_712 * MILLION,
    ("ttm_segment_revenue", "aws"): (33_006 + 35_579 + 37_587 + 42_232) * MILLION,
    ("ttm_segment_operating_income", "aws"): (11_434 + 12_465 + 14_161 + 16_621) * MILLION,
    ("quarter_net_sales", ""): 200_606 * MILLION,
    ("quarter_operating_income", ""): 27_461 * MILLION,
    ("quarter_segment_revenue", "aws"): 42_232 * MILLION,
    ("quarter_segment_operating_income", "aws"): 16_621 * MILLION,
    ("segment_revenue_growth_yoy", "aws"): 42_232 / 30_873 - 1,
    ("net_sales_growth_yoy", ""): 200_606 / 167_702 - 1,
    ("ttm_capex_gross", ""): 173_028 * MILLION,
    ("ttm_capex_net", ""): (173_028 - 4_021) * MILLION,
    ("ttm_depreciation", ""): 75_200 * MILLION,
    ("ttm_operating_cash_flow", ""): 161_403 * MILLION,
    ("ttm_free_cash_flow", ""): -7_604 * MILLION,
    ("ttm_net_income", ""): 135_281 * MILLION,
    ("ttm_diluted_eps", ""): 1.95 + 1.95 + 2.78 + 5.75,
    ("ppe_net", ""): 357_025 * MILLION,
    ("cash", ""): 86_810 * MILLION,
    ("securities", ""): 36_219 * MILLION,
    ("debt", ""): 65_648 * MILLION,
    ("lease_liabilities", ""): 87_339 * MILLION,
    ("free_cash_flow_since_balance_sheet", ""): (71_419 - 98_411 + 2_101) * MILLION,
    ("backlog", ""): 496_000 * MILLION,
    ("backlog_remaining_life", ""): 6.4,
    ("shares_outstanding", ""): 10_786_313_572.0,
    ("diluted_shares", ""): 10_903 * MILLION,
    ("share_price", ""): 274.48,
}


class Amazon:
    """Rows of the mart and inputs built from them, with single values replaced."""

    known_at = datetime(2026, 8, 8, tzinfo=UTC)

    def row(self, name: str, segment: str = "", **changes: Any) -> dict[str, Any]:
        """One row; a figure not on file is missing, in the mart's words."""
        value = FIGURES.get((name, segment))
        old = name in ON_BALANCE_SHEET
        filed = {
            "ticker": "AMZN",
            "input": name,
            "segment": segment,
            "value": value,
            "unit": INPUTS[name].unit,
            "fiscal_quarter": "2025Q4" if old else "2026Q2",
            "period_end": date(2025, 12, 31) if old else date(2026, 6, 30),
            "evidence": "filing_text" if old else "transcribed",
            "accession_numbers": [RELEASE if old else TEN_Q],
            "known_from": datetime(2026, 7, 31, tzinfo=UTC),
            "missing_reason": "no filing on hand states it" if value is None else None,
        }
        return {**filed, **changes}

    def rows(self, **values: float | None) -> list[dict[str, Any]]:
        """Every row; company figures replaced by name, None making one missing."""
        filed = {(name, segment): self.row(name, segment) for name, segment in FIGURES}
        changed = {(name, ""): self.row(name, value=value) for name, value in values.items()}
        return list({**filed, **changed}.values())

    def inputs(self, **values: float | None) -> ValuationInputs:
        """The inputs, with company figures replaced by name."""
        return ValuationInputs.from_rows(self.rows(**values), "AMZN", self.known_at)

    def scaled(self, factor: float) -> ValuationInputs:
        """The inputs with every amount in USD times `factor`; shares stay."""
        rows = [
            {**row, "value": row["value"] * factor} if row["unit"] == "USD" else row
            for row in self.rows()
        ]
        return ValuationInputs.from_rows(rows, "AMZN", self.known_at)


def with_values(scenario: Scenario, **values: float) -> Scenario:
    """The scenario with drivers set to fixed values."""
    drivers = {
        name: assumption.model_copy(update={"value": values[name], "input": None, "segment": None})
        if name in values
        else assumption
        for name, assumption in scenario.drivers.items()
    }
    return scenario.model_copy(update={"drivers": drivers})


@pytest.fixture(scope="session")
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture(scope="session")
def scenarios() -> dict[str, Scenario]:
    return {scenario.name: scenario for scenario in load_scenarios()}


@pytest.fixture(scope="session")
def change():
    return with_values
