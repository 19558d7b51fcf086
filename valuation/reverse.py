"""What must be true: the driver values, and their combinations, at which equity reaches a target.

Every root is found for all targets, drivers and grid points at once, by bisection: the value of the
equity is smooth and, in each driver, rising or falling.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf, nextafter
from typing import Literal, TypeAlias

import numpy as np

from registry.assumptions import DRIVERS, PARTS, STRUCTURAL_DRIVERS, Scenario, Target
from registry.methods import FRONTIER_AXES, FrontierSetting, SolverSetting
from valuation.cashflow import growth_path
from valuation.distributions import Array
from valuation.errors import AssumptionError
from valuation.model import Position, equity_value, varied
from valuation.provenance import Figure, combine

Outcome = Literal["reached", "beyond_range", "unreachable", "no_effect"]
"""Whether a value in the declared range reaches the target, one beyond it, none that is admissible,
or whether the driver does not move value at all."""

Function: TypeAlias = Callable[[Array], Array]

MARGIN, INTENSITY, RATE = FRONTIER_AXES


@dataclass(frozen=True, slots=True)
class Solved:
    """The value of one driver at which equity reaches a target, the others as they are.

    `value` is None where no admissible value reaches it; `low` and `high` are the declared range.
    """

    target: Target
    driver: str
    base: float
    low: float
    high: float
    value: float | None
    outcome: Outcome

    @property
    def reason(self) -> str:
        """The outcome in words."""
        if self.outcome == "no_effect":
            return "the value of the equity does not depend on it"
        if self.outcome == "unreachable":
            return "no admissible value reaches the target"
        return "" if self.outcome == "reached" else "no value in the declared range reaches it"


def declared_ranges(
    scenario: Scenario, drivers: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """Low and high of every driver that may be solved for; its value lies within or beside them."""
    return {
        name: (assumption.low, assumption.high)
        for name, assumption in scenario.drivers.items()
        if name not in STRUCTURAL_DRIVERS
        and name in drivers
        and assumption.low is not None
        and assumption.high is not None
    }


def ranges_of(
    scenario: Scenario, drivers: Mapping[str, float], names: Iterable[str]
) -> dict[str, tuple[float, float]]:
    """Low and high of the drivers named; AssumptionError for one that declares none."""
    ranges, wanted = declared_ranges(scenario, drivers), tuple(names)
    if missing := [name for name in wanted if name not in ranges]:
        raise AssumptionError(
            f"{scenario.label}: {', '.join(missing)}: low and high are needed to move within"
        )
    return {name: ranges[name] for name in wanted}


def admissible_range(name: str, drivers: Mapping[str, float]) -> tuple[float, float]:
    """The bounds of a driver in which the model can be asked at all, given the others.

    A bound set by the floor under WACC − terminal growth is one double inside it: the difference
    taken back from the rounded bound itself could lie below the floor.
    """
    low, high = DRIVERS[name].minimum, DRIVERS[name].maximum
    floor = drivers["discount_spread_floor"]
    if name == RATE:
        fastest = max(drivers[f"{part}_growth_terminal"] for part in PARTS)
        low = max(low, nextafter(fastest + floor, inf))
    if name.endswith("_growth_terminal"):
        high = min(high, nextafter(drivers[RATE] - floor, -inf))
    return low, high


def reverse(
    position: Position,
    scenario: Scenario,
    drivers: Mapping[str, float],
    targets: Sequence[Target],
    solver: SolverSetting,
    only: Iterable[str] = (),
) -> tuple[Solved, ...]:
    """Each driver alone, solved for each target; `only` picks drivers.

    Raises AssumptionError for a driver in `only` that has no declared range.
    """
    ranges = declared_ranges(scenario, drivers)
    names = tuple(only) or tuple(ranges)
    if unknown := sorted(set(names) - ranges.keys()):
        raise AssumptionError(
            f"{scenario.label}: no range is declared for {', '.join(unknown)};"
            f" drivers that can be solved for: {', '.join(ranges)}"
        )
    pairs = list(product(targets, names))
    target_usd = np.array([target.market_value_usd for target, _ in pairs])
    moved = [name for _, name in pairs]
    declared = np.array([ranges[name] for name in moved]).T
    widest = np.array([admissible_range(name, drivers) for name in moved]).T

    def equity(values: Array) -> Array:
        own = np.array(moved)
        changes = {name: np.where(own == name, values, drivers[name]) for name in set(moved)}
        return np.asarray(equity_value(position, varied(drivers, changes)))

    in_range = bisect(equity, declared[0], declared[1], target_usd, solver)
    anywhere = bisect(equity, widest[0], widest[1], target_usd, solver)
    has_effect = equity(declared[0]) != equity(declared[1])
    return tuple(
        _solved(target, name, drivers[name], ranges[name], values, bool(effect))
        for (target, name), values, effect in zip(
            pairs, np.stack((in_range, anywhere), axis=1), has_effect, strict=True
        )
    )


def _solved(
    target: Target,
    name: str,
    base: float,
    declared: tuple[float, float],
    values: Array,
    has_effect: bool,
) -> Solved:
    in_range, anywhere = (None if np.isnan(value) else float(value) for value in values)
    outcome: Outcome = "reached"
    if not has_effect:
        in_range, anywhere, outcome = None, None, "no_effect"
    elif in_range is None:
        outcome = "unreachable" if anywhere is None else "beyond_range"
    value = anywhere if in_range is None else in_range
    return Solved(target, name, base, *declared, value, outcome)


def bisect(
    function: Function, low: Array, high: Array, target: Array, solver: SolverSetting
) -> Array:
    """Where `function` meets `target` between `low` and `high`; NaN where it does not cross it.

    All are arrays of one shape. The width left is below `solver.tolerance` of the wider end.
    """
    low, high = low.astype(np.float64), high.astype(np.float64)
    at_low = function(low) - target
    crosses = (at_low * (function(high) - target)) <= 0
    sign = np.sign(at_low)
    for _ in range(solver.most_steps):
        middle = (low + high) / 2
        is_before = np.sign(function(middle) - target) == sign
        low, high = np.where(is_before, middle, low), np.where(is_before, high, middle)
        if np.all(high - low <= solver.tolerance * np.maximum(np.abs(low), np.abs(high))):
            break
    return np.where(crosses, np.where(sign == 0, low, high), np.nan)


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """A combination of drivers at which equity reaches the target.

    `growth_now` is None where no growth in the declared range reaches it with the other three;
    `average_growth` is the yearly growth of cloud revenue over the forecast that it means.
    """

    target: Target
    margin_terminal: float
    sales_to_capital: float
    wacc: float
    growth_now: float | None
    average_growth: float | None
    equity_usd: float | None


def frontier(
    position: Position,
    scenario: Scenario,
    drivers: Mapping[str, float],
    targets: Sequence[Target],
    setting: FrontierSetting,
    solver: SolverSetting,
) -> tuple[FrontierPoint, ...]:
    """The growth that reaches each target, over a grid of margin, capital intensity and WACC."""
    ranges = ranges_of(scenario, drivers, (*FRONTIER_AXES, setting.solved))
    axes = (
        np.linspace(*ranges[MARGIN], setting.margins),
        np.linspace(*ranges[INTENSITY], setting.intensities),
        np.linspace(*ranges[RATE], setting.rates),
    )
    target_usd = np.array([target.market_value_usd for target in targets])
    goals, margins, intensities, rates = (
        grid.ravel() for grid in np.meshgrid(target_usd, *axes, indexing="ij")
    )
    others = {MARGIN: margins, INTENSITY: intensities, RATE: rates}

    def equity(values: Array) -> Array:
        return np.asarray(
            equity_value(position, varied(drivers, {**others, setting.solved: values}))
        )

    low, high = (np.full_like(goals, end) for end in ranges[setting.solved])
    found = bisect(equity, low, high, goals, solver)
    reached = equity(np.where(np.isnan(found), low, found))
    averages = average_growth({**drivers, setting.solved: found}, int(drivers["forecast_years"]))
    by_value = {target.market_value_usd: target for target in targets}
    return tuple(
        FrontierPoint(
            by_value[goal],
            margin,
            intensity,
            rate,
            *((None, None, None) if np.isnan(growth) else (growth, average, equity_usd)),
        )
        for goal, margin, intensity, rate, growth, average, equity_usd in zip(
            *(
                array.tolist()
                for array in (goals, margins, intensities, rates, found, averages, reached)
            ),
            strict=True,
        )
    )


def average_growth(drivers: Mapping[str, "float | Array"], years: int) -> Array:
    """Yearly growth of cloud revenue over the first `years` of the forecast (geometric mean)."""
    multiple: float | Array = 1.0
    for growth in growth_path(
        drivers["cloud_growth_now"],
        drivers["cloud_growth_terminal"],
        drivers["cloud_growth_fade"],
        years,
    ):
        multiple = multiple * (1 + growth)
    return np.asarray(multiple ** (1 / years) - 1)


@dataclass(frozen=True, slots=True)
class Achieved:
    """Growth of a company's sales over the years to a fiscal quarter, as a rate per year."""

    company: str
    fiscal_quarter: str
    horizon_years: int
    start_usd: float
    growth: Figure


@dataclass(frozen=True)
class Population:
    """Whose growth is counted, in words, and what they achieved.

    Spans of companies too small for any question may be left out.
    """

    name: str
    achieved: Sequence[Achieved] = ()


NO_POPULATION = Population("no company")


@dataclass(frozen=True, slots=True)
class BaseRate:
    """How often companies at least so large grew at least so fast over so many years.

    `windows` are spans of the companies' own histories, which overlap; `companies` how many gave
    one; `population` says which companies were looked at.
    """

    target: Target
    horizon_years: int
    growth: float | None
    revenue_floor_usd: float
    windows: int
    reached: int | None
    companies: int
    population: str
    missing_reason: str | None
    figure: Figure


def base_rates(
    target: Target,
    drivers: Mapping[str, float] | None,
    revenue_floor_usd: float,
    population: Population,
    horizons: Sequence[int],
) -> tuple[BaseRate, ...]:
    """The growth that the drivers mean, held against what companies of that size achieved.

    `drivers` are those that reach the target; None where no growth does, which has no base rate.

    Sales of whole companies stand for those of the segment: what is asked is how often anything
    that large grew that fast.
    """
    large = [each for each in population.achieved if each.start_usd >= revenue_floor_usd]
    return tuple(
        _base_rate(
            target,
            years,
            None if drivers is None else float(average_growth(drivers, years)),
            revenue_floor_usd,
            population.name,
            [each for each in large if each.horizon_years == years],
        )
        for years in horizons
    )


def _base_rate(
    target: Target,
    years: int,
    growth: float | None,
    revenue_floor_usd: float,
    population: str,
    windows: Sequence[Achieved],
) -> BaseRate:
    reason = None
    if growth is None:
        reason = "no admissible growth reaches the target"
    elif not windows:
        reason = f"none of {population} was that large {years} years before its newest quarter"
    return BaseRate(
        target=target,
        horizon_years=years,
        growth=growth,
        revenue_floor_usd=revenue_floor_usd,
        windows=len(windows),
        reached=None if growth is None else sum(each.growth.value >= growth for each in windows),
        companies=len({each.company for each in windows}),
        population=population,
        missing_reason=reason,
        figure=combine(revenue_floor_usd, "USD", (each.growth for each in windows)),
    )
