"""The method run as of past filings, and scored against what came, beside forecasts that know nothing.

At each origin the same code values the same scenario on what was known then: figures, history and
closes of that moment, spreads estimated from them. Drivers that are judgements were written later;
each forecast says which of those it rests on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import log1p, sqrt
from statistics import fmean
from typing import TypeAlias, TypeVar

import numpy as np
from scipy.special import ndtri

from registry.assumptions import PARTS, Scenario
from registry.methods import BacktestSetting, Methods
from valuation.cashflow import Quantity
from valuation.distributions import Array
from valuation.errors import MissingInputError, UndefinedRatioError, ValuationError
from valuation.history import (
    DAYS_IN_YEAR,
    QUARTERS_IN_YEAR,
    History,
    Series,
    growth,
    quarter_index,
    quarter_name,
)
from valuation.inputs import ValuationInputs
from valuation.market import Market
from valuation.model import (
    PART_DRIVER_NAMES,
    equity_value,
    first_year,
    first_year_capex,
    first_year_operating_income,
)
from valuation.outlook import MARKET_MOVE, market_of, prepare, with_market_move
from valuation.provenance import Figure, combine
from valuation.scenarios import opening_revenues, position
from valuation.scoring import brier, crps, effective_sample_size, pinball, pit
from valuation.simulation import Sampling, simulate

CLOUD_REVENUE = "ntm_cloud_revenue"
OPERATING_INCOME = "ntm_operating_income"
CAPEX = "ntm_capex"
MARKET_CAP = "market_cap"
FLOWS = (CLOUD_REVENUE, OPERATING_INCOME, CAPEX)
TARGETS = (*FLOWS, MARKET_CAP)

MODEL = "model"
GROWTH_PERSISTS = "growth_persists"
NO_CHANGE = "no_change"
LOGNORMAL_PRICE = "lognormal_price"
NAIVE: Mapping[str, tuple[str, ...]] = {
    **{flow: (GROWTH_PERSISTS, NO_CHANGE) for flow in FLOWS},
    MARKET_CAP: (LOGNORMAL_PRICE,),
}
POOLED = ""
"""The ticker of scores over all companies."""

LEVEL_DIGITS = 6
"""Decimals of a quantile level that are kept."""

_GROWTH = ("growth_now",)
_MARGIN = (*_GROWTH, "margin_now", "margin_terminal", "margin_convergence")
_PLANT = (*_GROWTH, "sales_to_capital", "remaining_life")
_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    CLOUD_REVENUE: tuple(f"cloud_{name}" for name in _GROWTH),
    OPERATING_INCOME: tuple(f"{part}_{name}" for part in PARTS for name in _MARGIN),
    CAPEX: (*(f"{part}_{name}" for part in PARTS for name in _PLANT), "cloud_ppe_share"),
    MARKET_CAP: (
        *(f"{part}_{name}" for part in PARTS for name in PART_DRIVER_NAMES),
        *("tax_rate", "wacc", "ronic", "non_operating_assets"),
    ),
}
"""Drivers a forecast of twelve months depends on, by target."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A filing that made a quarter known, and everything known at that moment."""

    accession_number: str
    form: str
    inputs: ValuationInputs

    @property
    def known_at(self) -> datetime:
        """When the filing became known, UTC."""
        return self.inputs.known_at


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of twelve months made at one origin, and how it fared.

    Amounts are in USD. `quantiles` are those the intervals and pinball losses need, by level. What
    could not be forecast, or has not come, has its reason and no score. `event_ratio` is the market
    value asked for as a multiple of that at the origin.
    """

    ticker: str
    scenario: str
    target: str
    method: str
    accession_number: str
    known_at: datetime
    fiscal_quarter: str
    scale_usd: float | None = None
    quantiles: Mapping[float, float] | None = None
    outcome_usd: float | None = None
    outcome_of: str | None = None
    crps_usd: float | None = None
    pinball_usd: float | None = None
    pit: float | None = None
    event_ratio: float | None = None
    event_probability: float | None = None
    event_came: bool | None = None
    hindsight_drivers: tuple[str, ...] = ()
    figure: Figure | None = None
    missing_reason: str | None = None

    @property
    def is_scored(self) -> bool:
        """Whether it was made and its outcome came."""
        return self.crps_usd is not None


def backtest(
    origins: Iterable[Origin],
    scenario: Scenario,
    today: History,
    methods: Methods,
    event_ratio: float | None,
) -> tuple[Forecast, ...]:
    """Forecasts of every target by every method at each origin, in order of time.

    `today` is the history as known now, which gives the outcomes. An origin that brought no newer
    quarter than the one before it is passed over: its forecasts would be the same again.
    """
    found: list[Forecast] = []
    newest = -1
    for origin in sorted(origins, key=lambda each: each.known_at):
        at = _newest_quarter(origin, scenario)
        if at is None or at <= newest:
            continue
        newest = at
        found.extend(_forecasts(origin, at, scenario, today, methods, event_ratio))
    return tuple(found)


def _newest_quarter(origin: Origin, scenario: Scenario) -> int | None:
    row = origin.inputs.rows.get(("ttm_segment_revenue", scenario.cloud_segment))
    return quarter_index(row.fiscal_quarter) if row and row.figure and row.fiscal_quarter else None


def _forecasts(
    origin: Origin,
    at: int,
    scenario: Scenario,
    today: History,
    methods: Methods,
    event_ratio: float | None,
) -> Iterator[Forecast]:
    model = _model(origin.inputs, scenario, methods)
    naive = _naive(origin.inputs, at, scenario, methods)
    for target in TARGETS:
        outcome = _outcome(target, at, origin.inputs, scenario, today, methods)
        hindsight = _hindsight(target, scenario, origin.known_at.date())
        for method in (MODEL, *NAIVE[target]):
            made = model[target] if method == MODEL else naive[target, method]
            yield _scored(
                Forecast(
                    ticker=origin.inputs.ticker,
                    scenario=scenario.name,
                    target=target,
                    method=method,
                    accession_number=origin.accession_number,
                    known_at=origin.known_at,
                    fiscal_quarter=quarter_name(at),
                    hindsight_drivers=hindsight if method == MODEL else (),
                ),
                made,
                outcome,
                methods.backtest,
                event_ratio if target == MARKET_CAP else None,
            )


@dataclass(frozen=True)
class _Made:
    """Draws of a forecast in order, and the amount of the same kind at the origin, USD."""

    ordered: Array
    scale_usd: float
    figure: Figure


_MadeOrReason: TypeAlias = _Made | str
_T = TypeVar("_T")


def _model(
    inputs: ValuationInputs, scenario: Scenario, methods: Methods
) -> dict[str, _MadeOrReason]:
    """The method's own forecasts by target, or why there is none."""
    try:
        drivers, drawn = prepare(inputs, scenario, methods)
        revenues = opening_revenues(inputs, scenario.cloud_segment)
    except ValuationError as error:
        return dict.fromkeys(TARGETS, str(error))
    opening = {part: figure.value for part, figure in revenues.items()}
    ppe = _or_reason(lambda: inputs.get("ppe_net"))
    held = _or_reason(lambda: position(inputs, scenario.cloud_segment))
    market = _or_reason(lambda: market_of(inputs, drivers, methods)[0])

    def outputs(values: Mapping[str, Quantity]) -> dict[str, Quantity]:
        first = first_year(opening, values)
        made = {
            CLOUD_REVENUE: first["cloud"].revenue,
            OPERATING_INCOME: first_year_operating_income(first),
        }
        if isinstance(ppe, Figure):
            made[CAPEX] = first_year_capex(first, ppe.value, values)
        if not isinstance(held, str) and isinstance(market, Market):
            made[MARKET_CAP] = market.at_horizon(equity_value(held, values), values[MARKET_MOVE])
        return made

    setting = methods.backtest
    sampling = Sampling(setting.draws, setting.draws, methods.simulation.seed)
    samples = simulate(with_market_move(drawn), outputs, sampling)
    sources = (*drivers.values(), *revenues.values(), *(s.figure for s in drawn.spreads.values()))
    rests_on = combine(0.0, "USD", sources)
    reasons: dict[str, object] = {CAPEX: ppe, MARKET_CAP: held if isinstance(held, str) else market}
    scales = {
        CLOUD_REVENUE: revenues["cloud"],
        OPERATING_INCOME: inputs.find("ttm_operating_income"),
        CAPEX: inputs.find("ttm_capex_gross"),
    }
    found: dict[str, _MadeOrReason] = {}
    for target in TARGETS:
        if target not in samples:
            found[target] = str(reasons[target])
        elif target == MARKET_CAP and isinstance(market, Market):
            found[target] = _Made(samples[target].ordered, market.market_cap_usd, rests_on)
        else:
            scale = scales[target]
            found[target] = (
                _Made(samples[target].ordered, scale.value, rests_on)
                if scale
                else f"{inputs.ticker}: twelve months of {target} are not known"
            )
    return found


def _or_reason(get: Callable[[], _T]) -> _T | str:
    try:
        return get()
    except (MissingInputError, UndefinedRatioError) as error:
        return str(error)


def _naive(
    inputs: ValuationInputs, at: int, scenario: Scenario, methods: Methods
) -> dict[tuple[str, str], _MadeOrReason]:
    """Forecasts that know nothing but the series itself, spread as their own errors were."""
    history, least = inputs.history, methods.priors.minimum_observations
    scores = even_scores(methods.backtest.draws)
    series = {
        CLOUD_REVENUE: history.of("segment_revenue", scenario.cloud_segment),
        OPERATING_INCOME: history.of("operating_income"),
        CAPEX: history.of("capex_gross"),
    }
    found: dict[tuple[str, str], _MadeOrReason] = {}
    for target, own in series.items():
        for method in NAIVE[target]:
            found[target, method] = _persistent(own, at, method == GROWTH_PERSISTS, least, scores)
    try:
        drivers, _ = prepare(inputs, scenario, methods)
        market, volatility = market_of(inputs, drivers, methods)
    except ValuationError as error:
        found[MARKET_CAP, LOGNORMAL_PRICE] = str(error)
    else:
        trend = (log1p(market.expected_return) - market.volatility**2 / 2) * market.horizon_years
        move = np.exp(trend + market.volatility * sqrt(market.horizon_years) * scores)
        start = market.market_cap_usd
        found[MARKET_CAP, LOGNORMAL_PRICE] = _Made(start * move, start, volatility.figure)
    return found


def _persistent(series: Series, at: int, grows: bool, least: int, scores: Array) -> _MadeOrReason:
    """Twelve months as the last twelve, or as much more than they as they were than those before."""
    grown = growth(series)
    now = series.get(at)
    before = [each for each in sorted(grown) if each <= at]
    if grows:
        errors = [
            grown[each].value - grown[each - QUARTERS_IN_YEAR].value
            for each in before
            if each - QUARTERS_IN_YEAR in grown
        ]
    else:
        errors = [grown[each].value for each in before]
    if now is None or now.value <= 0 or (grows and at not in grown) or len(errors) < least:
        return f"the history on hand gives fewer than {least} errors of such a forecast"
    spread = sqrt(fmean(error**2 for error in errors))
    centre = 1 + (grown[at].value if grows else 0.0)
    return _Made(now.value * (centre + spread * scores), now.value, now)


def even_scores(size: int) -> Array:
    """Standard normal scores at the middle of `size` equal shares of probability, in order."""
    shares: Array = ndtri((np.arange(size) + 1 / 2) / size)
    return shares


@dataclass(frozen=True, slots=True)
class _Outcome:
    value_usd: float
    of: str
    figures: tuple[Figure, ...] = ()


def _outcome(
    target: str,
    at: int,
    inputs: ValuationInputs,
    scenario: Scenario,
    today: History,
    methods: Methods,
) -> _Outcome | str:
    """What came, or why that is not known; market value is followed from the close it started at."""
    if target == MARKET_CAP:
        if inputs.find("share_price") is None:
            return f"{inputs.ticker}: no close was known"
        days = round(methods.market.horizon_years * DAYS_IN_YEAR)
        later = inputs.date_of("share_price") + timedelta(days=days)
        within = methods.market.close_within_days
        priced = today.market_cap_near(later, within)
        if priced is None:
            return f"no close on hand lies within {within} days of {later}"
        return _Outcome(priced[1], priced[0].isoformat())
    later_quarter = at + methods.backtest.horizon_quarters
    series = {
        CLOUD_REVENUE: today.of("segment_revenue", scenario.cloud_segment),
        OPERATING_INCOME: today.of("operating_income"),
        CAPEX: today.of("capex_gross"),
    }[target]
    figure = series.get(later_quarter)
    if figure is None:
        return f"twelve months to {quarter_name(later_quarter)} are not on hand"
    return _Outcome(figure.value, quarter_name(later_quarter), (figure,))


def _hindsight(target: str, scenario: Scenario, day: date) -> tuple[str, ...]:
    """Drivers of a target that are judgements, or figures, written down after the day."""
    return tuple(
        name
        for name in _RESTS_ON[target]
        if scenario.drivers[name].input is None and scenario.drivers[name].dated > day
    )


def _scored(
    forecast: Forecast,
    made: _MadeOrReason,
    outcome: _Outcome | str,
    setting: BacktestSetting,
    event_ratio: float | None,
) -> Forecast:
    if isinstance(made, str):
        return replace(forecast, missing_reason=made)
    levels = quantile_levels(setting)
    values = np.quantile(made.ordered, levels).tolist()
    quantiles = dict(zip(levels, values, strict=True))
    forecast = replace(
        forecast,
        scale_usd=made.scale_usd,
        quantiles=quantiles,
        figure=made.figure,
    )
    if event_ratio is not None:
        asked = event_ratio * made.scale_usd
        chance = float((made.ordered >= asked).mean())
        forecast = replace(forecast, event_ratio=event_ratio, event_probability=chance)
    if isinstance(outcome, str):
        return replace(forecast, missing_reason=outcome)
    y = outcome.value_usd
    return replace(
        forecast,
        outcome_usd=y,
        outcome_of=outcome.of,
        crps_usd=crps(made.ordered, y),
        pinball_usd=fmean(
            pinball(level, quantiles[level], y) for level in setting.pinball_quantiles
        ),
        pit=pit(made.ordered, y),
        event_came=None if event_ratio is None else y >= event_ratio * made.scale_usd,
        figure=combine(y, "USD", (made.figure, *outcome.figures)),
    )


def quantile_levels(setting: BacktestSetting) -> tuple[float, ...]:
    """Levels of the intervals' ends, the pinball losses and the median, in order."""
    ends = {end for each in setting.intervals for end in interval_ends(each)}
    return tuple(sorted({*ends, *setting.pinball_quantiles, 1 / 2}))


def interval_ends(coverage: float) -> tuple[float, float]:
    """The two quantile levels a central interval lies between, free of the dust of subtraction."""
    low = round((1 - coverage) / 2, LEVEL_DIGITS)
    return low, round(1 - low, LEVEL_DIGITS)


@dataclass(frozen=True, slots=True)
class Score:
    """How one method did on one target, over the origins that every method of it could forecast.

    Losses are means as a share of the amount at the origin, so that companies and years weigh alike.
    `skill` is 1 − CRPS over that of the best forecast that knows nothing; None for those themselves.
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
    reliability: tuple[float, ...]

    @property
    def beats_naive(self) -> bool | None:
        """Whether the method did better than the best forecast that knows nothing."""
        return None if self.skill is None else self.skill > 0


def scores(forecasts: Sequence[Forecast], setting: BacktestSetting) -> tuple[Score, ...]:
    """Scores by company and pooled (ticker ''), target and method; none where nothing is scored."""
    tickers = sorted({each.ticker for each in forecasts})
    groups = [(ticker, [ticker]) for ticker in tickers]
    if len(tickers) > 1:
        groups.append((POOLED, tickers))
    return tuple(
        score
        for label, own in groups
        for target in TARGETS
        for score in _target_scores(
            label,
            [each for each in forecasts if each.ticker in own and each.target == target],
            setting,
        )
    )


def _target_scores(
    label: str, forecasts: Sequence[Forecast], setting: BacktestSetting
) -> Iterator[Score]:
    by_origin: dict[tuple[str, str], dict[str, Forecast]] = {}
    for each in forecasts:
        if each.is_scored:
            by_origin.setdefault((each.ticker, each.accession_number), {})[each.method] = each
    if not by_origin:
        return
    target = forecasts[0].target
    methods = (MODEL, *NAIVE[target])
    common = [made for made in by_origin.values() if all(method in made for method in methods)]
    if not common:
        return
    losses = {method: _mean_crps(common, method) for method in methods}
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
            pinball=fmean(_share(each, each.pinball_usd) for each in own),
            mean_absolute_error=fmean(_share(each, _miss(each)) for each in own),
            coverage={each: _coverage(own, each) for each in setting.intervals},
            brier=_mean_brier(own),
            skill=1 - losses[method] / best if method == MODEL else None,
            reliability=tuple(sorted(each.pit for each in own if each.pit is not None)),
        )


def _mean_crps(common: Sequence[Mapping[str, Forecast]], method: str) -> float:
    return fmean(_share(made[method], made[method].crps_usd) for made in common)


def _share(forecast: Forecast, amount_usd: float | None) -> float:
    """An amount as a share of that at the origin; both are there once a forecast is scored."""
    assert amount_usd is not None and forecast.scale_usd
    return amount_usd / abs(forecast.scale_usd)


def _miss(forecast: Forecast) -> float:
    assert forecast.quantiles is not None and forecast.outcome_usd is not None
    return abs(forecast.quantiles[1 / 2] - forecast.outcome_usd)


def _coverage(forecasts: Sequence[Forecast], coverage: float) -> float:
    low, high = interval_ends(coverage)
    inside = [
        each.quantiles[low] <= each.outcome_usd <= each.quantiles[high]
        for each in forecasts
        if each.quantiles is not None and each.outcome_usd is not None
    ]
    return fmean(inside)


def _mean_brier(forecasts: Sequence[Forecast]) -> float | None:
    losses = [
        brier(each.event_probability, each.event_came)
        for each in forecasts
        if each.event_probability is not None and each.event_came is not None
    ]
    return fmean(losses) if losses else None


def _effective(forecasts: Sequence[Forecast], setting: BacktestSetting) -> float:
    starts: dict[str, list[float]] = {}
    for each in forecasts:
        starts.setdefault(each.ticker, []).append(quarter_index(each.fiscal_quarter))
    return effective_sample_size(list(starts.values()), setting.horizon_quarters)
