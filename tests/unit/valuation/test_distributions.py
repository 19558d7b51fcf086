"""Marginals are as declared, correlations are as declared, and contradictions are refused."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from registry.assumptions import Correlation
from valuation.backtest import even_scores
from valuation.distributions import Marginal, correlated, correlation_matrix, correlation_root
from valuation.errors import AssumptionError

LEVELS = np.array([0.001, 0.01, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99, 0.999])
FAMILIES = {
    "triangular": (
        Marginal("triangular", 0.55, low=0.42, high=0.70),
        stats.triang(c=(0.55 - 0.42) / 0.28, loc=0.42, scale=0.28),
    ),
    "triangular with its mode at an end": (
        Marginal("triangular", 0.42, low=0.42, high=0.70),
        stats.triang(c=0.0, loc=0.42, scale=0.28),
    ),
    "normal": (Marginal("normal", 0.12, spread=0.03), stats.norm(0.12, 0.03)),
    "lognormal": (
        Marginal("lognormal", 0.55, spread=0.4),
        stats.lognorm(s=0.4, scale=0.55),
    ),
    "beta": (
        Marginal("beta", 5.0, low=3.0, high=8.0),
        stats.beta(1 + 4 * 2 / 5, 1 + 4 * 3 / 5, loc=3.0, scale=5.0),
    ),
}
EVERY = pytest.mark.parametrize(("marginal", "expected"), FAMILIES.values(), ids=FAMILIES)


@EVERY
def test_quantiles_are_those_of_the_family(marginal, expected):
    found = marginal.at_scores(stats.norm.ppf(LEVELS))
    assert found == pytest.approx(expected.ppf(LEVELS), rel=1e-9)


@EVERY
def test_moments_are_those_of_the_family(marginal, expected):
    values = marginal.at_scores(even_scores(200_001))
    mean, variance, skewness = expected.stats(moments="mvs")
    assert values.mean() == pytest.approx(mean, rel=1e-5)
    assert values.var() == pytest.approx(variance, rel=1e-3)
    assert stats.skew(values) == pytest.approx(skewness, abs=6e-3)


@EVERY
def test_mirrored_scores_give_the_values_of_both_signs(marginal, expected):
    scores = even_scores(64)
    both = np.concatenate((marginal.at_scores(scores), marginal.at_scores(-scores)))
    assert marginal.at_mirrored_scores(scores) == pytest.approx(both, rel=1e-12)


@pytest.mark.parametrize("family", ["triangular", "beta"])
@given(scores=st.lists(st.floats(-9, 9), min_size=1))
def test_bounded_families_stay_in_their_bounds(family, scores):
    """At scores one draw in 10¹⁸ lies beyond."""
    values = Marginal(family, 0.3, low=0.1, high=0.7).at_scores(np.array(scores))
    assert values.min() >= 0.1
    assert values.max() <= 0.7


@pytest.mark.parametrize("family", ["triangular", "beta"])
def test_bounds_that_meet_give_the_value_itself(family):
    marginal = Marginal(family, 0.1 + 0.2, low=0.1 + 0.2, high=0.1 + 0.2)
    assert set(marginal.at_scores(even_scores(64)).tolist()) == {0.1 + 0.2}


@pytest.mark.parametrize("family", ["normal", "triangular", "beta", "lognormal"])
def test_distribution_without_its_spread_is_refused(family):
    with pytest.raises(AssumptionError, match="lacks an end or a spread"):
        Marginal(family, 0.3).at_scores(even_scores(2))


def declared(first, second, value):
    return Correlation(
        drivers=(first, second),
        value=value,
        basis="judgement",
        rationale="As in the test.",
        dated=date(2026, 11, 28),
    )


def test_matrix_holds_what_is_declared_and_nothing_else():
    matrix = correlation_matrix(("wacc", "ronic", "tax_rate"), [declared("ronic", "wacc", 0.3)])
    assert matrix.tolist() == [[1, 0.3, 0], [0.3, 1, 0], [0, 0, 1]]


def test_correlations_that_contradict_each_other_are_refused():
    """Two that nearly move as one cannot both differ from what each moves with."""
    matrix = np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]])
    with pytest.raises(AssumptionError, match=r"AMZN base: .*eigenvalue -0\.8000 .*weaken one"):
        correlation_root(matrix, "AMZN base")


def test_matrix_just_outside_is_refused_and_just_inside_accepted():
    """Of two drivers with the correlations a, a and b the matrix is singular at b = 2a² − 1."""
    a = 0.6

    def matrix(b):
        return np.array([[1, a, a], [a, 1, b], [a, b, 1]])

    correlation_root(matrix(2 * a * a - 1 + 1e-9), "inside")
    correlation_root(matrix(2 * a * a - 1), "singular")
    with pytest.raises(AssumptionError):
        correlation_root(matrix(2 * a * a - 1 - 1e-9), "outside")


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 24), rank=st.integers(1, 24), seed=st.integers(0, 2**32 - 1))
def test_every_matrix_of_real_correlations_is_accepted_though_singular(size, rank, seed):
    vectors = np.random.default_rng(seed).normal(size=(size, rank))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    matrix = vectors @ vectors.T
    np.fill_diagonal(matrix, 1.0)
    root = correlation_root(matrix, "random")
    assert root @ root.T == pytest.approx(matrix, abs=1e-7)


def test_scores_are_correlated_as_declared():
    matrix = np.array([[1, 0.8, 0.4], [0.8, 1, 0.3], [0.4, 0.3, 1]])
    independent = np.random.default_rng(7).standard_normal((3, 200_000))
    scores = correlated(correlation_root(matrix, "test"), independent)
    # The standard error of a sample correlation is at most 1/√n, here 0.0022.
    assert np.corrcoef(scores) == pytest.approx(matrix, abs=0.01)
    assert scores.std(axis=1) == pytest.approx(np.ones(3), abs=0.01)


def test_perfectly_correlated_scores_are_one():
    scores = correlated(
        correlation_root(np.ones((2, 2)), "test"),
        np.random.default_rng(1).standard_normal((2, 100)),
    )
    assert scores[0] == pytest.approx(scores[1], abs=1e-7)


@pytest.mark.parametrize(
    ("family", "law"),
    [
        ("normal", stats.norm(0.3, 0.1)),
        ("lognormal", stats.lognorm(0.1, scale=0.3)),
    ],
)
def test_share_of_draws_beyond_a_range(family, law):
    marginal = Marginal(family, 0.3, low=0.25, high=0.4, spread=0.1)
    assert marginal.beyond(0.25, 0.4) == pytest.approx(law.cdf(0.25) + law.sf(0.4))


def test_a_bounded_driver_is_never_beyond_its_ends():
    assert Marginal("triangular", 0.3, low=0.25, high=0.4).beyond(0.25, 0.4) == 0
