"""Chances of a lognormal price: closed forms, their order, and daily closes against a walk."""

from dataclasses import replace
from math import exp, log, log1p, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.unit.valuation.amazon import CLOSES, HISTORY
from valuation.backtest import even_scores
from valuation.errors import MissingInputError
from valuation.history import History
from valuation.market import Market, terminal_probability, touch_probability
from valuation.outlook import market_of
from valuation.scenarios import resolve_drivers

DRIFTS, VOLATILITIES, YEARS = st.floats(-0.3, 0.4), st.floats(0.1, 0.9), st.floats(0.1, 3.0)
TARGETS = st.floats(0.3, 4.0)
"""Times market value now."""

MARKET = Market(
    market_cap_usd=2.79e12,
    expected_return=0.08,
    volatility=0.35,
    horizon_years=1.0,
    gap_closure=0.2,
    closes_per_year=252,
    barrier_shift=0.5826,
)
AT_PRICE = np.array([2.79e12])
"""An intrinsic value equal to market value: no gap pulls."""


def test_terminal_and_touch_in_closed_form():
    """VALUATION.md §4: spot 2.79, target 3.0, drift 8 %, volatility 35 %, one year."""
    given_there = (2.79, 3.0, 0.08, 0.35, 1.0)
    assert terminal_probability(*given_there) == pytest.approx(0.4389, abs=5e-5)
    assert touch_probability(*given_there) == pytest.approx(0.8449, abs=5e-5)


def test_terminal_probability_is_that_of_the_lognormal():
    price = stats.lognorm(s=0.35 * sqrt(2), scale=2.79 * exp((0.08 - 0.35**2 / 2) * 2))
    assert terminal_probability(2.79, 3.3, 0.08, 0.35, 2.0) == pytest.approx(price.sf(3.3))


def test_touch_without_slope_is_twice_the_chance_at_the_end():
    """The reflection principle: with μ = σ²/2 the logarithm of the price has no drift."""
    drift = 0.35**2 / 2
    at_end = terminal_probability(1.0, 1.2, drift, 0.35, 1.0)
    assert touch_probability(1.0, 1.2, drift, 0.35, 1.0) == pytest.approx(2 * at_end, rel=1e-12)


@given(TARGETS, DRIFTS, VOLATILITIES, YEARS)
def test_touch_is_at_least_as_likely_as_the_end(target, drift, volatility, years):
    at_end = terminal_probability(1.0, target, drift, volatility, years)
    touched = touch_probability(1.0, target, drift, volatility, years)
    assert at_end * (1 - 1e-12) <= touched <= 1 + 1e-12
    if target <= 1:
        assert touched == 1


@given(TARGETS, st.floats(1.001, 2.0), DRIFTS, VOLATILITIES)
def test_chances_fall_as_the_target_rises(target, times, drift, volatility):
    for chance in (terminal_probability, touch_probability):
        near, far = (chance(1.0, each, drift, volatility, 1.0) for each in (target, target * times))
        assert far <= near


@pytest.mark.parametrize("target", [3.0e12, 3.3e12, 4.0e12])
def test_daily_closes_lie_between_the_end_and_a_path_without_a_break(target):
    at_end = MARKET.chance_at_horizon(AT_PRICE, target)
    at_closes = MARKET.chance_before_horizon(AT_PRICE, target)
    without_break = touch_probability(2.79e12, target, log1p(0.08), 0.35, 1.0)
    assert at_end < at_closes < without_break


def test_chance_at_daily_closes_is_that_of_a_walk():
    """40,000 paths of 252 closes: the standard error of their share is 0.0025."""
    steps = np.random.default_rng(3).standard_normal((40_000, 252))
    trend = (log1p(0.08) - 0.35**2 / 2) / 252
    highest = (trend + 0.35 / sqrt(252) * steps).cumsum(axis=1).max(axis=1)
    for target in (3.0e12, 3.3e12):
        walked = (2.79e12 * np.exp(highest) >= target).mean()
        assert MARKET.chance_before_horizon(AT_PRICE, target) == pytest.approx(walked, abs=0.0075)
        unbroken = touch_probability(2.79e12, target, log1p(0.08), 0.35, 1.0)
        assert unbroken - walked > 0.0125


def test_target_already_reached_has_been_touched():
    assert MARKET.chance_before_horizon(np.array([1e12, 4e12]), 2.79e12).tolist() == [1, 1]
    assert MARKET.chance_at_horizon(AT_PRICE, 2.79e12) < 1


def test_calm_price_with_much_drift_is_sure_to_touch():
    assert touch_probability(1.0, 2.0, 1.0, 0.03, 1.0) == pytest.approx(1.0, abs=1e-12)


def test_gap_to_intrinsic_value_pulls_by_the_declared_share():
    equity = np.array([2.0e12, 2.79e12, 4.0e12, -1e12])
    pulled = 0.8 * 2.79e12 + 0.2 * np.array([2.0e12, 2.79e12, 4.0e12, 0.0])
    assert MARKET.pulled(equity) == pytest.approx(pulled)
    means = [
        float(MARKET.at_horizon(np.array([each]), even_scores(200_001)).mean()) for each in equity
    ]
    assert means == pytest.approx((pulled * 1.08).tolist(), rel=1e-4)
    free = replace(MARKET, gap_closure=0.0)
    assert free.chance_at_horizon(equity, 3e12) == pytest.approx(
        float(terminal_probability(2.79, 3.0, log(1.08), 0.35, 1.0))
    )


def test_chance_given_each_value_is_the_share_of_its_draws():
    """The closed form is the mean over the price's own move, for a horizon of two years too."""
    market = replace(MARKET, horizon_years=2.0)
    for equity in (1.0e12, 2.5e12, 5.0e12):
        prices = market.at_horizon(np.full(100_001, equity), even_scores(100_001))
        found = market.chance_at_horizon(np.array([equity]), 3e12)
        assert found == pytest.approx((prices >= 3e12).mean(), abs=2e-5)


def test_market_of_amazon(amazon, base, methods):
    market, volatility = market_of(amazon.inputs(), resolve_drivers(amazon.inputs(), base), methods)
    assert market.market_cap_usd == 10_786_313_572 * 274.48
    assert market.expected_return == base.drivers["wacc"].value
    assert market.volatility == volatility.figure.value
    assert volatility.observations == len(CLOSES) - 1


def test_too_few_closes_are_named(amazon, base, methods):
    short = History(HISTORY.series, CLOSES[-7:], HISTORY.period_ends)
    inputs = amazon.inputs(short)
    with pytest.raises(MissingInputError, match=r"volatility is not known .*fewer than 8 closes"):
        market_of(inputs, resolve_drivers(inputs, base), methods)
