"""Scenarios and multiples as Polars frames with the schemas of `valuation.schema`."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from registry.assumptions import PARTS, Scenario
from valuation.cashflow import PathYear
from valuation.multiples import ImpliedMultiple
from valuation.provenance import Figure, combine
from valuation.scenarios import ScenarioResult
from valuation.schema import frame


def scenarios_frame(results: Iterable[ScenarioResult]) -> pl.DataFrame:
    """Table `scenarios`: provenance is that of the value per share."""
    return frame((_scenario_row(result) for result in results), "scenarios")


def scenario_drivers_frame(
    results: Iterable[ScenarioResult], scenarios: Iterable[Scenario]
) -> pl.DataFrame:
    """Table `scenario_drivers`: the drivers of `results`, whose declarations `scenarios` are."""
    declared = {scenario.name: scenario for scenario in scenarios}
    return frame(
        (
            {
                **_key(result),
                "driver": name,
                "value": figure.value,
                "unit": figure.unit,
                "inputs": list(declared[result.scenario].drivers[name].inputs),
                **provenance(figure),
            }
            for result in results
            for name, figure in result.drivers.items()
        ),
        "scenario_drivers",
    )


def scenario_paths_frame(results: Iterable[ScenarioResult]) -> pl.DataFrame:
    """Table `scenario_paths`: provenance is that of the part's enterprise value."""
    return frame(
        (
            {**_key(result), "part": part, **_year_row(year), **provenance(figure)}
            for result in results
            for part, path, figure in _paths(result)
            for year in path
        ),
        "scenario_paths",
    )


def scenario_bridge_frame(results: Iterable[ScenarioResult]) -> pl.DataFrame:
    """`"scenario_bridge"`; per share on the diluted shares of the scenario."""
    return frame(
        (
            {
                **_key(result),
                "step": number,
                "item": step.item,
                "is_total": step.is_total,
                "value_usd": step.figure.value,
                "value_per_share_usd": step.figure.value / result.diluted_shares.value,
                **provenance(step.figure),
            }
            for result in results
            for number, step in enumerate(result.bridge, start=1)
        ),
        "scenario_bridge",
    )


def multiples_frame(multiples: Iterable[ImpliedMultiple]) -> pl.DataFrame:
    """Table `multiples`: provenance is that of price and earnings together."""
    return frame((_multiple_row(multiple) for multiple in multiples), "multiples")


def _key(result: ScenarioResult) -> dict[str, Any]:
    return {"ticker": result.ticker, "scenario": result.scenario, "known_at": result.known_at}


def provenance(figure: Figure) -> dict[str, Any]:
    """The three columns that say what a row rests on."""
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
        **provenance(result.value_per_share),
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
        **provenance(combine(price.value, "USD/shares", sources)),
    }
