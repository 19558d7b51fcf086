from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree

import polars as pl
import pytest

from report import charts
from report.inputs import ReportInputs

Make = Callable[..., ReportInputs]


def test_picture_carries_its_text_alternative(make_inputs: Make) -> None:
    svg = charts.render_svg(charts.cloud_margin(make_inputs().segment_margins), 'a "b" <c>')
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'a "b" <c>'


def test_series_are_labelled_where_they_end(make_inputs: Make) -> None:
    svg = charts.render_svg(charts.cash_flow_and_capex(make_inputs().capex_intensity), "")
    for label in ("capex 151", "operating 148", "free −7.6"):
        assert f">{label}</text>" in svg
    assert charts.RED in svg


def test_background_is_transparent(make_inputs: Make) -> None:
    svg = charts.render_svg(charts.backlog(make_inputs().backlog_coverage), "")
    assert 'fill="white"' not in svg


def test_field_shows_every_scenario_and_mark(make_inputs: Make) -> None:
    marks = [charts.Mark("$3.3T", 3.3e12), charts.Mark("$3.0T", 3.0e12)]
    close = charts.Mark("last close $2.96T", 2.96e12)
    svg = charts.render_svg(charts.football_field(make_inputs().scenarios, marks, close), "")
    for text in ("Bear  $900bn", "Base  $2.15T", "Bull  $4.30T", "$3.0T", "$3.3T", "last close"):
        assert text in svg


def test_field_without_a_close_or_a_price(make_inputs: Make) -> None:
    frame = make_inputs().scenarios.with_columns(upside_ratio=pl.lit(None, pl.Float64))
    svg = charts.render_svg(charts.football_field(frame, [], None), "")
    assert "last close" not in svg
    assert "%" not in svg


def test_missing_quarter_breaks_the_line() -> None:
    frame = pl.DataFrame(
        {
            "period_end": [date(2025, 3, 31), date(2025, 6, 30), date(2025, 12, 31)],
            "value": [1.0, 2.0, 3.0],
        }
    )
    runs = charts._runs(charts._points(frame, "value"))
    assert [row["run"] for row in runs] == [0, 0, 1]


@pytest.mark.parametrize("values", [[10.0, 10.1], [10.1, 10.0], [5.0, 5.0]])
def test_labels_that_would_overlap_are_drawn_apart(values: list[float]) -> None:
    offsets = charts._label_offsets(values, pixels_per_unit=5.0)
    at = [-value * 5.0 + offset for value, offset in zip(values, offsets, strict=True)]
    assert abs(at[0] - at[1]) == pytest.approx(charts.LABEL_GAP)


def test_marks_near_each_other_go_on_lines_of_their_own() -> None:
    near = [charts.Mark("b", 3.1e12), charts.Mark("a", 3.0e12), charts.Mark("c", 9e12)]
    levels = [(mark.label, level) for mark, level in charts.levels(near, pixels_per_unit=100)]
    assert levels == [("a", 1), ("b", 2), ("c", 1)]
