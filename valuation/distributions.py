"""Marginal distributions of drivers, and the scores that join them (a Gaussian copula).

A driver's value is the quantile of its distribution at Φ(z) for a standard normal score z. Scores
of different drivers are correlated; the distributions stay as declared. References: Nelsen, *An
Introduction to Copulas*; Malcolm, Roseboom, Clark and Fazar 1959 for the PERT form of the beta
distribution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr

from registry.assumptions import BOUNDED_FAMILIES, Correlation, Family
from valuation.errors import AssumptionError

Array = NDArray[np.float64]

PERT_WEIGHT = 4
"""Weight of the mode beside the two ends, by definition of the PERT distribution."""
EIGENVALUE_ROUNDING = np.finfo(np.float64).eps
"""Below minus this, times size and greatest eigenvalue, an eigenvalue is not a zero rounded."""


@dataclass(frozen=True, slots=True)
class Marginal:
    """The distribution of one driver, in the driver's unit.

    `centre` is the mode (triangular, beta), mean (normal) or median (lognormal); `low` and `high`
    are its ends where it has any, `spread` the standard deviation of it or of its logarithm.
    """

    family: Family
    centre: float
    low: float | None = None
    high: float | None = None
    spread: float | None = None

    def at_scores(self, scores: Array) -> Array:
        """The driver at standard normal scores, one a draw."""
        match self.family:
            case "normal":
                return np.asarray(self.centre + _known(self.spread) * scores)
            case "lognormal":
                return np.asarray(self.centre * np.exp(_known(self.spread) * scores))
            case _:
                return self._at_shares(ndtr(scores))

    def at_mirrored_scores(self, scores: Array) -> Array:
        """The driver at standard normal scores z, and after those at their mirror images −z.

        One Φ(z), the dearest step of a draw, serves both: Φ(−z) = 1 − Φ(z).
        """
        if self.family in BOUNDED_FAMILIES:
            below = ndtr(scores)
            return self._at_shares(np.concatenate((below, 1 - below)))
        return self.at_scores(np.concatenate((scores, -scores)))

    def beyond(self, low: float, high: float) -> float:
        """Share of the draws below `low` or above `high`."""
        if self.family in BOUNDED_FAMILIES or not self.spread:
            return 0.0
        if self.family == "lognormal":
            ends = np.log(np.array([low, high]) / self.centre)
        else:
            ends = np.array([low, high]) - self.centre
        below, within = ndtr(ends / self.spread)
        return float(below + 1 - within)

    def _at_shares(self, below: Array) -> Array:
        """The driver at the shares of probability below it; of a bounded family."""
        quantile = _triangular if self.family == "triangular" else _pert
        return quantile(_known(self.low), self.centre, _known(self.high), below)


def _known(value: float | None) -> float:
    if value is None:
        raise AssumptionError("a distribution lacks an end or a spread its family needs")
    return value


def _triangular(low: float, mode: float, high: float, below: Array) -> Array:
    """Quantile of the triangular distribution at shares of probability.

    Two arms, low + √(p·w·l) and high − √((1−p)·w·r), for the width w and its parts l and r beside
    the mode. Each is stopped at the mode and both are summed: minima run without a branch a draw.
    """
    width, left, right = high - low, mode - low, high - mode
    rise = np.sqrt(np.minimum(below * (width * left), left * left))
    fall = np.sqrt(np.minimum((1 - below) * (width * right), right * right))
    return np.maximum(high - fall - (left - rise), low)


def _pert(low: float, mode: float, high: float, below: Array) -> Array:
    """Quantile of the PERT distribution: beta, shapes 1 + 4·(m−a)/(b−a) and 6 less it."""
    width = high - low
    if width == 0:
        return np.full_like(below, mode)
    left = 1 + PERT_WEIGHT * (mode - low) / width
    right = 1 + PERT_WEIGHT * (high - mode) / width
    quantiles: Array = betaincinv(left, right, below)
    return low + width * quantiles


def correlation_matrix(drivers: Sequence[str], correlations: Sequence[Correlation]) -> Array:
    """Correlations of the drivers' scores: those declared, and none between other pairs."""
    place = {name: index for index, name in enumerate(drivers)}
    matrix = np.eye(len(drivers))
    for each in correlations:
        first, second = (place[name] for name in each.drivers)
        matrix[first, second] = matrix[second, first] = each.value
    return matrix


def correlation_root(matrix: Array, label: str) -> Array:
    """A matrix L with L·Lᵀ = `matrix`; AssumptionError unless that is positive semi-definite."""
    values, vectors = np.linalg.eigh(matrix)
    rounding = EIGENVALUE_ROUNDING * len(matrix) * values.max(initial=1.0)
    if values.min(initial=0.0) < -rounding:
        raise AssumptionError(
            f"{label}: correlations contradict each other: the matrix has the eigenvalue"
            f" {values.min():.4f} and is not positive semi-definite; weaken one of them"
        )
    try:
        return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def correlated(root: Array, independent: Array) -> Array:
    """Scores with the correlations of L·Lᵀ from independent ones, a row a driver.

    Summed row by row in the order written: a library's product may sum in another on another day.
    """
    scores = np.empty_like(independent)
    for row, weights in enumerate(root):
        np.multiply(independent[row], weights[row], out=scores[row])
        for column in np.flatnonzero(weights):
            if column != row:
                scores[row] += independent[column] * weights[column]
    return scores


def draw(marginals: Mapping[str, Marginal], scores: Array) -> dict[str, Array]:
    """The drivers at their scores, a row of `scores` each in the order of `marginals`.

    After the values at the scores stand those at their mirror images: twice as many as scores.
    """
    return {
        name: marginal.at_mirrored_scores(scores[row])
        for row, (name, marginal) in enumerate(marginals.items())
    }
