"""Scores of a backtest: the forecasts of one method on one target, taken together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Literal

from registry.methods import Methods
from valuation.backtest import (
    MARKET_CAP,
    MODEL,
    NAIVE,
    TARGETS,
    Forecast,
    Made,
    Result,
    interval_ends,
)
from valuation.history import QUARTERS_IN_YEAR, quarter_index
from valuation.provenance import Figure, combine
from valuation.scoring import brier, effective_sample_size

Comparison = Literal["better", "worse", "undecided"]
POOLED = ""
"""The ticker of scores over all companies."""


@dataclass(frozen=True, slots=True)
class Fared:
    """A forecast that was made and whose outcome came; its losses as shares of `Made.scale_usd`."""

    forecast: Forecast
    made: Made
    result: Result

    @property
    def crps(self) -> float:
        """Continuous ranked probability score."""
        return self.result.crps_usd / abs(self.made.scale_usd)

    @property
    def pinball(self) -> float:
        """Mean loss of the quantiles."""
        return self.result.pinball_usd / abs(self.made.scale_usd)

    @property
    def miss(self) -> float:
        """How far the median was off."""
        return abs(self.made.median_usd - self.result.outcome_usd) / abs(self.made.scale_usd)

    def lies_in(self, coverage: float) -> bool:
        """Whether the outcome lay in the central interval of that coverage."""
        low, high = (self.made.quantiles[end] for end in interval_ends(coverage))
        return low <= self.result.outcome_usd <= high


@dataclass(frozen=True, slots=True)
class Score:
    """How one method did on one target, over the origins that every method of it could forecast.

    Losses are means as a share of the amount at the origin, so that companies and years weigh
    alike. `skill` is 1 − CRPS over that of the best forecast that knows nothing, `skill_error` its
    standard error from the differences at each origin and what the origins are worth together; both
    are None for those themselves, the error also where one origin is all.
    """

    ticker: str
    target: str
    method: str
    origins: int
    effective_origins: float
    crps: float
    pinball: float
    mean_absolute_error: float
    coverage: Mapping[float, float]
    brier: float | None
    skill: float | None
    skill_error: float | None
    pits: tuple[float, ...]
    figure: Figure

    @property
    def beats_naive(self) -> bool | None:
        """Whether the method did better than the best forecast that knows nothing."""
        return None if self.skill is None else self.skill > 0

    @property
    def comparison(self) -> Comparison | None:
        """Better or worse by over two standard errors, from two independent origins at least."""
        if self.skill is None:
            return None
        if self.skill_error is None or self.effective_origins < 2:
            return "undecided"
        if abs(self.skill) <= 2 * self.skill_error:
            return "undecided"
        return "better" if self.skill > 0 else "worse"


def scores(forecasts: Sequence[Forecast], methods: Methods) -> tuple[Score, ...]:
    """Scores by target, company and method; none where nothing is scored.

    Where more than one company speaks of a target, they are also pooled (ticker '').
    """
    fared = [Fared(each, each.made, each.result) for each in forecasts if each.made and each.result]
    found: list[Score] = []
    for target in TARGETS:
        common = _common([each for each in fared if each.forecast.target == target], target)
        tickers = sorted({made[MODEL].forecast.ticker for made in common})
        for ticker in tickers:
            own = [made for made in common if made[MODEL].forecast.ticker == ticker]
            found.extend(_target_scores(ticker, target, own, methods))
        if len(tickers) > 1:
            found.extend(_target_scores(POOLED, target, common, methods))
    return tuple(found)


def _common(fared: Sequence[Fared], target: str) -> list[dict[str, Fared]]:
    """The forecasts of each origin that every method of the target could make, by method."""
    by_origin: dict[tuple[str, str], dict[str, Fared]] = {}
    for each in fared:
        origin = (each.forecast.ticker, each.forecast.accession_number)
        by_origin.setdefault(origin, {})[each.forecast.method] = each
    wanted = {MODEL, *NAIVE[target]}
    return [made for made in by_origin.values() if made.keys() >= wanted]


def _target_scores(
    label: str, target: str, common: Sequence[Mapping[str, Fared]], methods: Methods
) -> Iterator[Score]:
    names = (MODEL, *NAIVE[target])
    losses = {name: fmean(made[name].crps for made in common) for name in names}
    best = min(NAIVE[target], key=lambda name: losses[name])
    worth = _effective([made[MODEL] for made in common], target, methods)
    for method in names:
        own = [made[method] for made in common]
        is_model = method == MODEL
        yield Score(
            ticker=label,
            target=target,
            method=method,
            origins=len(own),
            effective_origins=worth,
            crps=losses[method],
            pinball=fmean(each.pinball for each in own),
            mean_absolute_error=fmean(each.miss for each in own),
            coverage={
                share: fmean(each.lies_in(share) for each in own)
                for share in methods.backtest.intervals
            },
            brier=_mean_brier(own),
            skill=1 - losses[method] / losses[best] if is_model else None,
            skill_error=_skill_error(common, best, losses[best], worth) if is_model else None,
            pits=tuple(sorted(each.result.pit for each in own)),
            figure=combine(losses[method], "ratio", (each.result.figure for each in own)),
        )


def _mean_brier(fared: Sequence[Fared]) -> float | None:
    losses = [
        brier(each.made.event_probability, each.result.event_came)
        for each in fared
        if each.made.event_probability is not None and each.result.event_came is not None
    ]
    return fmean(losses) if losses else None


def _skill_error(
    common: Sequence[Mapping[str, Fared]], best: str, loss: float, worth: float
) -> float | None:
    if len(common) < 2:
        return None
    return stdev(made[best].crps - made[MODEL].crps for made in common) / sqrt(worth) / loss


def _effective(fared: Sequence[Fared], target: str, methods: Methods) -> float:
    """What the origins are worth together, by how far the forecasts reach."""
    years = methods.market.horizon_years if target == MARKET_CAP else 1
    starts: dict[str, list[float]] = {}
    for each in fared:
        at = quarter_index(each.forecast.fiscal_quarter)
        starts.setdefault(each.forecast.ticker, []).append(at)
    return effective_sample_size(list(starts.values()), years * QUARTERS_IN_YEAR)
