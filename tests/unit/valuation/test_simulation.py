"""Draws: reproducible to the byte, as declared, with an honest error, and exact without spread."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from registry.assumptions import Distribution
from tests.unit.valuation.amazon import collapsed
from valuation.errors import (
    AssumptionError,
    DiscountRateError,
    MissingInputError,
    ShareCountError,
)
from valuation.model import equity_value
from valuation.outlook import (
    CAPEX,
    CLOUD_REVENUE,
    EQUITY,
    MARKET_CAP,
    MARKET_MOVE,
    OPERATING_INCOME,
    PER_SHARE,
    prepare,
    simulate_company,
    with_market_move,
)
from valuation.scenarios import plain, resolve_drivers, value_scenario
from valuation.simulation import Sample, Sampling, drawn_drivers, simulate

SEED = 7


@pytest.fixture(scope="module")
def outlook(amazon, base, methods):
    return simulate_company(amazon.inputs(), base, methods, Sampling(16_384, 2_048, SEED))


@pytest.fixture(scope="module")
def drawn(amazon, base, methods):
    """The base scenario's drivers, ready to be drawn."""
    return prepare(amazon.inputs(), base, methods)[1]


def drivers_drawn(drawn, sampling):
    """The draws of the drivers themselves."""
    samples = simulate(
        drawn, lambda values: {name: values[name] for name in drawn.marginals}, sampling
    )
    return {name: sample.values for name, sample in samples.items()}


def equities(held, drawn, sampling):
    return simulate(drawn, lambda values: {EQUITY: equity_value(held, values)}, sampling)[EQUITY]


# --- without spread ----------------------------------------------------------------------------


def test_draws_without_spread_are_the_base_scenario_bit_for_bit(amazon, base, methods):
    inputs = amazon.inputs()
    result = value_scenario(inputs, base)
    samples = simulate_company(inputs, collapsed(base), methods, Sampling(64, 16, SEED)).samples
    cloud, company = result.parts["cloud"].path, result.company_path
    expected = {
        (EQUITY, None): result.equity.value,
        (PER_SHARE, None): result.value_per_share.value,
        **{(CLOUD_REVENUE, year.year): year.revenue_usd for year in cloud},
        (OPERATING_INCOME, 1): company[0].operating_income_usd,
        (CAPEX, 1): company[0].capex_usd,
    }
    for variable, value in expected.items():
        assert set(samples[variable].values.tolist()) == {value}, variable
    assert samples.keys() == expected.keys() | {(MARKET_CAP, None)}


def test_scenario_without_any_distribution_is_drawn_all_the_same(amazon, scenarios, methods):
    inputs = amazon.inputs()
    outlook = simulate_company(inputs, scenarios["bear"], methods, Sampling(64, 16, SEED))
    value = value_scenario(inputs, scenarios["bear"]).equity.value
    assert set(outlook.sample(EQUITY).values.tolist()) == {value}


# --- the same bytes ----------------------------------------------------------------------------


def test_same_seed_gives_the_same_bytes_whatever_the_threads(held, drawn):
    sampling = Sampling(8_192, 1_024, SEED)
    once = equities(held, drawn, sampling).values.tobytes()
    for threads in (1, 2, 5):
        assert equities(held, drawn, replace(sampling, threads=threads)).values.tobytes() == once


def test_more_draws_begin_with_the_same_ones(held, drawn):
    few = equities(held, drawn, Sampling(2_048, 1_024, SEED)).values
    more = equities(held, drawn, Sampling(4_096, 1_024, SEED)).values
    assert more[: few.size].tobytes() == few.tobytes()
    assert more[few.size :].tobytes() != few.tobytes()


def test_another_seed_differs_within_its_error(held, drawn):
    one, other = (equities(held, drawn, Sampling(16_384, 2_048, seed)) for seed in (1, 2))
    assert one.values.tobytes() != other.values.tobytes()
    for target in (1.5e12, 2e12, 3e12):
        (first, error), (second, _) = (each.probability(target) for each in (one, other))
        assert 0 < abs(first - second) < 5 * error


# --- as declared -------------------------------------------------------------------------------


def test_drivers_are_drawn_from_what_is_declared(base, drawn, amazon):
    draws = drivers_drawn(drawn, Sampling(65_536, 8_192, SEED))
    assert draws.keys() == set(base.uncertain_drivers)
    centres = plain(resolve_drivers(amazon.inputs(), base))
    for name, values in draws.items():
        low, centre, high = base.drivers[name].low, centres[name], base.drivers[name].high
        if base.drivers[name].distribution.family == "triangular":
            expected = stats.triang((centre - low) / (high - low), low, high - low)
        else:
            expected = stats.norm(centre, drawn.spreads[name].figure.value)
        distance, _ = stats.kstest(values, expected.cdf)
        assert distance < 0.01, name


def test_spreads_are_those_of_the_history(drawn, amazon):
    found = {name: spread.figure.value for name, spread in drawn.spreads.items()}
    history = amazon.history
    assert found == {
        "cloud_growth_now": history.spread("segment_growth_error", "aws", 3).figure.value,
        "cloud_margin_now": history.spread("segment_margin_change", "aws", 3).figure.value,
        "rest_growth_now": history.spread("rest_growth_error", "aws", 3).figure.value,
        "rest_margin_now": history.spread("rest_margin_change", "aws", 3).figure.value,
    }
    assert len(set(found.values())) == 4


def test_scores_of_drivers_are_correlated_as_declared(base, drawn):
    """Rank correlation of normal scores with correlation r is 6/π · asin(r/2)."""
    draws = drivers_drawn(drawn, Sampling(65_536, 8_192, SEED))
    given = {frozenset(each.drivers): each.value for each in base.correlations}
    names = list(draws)
    ranks = stats.spearmanr(np.stack(list(draws.values())), axis=1).statistic
    expected = [
        [
            1.0 if a == b else 6 / np.pi * np.arcsin(given.get(frozenset((a, b)), 0.0) / 2)
            for b in names
        ]
        for a in names
    ]
    assert ranks == pytest.approx(np.array(expected), abs=0.02)


def test_move_of_the_price_stands_beside_the_drivers_and_leaves_them_correlated(drawn):
    beside = drivers_drawn(with_market_move(drawn), Sampling(65_536, 8_192, SEED))
    move = beside.pop(MARKET_MOVE)
    assert stats.kstest(move, "norm").statistic < 0.01
    names = list(beside)
    found = np.corrcoef(np.stack([*beside.values(), move]))
    assert found[-1, :-1] == pytest.approx(np.zeros(len(names)), abs=0.02)
    alone = drivers_drawn(drawn, Sampling(65_536, 8_192, SEED))
    expected = np.corrcoef(np.stack(list(alone.values())))
    assert found[:-1, :-1] == pytest.approx(expected, abs=0.02)


# --- probabilities and their errors ------------------------------------------------------------


def test_probability_falls_as_the_target_rises(outlook):
    equity = outlook.sample(EQUITY)
    targets = np.quantile(equity.values, np.linspace(0.01, 0.99, 25))
    chances = [equity.probability(target)[0] for target in targets]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.97
    assert chances[-1] < 0.03
    assert equity.probability(-1e15) == (1.0, 0.0)
    assert equity.probability(1e15) == (0.0, 0.0)


def test_quantiles_and_order_are_those_of_the_draws(outlook):
    equity = outlook.sample(EQUITY)
    assert equity.ordered.tolist() == sorted(equity.values.tolist())
    median = float(np.median(equity.values))
    assert equity.quantiles((0.5,)).tolist() == [median]


@pytest.mark.parametrize("quantity", ["probability", "mean"])
def test_reported_error_is_the_spread_over_seeds(held, drawn, quantity):
    """Of 400 small simulations; their spread is known to 1/√800, about four percent."""
    found = []
    for seed in range(400):
        sample = equities(held, drawn, Sampling(256, 256, seed))
        found.append(
            sample.probability(2.2e12)
            if quantity == "probability"
            else sample.mean_and_error(sample.values)
        )
    values, errors = np.array(found).T
    assert np.sqrt((errors**2).mean()) == pytest.approx(values.std(ddof=1), rel=0.15)


def test_mirrored_draws_take_error_out_of_the_mean(held, drawn):
    """As many draws without mirror images would have the error of all draws."""
    sample = equities(held, drawn, Sampling(8_192, 1_024, SEED))
    _, error = sample.mean_and_error(sample.values)
    assert error < 0.5 * sample.values.std(ddof=1) / np.sqrt(sample.values.size)


def test_error_counts_a_draw_and_its_mirror_image_as_one():
    """Pieces of four: the pairs are (1, 3), (5, 7) and (2, 2), (0, 8), with means 2, 6, 2, 4."""
    sample = Sample(np.array([1.0, 5, 3, 7, 2, 0, 2, 8]), draws_at_once=4)
    mean, error = sample.mean_and_error(sample.values)
    assert mean == 3.5
    assert error == pytest.approx(np.std([2, 6, 2, 4], ddof=1) / 2)


# --- errors ------------------------------------------------------------------------------------


def test_short_history_is_named(amazon, base):
    drivers = resolve_drivers(amazon.inputs(), base)
    with pytest.raises(
        MissingInputError, match=r"segment_growth_error of segment aws .* fewer than 99"
    ):
        drawn_drivers(amazon.inputs(), base, drivers, 99)


def test_contradicting_correlations_name_the_scenario(amazon, base, methods):
    first = base.correlations[0]
    pairs = [
        ("wacc", "ronic", 0.9),
        ("wacc", "tax_rate", 0.9),
        ("ronic", "tax_rate", -0.9),
    ]
    torn = base.model_copy(
        update={
            "correlations": tuple(
                first.model_copy(update={"drivers": (a, b), "value": value})
                for a, b, value in pairs
            )
        }
    )
    with pytest.raises(AssumptionError, match="AMZN base: correlations contradict each other"):
        prepare(amazon.inputs(), torn, methods)


def test_draw_below_the_floor_stops_a_simulation(amazon, base, methods):
    """The value itself keeps its distance; the low end of its distribution does not."""
    wide = base.drivers["wacc"].model_copy(update={"low": 0.04})
    scenario = base.model_copy(update={"drivers": {**base.drivers, "wacc": wide}})
    value_scenario(amazon.inputs(), scenario)
    with pytest.raises(DiscountRateError, match="below the floor"):
        simulate_company(amazon.inputs(), scenario, methods, Sampling(1_024, 256, SEED, threads=2))


def test_share_count_that_is_not_positive_stops_a_simulation(amazon, base, methods):
    few = Sampling(64, 32, SEED)
    with pytest.raises(ShareCountError, match="not positive"):
        simulate_company(amazon.inputs(diluted_shares=-1.0), base, methods, few)


def test_draw_that_buys_back_every_share_stops_a_simulation(amazon, base, methods):
    """Also where an even number of years would make the count positive again."""
    shape = Distribution(family="normal", standard_deviation=0.9)
    wild = base.drivers["net_dilution"].model_copy(update={"distribution": shape})
    scenario = base.model_copy(update={"drivers": {**base.drivers, "net_dilution": wild}})
    value_scenario(amazon.inputs(), scenario)
    with pytest.raises(ShareCountError, match="not positive"):
        simulate_company(amazon.inputs(), scenario, methods, Sampling(1_024, 256, SEED))


@pytest.mark.parametrize("name", ["ppe_net", "diluted_shares", "cash", "debt"])
def test_no_figure_under_a_simulation_defaults(amazon, base, methods, name):
    with pytest.raises(MissingInputError, match=f"{name} is not known"):
        simulate_company(amazon.inputs(**{name: None}), base, methods, Sampling(64, 32, SEED))


def test_value_is_drawn_without_a_market(amazon, base, methods, outlook):
    alone = simulate_company(
        amazon.inputs(share_price=None), base, methods, Sampling(16_384, 2_048, SEED)
    )
    assert (alone.market, alone.volatility) == (None, None)
    assert "share_price is not known" in alone.market_gap
    assert alone.samples.keys() == outlook.samples.keys() - {(MARKET_CAP, None)}
    assert np.array_equal(alone.sample(EQUITY).values, outlook.sample(EQUITY).values)
