"""One company valued whole: every table that its figures and declarations give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from registry.assumptions import BASE_SCENARIO, ORDERED_SCENARIOS, Scenario, Thesis
from registry.methods import Methods
from valuation import frames, outlook_frames
from valuation.difference import Valued, changes, valued
from valuation.errors import ValuationError
from valuation.history import History
from valuation.inputs import ValuationInputs
from valuation.multiples import implied_multiples
from valuation.outlook import simulate_company
from valuation.outlook_frames import Run
from valuation.reverse import base_rates, frontier, reverse
from valuation.scenarios import (
    ScenarioOrder,
    ScenarioResult,
    base_tax_rate,
    check_order,
    plain,
    position,
    value_scenarios,
)
from valuation.schema import frame
from valuation.scorecard import scorecard
from valuation.sensitivity import tornado, two_way, what_if
from valuation.simulation import Sampling

ASKED_OF_GROWTH = "cloud_growth_now"
"""The driver whose solved value says how fast the cloud would have to grow."""


@dataclass(frozen=True)
class Earlier:
    """An earlier valuation to hold this one against, and its quarters as they are known now."""

    valued: Valued
    restated: ValuationInputs
    compared_with: str
    run_id: str | None = None


@dataclass(frozen=True)
class Known:
    """What a valuation is made from, of one company, as known at one time.

    `histories` are those of every company on hand, for base rates; `signals` rows of
    `marts.fct_thesis_signals`.
    """

    inputs: ValuationInputs
    histories: Mapping[str, History] = field(default_factory=dict)
    signals: Sequence[Mapping[str, Any]] = ()
    earlier: Sequence[Earlier] = ()


@dataclass(frozen=True)
class CompanyValuation:
    """Everything one valuation of one company says, a frame a table; tables it has not are empty.

    `order` says whether bear, base and bull came out in that order; None where not all three are
    declared or the company could not be valued.
    """

    tables: Mapping[str, pl.DataFrame]
    order: ScenarioOrder | None = None

    def table(self, name: str) -> pl.DataFrame:
        """One table."""
        return self.tables[name] if name in self.tables else frame((), name)


def not_valued(
    known: Known, theses: Sequence[Thesis], methods: Methods, reason: str
) -> CompanyValuation:
    """Why a company has no value: a gap for each thesis about it, and what needs no value."""
    ticker, known_at = known.inputs.ticker, known.inputs.known_at
    names = [thesis.id for thesis in theses]
    rows = (
        {"ticker": ticker, "thesis": name, "known_at": known_at, "reason": reason}
        for name in (names or (None,))
    )
    signals = [_scorecard(known, thesis, methods) for thesis in theses]
    scored = pl.concat([frame((), "scorecard"), *signals])
    return CompanyValuation({"gaps": frame(rows, "gaps"), "scorecard": scored})


def _scorecard(known: Known, thesis: Thesis, methods: Methods) -> pl.DataFrame:
    signals = scorecard(thesis, known.signals, methods.backtest.since)
    inputs = known.inputs
    return outlook_frames.scorecard_frame(inputs.ticker, inputs.known_at, thesis, signals)


def value_company(
    known: Known,
    scenarios: Iterable[Scenario],
    theses: Iterable[Thesis],
    methods: Methods,
    threads: int = 1,
) -> CompanyValuation:
    """Value a company under every scenario declared for it, and hold every thesis against that.

    What starts from the base scenario is left out where none is declared. Declarations of other
    companies are passed over. Raises ValuationError in one of its kinds for a figure not known,
    assumptions that do not fit, or a value that cannot be formed.
    """
    inputs = known.inputs
    own = [scenario for scenario in scenarios if scenario.ticker == inputs.ticker]
    about = [thesis for thesis in theses if thesis.ticker == inputs.ticker]
    results = value_scenarios(inputs, own)
    tables = _scenario_tables(results, own)
    base = next((each for each in own if each.name == BASE_SCENARIO), None)
    if base is not None:
        result = next(each for each in results if each.scenario == BASE_SCENARIO)
        tables |= _base_tables(known, base, result, about, methods, threads)
        tables["multiples"] = pl.concat(
            [
                frame((), "multiples"),
                *(
                    frames.multiples_frame(
                        implied_multiples(inputs, thesis, base_tax_rate(results))
                    )
                    for thesis in about
                ),
            ]
        )
    return CompanyValuation(tables, _order(results))


def _order(results: Sequence[ScenarioResult]) -> ScenarioOrder | None:
    names = {result.scenario for result in results}
    return check_order(results) if names.issuperset(ORDERED_SCENARIOS) else None


def _scenario_tables(
    results: Sequence[ScenarioResult], own: Sequence[Scenario]
) -> dict[str, pl.DataFrame]:
    return {
        "scenarios": frames.scenarios_frame(results),
        "scenario_drivers": frames.scenario_drivers_frame(results, own),
        "scenario_paths": frames.scenario_paths_frame(results),
        "scenario_bridge": frames.scenario_bridge_frame(results),
    }


def _base_tables(
    known: Known,
    base: Scenario,
    result: ScenarioResult,
    theses: Sequence[Thesis],
    methods: Methods,
    threads: int,
) -> dict[str, pl.DataFrame]:
    """What starts from the base scenario: how it varies, and what would have to be true."""
    inputs, drivers = known.inputs, plain(result.drivers)
    held, run = position(inputs, base.cloud_segment), Run(base.ticker, base.name, inputs.known_at)
    drawn = methods.simulation
    sampling = Sampling(drawn.draws, drawn.draws_at_once, drawn.seed, threads)
    outlook = simulate_company(inputs, base, methods, sampling)
    tables = {
        "simulation_quantiles": outlook_frames.quantiles_frame(run, outlook, drawn),
        "simulation_histogram": outlook_frames.histogram_frame(run, outlook, drawn),
        "simulation_drivers": outlook_frames.drawn_frame(run, outlook, base),
        "simulation_market": outlook_frames.market_frame(run, outlook),
        "sensitivity": outlook_frames.sensitivity_frame(
            run, tornado(held, base, drivers), result.equity
        ),
        "sensitivity_grid": outlook_frames.grid_frame(
            run, two_way(held, base, drivers, methods.sensitivity), result.equity
        ),
        "what_if": outlook_frames.what_if_frame(
            run, what_if(held, base, drivers, methods.what_if), result.equity
        ),
    }
    for thesis in theses:
        solved = reverse(held, base, drivers, thesis.targets, methods.solver)
        asked = {each.target: each.value for each in solved if each.driver == ASKED_OF_GROWTH}
        rates = (
            rate
            for target, growth in asked.items()
            for rate in base_rates(
                target,
                None if growth is None else {**drivers, ASKED_OF_GROWTH: growth},
                held.revenue_usd["cloud"],
                known.histories,
                methods.base_rates.horizons_years,
            )
        )
        points = frontier(held, base, drivers, thesis.targets, methods.frontier, methods.solver)
        own = {
            "simulation_events": outlook_frames.events_frame(run, outlook, thesis),
            "reverse": outlook_frames.reverse_frame(run, solved, thesis.id, result.equity),
            "frontier": outlook_frames.frontier_frame(run, points, thesis, result.equity),
            "base_rates": outlook_frames.base_rates_frame(run, rates, thesis),
            "scorecard": _scorecard(known, thesis, methods),
        }
        tables |= {
            name: pl.concat([tables[name], rows]) if name in tables else rows
            for name, rows in own.items()
        }
    differences, gaps = _differences(known, base, result, run)
    return {**tables, "run_diff": differences, "gaps": gaps}


def _differences(
    known: Known, base: Scenario, result: ScenarioResult, run: Run
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables `run_diff`, and `gaps` for an earlier valuation that cannot be held against this one.

    What was kept of another time never keeps the value of today from being made.
    """
    now, found, gaps = valued(known.inputs, base), [frame((), "run_diff")], []
    for earlier in known.earlier:
        try:
            parts = changes(earlier.valued, earlier.restated, now)
        except ValuationError as error:
            gaps.append(
                {
                    "ticker": run.ticker,
                    "known_at": run.known_at,
                    "reason": f"not compared with {earlier.compared_with}: {error}",
                }
            )
            continue
        found.append(
            outlook_frames.difference_frame(
                run,
                parts,
                earlier.compared_with,
                earlier.valued.inputs.known_at,
                result.equity,
                earlier.run_id,
            )
        )
    return pl.concat(found), frame(gaps, "gaps")
