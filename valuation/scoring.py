"""Scores of a forecast that is a distribution, against what came.

All are proper: no one does better by saying what they do not believe. Lower is better. Source:
Gneiting and Raftery, *Strictly Proper Scoring Rules, Prediction, and Estimation*, JASA 102 (2007).
"""

from collections.abc import Sequence

import numpy as np

from valuation.distributions import Array


def crps(ordered: Array, outcome: float) -> float:
    """Continuous ranked probability score of draws in order, in the unit of the outcome.

    E|X − y| − E|X − X′|/2, the second from ranks: Σ (2i − n − 1)·x_i / n² for i from 1.
    """
    size = ordered.size
    ranks = 2 * np.arange(1, size + 1) - size - 1
    return float(np.abs(ordered - outcome).mean() - (ranks * ordered).sum() / size**2)


def pinball(level: float, forecast: float, outcome: float) -> float:
    """Loss of a quantile: level · (y − q) where y lies above it, (1 − level) · (q − y) below."""
    above = outcome - forecast
    return max(level * above, (level - 1) * above)


def brier(probability: float, came: bool) -> float:
    """Squared difference of a probability and what came (1 or 0)."""
    return (probability - came) ** 2


def pit(ordered: Array, outcome: float) -> float:
    """Probability integral transform: the share of draws at or below the outcome.

    Of calibrated forecasts these are spread evenly between 0 and 1.
    """
    return float(np.searchsorted(ordered, outcome, side="right") / ordered.size)


def effective_sample_size(starts: Sequence[Sequence[float]], horizon: float) -> float:
    """How many independent forecasts overlapping ones are worth: n² / Σ overlap of each pair.

    `starts` are the times forecasts start at, a sequence a company, in the unit of `horizon`. Two
    of one company share what their spans share; those of different companies count as independent,
    which is generous where one cycle moves them all.
    """
    size = sum(map(len, starts))
    shared = sum(
        max(0.0, 1 - abs(first - second) / horizon)
        for own in starts
        for first in own
        for second in own
    )
    return size**2 / shared if shared else 0.0
