"""Scores in closed form, and that none rewards saying what one does not believe."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from tests.unit.valuation.closed_forms import interval_score
from valuation.backtest import even_scores
from valuation.scoring import (
    brier,
    crps,
    effective_sample_size,
    pinball,
    pit,
)


def test_crps_of_the_standard_normal_at_nought():
    assert crps(even_scores(200_000), 0.0) == pytest.approx(0.233694977, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(outcome=st.floats(-3, 3))
def test_crps_of_the_normal_in_closed_form(outcome):
    """Gneiting and Raftery 2007: y·(2Φ(y) − 1) + 2φ(y) − 1/√π."""
    expected = (
        outcome * (2 * stats.norm.cdf(outcome) - 1) + 2 * stats.norm.pdf(outcome) - np.pi**-0.5
    )
    assert crps(even_scores(20_000), outcome) == pytest.approx(expected, abs=1e-4)


def test_crps_is_the_area_between_the_steps():
    """∫ (F(x) − 1{x ≥ y})² dx for draws 1, 2, 5 and the outcome 3: 1/9 + 4/9 + 1/9 · 2."""
    assert crps(np.array([1.0, 2.0, 5.0]), 3.0) == pytest.approx(1 / 9 + 4 / 9 + 2 / 9)


def test_crps_of_one_draw_is_its_distance():
    assert crps(np.array([7.0]), 10.0) == 3.0


def test_pinball():
    assert pinball(0.9, 8, 10) == pytest.approx(1.8)
    assert pinball(0.9, 10, 8) == pytest.approx(0.2)
    assert pinball(0.5, 8, 8) == 0


def test_pinball_over_all_levels_is_half_the_crps():
    levels = (np.arange(2_000) + 0.5) / 2_000
    losses = [pinball(level, stats.norm.ppf(level), 0.7) for level in levels]
    assert 2 * np.mean(losses) == pytest.approx(crps(even_scores(20_000), 0.7), abs=1e-4)


@pytest.mark.parametrize(
    ("outcome", "expected"), [(115, 70), (100, 20), (90, 20), (110, 20), (85, 70)]
)
def test_interval_score_of_eighty_percent(outcome, expected):
    """2/α times the pinball losses of its ends is the score of the interval."""
    assert interval_score(0.8, 90, 110, outcome) == pytest.approx(expected)
    losses = pinball(0.1, 90, outcome) + pinball(0.9, 110, outcome)
    assert 2 / (1 - 0.8) * losses == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 0.95), st.floats(-2, 2))
def test_honest_quantile_costs_least(level, off):
    """Expected loss under the standard normal at its own quantile, and beside it."""

    def expected(forecast):
        return integrate.quad(
            lambda y: pinball(level, forecast, y) * stats.norm.pdf(y), -8, 8, points=[forecast]
        )[0]

    quantile = stats.norm.ppf(level)
    assert expected(quantile) <= expected(quantile + off) + 1e-9


@given(st.floats(0, 1), st.floats(0, 1))
def test_honest_probability_costs_least(belief, said):
    def expected(probability):
        return belief * brier(probability, True) + (1 - belief) * brier(probability, False)

    assert expected(belief) <= expected(said) + 1e-12


def test_brier_by_hand():
    assert brier(0.7, True) == pytest.approx(0.09)
    assert brier(0.7, False) == pytest.approx(0.49)


def test_pit_is_the_share_of_draws_at_or_below():
    draws = np.array([1.0, 2.0, 2.0, 5.0])
    assert [pit(draws, y) for y in (0, 1, 2, 4, 9)] == [0, 0.25, 0.75, 0.75, 1]


def test_pit_of_outcomes_from_the_forecast_is_even():
    draws = even_scores(10_000)
    pits = [pit(draws, y) for y in np.random.default_rng(1).standard_normal(2_000)]
    assert stats.kstest(pits, "uniform").pvalue > 0.01


def test_effective_sample_size_by_hand():
    """Five quarters of twelve-month forecasts: 5 + 2 · (4 · ¾ + 3 · ½ + 2 · ¼) = 15 shared."""
    assert effective_sample_size([[0, 1, 2, 3, 4]], 4) == pytest.approx(25 / 15)
    assert effective_sample_size([[0, 4, 8]], 4) == 3
    assert effective_sample_size([[0, 1], [0, 1]], 4) == pytest.approx(2 * 4 / 3.5)
    assert effective_sample_size([[3]], 4) == 1
    assert effective_sample_size([], 4) == 0
    assert effective_sample_size([[7, 7, 7]], 4) == 1


@given(st.lists(st.integers(0, 60), min_size=1, max_size=20))
def test_effective_sample_size_lies_between_one_and_all(starts):
    assert 1 - 1e-12 <= effective_sample_size([starts], 4) <= len(starts) + 1e-12
