"""The tables of schema `valuation`: what each holds, and its columns.

Column names carry their unit. Which run a row belongs to is added by the orchestration.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import polars as pl

Schema: TypeAlias = dict[str, pl.DataType]


class Table(NamedTuple):
    """What a table holds, ending in its grain, and its columns."""

    description: str
    schema: Schema


_TEXT, _USD, _RATIO = pl.String(), pl.Float64(), pl.Float64()
_NUMBER, _COUNT, _FLAG = pl.Float64(), pl.Int64(), pl.Boolean()
_MOMENT = pl.Datetime("us", "UTC")
_PROVENANCE: Schema = {
    "status": _TEXT,
    "evidence": _TEXT,
    "accession_numbers": pl.List(pl.String()),
}
_COMPANY: Schema = {"ticker": _TEXT, "known_at": _MOMENT}
_KEY: Schema = {"ticker": _TEXT, "scenario": _TEXT, "known_at": _MOMENT}
_TARGET: Schema = {**_KEY, "thesis": _TEXT, "target": _TEXT, "target_usd": _USD}

TABLES: dict[str, Table] = {
    "scenarios": Table(
        "What each scenario says a company is worth. One row per run, company and scenario.",
        {
            **_KEY,
            "cloud_enterprise_value_usd": _USD,
            "rest_enterprise_value_usd": _USD,
            "enterprise_value_usd": _USD,
            "equity_value_usd": _USD,
            "diluted_shares": _NUMBER,
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
        },
    ),
    "scenario_drivers": Table(
        "Assumptions used, each in its unit, with their standing. One row per scenario and driver.",
        {
            **_KEY,
            "driver": _TEXT,
            "value": _NUMBER,
            "unit": _TEXT,
            "inputs": pl.List(pl.String()),
            **_PROVENANCE,
        },
    ),
    "scenario_paths": Table(
        "Year by year. One row per scenario, part (cloud, rest, company) and forecast year.",
        {
            **_KEY,
            "part": _TEXT,
            "forecast_year": _COUNT,
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
        },
    ),
    "scenario_bridge": Table(
        "From operations to equity. One row per scenario and step, in order from 1.",
        {
            **_KEY,
            "step": _COUNT,
            "item": _TEXT,
            "is_total": _FLAG,
            "value_usd": _USD,
            "value_per_share_usd": _USD,
            **_PROVENANCE,
        },
    ),
    "multiples": Table(
        "Price and multiple each target implies; a reason where earnings are not known. One "
        "row per target and earnings basis.",
        {
            "ticker": _TEXT,
            "thesis": _TEXT,
            "known_at": _MOMENT,
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
        },
    ),
    "gaps": Table(
        "What could not be valued or compared, and why. One row per company, thesis and reason.",
        {
            "ticker": _TEXT,
            "thesis": _TEXT,
            "known_at": _MOMENT,
            "reason": _TEXT,
        },
    ),
    "simulation_quantiles": Table(
        "Quantiles of the draws. One row per scenario, variable, forecast year and quantile.",
        {
            **_KEY,
            "variable": _TEXT,
            "forecast_year": _COUNT,
            "quantile_ratio": _RATIO,
            "value_usd": _USD,
            "draws": _COUNT,
            **_PROVENANCE,
        },
    ),
    "simulation_events": Table(
        "How likely each target is: intrinsic value now, market value at the horizon, a close"
        " before it. One row per target and event.",
        {
            **_TARGET,
            "event": _TEXT,
            "horizon_years": _NUMBER,
            "probability_ratio": _RATIO,
            "standard_error_ratio": _RATIO,
            "draws": _COUNT,
            "missing_reason": _TEXT,
            **_PROVENANCE,
        },
    ),
    "simulation_histogram": Table(
        "Draws of the value of the equity, counted. One row per scenario and bin, in order from 1.",
        {
            **_KEY,
            "bin": _COUNT,
            "lower_usd": _USD,
            "upper_usd": _USD,
            "share_ratio": _RATIO,
            **_PROVENANCE,
        },
    ),
    "simulation_drivers": Table(
        "Distributions drawn from, with the estimates under their spreads, and what the draws"
        " came to. One row per scenario and driver.",
        {
            **_KEY,
            "driver": _TEXT,
            "unit": _TEXT,
            "family": _TEXT,
            "centre": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "spread": _NUMBER,
            "spread_observations": _COUNT,
            "beyond_range_ratio": _RATIO,
            **_PROVENANCE,
        },
    ),
    "simulation_market": Table(
        "How market value moves until the horizon. One row per scenario.",
        {
            **_KEY,
            "market_cap_usd": _USD,
            "expected_return_ratio": _RATIO,
            "volatility_ratio": _RATIO,
            "volatility_observations": _COUNT,
            "horizon_years": _NUMBER,
            "gap_closure_ratio": _RATIO,
            "missing_reason": _TEXT,
            **_PROVENANCE,
        },
    ),
    "reverse": Table(
        "The value of each driver alone that reaches each target, or that none does. One row "
        "per target and driver.",
        {
            **_TARGET,
            "driver": _TEXT,
            "unit": _TEXT,
            "base_value": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "solved_value": _NUMBER,
            "outcome": _TEXT,
            "reason": _TEXT,
            **_PROVENANCE,
        },
    ),
    "frontier": Table(
        "The cloud growth that reaches each target with each margin, capital intensity and "
        "WACC; null where none in range does. One row per target and combination.",
        {
            **_TARGET,
            "cloud_margin_terminal_ratio": _RATIO,
            "cloud_sales_to_capital_ratio": _RATIO,
            "wacc_ratio": _RATIO,
            "cloud_growth_now_ratio": _RATIO,
            "cloud_growth_average_ratio": _RATIO,
            "equity_value_usd": _USD,
            "is_feasible": _FLAG,
            **_PROVENANCE,
        },
    ),
    "base_rates": Table(
        "How often companies that large grew as fast as a target asks of the cloud. One row "
        "per target and horizon.",
        {
            **_TARGET,
            "horizon_years": _COUNT,
            "required_growth_ratio": _RATIO,
            "revenue_floor_usd": _USD,
            "windows": _COUNT,
            "windows_reached": _COUNT,
            "companies": _COUNT,
            "population": _TEXT,
            "reached_ratio": _RATIO,
            "missing_reason": _TEXT,
            **_PROVENANCE,
        },
    ),
    "sensitivity": Table(
        "Equity with one driver at its declared low and high, widest swing first. One row per"
        " scenario and driver.",
        {
            **_KEY,
            "place": _COUNT,
            "driver": _TEXT,
            "unit": _TEXT,
            "base_value": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "equity_at_low_usd": _USD,
            "equity_at_high_usd": _USD,
            **_PROVENANCE,
        },
    ),
    "sensitivity_grid": Table(
        "Equity over cloud growth and terminal cloud margin. One row per scenario, growth and"
        " margin.",
        {
            **_KEY,
            "cloud_growth_now_ratio": _RATIO,
            "cloud_margin_terminal_ratio": _RATIO,
            "equity_value_usd": _USD,
            **_PROVENANCE,
        },
    ),
    "what_if": Table(
        "Equity on a grid of drivers, row by row with the last axis fastest, to be "
        "interpolated. One row per scenario.",
        {
            **_KEY,
            "drivers": pl.List(pl.String()),
            "points": pl.List(pl.List(pl.Float64())),
            "is_reciprocal": pl.List(pl.Boolean()),
            "base_values": pl.List(pl.Float64()),
            "equity_values_usd": pl.List(pl.Float64()),
            "error_ratio": _RATIO,
            "probes": _COUNT,
            **_PROVENANCE,
        },
    ),
    "scorecard": Table(
        "Each leg of a thesis and which way its evidence moved. One row per thesis, leg and "
        "fiscal quarter.",
        {
            **_COMPANY,
            "thesis": _TEXT,
            "claim": _TEXT,
            "signal": _TEXT,
            "fiscal_quarter": _TEXT,
            "value": _NUMBER,
            "unit": _TEXT,
            "lower_threshold": _NUMBER,
            "upper_threshold": _NUMBER,
            "verdict": _TEXT,
            "previous_verdict": _TEXT,
            "movement": _TEXT,
            "missing_reason": _TEXT,
            **_PROVENANCE,
        },
    ),
    "backtest": Table(
        "Forecasts of twelve months made on what was known then, and how they fared. One row "
        "per company, origin, target and method.",
        {
            **_KEY,
            "target": _TEXT,
            "method": _TEXT,
            "fiscal_quarter": _TEXT,
            "origin_accession_number": _TEXT,
            "origin_known_at": _MOMENT,
            "value_at_origin_usd": _USD,
            "median_usd": _USD,
            "low_50_usd": _USD,
            "high_50_usd": _USD,
            "low_80_usd": _USD,
            "high_80_usd": _USD,
            "low_90_usd": _USD,
            "high_90_usd": _USD,
            "outcome_usd": _USD,
            "outcome_of": _TEXT,
            "crps_usd": _USD,
            "pinball_usd": _USD,
            "pit_ratio": _RATIO,
            "event_multiple_ratio": _RATIO,
            "event_probability_ratio": _RATIO,
            "event_came": _FLAG,
            "hindsight_drivers": pl.List(pl.String()),
            "missing_reason": _TEXT,
            **_PROVENANCE,
        },
    ),
    "backtest_scores": Table(
        "How each method did, by company and pooled (ticker ''). One row per company, target "
        "and method.",
        {
            **_KEY,
            "target": _TEXT,
            "method": _TEXT,
            "origins": _COUNT,
            "effective_origins": _NUMBER,
            "crps_ratio": _RATIO,
            "pinball_ratio": _RATIO,
            "mean_absolute_error_ratio": _RATIO,
            "coverage_50_ratio": _RATIO,
            "coverage_80_ratio": _RATIO,
            "coverage_90_ratio": _RATIO,
            "brier": _NUMBER,
            "skill_ratio": _RATIO,
            "skill_error_ratio": _RATIO,
            "beats_naive": _FLAG,
            "comparison": _TEXT,
            "pit_ratios": pl.List(pl.Float64()),
            **_PROVENANCE,
        },
    ),
    "run_diff": Table(
        "Why the base value is not what it was: code, restatements, new facts, assumptions, "
        "in order. One row per company and part.",
        {
            **_KEY,
            "from_run_id": _TEXT,
            "from_known_at": _MOMENT,
            "compared_with": _TEXT,
            "step": _COUNT,
            "part": _TEXT,
            "meaning": _TEXT,
            "before_usd": _USD,
            "after_usd": _USD,
            "change_usd": _USD,
            **_PROVENANCE,
        },
    ),
    "growth_achieved": Table(
        "Growth that base rates are counted from, of companies as large as a cloud segment valued."
        " One row per company, fiscal quarter the span ends in and horizon.",
        {
            **_COMPANY,
            "fiscal_quarter": _TEXT,
            "horizon_years": _COUNT,
            "start_revenue_usd": _USD,
            "growth_ratio": _RATIO,
            "population": _TEXT,
            **_PROVENANCE,
        },
    ),
    "run_inputs": Table(
        "What a run was made of. One row per run, company, input and segment.",
        {
            **_COMPANY,
            "input": _TEXT,
            "segment": _TEXT,
            "value": _NUMBER,
            "unit": _TEXT,
            "fiscal_quarter": _TEXT,
            "period_end": pl.Date(),
            "known_from": _MOMENT,
            "missing_reason": _TEXT,
            "evidence": _TEXT,
            "accession_numbers": pl.List(pl.String()),
        },
    ),
}
"""By name, in the order they are written."""


def frame(rows: Iterable[Mapping[str, Any]], table: str) -> pl.DataFrame:
    """Rows as a frame of a table's schema; a column a row does not give is null.

    Raises ValueError for a column the table does not have, and Polars' own error for a value that
    is not of its column's type.
    """
    schema, given = TABLES[table].schema, list(rows)
    if unknown := sorted({name for row in given for name in row} - schema.keys()):
        raise ValueError(f"{table} has no column {', '.join(unknown)}")
    return pl.DataFrame(given, schema=schema, orient="row", strict=True)
