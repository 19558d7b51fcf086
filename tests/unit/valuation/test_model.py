"""Properties of the value of the equity over random assumptions.

Which way each driver moves value, and under which condition, stands at its test. Two are left out:
the length of the forecast, which has no direction of its own, and WACC where some year's cash flow
is negative, since a higher rate then shrinks what weighs on value.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from registry.assumptions import PARTS
from valuation.cashflow import discount_factors
from valuation.errors import DiscountRateError, ShareCountError
from valuation.model import (
    Position,
    diluted_count,
    equity_value,
    first_year,
    first_year_capex,
    part_flows,
    part_value,
    varied,
)

FEW = settings(max_examples=60, deadline=None)
PART = st.sampled_from(PARTS)
POSITIONS = st.builds(
    Position,
    revenue_usd=st.fixed_dictionaries({part: st.floats(1e9, 1e12) for part in PARTS}),
    balance_before_usd=st.tuples(st.floats(0, 1e11), st.floats(0, 1e11)),
    balance_after_usd=st.tuples(st.floats(-1e11, 0), st.floats(-1e11, 1e10)),
)
WACC, TAX, RONIC = st.floats(0.07, 0.14), st.floats(0.1, 0.3), st.floats(0.07, 0.3)


def assumptions(**changes):
    """Every driver at random, some replaced; terminal growth keeps its distance from WACC."""
    of_part = {
        "growth_now": st.floats(-0.1, 0.5),
        "growth_terminal": st.floats(0.0, 0.035),
        "growth_fade": st.floats(0.3, 0.95),
        "margin_now": st.floats(0.02, 0.45),
        "margin_terminal": st.floats(0.02, 0.45),
        "margin_convergence": st.floats(1.0, 12.0),
        "sales_to_capital": st.floats(0.3, 5.0),
        "asset_life": st.floats(2.0, 20.0),
        "remaining_life": st.floats(1.0, 15.0),
    }
    company = {
        "cloud_ppe_share": st.floats(0.1, 0.9),
        "tax_rate": TAX,
        "wacc": WACC,
        "ronic": RONIC,
        "discount_spread_floor": st.just(0.03),
        "forecast_years": st.integers(1, 15),
        "exit_multiple": st.floats(8, 30),
        "non_operating_assets": st.floats(0, 2e11),
        "net_dilution": st.floats(-0.02, 0.02),
    }
    every = {f"{part}_{name}": drawn for part in PARTS for name, drawn in of_part.items()}
    for name, drawn in changes.items():
        own = [f"{part}_{name}" for part in PARTS] if name in of_part else [name]
        every.update(dict.fromkeys(own, drawn))
    return st.fixed_dictionaries({**company, **every})


def moved(position, drivers, name, by):
    """Equity before and after a driver is raised, and a difference that rounding cannot make."""
    before = equity_value(position, drivers)
    after = equity_value(position, varied(drivers, {name: drivers[name] + by}))
    return before, after, 1e-9 * (abs(before) + sum(position.revenue_usd.values()))


# --- which way value moves ---------------------------------------------------------------------


@FEW
@given(
    POSITIONS,
    assumptions(ronic=st.floats(0.07, 0.3)),
    PART,
    st.sampled_from(["margin_now", "margin_terminal"]),
    st.floats(0.001, 0.2),
)
def test_value_rises_with_margin(position, drivers, part, name, by):
    """Always: revenue is positive, and RONIC exceeds terminal growth, so that profit is worth it.

    Today's margin moves nothing where the terminal one is reached within the first year.
    """
    before, after, dust = moved(position, drivers, f"{part}_{name}", by)
    if name == "margin_now" and drivers[f"{part}_margin_convergence"] <= 1:
        assert after == before
    else:
        assert after > before - dust
        assert name == "margin_now" or after > before


@FEW
@given(POSITIONS, assumptions(), PART, st.floats(0.5, 5.0))
def test_slower_convergence_keeps_value_near_todays_margin(position, drivers, part, by):
    """Up where today's margin is above the terminal one, down where it is below."""
    before, after, dust = moved(position, drivers, f"{part}_margin_convergence", by)
    falls_to = drivers[f"{part}_margin_now"] - drivers[f"{part}_margin_terminal"]
    assert (after - before) * falls_to >= -dust


@FEW
@given(POSITIONS, assumptions(), st.floats(0.005, 0.2))
def test_value_falls_with_tax(position, drivers, by):
    """Where margins are positive: a loss saves tax in this model, and a higher rate saves more."""
    before, after, _ = moved(position, drivers, "tax_rate", by)
    assert after < before


@FEW
@given(POSITIONS, assumptions(growth_now=st.floats(0.04, 0.5)), PART, st.floats(0.05, 2.0))
def test_value_rises_with_sales_to_capital(position, drivers, part, by):
    """Where revenue grows: shrinking releases capital, less of it the better it is used."""
    before, after, _ = moved(position, drivers, f"{part}_sales_to_capital", by)
    assert after > before


@FEW
@given(POSITIONS, assumptions(growth_terminal=st.floats(0.01, 0.035)), st.floats(0.005, 0.2))
def test_value_rises_with_return_on_new_capital(position, drivers, by):
    """Where terminal growth is positive: without growth no new capital is needed."""
    before, after, _ = moved(position, drivers, "ronic", by)
    assert after > before


GROWTH_DRIVERS = st.sampled_from(["growth_now", "growth_fade", "growth_terminal"])
GROWS = st.floats(0.04, 0.3)
"""Above every terminal growth, so that a slower fade is more growth."""


def least_return(drivers, part, pick):
    """Return on new capital: NOPAT of a dollar of revenue over the capital it takes."""
    margin = pick(drivers[f"{part}_margin_now"], drivers[f"{part}_margin_terminal"])
    return margin * (1 - drivers["tax_rate"]) * drivers[f"{part}_sales_to_capital"]


@FEW
@given(
    POSITIONS,
    assumptions(
        growth_now=GROWS,
        margin_now=st.floats(0.15, 0.45),
        margin_terminal=st.floats(0.15, 0.45),
        sales_to_capital=st.floats(1.0, 5.0),
        ronic=st.floats(0.14, 0.3),
    ),
    PART,
    GROWTH_DRIVERS,
    st.floats(0.002, 0.02),
)
def test_growth_adds_value_where_new_capital_beats_its_cost(position, drivers, part, name, by):
    """With the lower of both margins · (1 − tax) · sales to capital ≥ WACC, and RONIC ≥ WACC."""
    assume(least_return(drivers, part, min) >= drivers["wacc"])
    drivers = {**drivers, f"{part}_growth_terminal": min(drivers[f"{part}_growth_terminal"], 0.02)}
    before, after, dust = moved(position, drivers, f"{part}_{name}", by)
    assert after >= before - dust
    assert name == "growth_fade" or after > before


@FEW
@given(
    POSITIONS,
    assumptions(
        growth_now=GROWS,
        margin_now=st.floats(0.02, 0.08),
        margin_terminal=st.floats(0.02, 0.08),
        sales_to_capital=st.floats(0.3, 0.9),
        ronic=st.floats(0.05, 0.07),
    ),
    PART,
    GROWTH_DRIVERS,
    st.floats(0.002, 0.02),
)
def test_growth_destroys_value_where_new_capital_costs_more(position, drivers, part, name, by):
    """With the higher margin's return ≤ WACC ÷ (1 + WACC + gT), and RONIC ≤ WACC.

    Revenue earns in the year it is invested for, hence the denominator.
    """
    drivers = {**drivers, f"{part}_growth_terminal": min(drivers[f"{part}_growth_terminal"], 0.02)}
    rate, later = drivers["wacc"], drivers[f"{part}_growth_terminal"] + by
    assume(least_return(drivers, part, max) <= rate / (1 + rate + later))
    before, after, dust = moved(position, drivers, f"{part}_{name}", by)
    assert after <= before + dust
    assert name == "growth_fade" or after < before


@FEW
@given(
    POSITIONS,
    assumptions(
        growth_now=st.floats(0.0, 0.2),
        margin_now=st.floats(0.2, 0.45),
        margin_terminal=st.floats(0.2, 0.45),
        sales_to_capital=st.floats(2.0, 5.0),
    ),
    st.floats(0.001, 0.05),
)
def test_value_falls_with_wacc(position, drivers, by):
    """Where every year's cash flow is positive, which these margins and capital see to."""
    flows = [flow for part in PARTS for flow in part_flows(1.0, drivers, part)]
    assert min(flow.free_cash_flow for flow in flows) > 0
    before, after, _ = moved(position, drivers, "wacc", by)
    assert after < before


@FEW
@given(POSITIONS, assumptions(), st.floats(1e9, 1e11))
def test_investments_count_dollar_for_dollar(position, drivers, by):
    before, after, dust = moved(position, drivers, "non_operating_assets", by)
    assert after - before == pytest.approx(by, abs=dust)


@FEW
@given(
    POSITIONS,
    assumptions(),
    st.sampled_from(
        [
            *(f"{part}_{name}" for part in PARTS for name in ("asset_life", "remaining_life")),
            *("cloud_ppe_share", "exit_multiple", "net_dilution"),
        ]
    ),
)
def test_value_of_the_equity_does_not_depend_on(position, drivers, name):
    """Lives shape capital spending inside the margin; dilution shares the value out."""
    before, after, _ = moved(position, drivers, name, 0.5 * drivers[name] + 0.01)
    assert after == before


@given(assumptions(), st.floats(0.0001, 0.05))
def test_dilution_raises_the_share_count(drivers, by):
    more = varied(drivers, {"net_dilution": drivers["net_dilution"] + by})
    assert diluted_count(1e10, more) > diluted_count(1e10, drivers)


# --- what value does not change with -----------------------------------------------------------


def times(position, drivers, factor):
    dollars = {"non_operating_assets": drivers["non_operating_assets"] * factor}
    scaled = Position(
        {part: revenue * factor for part, revenue in position.revenue_usd.items()},
        tuple(each * factor for each in position.balance_before_usd),
        tuple(each * factor for each in position.balance_after_usd),
    )
    return equity_value(scaled, varied(drivers, dollars))


@FEW
@given(POSITIONS, assumptions(), st.integers(-10, 10))
def test_value_scales_with_all_dollars_to_the_last_bit(position, drivers, power):
    """A power of two is exact in every product and sum."""
    assert times(position, drivers, 2.0**power) == 2.0**power * equity_value(position, drivers)


@FEW
@given(POSITIONS, assumptions(), st.floats(1e-3, 1e3))
def test_value_scales_with_all_dollars(position, drivers, factor):
    expected = factor * equity_value(position, drivers)
    dust = 1e-9 * factor * sum(position.revenue_usd.values())
    assert times(position, drivers, factor) == pytest.approx(expected, rel=1e-9, abs=dust)


@FEW
@given(POSITIONS, assumptions())
def test_sum_of_the_parts_is_the_consolidated_company(position, drivers):
    """Flows of both parts added up year by year, and valued as those of one company."""
    by_part = [part_flows(position.revenue_usd[part], drivers, part) for part in PARTS]
    factors = discount_factors(drivers["wacc"], drivers["forecast_years"])
    explicit = sum(
        factor * sum(flow.free_cash_flow for flow in year)
        for factor, year in zip(factors, zip(*by_part, strict=True), strict=True)
    )
    terminal = sum(
        part_value(position.revenue_usd[part], drivers, part)
        - sum(flow.present_value for flow in flows)
        for part, flows in zip(PARTS, by_part, strict=True)
    )
    steps = (
        *position.balance_before_usd,
        drivers["non_operating_assets"],
        *position.balance_after_usd,
    )
    assert equity_value(position, drivers) == pytest.approx(
        explicit + terminal + sum(steps), rel=1e-9, abs=1e-9 * sum(position.revenue_usd.values())
    )


@FEW
@given(POSITIONS, assumptions(forecast_years=st.just(10)), assumptions(forecast_years=st.just(10)))
def test_many_draws_give_the_bits_of_each_alone(position, first, second):
    shared = ("forecast_years", "discount_spread_floor")
    together = {
        name: value if name in shared else np.array([value, second[name], value])
        for name, value in first.items()
    }
    each = [equity_value(position, drivers) for drivers in (first, second, first)]
    assert equity_value(position, together).tolist() == each


# --- errors ------------------------------------------------------------------------------------


def test_one_draw_below_the_floor_stops_all(held, drivers):
    rates = np.array([0.085, 0.085, 0.055])
    with pytest.raises(DiscountRateError, match=r"0\.0550 less growth 0\.0300 is below the floor"):
        equity_value(held, varied(drivers, {"wacc": rates}))


def test_one_share_count_that_is_not_positive_stops_all(drivers):
    dilutions = np.array([0.002, -1.0])
    with pytest.raises(ShareCountError, match="diluted shares of 0 are not positive"):
        diluted_count(1e10, varied(drivers, {"net_dilution": dilutions}))


# --- the first year ----------------------------------------------------------------------------


def test_first_year_does_not_depend_on_the_length_of_the_forecast(held, drivers):
    ten, one = (
        first_year(held.revenue_usd, {**drivers, "forecast_years": years}) for years in (10, 1)
    )
    assert ten == one
    assert ten["cloud"] == part_flows(held.revenue_usd["cloud"], drivers, "cloud")[0]


def test_capital_spending_of_the_first_year_by_hand(held, drivers):
    """Added revenue over sales to capital, and a year's charge on the plant owned."""
    ppe, share = 357_025e6, drivers["cloud_ppe_share"]
    expected = sum(
        held.revenue_usd[part] * drivers[f"{part}_growth_now"] / drivers[f"{part}_sales_to_capital"]
        + owned / drivers[f"{part}_remaining_life"]
        for part, owned in (("cloud", ppe * share), ("rest", ppe * (1 - share)))
    )
    first = first_year(held.revenue_usd, drivers)
    assert first_year_capex(first, ppe, drivers) == pytest.approx(expected, rel=1e-12)
