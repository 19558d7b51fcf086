"""The method run as of past filings, scored beside forecasts that know nothing.

At each origin the same code values the same scenario on what was known then: figures, history and
closes of that moment, spreads estimated from them. Drivers that are judgements were written later;
each forecast says which of those it rests on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from valuation.scoring import crps, pinball, pit
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
    **dict.fromkeys(FLOWS, (GROWTH_PERSISTS, NO_CHANGE)),
    MARKET_CAP: (LOGNORMAL_PRICE,),
}
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
    """A filing, when it became known (UTC), and everything known at that moment."""

    accession_number: str
    known_at: datetime
    inputs: ValuationInputs


@dataclass(frozen=True, slots=True)
class Made:
    """A forecast as it was made, in USD: its quantiles by level, and the amount at the origin.

    `event_probability` is the chance of market value at least `event_ratio` times that amount; None
    where nothing is asked of the target.
    """

    scale_usd: float
    quantiles: Mapping[float, float]
    event_ratio: float | None
    event_probability: float | None
    figure: Figure

    @property
    def median_usd(self) -> float:
        """The middle of the forecast."""
        return self.quantiles[1 / 2]


@dataclass(frozen=True, slots=True)
class Result:
    """How a forecast fared: what came, of which quarter or day, and the losses in USD."""

    outcome_usd: float
    outcome_of: str
    crps_usd: float
    pinball_usd: float
    pit: float
    event_came: bool | None
    figure: Figure


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of twelve months at one origin, and its result.

    What could not be forecast, or has not come, has its reason instead.
    """

    ticker: str
    scenario: str
    target: str
    method: str
    accession_number: str
    known_at: datetime
    fiscal_quarter: str
    hindsight_drivers: tuple[str, ...] = ()
    made: Made | None = None
    result: Result | None = None
    missing_reason: str | None = None


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
            drawn = model[target] if method == MODEL else naive[target, method]
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
                drawn,
                outcome,
                methods.backtest,
                event_ratio if target == MARKET_CAP else None,
            )


@dataclass(frozen=True)
class _Draws:
    """Draws of a forecast in order, and the amount of the same kind at the origin, USD."""

    ordered: Array
    scale_usd: float
    figure: Figure


_DrawsOrReason: TypeAlias = _Draws | str
_T = TypeVar("_T")


def _model(
    inputs: ValuationInputs, scenario: Scenario, methods: Methods
) -> dict[str, _DrawsOrReason]:
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
    found: dict[str, _DrawsOrReason] = {}
    for target in TARGETS:
        if target not in samples:
            found[target] = str(reasons[target])
        elif target == MARKET_CAP and isinstance(market, Market):
            found[target] = _Draws(samples[target].ordered, market.market_cap_usd, rests_on)
        else:
            scale = scales[target]
            found[target] = (
                _Draws(samples[target].ordered, scale.value, rests_on)
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
) -> dict[tuple[str, str], _DrawsOrReason]:
    """Forecasts that know nothing but the series itself, spread as their own errors were."""
    history, least = inputs.history, methods.priors.minimum_observations
    scores = even_scores(methods.backtest.draws)
    series = {
        CLOUD_REVENUE: history.of("segment_revenue", scenario.cloud_segment),
        OPERATING_INCOME: history.of("operating_income"),
        CAPEX: history.of("capex_gross"),
    }
    found: dict[tuple[str, str], _DrawsOrReason] = {}
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
        found[MARKET_CAP, LOGNORMAL_PRICE] = _Draws(start * move, start, volatility.figure)
    return found


def _persistent(series: Series, at: int, grows: bool, least: int, scores: Array) -> _DrawsOrReason:
    """Twelve months as the last twelve, or grown from them as they grew from those before."""
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
    return _Draws(now.value * (centre + spread * scores), now.value, now)


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
    """What came, or why that is not known; market value is followed from its first close."""
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
    later_quarter = at + QUARTERS_IN_YEAR
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
    drawn: _DrawsOrReason,
    outcome: _Outcome | str,
    setting: BacktestSetting,
    event_ratio: float | None,
) -> Forecast:
    if isinstance(drawn, str):
        return replace(forecast, missing_reason=drawn)
    made = _made(drawn, setting, event_ratio)
    if isinstance(outcome, str):
        return replace(forecast, made=made, missing_reason=outcome)
    return replace(forecast, made=made, result=_result(drawn, made, outcome, setting))


def _made(drawn: _Draws, setting: BacktestSetting, event_ratio: float | None) -> Made:
    levels = quantile_levels(setting)
    values = np.quantile(drawn.ordered, levels).tolist()
    chance = None
    if event_ratio is not None:
        chance = float((drawn.ordered >= event_ratio * drawn.scale_usd).mean())
    return Made(
        scale_usd=drawn.scale_usd,
        quantiles=dict(zip(levels, values, strict=True)),
        event_ratio=event_ratio,
        event_probability=chance,
        figure=drawn.figure,
    )


def _result(drawn: _Draws, made: Made, outcome: _Outcome, setting: BacktestSetting) -> Result:
    y = outcome.value_usd
    return Result(
        outcome_usd=y,
        outcome_of=outcome.of,
        crps_usd=crps(drawn.ordered, y),
        pinball_usd=fmean(
            pinball(level, made.quantiles[level], y) for level in setting.pinball_quantiles
        ),
        pit=pit(drawn.ordered, y),
        event_came=None if made.event_ratio is None else y >= made.event_ratio * made.scale_usd,
        figure=combine(y, "USD", (drawn.figure, *outcome.figures)),
    )


def quantile_levels(setting: BacktestSetting) -> tuple[float, ...]:
    """Levels of the intervals' ends, the pinball losses and the median, in order."""
    ends = {end for each in setting.intervals for end in interval_ends(each)}
    return tuple(sorted({*ends, *setting.pinball_quantiles, 1 / 2}))


def interval_ends(coverage: float) -> tuple[float, float]:
    """The two quantile levels a central interval lies between, free of the dust of subtraction."""
    low = round((1 - coverage) / 2, LEVEL_DIGITS)
    return low, round(1 - low, LEVEL_DIGITS)
