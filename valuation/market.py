"""Market value until a horizon: a lognormal price that a part of the gap to intrinsic value pulls.

Between now and the horizon market value moves as a geometric Brownian motion whose drift is the
expected return and the closing of a declared share of the gap. Given an intrinsic value, the
chances are closed forms; a simulation takes their mean over its draws, which is exact in the price
and leaves sampling error in the intrinsic value alone.

Sources: Hull, *Options, Futures, and Other Derivatives* (lognormal price); Harrison, *Brownian
Motion and Stochastic Flow Systems* (reflection with drift); Broadie, Glasserman and Kou 1997 (daily
closes).
"""

from dataclasses import dataclass
from math import exp, log, log1p, sqrt

import numpy as np
from scipy.special import log_ndtr, ndtr

from valuation.cashflow import Quantity
from valuation.distributions import Array


@dataclass(frozen=True, slots=True)
class Market:
    """Market value today (USD) and how it moves: ratios a year, years, closes a year.

    `expected_return` is the mean growth of market value in a year; `gap_closure` the share of the
    gap to intrinsic value that closes by the horizon; `barrier_shift` sets a barrier off for a
    price that is seen at closes alone, in standard deviations of one.
    """

    market_cap_usd: float
    expected_return: float
    volatility: float
    horizon_years: float
    gap_closure: float
    closes_per_year: int
    barrier_shift: float

    def pulled(self, equity_usd: Quantity) -> Quantity:
        """Market value once a part of the gap is closed; a negative intrinsic value counts as 0."""
        own = (1 - self.gap_closure) * self.market_cap_usd
        return own + self.gap_closure * np.maximum(equity_usd, 0.0)

    def drift(self, equity_usd: Quantity) -> Quantity:
        """Continuous drift of market value a year, before half the variance is taken off."""
        pull = np.log(self.pulled(equity_usd) / self.market_cap_usd)
        return log1p(self.expected_return) + pull / self.horizon_years

    def at_horizon(self, equity_usd: Quantity, scores: Quantity) -> Quantity:
        """Market value at the horizon, at standard normal scores of the price's own move."""
        trend = (log1p(self.expected_return) - self.volatility**2 / 2) * self.horizon_years
        move = np.exp(trend + self.volatility * sqrt(self.horizon_years) * scores)
        return self.pulled(equity_usd) * move

    def chance_at_horizon(self, equity_usd: Array, target_usd: float) -> Array:
        """P(market value at the horizon ≥ target) given each intrinsic value."""
        drift = self.drift(equity_usd)
        return terminal_probability(
            self.market_cap_usd, target_usd, drift, self.volatility, self.horizon_years
        )

    def chance_before_horizon(self, equity_usd: Array, target_usd: float) -> Array:
        """P(a daily close before the horizon ≥ target) given each intrinsic value."""
        if self.market_cap_usd >= target_usd:
            return np.ones_like(equity_usd)
        shift = self.barrier_shift * self.volatility / sqrt(self.closes_per_year)
        return touch_probability(
            self.market_cap_usd,
            target_usd * exp(shift),
            self.drift(equity_usd),
            self.volatility,
            self.horizon_years,
        )


def terminal_probability(
    spot: float, target: float, drift: Quantity, volatility: float, years: float
) -> Array:
    """P(S_T ≥ K) = Φ((ln(S/K) + (μ − σ²/2)·T) / (σ·√T)) of a lognormal price."""
    trend = (drift - volatility**2 / 2) * years
    chance: Array = ndtr((log(spot / target) + trend) / (volatility * sqrt(years)))
    return chance


def touch_probability(
    spot: float, target: float, drift: Quantity, volatility: float, years: float
) -> Array:
    """P(max S_t ≥ K, t ≤ T) of a lognormal price watched without a break; 1 if it is there.

    With b = ln(K/S), ν = μ − σ²/2: Φ((νT − b)/(σ√T)) + e^{2νb/σ²}·Φ((−νT − b)/(σ√T)).
    """
    if spot >= target:
        return np.ones_like(np.asarray(drift, dtype=np.float64))
    distance, deviation = log(target / spot), volatility * sqrt(years)
    slope = drift - volatility**2 / 2
    # In logarithms: of a calm price with much drift one factor is too great for a double.
    reflected = np.exp(
        2 * slope * distance / volatility**2 + log_ndtr((-slope * years - distance) / deviation)
    )
    chance: Array = ndtr((slope * years - distance) / deviation) + reflected
    return chance
