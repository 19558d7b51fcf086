"""One company valued whole: every table that its figures and declarations give."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from registry.assumptions import BASE_SCENARIO, ORDERED_SCENARIOS, Scenario, Thesis
from registry.methods import Methods
from valuation import frames, outlook_frames
from valuation.difference import Valued, changes, valued
from valuation.errors import ValuationError
from valuation.inputs import ValuationInputs
from valuation.model import Position
from valuation.multiples import implied_multiples
from valuation.outlook import Outlook, simulate_company
from valuation.outlook_frames import Run
from valuation.reverse import (
    NO_POPULATION,
    BaseRate,
    Population,
    Solved,
    base_rates,
    frontier,
    reverse,
)
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

    `population` is whose growth base rates are counted from; `signals` rows of
    `marts.fct_thesis_signals`.
    """

    inputs: ValuationInputs
    population: Population = NO_POPULATION
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
    for scenario, result in zip(own, results, strict=True):
        if scenario.name == BASE_SCENARIO:
            tables |= _base_tables(_Base(known, scenario, result, methods, threads), about)
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


@dataclass(frozen=True)
class _Base:
    """The base scenario valued, and everything that starts from it."""

    known: Known
    scenario: Scenario
    result: ScenarioResult
    methods: Methods
    threads: int

    @cached_property
    def drivers(self) -> dict[str, float]:
        return plain(self.result.drivers)

    @cached_property
    def position(self) -> Position:
        return position(self.known.inputs, self.scenario.cloud_segment)

    @cached_property
    def run(self) -> Run:
        return Run(self.scenario.ticker, self.scenario.name, self.known.inputs.known_at)

    @cached_property
    def outlook(self) -> Outlook:
        drawn = self.methods.simulation
        sampling = Sampling(drawn.draws, drawn.draws_at_once, drawn.seed, self.threads)
        return simulate_company(self.known.inputs, self.scenario, self.methods, sampling)


def _base_tables(base: _Base, theses: Sequence[Thesis]) -> dict[str, pl.DataFrame]:
    """What starts from the base scenario: how it varies, and what would have to be true."""
    tables = {
        **_simulation_tables(base),
        **_sensitivity_tables(base),
        **_difference_tables(base),
    }
    about = [_thesis_tables(base, thesis) for thesis in theses]
    for name in about[0] if about else ():
        tables[name] = pl.concat([each[name] for each in about])
    return tables


def _simulation_tables(base: _Base) -> dict[str, pl.DataFrame]:
    run, outlook, drawn = base.run, base.outlook, base.methods.simulation
    return {
        "simulation_quantiles": outlook_frames.quantiles_frame(run, outlook, drawn),
        "simulation_histogram": outlook_frames.histogram_frame(run, outlook, drawn),
        "simulation_drivers": outlook_frames.drawn_frame(run, outlook, base.scenario),
        "simulation_market": outlook_frames.market_frame(run, outlook),
    }


def _sensitivity_tables(base: _Base) -> dict[str, pl.DataFrame]:
    run, figure, methods = base.run, base.result.equity, base.methods
    start = (base.position, base.scenario, base.drivers)
    return {
        "sensitivity": outlook_frames.sensitivity_frame(run, tornado(*start), figure),
        "sensitivity_grid": outlook_frames.grid_frame(
            run, two_way(*start, methods.sensitivity), figure
        ),
        "what_if": outlook_frames.what_if_frame(run, what_if(*start, methods.what_if), figure),
    }


def _thesis_tables(base: _Base, thesis: Thesis) -> dict[str, pl.DataFrame]:
    run, figure, methods = base.run, base.result.equity, base.methods
    start, targets = (base.position, base.scenario, base.drivers), thesis.targets
    solved = reverse(*start, targets, methods.solver)
    points = frontier(*start, targets, methods.frontier, methods.solver)
    multiples = implied_multiples(base.known.inputs, thesis, base_tax_rate([base.result]))
    return {
        "multiples": frames.multiples_frame(multiples),
        "simulation_events": outlook_frames.events_frame(run, base.outlook, thesis),
        "reverse": outlook_frames.reverse_frame(run, solved, thesis.id, figure),
        "frontier": outlook_frames.frontier_frame(run, points, thesis, figure),
        "base_rates": outlook_frames.base_rates_frame(run, _base_rates(base, solved), thesis),
        "scorecard": _scorecard(base.known, thesis, methods),
    }


def _base_rates(base: _Base, solved: Iterable[Solved]) -> Iterator[BaseRate]:
    """How often companies grew as fast as each target asks of the cloud's growth alone."""
    for each in solved:
        if each.driver == ASKED_OF_GROWTH:
            yield from base_rates(
                each.target,
                None if each.value is None else {**base.drivers, ASKED_OF_GROWTH: each.value},
                base.position.revenue_usd["cloud"],
                base.known.population,
                base.methods.base_rates.horizons_years,
            )


def _difference_tables(base: _Base) -> dict[str, pl.DataFrame]:
    """Table `run_diff`, and `gaps` for an earlier valuation that cannot be held against this one.

    What was kept of another time never keeps the value of today from being made.
    """
    run, now = base.run, valued(base.known.inputs, base.scenario)
    found, gaps = [frame((), "run_diff")], []
    for earlier in base.known.earlier:
        try:
            parts = changes(earlier.valued, earlier.restated, now)
        except ValuationError as error:
            reason = f"not compared with {earlier.compared_with}: {error}"
            gaps.append({"ticker": run.ticker, "known_at": run.known_at, "reason": reason})
            continue
        found.append(
            outlook_frames.difference_frame(
                run,
                parts,
                earlier.compared_with,
                earlier.valued.inputs.known_at,
                base.result.equity,
                earlier.run_id,
            )
        )
    return {"run_diff": pl.concat(found), "gaps": frame(gaps, "gaps")}
