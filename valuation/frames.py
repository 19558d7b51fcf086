"""Results as Polars frames with declared schemas: what the schema `valuation` stores.

Column names carry their unit. Which run a row belongs to is added by the orchestration.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import polars as pl

from registry.assumptions import PARTS, Scenario, Thesis
from valuation.cashflow import PathYear
from valuation.inputs import ValuationInputs
from valuation.multiples import ImpliedMultiple, implied_multiples
from valuation.provenance import Figure, combine
from valuation.scenarios import (
    ScenarioOrder,
    ScenarioResult,
    base_tax_rate,
    check_order,
    value_scenarios,
)

Schema: TypeAlias = dict[str, pl.DataType]

_TEXT, _USD, _RATIO = pl.String(), pl.Float64(), pl.Float64()
_PROVENANCE: Schema = {
    "status": _TEXT,
    "evidence": _TEXT,
    "accession_numbers": pl.List(pl.String()),
}
_KEY: Schema = {
    "ticker": _TEXT,
    "scenario": _TEXT,
    "known_at": pl.Datetime("us", "UTC"),
}

SCENARIOS_SCHEMA: Schema = {
    **_KEY,
    "cloud_enterprise_value_usd": _USD,
    "rest_enterprise_value_usd": _USD,
    "enterprise_value_usd": _USD,
    "equity_value_usd": _USD,
    "diluted_shares": pl.Float64(),
    "value_per_share_usd": _USD,
    "share_price_usd": _USD,
    "share_price_date": pl.Date(),
    "market_cap_usd": _USD,
    "upside_ratio": _RATIO,
    "terminal_share_ratio": _RATIO,
    "exit_multiple_ratio": _RATIO,
    "implied_exit_multiple_ratio": _RATIO,
    "exit_multiple_equity_value_usd": _USD,
    "backlog_floor_usd": _USD,
    "ntm_cloud_revenue_usd": _USD,
    "backlog_floor_to_ntm_cloud_revenue_ratio": _RATIO,
    "balance_sheet_date": pl.Date(),
    **_PROVENANCE,
}
"""One row per company and scenario."""

SCENARIO_DRIVERS_SCHEMA: Schema = {
    **_KEY,
    "driver": _TEXT,
    "value": pl.Float64(),
    "unit": _TEXT,
    **_PROVENANCE,
}
"""One row per company, scenario and driver; `value` is in `unit`."""

SCENARIO_PATHS_SCHEMA: Schema = {
    **_KEY,
    "part": _TEXT,
    "forecast_year": pl.Int64(),
    "growth_ratio": _RATIO,
    "revenue_usd": _USD,
    "operating_margin_ratio": _RATIO,
    "margin_before_depreciation_ratio": _RATIO,
    "operating_income_usd": _USD,
    "nopat_usd": _USD,
    "reinvestment_usd": _USD,
    "free_cash_flow_usd": _USD,
    "capex_usd": _USD,
    "depreciation_usd": _USD,
    "ppe_opening_usd": _USD,
    "ppe_closing_usd": _USD,
    "discount_factor_ratio": _RATIO,
    "present_value_usd": _USD,
    **_PROVENANCE,
}
"""One row per company, scenario, part (`cloud`, `rest`, `company`) and forecast year."""

SCENARIO_BRIDGE_SCHEMA: Schema = {
    **_KEY,
    "step": pl.Int64(),
    "item": _TEXT,
    "is_total": pl.Boolean(),
    "value_usd": _USD,
    "value_per_share_usd": _USD,
    **_PROVENANCE,
}
"""One row per company, scenario and step from operations to equity, in order from 1."""

MULTIPLES_SCHEMA: Schema = {
    "ticker": _TEXT,
    "thesis": _TEXT,
    "known_at": pl.Datetime("us", "UTC"),
    "target": _TEXT,
    "target_usd": _USD,
    "implied_price_usd": _USD,
    "eps_basis": _TEXT,
    "eps_label": _TEXT,
    "eps_usd": _USD,
    "gain_removed_per_share_usd": _USD,
    "implied_multiple_ratio": _RATIO,
    "share_price_usd": _USD,
    "current_multiple_ratio": _RATIO,
    "missing_reason": _TEXT,
    **_PROVENANCE,
}
"""One row per thesis, target and earnings basis; `missing_reason` where earnings are not known."""


GAPS_SCHEMA: Schema = {
    "ticker": _TEXT,
    "thesis": _TEXT,
    "known_at": pl.Datetime("us", "UTC"),
    "reason": _TEXT,
}
"""One row per thesis that could not be valued, with the figure that is not known."""


@dataclass(frozen=True)
class ValuationFrames:
    """Everything one valuation of one company says, a frame per table of schema `valuation`.

    `order` says whether bear, base and bull came out in that order; a company that could not be
    valued has none, a row in `gaps`, and no other rows.
    """

    order: ScenarioOrder | None
    scenarios: pl.DataFrame
    scenario_drivers: pl.DataFrame
    scenario_paths: pl.DataFrame
    scenario_bridge: pl.DataFrame
    multiples: pl.DataFrame
    gaps: pl.DataFrame


def not_valued(thesis: Thesis, known_at: datetime, reason: str) -> ValuationFrames:
    """Frames that say why the company of `thesis` has no value as known at `known_at` (UTC)."""
    gap = {"ticker": thesis.ticker, "thesis": thesis.id, "known_at": known_at, "reason": reason}
    return ValuationFrames(
        order=None,
        scenarios=_frame((), SCENARIOS_SCHEMA),
        scenario_drivers=_frame((), SCENARIO_DRIVERS_SCHEMA),
        scenario_paths=_frame((), SCENARIO_PATHS_SCHEMA),
        scenario_bridge=_frame((), SCENARIO_BRIDGE_SCHEMA),
        multiples=_frame((), MULTIPLES_SCHEMA),
        gaps=_frame((gap,), GAPS_SCHEMA),
    )


def value_company(
    rows: Iterable[Mapping[str, Any]],
    scenarios: Iterable[Scenario],
    thesis: Thesis,
    known_at: datetime,
) -> ValuationFrames:
    """Value the company of `thesis` as known at `known_at` (UTC), from rows of the mart.

    Rows and scenarios of other companies are passed over. Raises ValuationError in one of its kinds
    for a figure not known, assumptions that do not fit, or a value that cannot be formed.
    """
    inputs = ValuationInputs.from_rows(rows, thesis.ticker, known_at)
    results = value_scenarios(inputs, scenarios)
    return ValuationFrames(
        order=check_order(results),
        scenarios=scenarios_frame(results),
        scenario_drivers=scenario_drivers_frame(results),
        scenario_paths=scenario_paths_frame(results),
        scenario_bridge=scenario_bridge_frame(results),
        multiples=multiples_frame(implied_multiples(inputs, thesis, base_tax_rate(results))),
        gaps=_frame((), GAPS_SCHEMA),
    )


def scenarios_frame(results: Iterable[ScenarioResult]) -> pl.DataFrame:
    """`SCENARIOS_SCHEMA`: provenance is that of the value per share."""
    return _frame((_scenario_row(result) for result in results), SCENARIOS_SCHEMA)


def scenario_drivers_frame(results: Iterable[ScenarioResult]) -> pl.DataFrame:
    """`SCENARIO_DRIVERS_SCHEMA`."""
    return _frame(
        (
            {
                **_key(result),
                "driver": name,
                "value": figure.value,
                "unit": figure.unit,
                **_provenance(figure),
            }
            for result in results
            for name, figure in result.drivers.items()
        ),
        SCENARIO_DRIVERS_SCHEMA,
    )


def scenario_paths_frame(results: Iterable[ScenarioResult]) -> pl.DataFrame:
    """`SCENARIO_PATHS_SCHEMA`: provenance is that of the part's enterprise value."""
    return _frame(
        (
            {**_key(result), "part": part, **_year_row(year), **_provenance(figure)}
            for result in results
            for part, path, figure in _paths(result)
            for year in path
        ),
        SCENARIO_PATHS_SCHEMA,
    )


def scenario_bridge_frame(results: Iterable[ScenarioResult]) -> pl.DataFrame:
    """`SCENARIO_BRIDGE_SCHEMA`; per share on the diluted shares of the scenario."""
    return _frame(
        (
            {
                **_key(result),
                "step": number,
                "item": step.item,
                "is_total": step.is_total,
                "value_usd": step.figure.value,
                "value_per_share_usd": step.figure.value / result.diluted_shares.value,
                **_provenance(step.figure),
            }
            for result in results
            for number, step in enumerate(result.bridge, start=1)
        ),
        SCENARIO_BRIDGE_SCHEMA,
    )


def multiples_frame(multiples: Iterable[ImpliedMultiple]) -> pl.DataFrame:
    """`MULTIPLES_SCHEMA`: provenance is that of price and earnings together."""
    return _frame((_multiple_row(multiple) for multiple in multiples), MULTIPLES_SCHEMA)


def _frame(rows: Iterable[dict[str, Any]], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row", strict=True)


def _key(result: ScenarioResult) -> dict[str, Any]:
    return {"ticker": result.ticker, "scenario": result.scenario, "known_at": result.known_at}


def _provenance(figure: Figure) -> dict[str, Any]:
    return {
        "status": figure.status,
        "evidence": figure.evidence,
        "accession_numbers": list(figure.accession_numbers),
    }


def _value(figure: Figure | None) -> float | None:
    return figure.value if figure else None


def _scenario_row(result: ScenarioResult) -> dict[str, Any]:
    return {
        **_key(result),
        "cloud_enterprise_value_usd": result.parts["cloud"].enterprise_value_usd,
        "rest_enterprise_value_usd": result.parts["rest"].enterprise_value_usd,
        "enterprise_value_usd": result.enterprise_value_usd,
        "equity_value_usd": result.equity.value,
        "diluted_shares": result.diluted_shares.value,
        "value_per_share_usd": result.value_per_share.value,
        "share_price_usd": _value(result.share_price),
        "share_price_date": result.share_price_date,
        "market_cap_usd": result.market_cap_usd,
        "upside_ratio": result.upside_ratio,
        "terminal_share_ratio": result.terminal_share_ratio,
        "exit_multiple_ratio": result.drivers["exit_multiple"].value,
        "implied_exit_multiple_ratio": result.implied_exit_multiple_ratio,
        "exit_multiple_equity_value_usd": result.exit_multiple_equity_usd,
        "backlog_floor_usd": result.backlog_floor.value,
        "ntm_cloud_revenue_usd": result.ntm_cloud_revenue_usd,
        "backlog_floor_to_ntm_cloud_revenue_ratio": (
            result.backlog_floor.value / result.ntm_cloud_revenue_usd
        ),
        "balance_sheet_date": result.balance_sheet_date,
        **_provenance(result.value_per_share),
    }


def _paths(result: ScenarioResult) -> list[tuple[str, Sequence[PathYear], Figure]]:
    operations = {step.item: step.figure for step in result.bridge}
    parts = [operations[f"{part}_operations"] for part in PARTS]
    company = combine(result.enterprise_value_usd, "USD", parts)
    return [
        *(
            (part, result.parts[part].path, figure)
            for part, figure in zip(PARTS, parts, strict=True)
        ),
        ("company", result.company_path, company),
    ]


def _year_row(year: PathYear) -> dict[str, Any]:
    return {
        "forecast_year": year.year,
        "growth_ratio": year.growth_ratio,
        "revenue_usd": year.revenue_usd,
        "operating_margin_ratio": year.margin_ratio,
        "margin_before_depreciation_ratio": year.margin_before_depreciation_ratio,
        "operating_income_usd": year.operating_income_usd,
        "nopat_usd": year.nopat_usd,
        "reinvestment_usd": year.reinvestment_usd,
        "free_cash_flow_usd": year.free_cash_flow_usd,
        "capex_usd": year.capex_usd,
        "depreciation_usd": year.depreciation_usd,
        "ppe_opening_usd": year.ppe_opening_usd,
        "ppe_closing_usd": year.ppe_closing_usd,
        "discount_factor_ratio": year.discount_factor_ratio,
        "present_value_usd": year.present_value_usd,
    }


def _multiple_row(multiple: ImpliedMultiple) -> dict[str, Any]:
    earnings, price = multiple.earnings, multiple.price_per_share
    sources = [price, *((earnings.eps,) if earnings.eps else ())]
    return {
        "ticker": multiple.ticker,
        "thesis": multiple.thesis,
        "known_at": multiple.known_at,
        "target": multiple.target,
        "target_usd": multiple.target_usd,
        "implied_price_usd": price.value,
        "eps_basis": earnings.basis,
        "eps_label": earnings.label,
        "eps_usd": _value(earnings.eps),
        "gain_removed_per_share_usd": _value(earnings.gain_removed),
        "implied_multiple_ratio": multiple.multiple_ratio,
        "share_price_usd": _value(multiple.share_price),
        "current_multiple_ratio": multiple.current_multiple_ratio,
        "missing_reason": earnings.missing_reason,
        **_provenance(combine(price.value, "USD/shares", sources)),
    }
