"""Scores of a backtest: the forecasts of one method on one target, taken together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from registry.methods import BacktestSetting
from valuation.backtest import MODEL, NAIVE, TARGETS, Forecast, Made, Result, interval_ends
from valuation.history import quarter_index
from valuation.provenance import Figure, combine
from valuation.scoring import brier, effective_sample_size

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
    alike. `skill` is 1 − CRPS over that of the best forecast that knows nothing; None for those
    themselves.
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
    pits: tuple[float, ...]
    figure: Figure

    @property
    def beats_naive(self) -> bool | None:
        """Whether the method did better than the best forecast that knows nothing."""
        return None if self.skill is None else self.skill > 0


def scores(forecasts: Sequence[Forecast], setting: BacktestSetting) -> tuple[Score, ...]:
    """Scores by company and pooled (ticker ''), target and method; none where nothing is scored."""
    fared = [Fared(each, each.made, each.result) for each in forecasts if each.made and each.result]
    tickers = sorted({each.forecast.ticker for each in fared})
    groups = [(ticker, [ticker]) for ticker in tickers]
    if len(tickers) > 1:
        groups.append((POOLED, tickers))
    return tuple(
        score
        for label, own in groups
        for target in TARGETS
        for score in _target_scores(
            label,
            target,
            [
                each
                for each in fared
                if each.forecast.ticker in own and each.forecast.target == target
            ],
            setting,
        )
    )


def _target_scores(
    label: str, target: str, fared: Sequence[Fared], setting: BacktestSetting
) -> Iterator[Score]:
    methods = (MODEL, *NAIVE[target])
    by_origin: dict[tuple[str, str], dict[str, Fared]] = {}
    for each in fared:
        origin = (each.forecast.ticker, each.forecast.accession_number)
        by_origin.setdefault(origin, {})[each.forecast.method] = each
    common = [made for made in by_origin.values() if made.keys() >= set(methods)]
    if not common:
        return
    losses = {method: fmean(made[method].crps for made in common) for method in methods}
    best = min(losses[method] for method in NAIVE[target])
    for method in methods:
        own = [made[method] for made in common]
        yield Score(
            ticker=label,
            target=target,
            method=method,
            origins=len(own),
            effective_origins=_effective(own, setting),
            crps=losses[method],
            pinball=fmean(each.pinball for each in own),
            mean_absolute_error=fmean(each.miss for each in own),
            coverage={
                share: fmean(each.lies_in(share) for each in own) for share in setting.intervals
            },
            brier=_mean_brier(own),
            skill=1 - losses[method] / best if method == MODEL else None,
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


def _effective(fared: Sequence[Fared], setting: BacktestSetting) -> float:
    starts: dict[str, list[float]] = {}
    for each in fared:
        at = quarter_index(each.forecast.fiscal_quarter)
        starts.setdefault(each.forecast.ticker, []).append(at)
    return effective_sample_size(list(starts.values()), setting.horizon_quarters)
