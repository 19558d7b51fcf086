"""What must be true: roots that give the target back, honest outcomes, frontier and base rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.assumptions import Target
from tests.unit.valuation.amazon import with_values
from valuation.errors import AssumptionError
from valuation.model import equity_value, part_flows, varied
from valuation.provenance import Figure
from valuation.reverse import (
    Achieved,
    Population,
    admissible_range,
    average_growth,
    base_rates,
    bisect,
    declared_ranges,
    frontier,
    reverse,
)
from valuation.scenarios import plain, position, resolve_drivers

EXACT = 1e-9


def target(usd):
    return Target(name="asked", market_value_usd=usd)


def solved(held, base, drivers, targets, declared, only=()):
    found = reverse(held, base, drivers, targets, declared.solver, only)
    return {(each.target.market_value_usd, each.driver): each for each in found}


# --- roots ---------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(usd=st.floats(0.5e12, 8e12))
def test_solved_value_put_back_reproduces_the_target(held, base, drivers, declared, usd):
    found = solved(held, base, drivers, [target(usd)], declared)
    reached = [each for each in found.values() if each.value is not None]
    assert reached
    for each in reached:
        equity = equity_value(held, varied(drivers, {each.driver: each.value}))
        assert equity == pytest.approx(usd, rel=EXACT)


@settings(max_examples=40, deadline=None)
@given(
    wacc=st.floats(0.07, 0.14),
    growth=st.floats(0.0, 0.03),
    floor=st.floats(0.005, 0.04),
)
def test_bounds_of_wacc_and_terminal_growth_can_themselves_be_valued(
    held, base, drivers, declared, wacc, growth, floor
):
    """Whatever the doubles: a bound that missed the floor by its last bit would raise."""
    own = {
        **drivers,
        "wacc": wacc,
        "cloud_growth_terminal": growth,
        "rest_growth_terminal": growth,
        "discount_spread_floor": floor,
    }
    for name in ("wacc", "cloud_growth_terminal", "rest_growth_terminal"):
        low, high = admissible_range(name, own)
        equity_value(held, varied(own, {name: np.array([low, high])}))


def test_every_driver_but_rules_of_the_method_is_solved_for(held, base, drivers, declared, targets):
    found = solved(held, base, drivers, targets, declared)
    ranged = declared_ranges(base, drivers)
    assert found.keys() == {(each.market_value_usd, name) for each in targets for name in ranged}
    assert not ranged.keys() & {"forecast_years", "exit_multiple", "discount_spread_floor"}


def test_outcome_says_whether_range_or_reach_fails(held, base, drivers, declared):
    near, far = 2.2e12, 3.0e12
    found = solved(held, base, drivers, [target(near), target(far)], declared)
    assert found[near, "wacc"].outcome == "reached"
    assert found[far, "wacc"].outcome == "beyond_range"
    assert found[far, "tax_rate"].outcome == "unreachable"
    assert found[near, "cloud_asset_life"].outcome == "no_effect"
    assert found[near, "net_dilution"].outcome == "no_effect"
    for each in found.values():
        inside = each.value is not None and each.low <= each.value <= each.high
        assert (each.outcome == "reached") == inside
        assert (each.value is None) == (each.outcome in ("no_effect", "unreachable"))
        assert (each.reason == "") == (each.outcome == "reached")


def test_no_value_of_a_driver_out_of_reach_is_worth_the_target(held, base, drivers, declared):
    found = solved(held, base, drivers, [target(3e12)], declared).values()
    unreachable = [each.driver for each in found if each.outcome == "unreachable"]
    assert unreachable
    for name in unreachable:
        values = np.linspace(*admissible_range(name, drivers), 201)
        assert np.max(equity_value(held, varied(drivers, {name: values}))) < 3e12


def test_value_of_the_base_itself_is_the_root_of_its_own_equity(held, base, drivers, declared):
    usd = float(equity_value(held, drivers))
    found = solved(held, base, drivers, [target(usd)], declared, ["wacc", "cloud_growth_fade"])
    for each in found.values():
        assert each.value == pytest.approx(drivers[each.driver], rel=EXACT)


def test_only_the_drivers_asked_for(held, base, drivers, declared, targets):
    found = reverse(held, base, drivers, targets, declared.solver, only=["wacc"])
    assert [each.driver for each in found] == ["wacc", "wacc"]


@pytest.mark.parametrize("name", ["exit_multiple", "cloud_hype"])
def test_driver_that_cannot_be_solved_for_is_refused(held, base, drivers, declared, targets, name):
    with pytest.raises(
        AssumptionError, match=f"AMZN base: no range is declared for {name}; .*wacc"
    ):
        reverse(held, base, drivers, targets, declared.solver, only=[name])


@pytest.mark.parametrize("name", ["bear", "base", "bull"])
def test_value_rises_or_falls_throughout_in_every_driver(amazon, scenarios, name):
    """What bisection supposes, over the widest range of every driver of what is declared."""
    scenario = scenarios[name]
    own = plain(resolve_drivers(amazon.inputs(), scenario))
    held = position(amazon.inputs(), scenario.cloud_segment)
    for driver in declared_ranges(scenario, own):
        values = np.linspace(*admissible_range(driver, own), 201)
        equity = np.asarray(equity_value(held, varied(own, {driver: values})))
        steps = np.diff(np.broadcast_to(equity, values.shape))
        dust = 1e-12 * np.abs(equity).max()
        assert (steps >= -dust).all() or (steps <= dust).all(), driver


def test_bisection_of_known_roots(declared):
    """x³ = 8 between 0 and 3; x³ = 27 at the upper end; x³ = 0 at the lower; x³ = 64 nowhere."""
    goals = np.array([8.0, 27.0, 0.0, 64.0])
    low, high = np.zeros(4), np.full(4, 3.0)
    *found, nowhere = bisect(lambda x: x**3, low, high, goals, declared.solver).tolist()
    assert found == pytest.approx([2, 3, 0], abs=1e-12)
    assert np.isnan(nowhere)


def test_bisection_of_a_falling_function(declared):
    (root,) = bisect(
        lambda x: 1 / x, np.array([0.1]), np.array([9.0]), np.array([0.5]), declared.solver
    )
    assert root == pytest.approx(2.0, rel=1e-12)


# --- frontier ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def points(held, base, drivers, declared, targets):
    return frontier(held, base, drivers, targets, declared.frontier, declared.solver)


def test_frontier_points_reproduce_the_target(held, drivers, points):
    feasible = [each for each in points if each.growth_now is not None]
    assert feasible
    for each in feasible:
        equity = equity_value(
            held,
            varied(
                drivers,
                {
                    "cloud_growth_now": each.growth_now,
                    "cloud_margin_terminal": each.margin_terminal,
                    "cloud_sales_to_capital": each.sales_to_capital,
                    "wacc": each.wacc,
                },
            ),
        )
        assert equity == pytest.approx(each.target.market_value_usd, rel=EXACT)
        assert each.equity_usd == equity


def test_no_growth_in_range_reaches_the_target_at_an_empty_point(held, base, drivers, points):
    low, high = declared_ranges(base, drivers)["cloud_growth_now"]
    empty = [each for each in points if each.growth_now is None]
    assert empty
    for each in empty:
        others = {
            "cloud_margin_terminal": each.margin_terminal,
            "cloud_sales_to_capital": each.sales_to_capital,
            "wacc": each.wacc,
            "cloud_growth_now": np.linspace(low, high, 21),
        }
        above = (
            np.asarray(equity_value(held, varied(drivers, others))) > each.target.market_value_usd
        )
        assert above.all() or not above.any()
        assert (each.average_growth, each.equity_usd) == (None, None)


def test_frontier_covers_the_declared_ranges(base, drivers, declared, targets, points):
    setting = declared.frontier
    assert len(points) == len(targets) * setting.margins * setting.intensities * setting.rates
    ranges = declared_ranges(base, drivers)
    assert {each.wacc for each in points} == set(
        np.linspace(*ranges["wacc"], setting.rates).tolist()
    )
    margins = [each.margin_terminal for each in points]
    assert (min(margins), max(margins)) == ranges["cloud_margin_terminal"]


def test_less_growth_is_needed_at_a_better_margin(points):
    by_others = {}
    for each in points:
        if each.growth_now is not None:
            key = (each.target.name, each.sales_to_capital, each.wacc)
            by_others.setdefault(key, []).append((each.margin_terminal, each.growth_now))
    runs = [[growth for _, growth in sorted(run)] for run in by_others.values()]
    assert any(len(run) > 2 for run in runs)
    assert all(run == sorted(run, reverse=True) for run in runs)


def test_frontier_of_a_target_out_of_reach_is_empty(held, base, drivers, declared):
    points = frontier(held, base, drivers, [target(1e15)], declared.frontier, declared.solver)
    assert {each.growth_now for each in points} == {None}


def test_average_growth_is_that_of_the_path(held, drivers):
    last = part_flows(held.revenue_usd["cloud"], drivers, "cloud")[-1]
    multiple = last.revenue / held.revenue_usd["cloud"]
    assert float(average_growth(drivers, 10)) == pytest.approx(multiple**0.1 - 1, rel=1e-12)
    assert float(average_growth(drivers, 1)) == pytest.approx(drivers["cloud_growth_now"])


# --- base rates ----------------------------------------------------------------------------------


def achieved(company, horizon_years, start_billions, growth):
    figure = Figure(growth, "ratio", "derived", "xbrl", ("0000000000-00-000000",))
    return Achieved(company, "2023Q4", horizon_years, start_billions * 1e9, figure)


# A grew from 90 to 100, 130 and 143, B from 200 to 250 and 255, C from 10 to 50 and 99.
GROWN = Population(
    "three companies",
    (
        achieved("A", 1, 90, 100 / 90 - 1),
        achieved("A", 1, 100, 0.30),
        achieved("A", 1, 130, 0.10),
        achieved("A", 2, 100, 1.43**0.5 - 1),
        achieved("B", 1, 200, 0.25),
        achieved("B", 1, 250, 0.02),
        achieved("B", 2, 200, (255 / 200) ** 0.5 - 1),
        achieved("C", 1, 10, 4.0),
        achieved("C", 1, 50, 0.98),
    ),
)


def test_base_rates_by_hand():
    """Floor 100: A gives two windows of a year, +30 % and +10 %, B +25 % and +2 %; C is never that
    large. A path of 20 % growth is reached twice in four.
    """
    drivers = {
        "cloud_growth_now": 0.2,
        "cloud_growth_terminal": 0.2,
        "cloud_growth_fade": 1.0,
    }
    one, two, ten = base_rates(target(3e12), drivers, 100e9, GROWN, (1, 2, 10))
    assert (one.windows, one.reached, one.companies) == (4, 2, 2)
    assert one.growth == pytest.approx(0.2)
    # Two years: A 100→143 is 19.6 % a year, B 200→255 is 12.9 %.
    assert (two.windows, two.reached, two.companies) == (2, 0, 2)
    assert (ten.windows, ten.missing_reason) == (
        0,
        "none of three companies was that large 10 years before its newest quarter",
    )
    assert (one.missing_reason, one.figure.evidence, one.population) == (
        None, "xbrl", "three companies",
    )  # fmt: skip


def test_growth_that_does_not_exist_has_no_base_rate():
    one = Population("one company", (achieved("A", 1, 100, 0.3),))
    (found,) = base_rates(target(3e12), None, 100e9, one, (1,))
    assert (found.growth, found.windows, found.reached) == (None, 1, None)
    assert found.missing_reason == "no admissible growth reaches the target"


def test_ranges_leave_out_what_has_no_bounds(base, drivers):
    bare = base.drivers["ronic"].model_copy(update={"low": None})
    without = base.model_copy(update={"drivers": {**base.drivers, "ronic": bare}})
    assert declared_ranges(base, drivers).keys() - declared_ranges(without, drivers).keys() == {
        "ronic"
    }


def test_range_may_lie_beside_the_value(held, base, declared, targets, amazon):
    """A filed growth above the declared high is kept; the range stays as declared."""
    fast = with_values(base, cloud_growth_now=0.9)
    own = plain(resolve_drivers(amazon.inputs(), fast))
    (found,) = reverse(held, fast, own, targets[:1], declared.solver, only=["cloud_growth_now"])
    assert (found.base, found.low, found.high) == (0.9, 0.2, 0.45)
