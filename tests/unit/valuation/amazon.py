"""Amazon's filed figures as known in August 2026, in the shape of the marts.

`FIGURES` are rows of `marts.fct_valuation_inputs`, `QUARTERS` those of `marts.fct_metrics` under
the history; twelve months are summed from the quarters. Later filings restated some quarters of
operating income and revenue by segment: the figures are the restated ones.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from registry.assumptions import BOUNDED_FAMILIES, Assumption, Scenario
from valuation.history import History
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


class Quarter(NamedTuple):
    """A fiscal quarter as filed: USD millions, shares millions, and the 10-Q or 10-K of it."""

    fiscal_quarter: str
    period_end: date
    net_sales: int
    aws_revenue: int
    operating_income: int
    aws_operating_income: int
    capex_gross: int
    shares_outstanding: float
    accession_number: str


QUARTERS = tuple(
    Quarter(name, date.fromisoformat(day), *figures)
    for name, day, *figures in (
        (
            "2022Q1",
            "2022-03-31",
            116_444,
            18_441,
            3_669,
            6_518,
            14_951,
            10174.409620,
            "0001018724-22-000013",
        ),
        (
            "2022Q2",
            "2022-06-30",
            121_234,
            19_739,
            3_317,
            5_715,
            15_724,
            10187.554818,
            "0001018724-22-000019",
        ),
        (
            "2022Q3",
            "2022-09-30",
            127_101,
            20_538,
            2_525,
            5_403,
            16_378,
            10201.654176,
            "0001018724-22-000023",
        ),
        (
            "2022Q4",
            "2022-12-31",
            149_204,
            21_378,
            2_737,
            5_205,
            16_592,
            10247.259757,
            "0001018724-23-000004",
        ),
        (
            "2023Q1",
            "2023-03-31",
            127_358,
            21_354,
            4_774,
            5_123,
            14_207,
            10260.353688,
            "0001018724-23-000008",
        ),
        (
            "2023Q2",
            "2023-06-30",
            134_383,
            22_140,
            7_681,
            5_365,
            11_455,
            10317.750796,
            "0001018724-23-000012",
        ),
        (
            "2023Q3",
            "2023-09-30",
            143_083,
            23_059,
            11_188,
            6_976,
            12_479,
            10334.030586,
            "0001018724-23-000018",
        ),
        (
            "2023Q4",
            "2023-12-31",
            169_961,
            24_204,
            13_209,
            7_167,
            14_588,
            10387.381291,
            "0001018724-24-000008",
        ),
        (
            "2024Q1",
            "2024-03-31",
            143_313,
            25_037,
            15_307,
            9_421,
            14_925,
            10406.627415,
            "0001018724-24-000083",
        ),
        (
            "2024Q2",
            "2024-06-30",
            147_977,
            26_281,
            14_672,
            9_334,
            17_620,
            10495.566881,
            "0001018724-24-000130",
        ),
        (
            "2024Q3",
            "2024-09-30",
            158_877,
            27_452,
            17_411,
            10_447,
            22_620,
            10515.011008,
            "0001018724-24-000161",
        ),
        (
            "2024Q4",
            "2024-12-31",
            187_792,
            28_786,
            21_203,
            10_632,
            27_834,
            10597.729352,
            "0001018724-25-000004",
        ),
        (
            "2025Q1",
            "2025-03-31",
            155_667,
            29_267,
            18_405,
            11_547,
            25_019,
            10616.352407,
            "0001018724-25-000036",
        ),
        (
            "2025Q2",
            "2025-06-30",
            167_702,
            30_873,
            19_171,
            10_160,
            32_183,
            10664.912097,
            "0001018724-25-000086",
        ),
        (
            "2025Q3",
            "2025-09-30",
            180_169,
            33_006,
            17_422,
            11_434,
            35_095,
            10690.216011,
            "0001018724-25-000123",
        ),
        (
            "2025Q4",
            "2025-12-31",
            213_386,
            35_579,
            24_977,
            12_465,
            39_522,
            10734.920870,
            "0001018724-26-000004",
        ),
        (
            "2026Q1",
            "2026-03-31",
            181_519,
            37_587,
            23_852,
            14_161,
            44_203,
            10757.109436,
            "0001018724-26-000014",
        ),
        (
            "2026Q2",
            "2026-06-30",
            200_606,
            42_232,
            27_461,
            16_621,
            54_208,
            10786.313572,
            "0001018724-26-000026",
        ),
    )
)

CLOSES = tuple(
    (date.fromisoformat(day), close)
    for day, close in (
        ("2022-03-31", 163),
        ("2022-06-30", 106.21),
        ("2022-09-30", 113),
        ("2022-12-30", 84),
        ("2023-03-31", 103.29),
        ("2023-06-30", 130.36),
        ("2023-09-29", 127.12),
        ("2023-12-29", 151.94),
        ("2024-03-28", 180.38),
        ("2024-06-28", 193.25),
        ("2024-09-30", 186.33),
        ("2024-12-31", 219.39),
        ("2025-03-31", 190.26),
        ("2025-06-30", 219.39),
        ("2025-09-30", 219.57),
        ("2025-12-31", 230.82),
        ("2026-03-31", 208.27),
        ("2026-06-30", 238.34),
        ("2026-08-07", 274.48),
    )
)
"""Split-adjusted closes at the end of each quarter, and the last on hand; USD."""


METRICS = (
    ("net_sales", "", "net_sales"),
    ("segment_revenue", "aws", "aws_revenue"),
    ("operating_income", "", "operating_income"),
    ("segment_operating_income", "aws", "aws_operating_income"),
    ("capex_gross", "", "capex_gross"),
)
"""Metric, segment and the column of `Quarter` it stands in."""


def history_rows(quarters: Iterable[Quarter] = QUARTERS) -> list[dict[str, Any]]:
    """Rows of `marts.fct_metrics`: each quarter, and twelve months where four of them are given."""
    given = tuple(quarters)
    rows: list[dict[str, Any]] = []
    for place, quarter in enumerate(given, start=1):
        year = given[max(place - 4, 0) : place]
        for metric, segment, field in METRICS:
            rows.append(_row(quarter, metric, segment, "quarter", [getattr(quarter, field)]))
            if len(year) == 4:
                months = [getattr(each, field) for each in year]
                rows.append(_row(quarter, metric, segment, "ttm", months))
        rows.append(
            _row(quarter, "shares_outstanding", "", "instant", [quarter.shares_outstanding])
        )
    return rows


def _row(
    quarter: Quarter, metric: str, segment: str, basis: str, millions: list[float]
) -> dict[str, Any]:
    return {
        "ticker": "AMZN",
        "metric": metric,
        "segment": segment,
        "basis": basis,
        "fiscal_quarter": quarter.fiscal_quarter,
        "period_end": quarter.period_end,
        "value": sum(millions) * MILLION,
        "unit": "shares" if metric == "shares_outstanding" else "USD",
        "evidence": "transcribed",
        "accession_numbers": [quarter.accession_number],
    }


def closes_by(day: date) -> list[dict[str, Any]]:
    """Rows of `staging.stg_prices__closes` up to a day."""
    return [
        {"ticker": "AMZN", "close_date": on, "close_usd": close}
        for on, close in CLOSES
        if on <= day
    ]


HISTORY = History.from_rows(history_rows(), "AMZN", closes_by(date(2026, 8, 8)))


class Amazon:
    """Rows of the mart and inputs built from them, with single values replaced."""

    known_at = datetime(2026, 8, 8, tzinfo=UTC)
    history = HISTORY

    def row(self, name: str, segment: str = "", **changes: Any) -> dict[str, Any]:
        """One row; a figure not on file is missing, in the mart's words."""
        value = FIGURES.get((name, segment))
        quarter, ended = "2026Q2", date(2026, 6, 30)
        if name in ON_BALANCE_SHEET:
            quarter, ended = "2025Q4", date(2025, 12, 31)
        if name == "share_price":
            quarter, ended = None, date(2026, 8, 7)
        old = name in ON_BALANCE_SHEET
        filed = {
            "ticker": "AMZN",
            "input": name,
            "segment": segment,
            "value": value,
            "unit": INPUTS[name].unit,
            "fiscal_quarter": quarter,
            "period_end": ended,
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

    def inputs(self, history: History = HISTORY, **values: float | None) -> ValuationInputs:
        """The inputs, with company figures replaced by name."""
        return ValuationInputs.from_rows(self.rows(**values), "AMZN", self.known_at, history)

    def scaled(self, factor: float) -> ValuationInputs:
        """The inputs with every amount in USD times `factor`; shares stay."""
        rows = [
            {**row, "value": row["value"] * factor} if row["unit"] == "USD" else row
            for row in self.rows()
        ]
        return ValuationInputs.from_rows(rows, "AMZN", self.known_at, self.history)


def with_values(scenario: Scenario, **values: float) -> Scenario:
    """The scenario with drivers set to fixed values."""
    fixed = {"input": None, "or_input": None, "segment": None}
    drivers = {
        name: assumption.model_copy(update={**fixed, "value": values[name]})
        if name in values
        else assumption
        for name, assumption in scenario.drivers.items()
    }
    return scenario.model_copy(update={"drivers": drivers})


def collapsed(scenario: Scenario) -> Scenario:
    """The scenario with every distribution drawn together to one point."""
    return scenario.model_copy(
        update={"drivers": {name: _point(each) for name, each in scenario.drivers.items()}}
    )


def _point(assumption: Assumption) -> Assumption:
    shape = assumption.distribution
    if shape is None:
        return assumption
    if shape.family in BOUNDED_FAMILIES:
        return assumption.model_copy(update={"low": assumption.value, "high": assumption.value})
    still = shape.model_copy(update={"spread_input": None, "standard_deviation": 0.0})
    return assumption.model_copy(update={"distribution": still})
