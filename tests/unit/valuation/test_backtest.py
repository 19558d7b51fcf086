"""The method as of the past, on Amazon's quarters as filed: what was known, made, scored."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import exp, log1p, pi, sqrt

import pytest
from scipy import stats

from tests.unit.valuation.amazon import (
    CLOSES,
    FIGURES,
    HISTORY,
    QUARTERS,
    Amazon,
    closes_by,
    history_rows,
)
from valuation.backtest import (
    CAPEX,
    CLOUD_REVENUE,
    FLOWS,
    GROWTH_PERSISTS,
    LOGNORMAL_PRICE,
    MARKET_CAP,
    MODEL,
    NAIVE,
    NO_CHANGE,
    OPERATING_INCOME,
    TARGETS,
    Origin,
    backtest,
    even_scores,
    interval_ends,
    quantile_levels,
)
from valuation.backtest_scores import POOLED, scores
from valuation.history import History
from valuation.inputs import ValuationInputs
from valuation.outlook import market_of
from valuation.scenarios import resolve_drivers

PLACE = {each.fiscal_quarter: place for place, each in enumerate(QUARTERS)}
LAST = PLACE["2025Q2"]
"""The quarter whose twelve months after it are the newest on hand."""


def months(field, last):
    """Twelve months of a column to a quarter, USD."""
    return sum(getattr(each, field) for each in QUARTERS[last - 3 : last + 1]) * 1e6


def growth(field, last):
    return months(field, last) / months(field, last - 4) - 1


def known_after(name, known_at=None, **changes: float | None):
    """What was known five weeks after the end of a quarter; company figures replaced by name."""
    last = PLACE[name]
    quarter, year_ago = QUARTERS[last], QUARTERS[last - 4]
    known_at = known_at or datetime.combine(
        quarter.period_end + timedelta(days=35), time(21), tzinfo=UTC
    )
    priced = max(close for close in CLOSES if close[0] <= known_at.date())
    then = {
        ("ttm_net_sales", ""): months("net_sales", last),
        ("ttm_operating_income", ""): months("operating_income", last),
        ("ttm_capex_gross", ""): months("capex_gross", last),
        ("ttm_segment_revenue", "aws"): months("aws_revenue", last),
        ("ttm_segment_operating_income", "aws"): months("aws_operating_income", last),
        ("quarter_net_sales", ""): quarter.net_sales * 1e6,
        ("net_sales_growth_yoy", ""): quarter.net_sales / year_ago.net_sales - 1,
        ("quarter_segment_revenue", "aws"): quarter.aws_revenue * 1e6,
        ("segment_revenue_growth_yoy", "aws"): quarter.aws_revenue / year_ago.aws_revenue - 1,
        ("shares_outstanding", ""): quarter.shares_outstanding * 1e6,
        ("share_price", ""): priced[1],
        **{(each, ""): value for each, value in changes.items()},
    }
    rows = [
        Amazon().row(
            *key,
            value=then.get(key, value),
            known_from=known_at,
            fiscal_quarter=name,
            period_end=priced[0] if key[0] == "share_price" else quarter.period_end,
        )
        for key, value in FIGURES.items()
    ]
    history = History.from_rows(
        history_rows(QUARTERS[: last + 1]), "AMZN", closes_by(known_at.date())
    )
    inputs = ValuationInputs.from_rows(rows, "AMZN", known_at, history)
    return Origin(quarter.accession_number, known_at, inputs)


def run(base, methods, *origins, today=HISTORY, event_ratio=None):
    return backtest(origins, base, today, methods, event_ratio)


def by_key(forecasts) -> Mapping:
    return {(each.fiscal_quarter, each.target, each.method): each for each in forecasts}


@pytest.fixture(scope="module")
def one(base, methods):
    """Every forecast made after 2025Q2; the event is market value at least as high a year on."""
    forecasts = run(base, methods, known_after("2025Q2"), event_ratio=1.0)
    return {(each.target, each.method): each for each in forecasts}


# --- which forecasts there are -----------------------------------------------------------------


def test_every_target_is_forecast_by_every_method(one):
    expected = {(target, method) for target in TARGETS for method in (MODEL, *NAIVE[target])}
    assert one.keys() == expected
    for each in one.values():
        assert (each.missing_reason, each.fiscal_quarter) == (None, "2025Q2")
        assert each.accession_number == "0001018724-25-000086"


def test_origins_come_in_order_and_those_without_a_newer_quarter_are_passed_over(base, methods):
    first, second = known_after("2024Q4"), known_after("2025Q1")
    again = known_after("2025Q1", known_at=second.known_at + timedelta(days=20))
    older = known_after("2024Q4", known_at=second.known_at + timedelta(days=30))
    late = Origin("0000000000-25-000001", again.known_at, again.inputs)
    stale = Origin("0000000000-25-000002", older.known_at, older.inputs)
    forecasts = run(base, methods, stale, late, second, first)
    assert list(dict.fromkeys(each.accession_number for each in forecasts)) == [
        first.accession_number,
        second.accession_number,
    ]


def test_origin_that_knows_no_cloud_revenue_is_passed_over(base, methods):
    origin = known_after("2025Q2")
    rows = {key: row for key, row in origin.inputs.rows.items() if key[0] != "ttm_segment_revenue"}
    blind = ValuationInputs("AMZN", origin.known_at, rows, origin.inputs.history)
    assert run(base, methods, Origin("x", origin.known_at, blind)) == ()


def test_forecast_does_not_know_how_it_ended(base, methods, one):
    origin = known_after("2025Q2")
    blind = run(base, methods, origin, today=origin.inputs.history, event_ratio=1.0)
    for each in blind:
        assert each.made == one[each.target, each.method].made
        assert each.result is None
    reasons = {each.target: each.missing_reason for each in blind}
    assert reasons[CLOUD_REVENUE] == "twelve months to 2026Q2 are not on hand"
    assert reasons[MARKET_CAP] == "no close on hand lies within 15 days of 2026-06-30"


# --- the naive forecasts by hand ---------------------------------------------------------------


FIELDS = {
    CLOUD_REVENUE: "aws_revenue",
    OPERATING_INCOME: "operating_income",
    CAPEX: "capex_gross",
}


@pytest.mark.parametrize("target", FLOWS)
def test_growth_persists_by_hand(one, target):
    field = FIELDS[target]
    now, grown = months(field, LAST), growth(field, LAST)
    errors = [growth(field, last) - growth(field, last - 4) for last in range(11, LAST + 1)]
    spread = sqrt(sum(error**2 for error in errors) / len(errors))
    made = one[target, GROWTH_PERSISTS].made
    assert made.scale_usd == now
    assert made.median_usd == pytest.approx(now * (1 + grown), rel=1e-9)
    upper = now * (1 + grown + stats.norm.ppf(0.9) * spread)
    assert made.quantiles[0.9] == pytest.approx(upper, abs=5e-3 * spread * now)


@pytest.mark.parametrize("target", FLOWS)
def test_no_change_by_hand(one, target):
    field = FIELDS[target]
    now = months(field, LAST)
    errors = [growth(field, last) for last in range(7, LAST + 1)]
    spread = sqrt(sum(error**2 for error in errors) / len(errors))
    made = one[target, NO_CHANGE].made
    assert made.median_usd == pytest.approx(now, rel=1e-9)
    lower = now * (1 + stats.norm.ppf(0.1) * spread)
    assert made.quantiles[0.1] == pytest.approx(lower, abs=5e-3 * spread * now)


def test_lognormal_price_by_hand(base, methods, one):
    origin = known_after("2025Q2")
    inputs = origin.inputs
    start = 219.39 * 10_664.912097e6
    sigma = market_of(inputs, resolve_drivers(inputs, base), methods)[1].figure.value
    trend = log1p(base.drivers["wacc"].value) - sigma**2 / 2
    made = one[MARKET_CAP, LOGNORMAL_PRICE].made
    assert made.scale_usd == pytest.approx(start)
    assert made.median_usd == pytest.approx(start * exp(trend), rel=1e-4)
    upper = start * exp(trend + sigma * stats.norm.ppf(0.95))
    assert made.quantiles[0.95] == pytest.approx(upper, rel=5e-3)
    assert made.event_probability == pytest.approx(stats.norm.cdf(trend / sigma), abs=1e-3)


def test_even_scores_split_the_normal_into_equal_shares():
    scores = even_scores(5)
    assert scores == pytest.approx(stats.norm.ppf([0.1, 0.3, 0.5, 0.7, 0.9]))


# --- the model's own forecasts -----------------------------------------------------------------


def test_model_forecasts_year_one_of_the_scenario(one):
    """Antithetic draws of a normal growth: their mean is that of the centre."""
    quarterly = QUARTERS[LAST].aws_revenue / QUARTERS[LAST - 4].aws_revenue - 1
    made = one[CLOUD_REVENUE, MODEL].made
    centre = months("aws_revenue", LAST) * (1 + quarterly)
    assert made.median_usd == pytest.approx(centre, rel=0.01)
    assert made.quantiles[0.25] < made.median_usd < made.quantiles[0.75]


def test_drivers_written_later_are_named_for_the_model_alone(one):
    judged = ("margin_terminal", "margin_convergence")
    expected = tuple(f"{part}_{name}" for part in ("cloud", "rest") for name in judged)
    assert one[OPERATING_INCOME, MODEL].hindsight_drivers == expected
    assert one[CLOUD_REVENUE, MODEL].hindsight_drivers == ()
    assert "cloud_sales_to_capital" in one[CAPEX, MODEL].hindsight_drivers
    assert "wacc" in one[MARKET_CAP, MODEL].hindsight_drivers
    assert {each.hindsight_drivers for key, each in one.items() if key[1] != MODEL} == {()}


def test_no_hindsight_once_all_is_written(base, methods):
    later = known_after("2026Q2", known_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert {each.hindsight_drivers for each in run(base, methods, later)} == {()}


# --- results -----------------------------------------------------------------------------------


def test_outcomes_are_the_twelve_months_after(one):
    for target, field in FIELDS.items():
        for method in (MODEL, *NAIVE[target]):
            result = one[target, method].result
            assert result.outcome_usd == months(field, PLACE["2026Q2"])
            assert (result.outcome_of, result.event_came) == ("2026Q2", None)
    market = one[MARKET_CAP, MODEL].result
    assert market.outcome_usd == pytest.approx(238.34 * 10_786.313572e6)
    assert (market.outcome_of, market.event_came) == ("2026-06-30", True)


def test_losses_of_a_normal_forecast_by_hand(one, methods):
    """CRPS in closed form; pinball as the mean over the declared levels."""
    field = "aws_revenue"
    now, centre = months(field, LAST), months(field, LAST) * (1 + growth(field, LAST))
    errors = [growth(field, last) - growth(field, last - 4) for last in range(11, LAST + 1)]
    sigma = now * sqrt(sum(error**2 for error in errors) / len(errors))
    y = months(field, PLACE["2026Q2"])
    z = (y - centre) / sigma
    crps = sigma * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / sqrt(pi))
    result = one[CLOUD_REVENUE, GROWTH_PERSISTS].result
    assert result.crps_usd == pytest.approx(crps, rel=1e-2)
    assert result.pit == pytest.approx(stats.norm.cdf(z), abs=1e-3)
    levels = methods.backtest.pinball_quantiles
    quantiles = [centre + sigma * stats.norm.ppf(level) for level in levels]
    losses = [
        (y - q) * (level if y >= q else level - 1)
        for level, q in zip(levels, quantiles, strict=True)
    ]
    assert result.pinball_usd == pytest.approx(sum(losses) / len(losses), rel=1e-2)


def test_event_is_asked_of_market_value_alone(one):
    for (target, _), each in one.items():
        asked = target == MARKET_CAP
        assert (each.made.event_probability is not None) == asked
        assert (each.made.event_ratio == 1.0) == asked


# --- what cannot be forecast -------------------------------------------------------------------


def test_short_history_leaves_reasons(base, methods):
    """After 2025Q1 two errors of persistence are known, and three are asked for."""
    found = by_key(run(base, methods, known_after("2025Q1")))
    naive = found["2025Q1", CLOUD_REVENUE, GROWTH_PERSISTS]
    assert (
        naive.missing_reason == "the history on hand gives fewer than 3 errors of such a forecast"
    )
    assert (naive.made, naive.result) == (None, None)
    assert found["2025Q1", CLOUD_REVENUE, NO_CHANGE].result is not None
    model = found["2025Q1", CLOUD_REVENUE, MODEL]
    assert "rest_growth_error of segment aws is not known" in model.missing_reason


@pytest.mark.parametrize(
    ("figure", "missing", "reason"),
    [
        ("ppe_net", {(CAPEX, MODEL)}, "ppe_net is not known"),
        ("debt", {(MARKET_CAP, MODEL)}, "debt is not known"),
        (
            "share_price",
            {(MARKET_CAP, MODEL), (MARKET_CAP, LOGNORMAL_PRICE)},
            "share_price is not known",
        ),
        ("ttm_capex_gross", {(CAPEX, MODEL)}, "twelve months of ntm_capex are not known"),
    ],
)
def test_figure_not_known_keeps_only_what_rests_on_it_from_being_made(
    base, methods, figure, missing, reason
):
    forecasts = run(base, methods, known_after("2025Q2", **{figure: None}))
    unmade = {(each.target, each.method): each for each in forecasts if each.made is None}
    assert unmade.keys() == missing
    assert all(reason in each.missing_reason for each in unmade.values())


def test_market_value_needs_a_close_to_start_from(base, methods):
    few = known_after("2025Q2")
    short = History(few.inputs.history.series, CLOSES[:7], few.inputs.history.period_ends)
    inputs = ValuationInputs("AMZN", few.known_at, few.inputs.rows, short)
    found = by_key(run(base, methods, Origin("x", few.known_at, inputs)))
    for method in (MODEL, LOGNORMAL_PRICE):
        assert "fewer than 8 closes" in found["2025Q2", MARKET_CAP, method].missing_reason


# --- levels and scores -------------------------------------------------------------------------


def test_levels_hold_ends_of_intervals_pinball_and_median_once(methods):
    assert quantile_levels(methods.backtest) == (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
    assert interval_ends(0.9) == (0.05, 0.95)


@pytest.fixture(scope="module")
def two_scored(base, methods):
    """Forecasts after 2025Q1 and 2025Q2, with two observations enough."""
    few = methods.priors.model_copy(update={"minimum_observations": 2})
    methods = methods.model_copy(update={"priors": few})
    origins = [known_after(name) for name in ("2025Q1", "2025Q2", "2025Q3")]
    return run(base, methods, *origins, event_ratio=1.1)


def test_scores_are_means_of_losses_over_common_origins(two_scored, methods):
    found = {(each.target, each.method): each for each in scores(two_scored, methods)}
    made = by_key(two_scored)
    score = found[CLOUD_REVENUE, GROWTH_PERSISTS]
    own = [made[name, CLOUD_REVENUE, GROWTH_PERSISTS] for name in ("2025Q1", "2025Q2")]
    assert score.origins == 2
    # Two forecasts of four quarters, a quarter apart: 4 ÷ (2 + 2 · ¾).
    assert score.effective_origins == pytest.approx(4 / 3.5)
    shares = [each.result.crps_usd / each.made.scale_usd for each in own]
    assert score.crps == pytest.approx(sum(shares) / 2)
    misses = [
        abs(each.made.median_usd - each.result.outcome_usd) / each.made.scale_usd for each in own
    ]
    assert score.mean_absolute_error == pytest.approx(sum(misses) / 2)
    inside = [
        each.made.quantiles[0.1] <= each.result.outcome_usd <= each.made.quantiles[0.9]
        for each in own
    ]
    assert score.coverage[0.8] == sum(inside) / 2
    assert score.pits == tuple(sorted(each.result.pit for each in own))


def test_skill_is_against_the_best_naive_forecast(two_scored, methods):
    found = {(each.target, each.method): each for each in scores(two_scored, methods)}
    for target in TARGETS:
        best = min(found[target, method].crps for method in NAIVE[target])
        model = found[target, MODEL]
        assert model.skill == pytest.approx(1 - model.crps / best)
        assert model.beats_naive == (model.crps < best)
        for method in NAIVE[target]:
            assert (found[target, method].skill, found[target, method].beats_naive) == (None, None)


def test_error_of_skill_by_hand(two_scored, methods):
    """Differences of CRPS at both origins, their deviation over the root of what they are worth."""
    found = {(each.target, each.method): each for each in scores(two_scored, methods)}
    made = by_key(two_scored)
    rival = min(NAIVE[CLOUD_REVENUE], key=lambda method: found[CLOUD_REVENUE, method].crps)
    gaps = []
    for name in ("2025Q1", "2025Q2"):
        theirs, ours = (made[name, CLOUD_REVENUE, method] for method in (rival, MODEL))
        gaps.append((theirs.result.crps_usd - ours.result.crps_usd) / ours.made.scale_usd)
    deviation = abs(gaps[0] - gaps[1]) / 2**0.5
    model = found[CLOUD_REVENUE, MODEL]
    expected = deviation / model.effective_origins**0.5 / found[CLOUD_REVENUE, rival].crps
    assert model.skill_error == pytest.approx(expected)
    assert found[CLOUD_REVENUE, rival].skill_error is None


@pytest.mark.parametrize(
    ("skill", "error", "comparison"),
    [
        (0.3, 0.1, "better"),
        (0.2, 0.1, "undecided"),
        (-0.3, 0.1, "worse"),
        (-0.1, 0.1, "undecided"),
        (0.9, None, "undecided"),
        (None, None, None),
    ],
)
def test_better_takes_two_standard_errors(two_scored, methods, skill, error, comparison):
    score = replace(scores(two_scored, methods)[0], skill=skill, skill_error=error)
    assert score.comparison == (None if skill is None else "undecided")
    assert replace(score, effective_origins=5.0).comparison == comparison


def test_companies_are_pooled_only_where_more_than_one_speaks(two_scored, methods):
    alone = [replace(each, ticker="MSFT") for each in two_scored if each.target == CAPEX]
    found = scores([*two_scored, *alone], methods)
    assert {each.target for each in found if each.ticker == ""} == {CAPEX}


def test_brier_by_hand(two_scored, methods):
    found = {(each.target, each.method): each for each in scores(two_scored, methods)}
    made = by_key(two_scored)
    losses = [
        (each.made.event_probability - each.result.event_came) ** 2
        for each in (made[name, MARKET_CAP, MODEL] for name in ("2025Q1", "2025Q2"))
    ]
    assert found[MARKET_CAP, MODEL].brier == pytest.approx(sum(losses) / 2)
    assert found[CLOUD_REVENUE, MODEL].brier is None


def test_origin_one_method_could_not_forecast_is_scored_for_none(base, methods):
    """Without the past of capital spending the model forecasts it and the naive methods do not."""
    origin = known_after("2025Q2")
    past = origin.inputs.history
    series = {key: of for key, of in past.series.items() if key[0] != "capex_gross"}
    inputs = replace(origin.inputs, history=replace(past, series=series))
    forecasts = run(base, methods, replace(origin, inputs=inputs))
    assert by_key(forecasts)["2025Q2", CAPEX, MODEL].result is not None
    assert {each.target for each in scores(forecasts, methods)} == set(TARGETS) - {CAPEX}


def test_companies_are_pooled_as_if_independent(two_scored, methods):
    twins = [replace(each, ticker="TWIN") for each in two_scored]
    found = {
        (each.ticker, each.target, each.method): each
        for each in scores([*two_scored, *twins], methods)
    }
    own = found["AMZN", CLOUD_REVENUE, MODEL]
    pooled = found[POOLED, CLOUD_REVENUE, MODEL]
    assert (pooled.origins, own.origins) == (4, 2)
    assert pooled.effective_origins == pytest.approx(2 * own.effective_origins)
    assert pooled.crps == pytest.approx(own.crps)
    assert {each.ticker for each in scores(two_scored, methods)} == {"AMZN"}


def test_nothing_scored_gives_no_scores(base, methods):
    newest = run(base, methods, known_after("2026Q2"))
    assert all(each.result is None for each in newest)
    assert scores(newest, methods) == ()


def test_history_stops_at_what_was_known():
    """The origins of these tests know no later quarter and no later close."""
    history = known_after("2025Q2").inputs.history
    assert max(history.period_ends.values()) == date(2025, 6, 30)
    assert max(history.closes)[0] == date(2025, 6, 30)
