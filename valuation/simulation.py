"""Correlated draws of the uncertain drivers, and the values they give.

The same seed gives the same bytes, however many threads draw: each piece of draws has a random
stream of its own. Every draw has its mirror image (antithetic variates, Hammersley and Morton
1956), which halves the random numbers and takes the odd part of the error out.
"""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import TypeVar

import numpy as np

from registry.assumptions import Scenario
from valuation.cashflow import Quantity
from valuation.distributions import (
    Array,
    Marginal,
    correlated,
    correlation_matrix,
    correlation_root,
    draw,
)
from valuation.errors import MissingInputError
from valuation.history import Spread
from valuation.inputs import ValuationInputs
from valuation.provenance import Figure

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many draws, from which seed, and how many at once (even, a divisor of the draws)."""

    draws: int
    draws_at_once: int
    seed: int
    threads: int = 1


@dataclass(frozen=True)
class DrawnDrivers:
    """The drivers of a scenario ready to be drawn: those that vary, and those that do not.

    `spreads` are the estimates under the spreads that come from the warehouse.
    """

    fixed: Mapping[str, float]
    marginals: Mapping[str, Marginal]
    spreads: Mapping[str, Spread]
    root: Array

    def at_scores(self, independent: Array) -> dict[str, Quantity]:
        """Every driver at independent normal scores, a row a varying driver, then at −scores.

        The mirror image of correlated scores is that of the independent ones, to the last bit.
        """
        return {**self.fixed, **draw(self.marginals, correlated(self.root, independent))}


def drawn_drivers(
    inputs: ValuationInputs,
    scenario: Scenario,
    drivers: Mapping[str, Figure],
    minimum_observations: int,
) -> DrawnDrivers:
    """What varies in `scenario`, around the values its drivers resolved to.

    Raises MissingInputError where the past known is too short to estimate a spread from,
    AssumptionError for correlations that contradict each other.
    """
    marginals: dict[str, Marginal] = {}
    spreads: dict[str, Spread] = {}
    for name in scenario.uncertain_drivers:
        assumption = scenario.drivers[name]
        shape = assumption.distribution
        if shape is None:
            continue
        spread = shape.standard_deviation
        if shape.spread_input:
            spreads[name] = _estimated(inputs, scenario, name, minimum_observations)
            spread = spreads[name].figure.value
        marginals[name] = Marginal(
            shape.family, drivers[name].value, assumption.low, assumption.high, spread
        )
    matrix = correlation_matrix(tuple(marginals), scenario.correlations)
    return DrawnDrivers(
        fixed={name: figure.value for name, figure in drivers.items() if name not in marginals},
        marginals=marginals,
        spreads=spreads,
        root=correlation_root(matrix, scenario.label),
    )


def _estimated(
    inputs: ValuationInputs, scenario: Scenario, driver: str, minimum_observations: int
) -> Spread:
    distribution = scenario.drivers[driver].distribution
    name = distribution.spread_input if distribution else None
    if name is None:
        raise ValueError(f"{driver} has no spread to estimate")
    spread = inputs.history.spread(name, scenario.cloud_segment, minimum_observations)
    if spread is None:
        raise MissingInputError(
            inputs.ticker,
            name,
            scenario.cloud_segment,
            inputs.known_at,
            f"the history on hand gives fewer than {minimum_observations} observations of it",
        )
    return spread


@dataclass(frozen=True)
class Sample:
    """Draws of one quantity, in pieces of which the second half mirrors the first."""

    values: Array
    draws_at_once: int

    @cached_property
    def ordered(self) -> Array:
        """The draws in order of size."""
        return np.sort(self.values)

    def quantiles(self, levels: tuple[float, ...]) -> Array:
        """Quantiles of the draws (Hyndman and Fan, type 7)."""
        return np.asarray(np.quantile(self.values, levels))

    def mean_and_error(self, values: Array) -> tuple[float, float]:
        """Mean of a function of the draws, in their order, and its standard error.

        A draw and its mirror image are one observation: they are not independent of each other.
        """
        pairs = values.reshape(-1, 2, self.draws_at_once // 2).mean(axis=1).ravel()
        return float(pairs.mean()), float(pairs.std(ddof=1) / sqrt(pairs.size))

    def probability(self, at_least: float) -> tuple[float, float]:
        """Share of the draws at or above a value, and its standard error."""
        return self.mean_and_error((self.values >= at_least).astype(np.float64))


def simulate(
    drivers: DrawnDrivers,
    outputs: Callable[[Mapping[str, Quantity]], Mapping[KeyT, Quantity]],
    sampling: Sampling,
) -> dict[KeyT, Sample]:
    """Draws of every output, which `outputs` computes from the drivers of many draws at once.

    An output that no varying driver moves is drawn all the same: it is one value, repeated. Raises
    DiscountRateError if WACC − terminal growth is below the floor in a draw.
    """
    pieces = range(sampling.draws // sampling.draws_at_once)
    size = sampling.draws_at_once
    drawn: dict[KeyT, Array] = {}

    def run(piece: int) -> None:
        for name, values in outputs(drivers.at_scores(_scores(drivers, piece, sampling))).items():
            drawn[name][piece * size : (piece + 1) * size] = values

    names = outputs(drivers.at_scores(np.zeros((len(drivers.marginals), 1))))
    drawn.update({name: np.empty(sampling.draws) for name in names})
    with ThreadPoolExecutor(max_workers=sampling.threads) as pool:
        list(pool.map(run, pieces))  # The results of the pool hold what a piece raised.
    return {name: Sample(values, size) for name, values in drawn.items()}


def _scores(drivers: DrawnDrivers, piece: int, sampling: Sampling) -> Array:
    """Independent normal scores of the first half of a piece; the second half mirrors it."""
    stream = np.random.SeedSequence(sampling.seed, spawn_key=(piece,))
    half = sampling.draws_at_once // 2
    return np.random.Generator(np.random.SFC64(stream)).standard_normal(
        (len(drivers.marginals), half)
    )
