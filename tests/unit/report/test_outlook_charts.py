"""Pictures of what may come and of the method: what is drawn is what was given."""

import polars as pl

from report import charts, outlook_charts, track_charts
from tests.unit.report import valued


def test_distribution_names_every_mark() -> None:
    marks = [charts.Mark("$3.0T", 3.0e12), charts.Mark("middle $2.00T", 2.0e12)]
    svg = charts.render_svg(outlook_charts.distribution(valued.simulation_histogram(), marks), "")
    assert ">$3.0T</text>" in svg
    assert ">middle $2.00T</text>" in svg


def test_bins_that_cannot_be_seen_are_cut_off_at_the_ends_alone() -> None:
    bins = valued.simulation_histogram().with_columns(
        share_ratio=pl.Series([0.0001, 0.4, 0.0001, 0.5997, 0.0001])
    )
    assert outlook_charts._visible(bins)["bin"].to_list() == [2, 3, 4]


def test_fan_ends_in_its_middle_and_shows_the_floor() -> None:
    line = ((2026.0, 100e9), (2027.0, 200e9))
    fan = outlook_charts.Fan(
        history=((2025.0, 80e9), (2026.0, 100e9)),
        bands=((line, line),),
        middle=line,
        floor=((2026.0, 78e9), (2027.0, 78e9)),
    )
    svg = charts.render_svg(outlook_charts.fan(fan), "")
    for label in ("filed 100", "middle 200", "backlog floor 78"):
        assert f">{label}</text>" in svg
    bare = charts.render_svg(outlook_charts.fan(fan._replace(history=(), floor=())), "")
    assert "floor" not in bare
    assert "filed" not in bare


def test_a_value_far_beyond_its_range_is_set_at_the_edge_with_an_arrow() -> None:
    rows = [
        outlook_charts.Asked("near", 0.5, 1.5, "63 %", is_in_range=False),
        outlook_charts.Asked("far", 0.5, 9.0, "99 %", is_in_range=False),
        outlook_charts.Asked("low", 0.5, -9.0, "1 %", is_in_range=False),
        outlook_charts.Asked("within", 0.5, 0.9, "40 %", is_in_range=True),
    ]
    svg = charts.render_svg(outlook_charts.asked_of_drivers(rows), "")
    for label in ("63 %", "99 % →", "← 1 %", "40 %"):
        assert f">{label}</text>" in svg
    assert charts.GREEN in svg


def test_map_prints_growth_and_a_dash_where_there_is_none() -> None:
    squares = pl.DataFrame(
        {
            "cloud_margin_terminal_ratio": [0.27, 0.38],
            "wacc_ratio": [0.075, 0.075],
            "cloud_growth_now_ratio": [None, 0.345],
        }
    )
    svg = charts.render_svg(outlook_charts.growth_map(squares), "")
    assert ">34</text>" in svg
    assert ">–</text>" in svg


def test_tornado_leaves_out_a_mark_far_from_every_bar() -> None:
    swings = [outlook_charts.Swing("WACC", 2.7e12, 1.7e12)]
    marks = [charts.Mark("near", 3.0e12), charts.Mark("far", 9.0e12)]
    svg = charts.render_svg(outlook_charts.tornado(swings, 2.1e12, marks), "")
    assert ">near</text>" in svg
    assert ">far</text>" not in svg


def test_forecasts_draw_a_dot_for_each_outcome_alone() -> None:
    made = valued.backtest().filter(pl.col("target") == "market_cap")
    svg = charts.render_svg(track_charts.forecasts(made), "")
    assert svg.count(f'fill="{charts.ORANGE}"') == made["outcome_usd"].drop_nulls().len()


def test_bridge_names_its_parts_and_changes() -> None:
    rows = valued.frame(valued.changes("previous_run", [0.0, -9e9, 140e9, 0.0]))
    svg = charts.render_svg(track_charts.bridge(rows, {"new_facts": "New facts"}), "")
    for label in ("earlier value", "New facts", "+$140bn", "−$9.0bn", "no change", "value now"):
        assert f">{label}</text>" in svg
