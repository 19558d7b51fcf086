"""Simulation, reverse, sensitivities, scorecard, backtest and differences as frames."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from registry.assumptions import DRIVERS, Scenario, Target, Thesis
from registry.methods import COVERAGES, SimulationSetting
from valuation.backtest import Forecast, Made, Result, interval_ends
from valuation.backtest_scores import Score
from valuation.difference import MEANINGS, Change
from valuation.frames import provenance
from valuation.outlook import EQUITY, Outlook, equity_chances
from valuation.provenance import Figure, combine
from valuation.reverse import BaseRate, FrontierPoint, Population, Solved
from valuation.schema import frame
from valuation.scorecard import Signal
from valuation.sensitivity import GridCell, Swing, WhatIf

INTRINSIC = "intrinsic_at_least"
MARKET_EVENTS = ("market_cap_at_horizon_at_least", "closes_at_least_before_horizon")
INTERVALS: Mapping[str, float] = {f"{share:.0%}".removesuffix("%"): share for share in COVERAGES}
"""Intervals by the number in the names of their columns."""


class Run(NamedTuple):
    """What the rows of one company's valuation share."""

    ticker: str
    scenario: str
    known_at: datetime

    def key(self) -> dict[str, Any]:
        """The columns that stand at the head of a row."""
        return self._asdict()


def quantiles_frame(run: Run, outlook: Outlook, setting: SimulationSetting) -> pl.DataFrame:
    """Table `simulation_quantiles`."""
    own = provenance(outlook.figure)
    return frame(
        (
            {
                **run.key(),
                "variable": variable,
                "forecast_year": year,
                "quantile_ratio": level,
                "value_usd": value,
                "draws": sample.values.size,
                **own,
            }
            for (variable, year), sample in outlook.samples.items()
            for level, value in zip(
                setting.quantiles, sample.quantiles(setting.quantiles).tolist(), strict=True
            )
        ),
        "simulation_quantiles",
    )


def events_frame(run: Run, outlook: Outlook, thesis: Thesis) -> pl.DataFrame:
    """Table `simulation_events`: three events a target, a reason where there is no market."""
    return frame(
        (
            {**run.key(), **_target(thesis.id, target), **row, **provenance(outlook.figure)}
            for target in thesis.targets
            for row in _events(outlook, target)
        ),
        "simulation_events",
    )


def _events(outlook: Outlook, target: Target) -> Iterable[dict[str, Any]]:
    equity, market = outlook.sample(EQUITY), outlook.market
    draws = equity.values.size
    yield {
        "event": INTRINSIC,
        "horizon_years": None,
        **_chance(*equity.probability(target.market_value_usd)),
        "draws": draws,
        "missing_reason": None,
    }
    if market is None:
        yield from (
            {"event": event, "draws": draws, "missing_reason": outlook.market_gap}
            for event in MARKET_EVENTS
        )
        return
    for event, chances in equity_chances(equity, market, target.market_value_usd).items():
        yield {
            "event": event,
            "horizon_years": market.horizon_years,
            **_chance(*equity.mean_and_error(chances)),
            "draws": draws,
            "missing_reason": None,
        }


def _chance(probability: float, error: float) -> dict[str, float]:
    return {"probability_ratio": probability, "standard_error_ratio": error}


def histogram_frame(run: Run, outlook: Outlook, setting: SimulationSetting) -> pl.DataFrame:
    """Table `simulation_histogram`: bins of one width over all draws."""
    values = outlook.sample(EQUITY).values
    counts, edges = np.histogram(values, bins=setting.histogram_bins)
    return frame(
        (
            {
                **run.key(),
                "bin": place,
                "lower_usd": low,
                "upper_usd": high,
                "share_ratio": count / values.size,
                **provenance(outlook.figure),
            }
            for place, (count, low, high) in enumerate(
                zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True), start=1
            )
        ),
        "simulation_histogram",
    )


def drawn_frame(run: Run, outlook: Outlook, scenario: Scenario) -> pl.DataFrame:
    """Table `simulation_drivers`."""
    return frame(
        (_drawn(run, outlook, name) for name in scenario.uncertain_drivers),
        "simulation_drivers",
    )


def _drawn(run: Run, outlook: Outlook, name: str) -> dict[str, Any]:
    marginal, spread = outlook.drawn.marginals[name], outlook.drawn.spreads.get(name)
    figure = outlook.drivers[name]
    sources = [figure, *([spread.figure] if spread else [])]
    return {
        **run.key(),
        "driver": name,
        "unit": DRIVERS[name].unit,
        "family": marginal.family,
        "centre": marginal.centre,
        "low": marginal.low,
        "high": marginal.high,
        "spread": marginal.spread,
        "spread_observations": spread.observations if spread else None,
        "beyond_range_ratio": None
        if marginal.low is None or marginal.high is None
        else marginal.beyond(marginal.low, marginal.high),
        **provenance(combine(marginal.centre, figure.unit, sources)),
    }


def market_frame(run: Run, outlook: Outlook) -> pl.DataFrame:
    """Table `simulation_market`."""
    market, volatility = outlook.market, outlook.volatility
    sources = [outlook.figure, *([volatility.figure] if volatility else [])]
    row: dict[str, Any] = {
        **run.key(),
        "missing_reason": outlook.market_gap,
        **provenance(combine(0.0, "USD", sources)),
    }
    if market and volatility:
        row |= {
            "market_cap_usd": market.market_cap_usd,
            "expected_return_ratio": market.expected_return,
            "volatility_ratio": market.volatility,
            "volatility_observations": volatility.observations,
            "horizon_years": market.horizon_years,
            "gap_closure_ratio": market.gap_closure,
        }
    return frame([row], "simulation_market")


def reverse_frame(run: Run, solved: Iterable[Solved], thesis: str, figure: Figure) -> pl.DataFrame:
    """Table `reverse`: provenance is that of the base value; `thesis` is '' where none asks."""
    return frame(
        (
            {
                **run.key(),
                **_target(thesis, each.target),
                "driver": each.driver,
                "unit": DRIVERS[each.driver].unit,
                "base_value": each.base,
                "low": each.low,
                "high": each.high,
                "solved_value": each.value,
                "outcome": each.outcome,
                "reason": each.reason or None,
                **provenance(figure),
            }
            for each in solved
        ),
        "reverse",
    )


def frontier_frame(
    run: Run, points: Iterable[FrontierPoint], thesis: Thesis, figure: Figure
) -> pl.DataFrame:
    """Table `frontier`."""
    return frame(
        (
            {
                **run.key(),
                **_target(thesis.id, each.target),
                "cloud_margin_terminal_ratio": each.margin_terminal,
                "cloud_sales_to_capital_ratio": each.sales_to_capital,
                "wacc_ratio": each.wacc,
                "cloud_growth_now_ratio": each.growth_now,
                "cloud_growth_average_ratio": each.average_growth,
                "equity_value_usd": each.equity_usd,
                "is_feasible": each.growth_now is not None,
                **provenance(figure),
            }
            for each in points
        ),
        "frontier",
    )


def growth_frame(known_at: datetime, population: Population) -> pl.DataFrame:
    """Table `growth_achieved`."""
    return frame(
        (
            {
                "ticker": each.company,
                "known_at": known_at,
                "fiscal_quarter": each.fiscal_quarter,
                "horizon_years": each.horizon_years,
                "start_revenue_usd": each.start_usd,
                "growth_ratio": each.growth.value,
                "population": population.name,
                **provenance(each.growth),
            }
            for each in population.achieved
        ),
        "growth_achieved",
    )


def base_rates_frame(run: Run, rates: Iterable[BaseRate], thesis: Thesis) -> pl.DataFrame:
    """Table `base_rates`."""
    return frame(
        (
            {
                **run.key(),
                **_target(thesis.id, each.target),
                "horizon_years": each.horizon_years,
                "required_growth_ratio": each.growth,
                "revenue_floor_usd": each.revenue_floor_usd,
                "windows": each.windows,
                "windows_reached": each.reached,
                "companies": each.companies,
                "population": each.population,
                "reached_ratio": None
                if each.reached is None or not each.windows
                else each.reached / each.windows,
                "missing_reason": each.missing_reason,
                **provenance(each.figure),
            }
            for each in rates
        ),
        "base_rates",
    )


def sensitivity_frame(run: Run, swings: Iterable[Swing], figure: Figure) -> pl.DataFrame:
    """Table `sensitivity`."""
    return frame(
        (
            {
                **run.key(),
                "place": place,
                "driver": each.driver,
                "unit": DRIVERS[each.driver].unit,
                "base_value": each.base,
                "low": each.low,
                "high": each.high,
                "equity_at_low_usd": each.equity_at_low_usd,
                "equity_at_high_usd": each.equity_at_high_usd,
                **provenance(figure),
            }
            for place, each in enumerate(swings, start=1)
        ),
        "sensitivity",
    )


def grid_frame(run: Run, cells: Iterable[GridCell], figure: Figure) -> pl.DataFrame:
    """Table `sensitivity_grid`."""
    return frame(
        (
            {
                **run.key(),
                "cloud_growth_now_ratio": each.growth_now,
                "cloud_margin_terminal_ratio": each.margin_terminal,
                "equity_value_usd": each.equity_usd,
                **provenance(figure),
            }
            for each in cells
        ),
        "sensitivity_grid",
    )


def what_if_frame(run: Run, grid: WhatIf, figure: Figure) -> pl.DataFrame:
    """Table `what_if`."""
    row = {
        **run.key(),
        "drivers": list(grid.drivers),
        "points": [points.tolist() for points in grid.points],
        "is_reciprocal": list(grid.is_reciprocal),
        "base_values": list(grid.base),
        "equity_values_usd": grid.equity_usd.ravel().tolist(),
        "error_ratio": grid.error_ratio,
        "probes": grid.probes,
        **provenance(figure),
    }
    return frame([row], "what_if")


def scorecard_frame(
    ticker: str, known_at: datetime, thesis: Thesis, signals: Iterable[Signal]
) -> pl.DataFrame:
    """Table `scorecard`: a figure in it is derived from filings."""
    return frame(
        (
            {
                "ticker": ticker,
                "known_at": known_at,
                "thesis": thesis.id,
                "claim": each.claim,
                "signal": each.signal,
                "fiscal_quarter": each.fiscal_quarter,
                "value": each.value,
                "unit": each.unit,
                "lower_threshold": each.lower_threshold,
                "upper_threshold": each.upper_threshold,
                "verdict": each.verdict,
                "previous_verdict": each.previous_verdict,
                "movement": each.movement,
                "missing_reason": each.missing_reason,
                "status": None if each.value is None else "derived",
                "evidence": each.evidence,
                "accession_numbers": list(each.accession_numbers),
            }
            for each in signals
        ),
        "scorecard",
    )


def backtest_frame(known_at: datetime, forecasts: Iterable[Forecast]) -> pl.DataFrame:
    """Table `backtest`."""
    return frame((_forecast(known_at, each) for each in forecasts), "backtest")


def _forecast(known_at: datetime, each: Forecast) -> dict[str, Any]:
    return {
        "ticker": each.ticker,
        "scenario": each.scenario,
        "known_at": known_at,
        "target": each.target,
        "method": each.method,
        "fiscal_quarter": each.fiscal_quarter,
        "origin_accession_number": each.accession_number,
        "origin_known_at": each.known_at,
        "hindsight_drivers": list(each.hindsight_drivers),
        "missing_reason": each.missing_reason,
        "accession_numbers": [],
        **(_made(each.made) if each.made else {}),
        **(_result(each.result) if each.result else {}),
    }


def _made(made: Made) -> dict[str, Any]:
    ends = {
        f"{side}_{name}_usd": made.quantiles[level]
        for name, coverage in INTERVALS.items()
        for side, level in zip(("low", "high"), interval_ends(coverage), strict=True)
    }
    return {
        "value_at_origin_usd": made.scale_usd,
        "median_usd": made.median_usd,
        **ends,
        "event_multiple_ratio": made.event_ratio,
        "event_probability_ratio": made.event_probability,
        **provenance(made.figure),
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "outcome_usd": result.outcome_usd,
        "outcome_of": result.outcome_of,
        "crps_usd": result.crps_usd,
        "pinball_usd": result.pinball_usd,
        "pit_ratio": result.pit,
        "event_came": result.event_came,
        **provenance(result.figure),
    }


def scores_frame(known_at: datetime, scenario: str, scores: Sequence[Score]) -> pl.DataFrame:
    """Table `backtest_scores`: losses as shares of the amount at the origin."""
    return frame(
        (
            {
                "ticker": each.ticker,
                "scenario": scenario,
                "known_at": known_at,
                "target": each.target,
                "method": each.method,
                "origins": each.origins,
                "effective_origins": each.effective_origins,
                "crps_ratio": each.crps,
                "pinball_ratio": each.pinball,
                "mean_absolute_error_ratio": each.mean_absolute_error,
                **{
                    f"coverage_{name}_ratio": each.coverage[coverage]
                    for name, coverage in INTERVALS.items()
                },
                "brier": each.brier,
                "skill_ratio": each.skill,
                "skill_error_ratio": each.skill_error,
                "beats_naive": each.beats_naive,
                "comparison": each.comparison,
                "pit_ratios": list(each.pits),
                **provenance(each.figure),
            }
            for each in scores
        ),
        "backtest_scores",
    )


def difference_frame(
    run: Run,
    changes: Iterable[Change],
    compared_with: str,
    from_known_at: datetime,
    figure: Figure,
    from_run_id: str | None = None,
) -> pl.DataFrame:
    """Table `run_diff`."""
    return frame(
        (
            {
                **run.key(),
                "from_run_id": from_run_id,
                "from_known_at": from_known_at,
                "compared_with": compared_with,
                "step": step,
                "part": each.part,
                "meaning": MEANINGS[each.part],
                "before_usd": each.before_usd,
                "after_usd": each.after_usd,
                "change_usd": each.change_usd,
                **provenance(figure),
            }
            for step, each in enumerate(changes, start=1)
        ),
        "run_diff",
    )


def _target(thesis: str, target: Target) -> dict[str, Any]:
    return {
        "thesis": thesis,
        "target": target.name,
        "target_usd": target.market_value_usd,
    }
