"""Scenarios on Amazon's real figures: an independent recomputation, properties, refusals."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import (
    AssumptionError,
    DiscountRateError,
    MissingInputError,
    ShareCountError,
)
from valuation.scenarios import base_tax_rate, check_order, value_scenario, value_scenarios

SMALL = {
    "cloud_growth_now": 0.30,
    "cloud_growth_terminal": 0.03,
    "cloud_growth_fade": 0.50,
    "cloud_margin_now": 0.36,
    "cloud_margin_terminal": 0.32,
    "cloud_margin_convergence": 2.0,
    "cloud_sales_to_capital": 0.8,
    "cloud_asset_life": 4.0,
    "cloud_remaining_life": 2.5,
    "rest_growth_now": 0.10,
    "rest_growth_terminal": 0.02,
    "rest_growth_fade": 0.50,
    "rest_margin_now": 0.06,
    "rest_margin_terminal": 0.09,
    "rest_margin_convergence": 3.0,
    "rest_sales_to_capital": 2.0,
    "rest_asset_life": 10.0,
    "rest_remaining_life": 5.0,
    "cloud_ppe_share": 0.5,
    "tax_rate": 0.20,
    "wacc": 0.09,
    "ronic": 0.12,
    "discount_spread_floor": 0.03,
    "forecast_years": 3.0,
    "exit_multiple": 15.0,
    "non_operating_assets": 50e9,
    "net_dilution": 0.002,
}


def test_small_scenario_recomputed_by_hand(amazon, scenarios, change):
    """Every number written out from VALUATION.md §2, none taken from the code."""
    cloud_0 = 148_404e6
    cloud_1 = cloud_0 * 1.30
    cloud_2 = cloud_1 * (1 + 0.03 + 0.27 * 0.5)
    cloud_3 = cloud_2 * (1 + 0.03 + 0.27 * 0.25)
    nopat_1, nopat_2, nopat_3 = cloud_1 * 0.34 * 0.8, cloud_2 * 0.32 * 0.8, cloud_3 * 0.32 * 0.8
    cloud = (
        (nopat_1 - (cloud_1 - cloud_0) / 0.8) / 1.09
        + (nopat_2 - (cloud_2 - cloud_1) / 0.8) / 1.09**2
        + (nopat_3 - (cloud_3 - cloud_2) / 0.8) / 1.09**3
        + nopat_3 * 1.03 * (1 - 0.03 / 0.12) / (0.09 - 0.03) / 1.09**3
    )
    rest_0 = 775_680e6 - 148_404e6
    rest_1 = rest_0 * 1.10
    rest_2 = rest_1 * (1 + 0.02 + 0.08 * 0.5)
    rest_3 = rest_2 * (1 + 0.02 + 0.08 * 0.25)
    nopat_1, nopat_2, nopat_3 = rest_1 * 0.07 * 0.8, rest_2 * 0.08 * 0.8, rest_3 * 0.09 * 0.8
    rest = (
        (nopat_1 - (rest_1 - rest_0) / 2) / 1.09
        + (nopat_2 - (rest_2 - rest_1) / 2) / 1.09**2
        + (nopat_3 - (rest_3 - rest_2) / 2) / 1.09**3
        + nopat_3 * 1.02 * (1 - 0.02 / 0.12) / (0.09 - 0.02) / 1.09**3
    )
    net_assets = (86_810 + 36_219 - 65_648 - 87_339 + 71_419 - 98_411 + 2_101) * 1e6 + 50e9
    per_share = (cloud + rest + net_assets) / (10_903e6 * 1.002**3)

    plant_0 = 357_025e6 * 0.5
    charge_1 = plant_0 / 2.5
    capex_1 = (cloud_1 - cloud_0) / 0.8 + charge_1
    charge_2 = plant_0 / 2.5 + capex_1 / 4
    capex_2 = (cloud_2 - cloud_1) / 0.8 + charge_2
    charge_3 = plant_0 / 2.5 / 2 + capex_1 / 4 + capex_2 / 4

    result = value_scenario(amazon.inputs(), change(scenarios["base"], **SMALL))
    assert result.parts["cloud"].enterprise_value_usd == pytest.approx(cloud, rel=1e-9)
    assert result.parts["rest"].enterprise_value_usd == pytest.approx(rest, rel=1e-9)
    assert result.value_per_share.value == pytest.approx(per_share, rel=1e-9)
    charges = [year.depreciation_usd for year in result.parts["cloud"].path]
    assert charges == pytest.approx([charge_1, charge_2, charge_3], rel=1e-9)
    exit_value = 15 * (cloud_3 * 0.32 + rest_3 * 0.09) / 1.09**3
    explicit = cloud + rest - sum(part.terminal_present_value_usd for part in result.parts.values())
    assert result.exit_multiple_equity_usd == pytest.approx(
        explicit + exit_value + net_assets, rel=1e-9
    )


def test_declared_scenarios_stand_in_order(amazon, scenarios):
    order = check_order(value_scenarios(amazon.inputs(), scenarios.values()))
    assert order.holds
    assert 0 < order.bear < order.base < order.bull


def test_disorder_is_reported_and_not_repaired(amazon, scenarios):
    swapped = {
        "bear": scenarios["bull"].model_copy(update={"name": "bear"}),
        "base": scenarios["base"],
        "bull": scenarios["bear"].model_copy(update={"name": "bull"}),
    }
    order = check_order(value_scenarios(amazon.inputs(), swapped.values()))
    assert not order.holds
    assert order.bear > order.bull


def test_order_needs_all_three(amazon, scenarios):
    results = value_scenarios(amazon.inputs(), [scenarios["base"]])
    with pytest.raises(AssumptionError, match="got AMZN base"):
        check_order(results)


def test_tax_rate_of_the_base_scenario(amazon, scenarios):
    results = value_scenarios(amazon.inputs(), scenarios.values())
    assert base_tax_rate(results).value == scenarios["base"].drivers["tax_rate"].value
    with pytest.raises(AssumptionError, match="base scenario's rate"):
        base_tax_rate(result for result in results if result.scenario != "base")


def test_drivers_asked_from_the_inputs_are_the_filed_ones(amazon, scenarios):
    drivers = value_scenario(amazon.inputs(), scenarios["base"]).drivers
    growth = drivers["cloud_growth_now"]
    assert growth.value == pytest.approx(42_232 / 30_873 - 1)
    assert (growth.status, growth.evidence) == ("derived", "transcribed")
    assert growth.accession_numbers == ("0001018724-26-000026",)


@pytest.mark.parametrize(
    ("basis", "status"),
    [
        ("filing", "reported"),
        ("derived", "derived"),
        ("published", "estimated"),
        ("judgement", "assumed"),
    ],
)
def test_standing_of_a_driver_is_that_of_its_basis(amazon, scenarios, basis, status):
    base = scenarios["base"]
    rebased = base.drivers["tax_rate"].model_copy(update={"basis": basis})
    scenario = base.model_copy(update={"drivers": {**base.drivers, "tax_rate": rebased}})
    assert value_scenario(amazon.inputs(), scenario).drivers["tax_rate"].status == status


def test_bridge_sums_to_equity_and_keeps_provenance(amazon, scenarios):
    result = value_scenario(amazon.inputs(), scenarios["base"])
    *steps, total = result.bridge
    assert total.is_total
    assert sum(step.figure.value for step in steps) == pytest.approx(result.equity.value)
    by_item = {step.item: step.figure for step in steps}
    assert by_item["debt"].value == -65_648e6
    assert (by_item["debt"].status, by_item["debt"].evidence) == ("reported", "filing_text")
    assert by_item["free_cash_flow_since_balance_sheet"].value == pytest.approx(-24_891e6)
    assert (result.equity.status, result.equity.evidence) == ("assumed", "filing_text")
    assert set(by_item["cash"].accession_numbers) <= set(result.equity.accession_numbers)


def test_backlog_floor_is_beside_year_one_cloud_revenue(amazon, scenarios):
    result = value_scenario(amazon.inputs(), scenarios["base"])
    assert result.backlog_floor.value == pytest.approx(77.5e9)
    assert result.ntm_cloud_revenue_usd == pytest.approx(148_404e6 * 42_232 / 30_873)
    assert result.backlog_floor.value < result.ntm_cloud_revenue_usd


@settings(max_examples=25, deadline=None)
@given(factor=st.floats(1e-3, 100.0))
def test_value_scales_with_all_dollars(amazon, scenarios, change, factor):
    base = scenarios["base"]
    held = value_scenario(amazon.inputs(), base)
    investments = held.drivers["non_operating_assets"].value * factor
    scaled = value_scenario(amazon.scaled(factor), change(base, non_operating_assets=investments))
    assert scaled.equity.value == pytest.approx(held.equity.value * factor, rel=1e-9)
    assert scaled.terminal_share_ratio == pytest.approx(held.terminal_share_ratio, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(low=st.floats(0.07, 0.14), more=st.floats(0.0005, 0.05))
def test_value_falls_as_wacc_rises(amazon, scenarios, change, low, more):
    # With new capital earning above its cost at either rate: otherwise growth destroys value and a
    # higher rate can raise what is left.
    cheap, dear = (
        value_scenario(amazon.inputs(), change(scenarios["bull"], wacc=rate, ronic=0.25))
        for rate in (low, low + more)
    )
    assert dear.equity.value < cheap.equity.value


@settings(max_examples=25, deadline=None)
@given(
    driver=st.sampled_from(["cloud_margin_terminal", "rest_margin_terminal"]),
    low=st.floats(0.05, 0.45),
    more=st.floats(0.0005, 0.2),
)
def test_value_rises_with_margin(amazon, scenarios, change, driver, low, more):
    thin, fat = (
        value_scenario(amazon.inputs(), change(scenarios["base"], **{driver: margin}))
        for margin in (low, low + more)
    )
    assert fat.equity.value > thin.equity.value


def test_life_of_assets_moves_capital_spending_and_not_value(amazon, scenarios, change):
    held = value_scenario(amazon.inputs(), scenarios["base"])
    shorter = value_scenario(amazon.inputs(), change(scenarios["base"], cloud_asset_life=5.0))
    assert shorter.equity.value == held.equity.value
    assert shorter.company_path[-1].capex_usd > held.company_path[-1].capex_usd


def test_rate_too_close_to_growth_names_scenario_and_part(amazon, scenarios, change):
    scenario = change(scenarios["base"], wacc=0.05)
    with pytest.raises(DiscountRateError, match=r"AMZN base, cloud: .*below the floor"):
        value_scenario(amazon.inputs(), scenario)


def test_share_count_must_be_positive(amazon, scenarios):
    with pytest.raises(ShareCountError, match="AMZN"):
        value_scenario(amazon.inputs(diluted_shares=-1.0), scenarios["base"])


def test_driver_from_the_inputs_outside_its_range_is_refused(amazon, scenarios):
    inputs = amazon.inputs(ttm_operating_income=2e12)
    with pytest.raises(AssumptionError, match="AMZN base: rest_margin_now"):
        value_scenario(inputs, scenarios["base"])


@pytest.mark.parametrize(
    "name",
    [
        "ttm_net_sales",
        "ttm_operating_income",
        "ppe_net",
        "cash",
        "securities",
        "debt",
        "lease_liabilities",
        "free_cash_flow_since_balance_sheet",
        "backlog",
        "backlog_remaining_life",
        "diluted_shares",
        "shares_outstanding",
    ],
)
def test_no_figure_defaults(amazon, scenarios, name):
    with pytest.raises(MissingInputError, match=f"AMZN: {name} is not known"):
        value_scenario(amazon.inputs(**{name: None}), scenarios["base"])


def test_value_stands_without_a_price(amazon, scenarios):
    result = value_scenario(amazon.inputs(share_price=None), scenarios["base"])
    assert result.value_per_share.value > 0
    assert (result.share_price, result.market_cap_usd, result.upside_ratio) == (None, None, None)


def test_scenario_of_another_company_is_refused(amazon, scenarios):
    other = scenarios["base"].model_copy(update={"ticker": "MSFT"})
    with pytest.raises(AssumptionError, match="MSFT base: applied to the inputs of AMZN"):
        value_scenario(amazon.inputs(), other)
    with pytest.raises(AssumptionError, match="AMZN: no scenario"):
        value_scenarios(amazon.inputs(), [other])


def test_market_value_counts_shares_outstanding(amazon, scenarios):
    result = value_scenario(amazon.inputs(), scenarios["base"])
    assert result.market_cap_usd == pytest.approx(10_786_313_572 * 274.48)
    assert result.upside_ratio == pytest.approx(result.value_per_share.value / 274.48 - 1)
