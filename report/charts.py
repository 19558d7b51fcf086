"""The pictures of scenarios and filings, and what all pictures share: frames -> Altair -> SVG.

Colours are of middle contrast, so that a picture stands on a light and on a dark ground; the page
sharpens ink and grid further by its style sheet. Series are labelled where they end, not in a
legend. A missing quarter breaks a line.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, TypeAlias
from xml.sax.saxutils import quoteattr

import altair as alt
import polars as pl
import vl_convert

from report import formats

Picture: TypeAlias = alt.LayerChart

INK = "#737b87"
GRID = "#9aa3ae"
BLUE = "#3d85c6"
ORANGE = "#d9822b"
RED = "#d2504b"
GREEN = "#3a9d6e"
VIOLET = "#8b6fc0"
SCENARIO_COLOURS = {"bear": RED, "base": BLUE, "bull": GREEN}
"""Of the scenarios every company has; others are violet."""

WIDTH = 440
HEIGHT = 215
FIELD_WIDTH = 460
FIELD_ROW_HEIGHT = 92
FONT_SIZE = 13
LABEL_GAP = 15
"""Least distance of two labels before they are drawn apart, in pixels."""

_QUARTER_AT_MOST_DAYS = 100
_DAYS_IN_YEAR = 365.25
_LETTER_WIDTH = 8.8
"""Pixels to allow for a letter of a label, so that it fits in whatever font the reader has."""
_ROOM_BEFORE_YEARS = 0.2
_HEADROOM = 0.1
"""Share of the range of values kept free above, and below if no zero line is there."""
_FIELD_BAR = 24
_MARK_LABEL_WIDTH = 48
_BAR_FILL = 0.62
_TITLE_X, _TITLE_Y = -28, -12
"""Titles of value axes lie above the axis, to be read level."""
BAR_OPACITY = 0.85
_GRID_OPACITY = 0.3

Value: TypeAlias = dict[str, Any]
Point: TypeAlias = tuple[float, float]
"""Decimal year and value."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name at the end, colour, and points of decimal year and value, oldest first."""

    name: str
    colour: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A value to draw across the football field, USD."""

    label: str
    value_usd: float


def render_svg(chart: Picture, alternative: str) -> str:
    """The chart as an SVG element with its text alternative; no network, no browser."""
    specification = chart.to_dict(validate=False)
    svg: str = vl_convert.vegalite_to_svg(specification)
    return svg.replace("<svg ", f'<svg role="img" aria-label={quoteattr(alternative)} ', 1)


def football_field(scenarios: pl.DataFrame, targets: Sequence[Mark], close: Mark | None) -> Picture:
    """Equity value by scenario ($T) against named market values and the last close.

    `scenarios` holds `scenario`, `equity_value_usd`, `value_per_share_usd`, `upside_ratio`, in
    drawing order from the top.
    """
    rows = [_field_row(row) for row in scenarios.iter_rows(named=True)]
    marks = [*targets, *([close] if close else [])]
    values = [*(row["equity"] for row in rows), *(m.value_usd / formats.TRILLION for m in marks)]
    lowest, highest = min(0.0, *values), max(values) * (1 + _HEADROOM)
    height = FIELD_ROW_HEIGHT * len(rows)
    x = alt.X(
        "equity:Q",
        title="equity value, $T",
        scale=alt.Scale(domain=[lowest, highest], nice=False),
        axis=alt.Axis(tickCount=6, grid=False),
    )
    y = alt.Y("row:O", axis=None, sort=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    base = alt.Chart(data(rows))
    bars = base.mark_bar(height=_FIELD_BAR, yOffset=_FIELD_BAR / 2)
    text = base.mark_text(align="left", dy=-_FIELD_BAR / 2 - 2, fontSize=FONT_SIZE, color=INK)
    placed = levels(targets, FIELD_WIDTH / (highest - lowest))
    return styled(
        [
            bars.encode(x=x, y=y, color=alt.Color("colour:N", scale=None)),
            text.encode(x=alt.XDatum(0), y=y, text="label:N"),
            *(value_mark(close, 0, [1, 0], height) if close else []),
            *(layer for mark, level in placed for layer in value_mark(mark, level, [4, 3], height)),
        ],
        FIELD_WIDTH,
        height,
    )


def cloud_growth(margins: pl.DataFrame) -> Picture:
    """Revenue growth of the cloud segment on the year before, by quarter (%)."""
    growth = _percent_series(margins, "revenue_growth_yoy_ratio", "", BLUE)
    return _lines([growth], "% on the year before")


def cloud_margin(margins: pl.DataFrame) -> Picture:
    """Operating margin of the cloud segment, quarter and trailing twelve months (%)."""
    return _lines(
        [
            _percent_series(margins, "operating_margin_ratio", "quarter", BLUE),
            _percent_series(margins, "ttm_operating_margin_ratio", "12 months", ORANGE),
        ],
        "% of revenue",
    )


def capex_to_revenue(capex: pl.DataFrame) -> Picture:
    """Capital expenditure over revenue, trailing twelve months (%)."""
    series = _percent_series(capex, "ttm_capex_to_revenue_ratio", "", ORANGE)
    return _lines([series], "% of revenue, 12 months", from_zero=True)


def cash_flow_and_capex(capex: pl.DataFrame) -> Picture:
    """Operating cash flow, capex (lines) and free cash flow (bars), twelve months, $bn."""
    series = [
        _billion_series(capex, "ttm_operating_cash_flow_usd", "operating", BLUE),
        _billion_series(capex, "ttm_capex_gross_usd", "capex", ORANGE),
    ]
    bars = _points(capex, "ttm_free_cash_flow_usd", 1 / formats.BILLION)
    return _lines(
        series, "$bn, 12 months", bars=bars, from_zero=True, bar_name="free", bar_colour=GREEN
    )


def backlog(coverage: pl.DataFrame) -> Picture:
    """Backlog at the end of each quarter ($bn)."""
    bars = _points(coverage, "backlog_usd", 1 / formats.BILLION)
    return _lines([], "$bn", bars=bars, from_zero=True, labels_last_bar=True)


def backlog_coverage(coverage: pl.DataFrame) -> Picture:
    """Backlog in years of trailing cloud revenue, and its weighted remaining life (years)."""
    return _lines(
        [
            Series("life", ORANGE, _points(coverage, "remaining_life_years")),
            Series("coverage", BLUE, _points(coverage, "coverage_years")),
        ],
        "years",
        from_zero=True,
    )


def backlog_implied_revenue(coverage: pl.DataFrame) -> Picture:
    """Revenue the backlog implies for the next twelve months, and what was earned ($bn)."""
    return _lines(
        [
            _billion_series(coverage, "realised_next_12m_revenue_usd", "earned", BLUE),
            _billion_series(coverage, "implied_next_12m_revenue_usd", "implied", ORANGE),
        ],
        "$bn, next 12 months",
        from_zero=True,
    )


def net_bookings(coverage: pl.DataFrame) -> Picture:
    """Net bookings of each quarter: change of backlog plus cloud revenue ($bn)."""
    bars = _points(coverage, "net_bookings_usd", 1 / formats.BILLION)
    return _lines([], "$bn a quarter", bars=bars, from_zero=True, labels_last_bar=True)


def _field_row(row: dict[str, Any]) -> Value:
    against = row["upside_ratio"]
    parts = [
        f"{row['scenario'].replace('_', ' ').capitalize()}  {formats.usd(row['equity_value_usd'])}",
        f"{formats.usd_price(row['value_per_share_usd'])} a share",
        *([formats.percent_change(against)] if against is not None else []),
    ]
    return {
        "row": row["scenario"],
        "equity": row["equity_value_usd"] / formats.TRILLION,
        "colour": SCENARIO_COLOURS.get(row["scenario"], VIOLET),
        "label": " · ".join(parts),
    }


def levels(marks: Iterable[Mark], pixels_per_unit: float) -> list[tuple[Mark, int]]:
    """Marks from left to right, each with the line its label goes on so that none overlap."""
    placed: list[tuple[Mark, int]] = []
    for mark in sorted(marks, key=lambda each: each.value_usd):
        previous = placed[-1] if placed else None
        gap = (mark.value_usd - previous[0].value_usd) / formats.TRILLION if previous else math.inf
        is_near = gap * pixels_per_unit < _MARK_LABEL_WIDTH
        placed.append((mark, previous[1] + 1 if previous and is_near else 1))
    return placed


def value_mark(mark: Mark, level: int, dash: list[int], height: int) -> list[alt.Chart]:
    """A vertical rule over all scenarios, its label above them on line `level` from 0."""
    row = {"equity": mark.value_usd / formats.TRILLION, "label": mark.label}
    point = alt.Chart(data([row])).encode(x="equity:Q")
    rule = point.mark_rule(color=INK, strokeDash=dash, strokeWidth=1.5, y=0, y2=height)
    text = point.mark_text(y=-(level + 0.6) * LABEL_GAP, fontWeight=600, color=INK)
    return [rule, text.encode(text="label:N")]


def _lines(
    series: Sequence[Series],
    title: str,
    *,
    bars: tuple[Point, ...] = (),
    from_zero: bool = False,
    bar_name: str = "",
    bar_colour: str = BLUE,
    labels_last_bar: bool = False,
) -> Picture:
    """Series as lines over bars, on one axis of time and one of values."""
    everything = [*(point for each in series for point in each.points), *bars]
    named = [each for each in series if each.points]
    bar_label = _label(bar_name, bars[-1][1]) if bars and (bar_name or labels_last_bar) else ""
    labels = [bar_label, *(_label(each.name, each.points[-1][1]) for each in named)]
    ground = _Ground.around(everything, title, from_zero, max(map(len, labels)))
    layers = _bar_layers(bars, ground, bar_colour, bar_label)
    offsets = _label_offsets([each.points[-1][1] for each in named], ground.pixels_per_unit)
    for each, offset in zip(named, offsets, strict=True):
        layers += _line_layers(each, ground, offset)
    return styled(layers, WIDTH, HEIGHT)


@dataclass(frozen=True, slots=True)
class _Ground:
    """The axes of a chart over time: first and last decimal year, lowest and highest value."""

    times: tuple[float, float]
    values: tuple[float, float]
    ticks: tuple[int, ...]
    title: str

    @classmethod
    def around(
        cls, points: Sequence[Point], title: str, from_zero: bool, longest_label: int
    ) -> "_Ground":
        """Axes around the points, with room on the right for labels of so many letters."""
        times = [at for at, _ in points] or [0.0, 1.0]
        first, last = min(times) - _ROOM_BEFORE_YEARS, max(times)
        label_width = (longest_label + 1) * _LETTER_WIDTH
        room = max(last - first, 1.0) * label_width / (WIDTH - label_width)
        ticks = tuple(range(math.ceil(first), math.floor(last) + 1))
        values = _value_range([value for _, value in points] or [0.0, 1.0], from_zero)
        return cls((first, last + room), values, ticks, title)

    @property
    def pixels_per_unit(self) -> float:
        return HEIGHT / (self.values[1] - self.values[0])

    @property
    def quarter_width(self) -> float:
        """Pixels from one quarter to the next."""
        return WIDTH / (self.times[1] - self.times[0]) / 4

    def encode(self, chart: alt.Chart, **channels: Any) -> alt.Chart:
        """The chart on these axes: `x` in decimal years, a tick at each 1 January, and `y`."""
        x = alt.X(
            "x:Q",
            title=None,
            scale=alt.Scale(domain=list(self.times), nice=False, zero=False),
            axis=alt.Axis(values=list(self.ticks), format="d", grid=False),
        )
        y = alt.Y(
            "y:Q",
            title=self.title,
            scale=alt.Scale(domain=list(self.values), nice=False, zero=False),
            axis=alt.Axis(
                tickCount=5,
                titleAngle=0,
                titleAlign="left",
                titleAnchor="start",
                titleX=_TITLE_X,
                titleY=_TITLE_Y,
            ),
        )
        return chart.encode(x=x, y=y, **channels)


def _line_layers(series: Series, ground: _Ground, label_offset: float) -> list[alt.Chart]:
    base = alt.Chart(data(_runs(series.points)))
    at, value = series.points[-1]
    end = alt.Chart(data([{"x": at, "y": value, "label": _label(series.name, value)}]))
    line = base.mark_line(
        color=series.colour,
        strokeWidth=2.2,
        point={"color": series.colour, "size": 18, "opacity": 1},
    )
    text = end.mark_text(align="left", dx=7, dy=label_offset, color=series.colour, fontWeight=600)
    return [
        ground.encode(line, detail="run:N"),
        ground.encode(text, text="label:N"),
    ]


def _bar_layers(
    bars: Sequence[Point], ground: _Ground, colour: str, last_label: str
) -> list[alt.Chart]:
    """Bars in a colour, negative ones in red; the last with its label, if it has one."""
    if not bars:
        return []
    width = ground.quarter_width * _BAR_FILL
    rows: list[Value] = [
        {"x": at, "y": value, "colour": RED if value < 0 else colour} for at, value in bars
    ]
    drawn = alt.Chart(data(rows)).mark_bar(size=width, opacity=BAR_OPACITY)
    text = alt.Chart(data([{**rows[-1], "label": last_label}])).mark_text(
        align="left", dx=width / 2 + 4, fontWeight=600, color=rows[-1]["colour"]
    )
    return [
        ground.encode(drawn, color=alt.Color("colour:N", scale=None)),
        *([ground.encode(text, text="label:N")] if last_label else []),
    ]


def _label(name: str, value: float) -> str:
    """What stands at the end of a series: its name and its last value."""
    return f"{name} {_short(value)}".strip()


def _value_range(values: Sequence[float], from_zero: bool) -> tuple[float, float]:
    """Lowest and highest value drawn, with head room; includes zero if asked for."""
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * _HEADROOM
    if from_zero:
        return (low - room if low < 0 else 0.0), max(high + room, 0.0)
    return (max(0.0, low - room) if low >= 0 else low - room), high + room


def _label_offsets(values: Sequence[float], pixels_per_unit: float) -> list[float]:
    """Vertical shifts (pixels, down is positive) that keep end labels `LABEL_GAP` apart."""
    order = sorted(range(len(values)), key=lambda index: values[index], reverse=True)
    offsets = [0.0] * len(values)
    for upper, lower in pairwise(order):
        overlap = LABEL_GAP - (values[upper] - values[lower]) * pixels_per_unit
        if overlap > 0:
            offsets[upper] -= overlap / 2
            offsets[lower] += overlap / 2
    return offsets


def _percent_series(frame: pl.DataFrame, column: str, name: str, colour: str) -> Series:
    return Series(name, colour, _points(frame, column, formats.PERCENT))


def _billion_series(frame: pl.DataFrame, column: str, name: str, colour: str) -> Series:
    return Series(name, colour, _points(frame, column, 1 / formats.BILLION))


def _points(frame: pl.DataFrame, column: str, factor: float = 1.0) -> tuple[Point, ...]:
    """Known values of a column times `factor`, by decimal year of `period_end`, oldest first."""
    known = frame.filter(pl.col(column).is_not_null()).sort("period_end")
    ends, values = known["period_end"].to_list(), known[column].to_list()
    return tuple(
        (decimal_year(end), value * factor) for end, value in zip(ends, values, strict=True)
    )


def decimal_year(day: date) -> float:
    """A day as a year and the part of it gone by."""
    return day.year + day.timetuple().tm_yday / _DAYS_IN_YEAR


def _runs(points: Sequence[Point]) -> list[Value]:
    """Points numbered by unbroken run of quarters."""
    run, previous, rows = 0, None, []
    for at, value in points:
        if previous is not None and (at - previous) * _DAYS_IN_YEAR > _QUARTER_AT_MOST_DAYS:
            run += 1
        rows.append({"x": at, "y": value, "run": run})
        previous = at
    return rows


def _short(value: float) -> str:
    decimals = 0 if abs(value) >= formats.PERCENT else 1
    return f"{formats.MINUS if value < 0 else ''}{abs(value):,.{decimals}f}"


def data(rows: list[Value]) -> alt.Data:
    """Rows as a chart's data, written into the picture."""
    inline: alt.Data = alt.Data(values=rows)  # type: ignore[no-untyped-call]
    return inline


def name_axis(names: Iterable[str]) -> alt.Axis:
    """An axis of names down the side, with room for the longest in whatever font the reader has."""
    width = max(map(len, names)) * _LETTER_WIDTH
    return alt.Axis(labelLimit=0, minExtent=width, ticks=False, grid=False)


def styled(layers: list[alt.Chart], width: int, height: int) -> Picture:
    """Layers as one picture in the house style, transparent, without vertical frame."""
    axis = alt.AxisConfig(
        labelColor=INK,
        titleColor=INK,
        labelFontSize=FONT_SIZE,
        titleFontSize=FONT_SIZE,
        titleFontWeight="normal",
        domain=False,
        tickColor=GRID,
        tickOpacity=_GRID_OPACITY,
        gridColor=GRID,
        gridOpacity=_GRID_OPACITY,
        labelPadding=4,
    )
    config = alt.Config(
        aria=False,
        font="sans-serif",
        padding=4,
        view=alt.ViewConfig(stroke=None),
        axis=axis,
        text=alt.MarkConfig(fontSize=FONT_SIZE),
    )
    return alt.LayerChart(
        layer=layers, width=width, height=height, background="transparent", config=config
    )
