"""Tornado, two-way table and what-if grid: every figure is that of the model at those drivers."""

import numpy as np
import pytest

from registry.assumptions import STRUCTURAL_DRIVERS
from registry.methods import WhatIfAxis
from tests.unit.valuation.amazon import with_values
from valuation.model import equity_value, varied
from valuation.reverse import declared_ranges
from valuation.scenarios import value_scenario
from valuation.sensitivity import interpolated, tornado, two_way, what_if


def test_ends_of_the_tornado_are_scenarios_with_that_driver_set(amazon, held, base, drivers):
    swings = tornado(held, base, drivers)
    assert len(swings) > 10
    for swing in swings:
        for value, equity in (
            (swing.low, swing.equity_at_low_usd),
            (swing.high, swing.equity_at_high_usd),
        ):
            scenario = with_values(base, **{swing.driver: value})
            assert equity == value_scenario(amazon.inputs(), scenario).equity.value


def test_tornado_is_in_order_and_leaves_out_what_moves_nothing(held, base, drivers):
    swings = tornado(held, base, drivers)
    widths = [swing.width_usd for swing in swings]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] > 0
    still = {"cloud_asset_life", "rest_asset_life", "cloud_remaining_life", "rest_remaining_life"}
    moved = {swing.driver for swing in swings}
    assert declared_ranges(base, drivers).keys() - moved == still | {
        "cloud_ppe_share",
        "net_dilution",
    }
    assert not moved & set(STRUCTURAL_DRIVERS)


def test_two_way_table_is_the_model_at_each_cell(held, base, drivers, declared):
    cells = two_way(held, base, drivers, declared.sensitivity)
    ranges = declared_ranges(base, drivers)
    assert len(cells) == declared.sensitivity.growths * declared.sensitivity.margins
    corners = {(each.growth_now, each.margin_terminal) for each in cells}
    assert {
        (growth, margin)
        for growth in ranges["cloud_growth_now"]
        for margin in ranges["cloud_margin_terminal"]
    } <= corners
    for cell in cells:
        changes = {
            "cloud_growth_now": cell.growth_now,
            "cloud_margin_terminal": cell.margin_terminal,
        }
        assert cell.equity_usd == equity_value(held, varied(drivers, changes))


@pytest.fixture(scope="module")
def grid(held, base, drivers, declared):
    return what_if(held, base, drivers, declared.what_if)


def between(grid, columns):
    return interpolated(grid.points, grid.is_reciprocal, grid.equity_usd, columns)


def exact(grid, held, drivers, columns):
    return np.asarray(
        equity_value(held, varied(drivers, dict(zip(grid.drivers, columns, strict=True))))
    )


def anywhere(grid, size):
    stream = np.random.default_rng(99)
    return [stream.uniform(points.min(), points.max(), size) for points in grid.points]


def near_the_middles(grid, size):
    """Points about the middles of cells, at the ends of axes that have but one cell."""
    stream = np.random.default_rng(98)
    columns = []
    for points in grid.points:
        cells, shares = stream.integers(0, len(points) - 1, size), stream.uniform(0.4, 0.6, size)
        between_ends = points[cells] + np.diff(points)[cells] * shares
        columns.append(stream.choice(points, size) if len(points) == 2 else between_ends)
    return columns


def test_interpolation_is_exact_at_the_points_of_the_grid(grid, held, drivers):
    stream = np.random.default_rng(5)
    columns = [stream.choice(points, 300) for points in grid.points]
    assert between(grid, columns) == pytest.approx(exact(grid, held, drivers, columns), rel=1e-12)


@pytest.mark.parametrize(
    "driver", ["cloud_margin_terminal", "rest_margin_terminal", "cloud_sales_to_capital"]
)
def test_interpolation_is_exact_along_straight_axes(grid, held, drivers, driver):
    """Value is a straight line in margins and in the reciprocal of sales to capital."""
    stream = np.random.default_rng(6)
    columns = [
        stream.uniform(points.min(), points.max(), 300)
        if name == driver
        else stream.choice(points, 300)
        for name, points in zip(grid.drivers, grid.points, strict=True)
    ]
    assert between(grid, columns) == pytest.approx(exact(grid, held, drivers, columns), rel=1e-11)


@pytest.mark.parametrize("place", [anywhere, near_the_middles])
def test_stated_error_holds_at_points_it_was_not_found_at(grid, held, drivers, place):
    columns = place(grid, 100_000)
    values = exact(grid, held, drivers, columns)
    errors = np.abs(between(grid, columns) - values) / np.abs(values)
    assert errors.max() <= grid.error_ratio
    assert errors.max() > 0.8 * grid.error_ratio


def test_stated_error_is_below_half_a_percent(grid):
    assert 0 < grid.error_ratio < 0.005


def test_grid_holds_the_base_and_the_declared_ranges(grid, base, drivers):
    ranges = declared_ranges(base, drivers)
    for name, points, value in zip(grid.drivers, grid.points, grid.base, strict=True):
        low, high = ranges[name]
        assert value == drivers[name]
        assert (points.min(), points.max()) == pytest.approx((min(low, value), max(high, value)))


def test_grid_is_stretched_to_a_base_beside_its_range(amazon, held, base, drivers, methods):
    fast = {**drivers, "cloud_growth_now": 0.6}
    grid = what_if(held, base, fast, methods.what_if)
    points = dict(zip(grid.drivers, grid.points, strict=True))["cloud_growth_now"]
    assert (points.min(), points.max()) == (0.2, 0.6)


def test_reciprocal_axis_is_even_in_its_reciprocal(held, base, drivers, methods):
    axes = {"cloud_sales_to_capital": WhatIfAxis(points=4, is_reciprocal=True)}
    setting = methods.what_if.model_copy(update={"axes": axes})
    (points,) = what_if(held, base, drivers, setting).points
    assert 1 / points == pytest.approx(np.linspace(1 / 0.42, 1 / 0.7, 4))
