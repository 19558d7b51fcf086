"""Closed-form identities of the cash flow mathematics, and properties of every path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.valuation.closed_forms import (
    depreciation_to_capex,
    growing_annuity_value,
    present_value,
)
from valuation.cashflow import (
    CapitalDrivers,
    Opening,
    PartDrivers,
    consolidate,
    discount_factors,
    forecast,
    gordon_value,
    growth_path,
    margin_path,
    plant_path,
    straight_line_charge,
    value_driver_value,
    value_part,
)
from valuation.errors import DiscountRateError

FLOOR = 0.01

OPENINGS = st.builds(Opening, revenue_usd=st.floats(1.0, 1e12), ppe_usd=st.floats(0.0, 1e12))
PARTS = st.builds(
    PartDrivers,
    growth_now=st.floats(-0.2, 0.6),
    growth_terminal=st.floats(0.0, 0.04),
    growth_fade=st.floats(0.0, 1.0),
    margin_now=st.floats(-0.1, 0.5),
    margin_terminal=st.floats(0.05, 0.5),
    margin_convergence=st.floats(1.0, 15.0),
    sales_to_capital=st.floats(0.2, 5.0),
    asset_life=st.floats(1.0, 20.0),
    remaining_life=st.floats(1.0, 20.0),
)
CAPITAL = st.builds(
    CapitalDrivers,
    tax_rate=st.floats(0.0, 0.4),
    wacc=st.floats(0.06, 0.15),
    ronic=st.floats(0.05, 0.3),
    spread_floor=st.just(FLOOR),
    years=st.integers(1, 15),
)


def test_gordon_value():
    assert gordon_value(103, 0.09, 0.03, FLOOR) == pytest.approx(1716.6667, abs=5e-5)


def test_first_flow_of_a_perpetuity_is_discounted_one_full_year():
    flows = [103 * 1.03**t for t in range(2000)]
    assert present_value(flows, 0.09) == pytest.approx(gordon_value(103, 0.09, 0.03, FLOOR))
    assert list(discount_factors(0.25, 2)) == [0.8, pytest.approx(0.64)]


def test_growing_annuity_at_equal_rate_and_growth():
    assert growing_annuity_value(100, 0.10, 0.10, 5) == pytest.approx(454.5455, abs=5e-5)
    flows = [100 * 1.1**t for t in range(5)]
    assert present_value(flows, 0.10) == pytest.approx(454.5455, abs=5e-5)


@given(
    rate=st.floats(0.01, 0.3),
    offset=st.one_of(st.just(0.0), st.floats(-1e-9, 1e-9), st.floats(-0.2, 0.2)),
    years=st.integers(1, 40),
)
def test_growing_annuity_is_the_sum_of_its_discounted_flows(rate, offset, years):
    growth = rate + offset
    flows = [100 * (1 + growth) ** t for t in range(years)]
    assert growing_annuity_value(100, rate, growth, years) == pytest.approx(
        present_value(flows, rate), rel=1e-9
    )


def test_value_driver_value():
    assert value_driver_value(100, 0.09, 0.03, 0.12, FLOOR) == pytest.approx(1250, abs=5e-5)


@given(growth=st.floats(0.0, 0.075))
def test_growth_adds_no_value_when_new_capital_earns_its_cost(growth):
    assert value_driver_value(100, 0.09, growth, 0.09, FLOOR) == pytest.approx(1111.1111, abs=5e-5)


def test_rate_too_close_to_growth_is_refused_in_any_draw():
    with pytest.raises(DiscountRateError):
        gordon_value(100, np.array([0.09, 0.05, 0.09]), np.array([0.03, 0.045, 0.03]), FLOOR)
    with pytest.raises(DiscountRateError, match=r"0\.0500 less growth 0\.0450 is below the floor"):
        gordon_value(100, 0.05, 0.045, FLOOR)


def test_depreciation_to_capex():
    assert depreciation_to_capex(0.10, 5) == pytest.approx(0.758157, abs=5e-7)
    assert depreciation_to_capex(0.0, 5) == 1.0
    assert depreciation_to_capex(1e-12, 5) == pytest.approx(1.0)


def test_depreciation_to_capex_is_what_vintages_give_in_the_long_run():
    charges = sum(straight_line_charge(100 * 1.1**-age, 5, age) for age in range(1, 6))
    assert charges / 100 == pytest.approx(depreciation_to_capex(0.10, 5), rel=1e-12)


@given(cost=st.floats(0.0, 1e12), life=st.floats(1.0, 40.0))
def test_charges_of_a_vintage_sum_to_its_cost(cost, life):
    charges = sum(straight_line_charge(cost, life, age) for age in range(1, 42))
    assert charges == pytest.approx(cost, rel=1e-9, abs=1e-6)


def test_growth_fades_geometrically_from_now_to_terminal():
    assert list(growth_path(0.35, 0.03, 0.5, 3)) == pytest.approx([0.35, 0.19, 0.11])


def test_margin_reaches_terminal_after_convergence_and_stays():
    assert list(margin_path(0.40, 0.30, 2.0, 3)) == pytest.approx([0.35, 0.30, 0.30])


@settings(max_examples=60)
@given(OPENINGS, PARTS, CAPITAL)
def test_plant_rolls_forward_in_every_year(opening, drivers, capital):
    path = value_part(opening, drivers, capital).path
    openings = [opening.ppe_usd, *(year.ppe_closing_usd for year in path)]
    scale = opening.revenue_usd + opening.ppe_usd
    for year, ppe_opening in zip(path, openings, strict=False):
        assert year.ppe_opening_usd == ppe_opening
        rolled = year.ppe_opening_usd + year.capex_usd - year.depreciation_usd
        assert year.ppe_closing_usd == pytest.approx(rolled, rel=1e-9, abs=1e-9 * scale)
        assert year.free_cash_flow_usd == pytest.approx(
            year.nopat_usd + year.depreciation_usd - year.capex_usd, rel=1e-9, abs=1e-9 * scale
        )


@settings(max_examples=60)
@given(OPENINGS, PARTS, CAPITAL)
def test_value_is_discounted_flows_and_discounted_terminal_value(opening, drivers, capital):
    value = value_part(opening, drivers, capital)
    flows = [year.free_cash_flow_usd for year in value.path]
    later = value.terminal_value_usd / (1 + capital.wacc) ** capital.years
    assert value.enterprise_value_usd == pytest.approx(
        present_value(flows, capital.wacc) + later, rel=1e-9, abs=1e-9 * opening.revenue_usd
    )


@settings(max_examples=60)
@given(OPENINGS, PARTS, OPENINGS, PARTS, CAPITAL)
def test_consolidated_path_is_worth_the_sum_of_the_parts(first, drivers, second, others, capital):
    parts = value_part(first, drivers, capital), value_part(second, others, capital)
    whole = consolidate([part.path for part in parts])
    flows = [year.free_cash_flow_usd for year in whole]
    terminal = sum(part.terminal_present_value_usd for part in parts)
    assert present_value(flows, capital.wacc) + terminal == pytest.approx(
        sum(part.enterprise_value_usd for part in parts),
        rel=1e-9,
        abs=1e-9 * (first.revenue_usd + second.revenue_usd),
    )
    before = first.revenue_usd + second.revenue_usd
    assert whole[0].growth_ratio == pytest.approx(whole[0].revenue_usd / before - 1, abs=1e-9)


def test_margin_before_depreciation_adds_the_charge_back():
    drivers = PartDrivers(0.0, 0.0, 1.0, 0.2, 0.2, 1.0, 1.0, 5.0, 10.0)
    capital = CapitalDrivers(0.2, 0.1, 0.1, FLOOR, 1)
    (year,) = value_part(Opening(100.0, 50.0), drivers, capital).path
    assert year.depreciation_usd == 5.0
    assert year.margin_before_depreciation_ratio == pytest.approx(0.25)


def test_plant_of_many_draws_is_that_of_each():
    """Owned 100 with two years to run; bought 30 + 50, then 33 + 50 + 80/4, over four years."""
    drivers = PartDrivers(0.1, 0.1, 1.0, 0.2, 0.2, 1.0, np.array([1 / 3, 1.0]), 4.0, 2.0)
    flows = list(forecast(100.0, drivers, CapitalDrivers(0.2, 0.15, 0.1, FLOOR, 2)))
    first, second = plant_path(100.0, flows, drivers)
    assert first.depreciation == 50.0
    assert first.capex == pytest.approx([30 + 50, 10 + 50])
    assert second.depreciation == pytest.approx([50 + 80 / 4, 50 + 60 / 4])
    assert second.capex == pytest.approx([33 + 70, 11 + 65])
    assert second.closing == pytest.approx([100 + 30 + 33, 100 + 10 + 11])
