"""Pictures of what may come: distribution, fan, what targets ask for, what moves the value."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import altair as alt
import polars as pl

from report import formats
from report.charts import (
    BAR_OPACITY,
    BLUE,
    FIELD_WIDTH,
    GREEN,
    GRID,
    HEIGHT,
    INK,
    ORANGE,
    RED,
    WIDTH,
    Mark,
    Picture,
    Point,
    Value,
    data,
    name_axis,
    styled,
    value_mark,
)

_LEAST_SHARE = 0.0005
"""Bins at the ends with less than this share of the draws are not drawn: they are invisible."""
_ROW_HEIGHT = 30
_BAR = 12
_LABELS_WIDTH = 250
"""Pixels left for bars beside the names of drivers."""
_FAN_OPACITY = (0.2, 0.35)
_BEYOND_WIDTHS = 2.0
"""How many widths of a range are drawn beyond it; what lies further is set at the edge."""
_HISTORY_YEARS = 6
_SQUARE_HEIGHT = 34
_SWING_HEIGHT = 27
_TICKS = 5


class Fan(NamedTuple):
    """What a fan is drawn from, in decimal years and USD.

    `bands` are pairs of lines, widest first; all of them and `middle` begin where `history` ends.
    """

    history: tuple[Point, ...]
    bands: tuple[tuple[tuple[Point, ...], tuple[Point, ...]], ...]
    middle: tuple[Point, ...]
    floor: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a target asks of a driver, in widths of its declared range from its low end.

    `label` prints the value asked; `is_in_range` says whether the range holds it.
    """

    name: str
    base: float
    solved: float
    label: str
    is_in_range: bool


def distribution(bins: pl.DataFrame, marks: Sequence[Mark]) -> Picture:
    """Share of the draws by value of the equity ($T), with named values over it.

    `bins` holds `lower_usd`, `upper_usd`, `share_ratio`; each mark's label is on a line of its own.
    """
    rows: list[Value] = [
        {
            "equity": row["lower_usd"] / formats.TRILLION,
            "end": row["upper_usd"] / formats.TRILLION,
            "share": row["share_ratio"] * formats.PERCENT,
        }
        for row in _visible(bins).iter_rows(named=True)
    ]
    ends = [
        *(row["equity"] for row in rows),
        *(row["end"] for row in rows),
        *(mark.value_usd / formats.TRILLION for mark in marks),
    ]
    x = alt.X(
        "equity:Q",
        title="equity value, $T",
        scale=alt.Scale(domain=[min(ends), max(ends)], nice=False, zero=False),
        axis=alt.Axis(tickCount=6, grid=False),
    )
    bars = alt.Chart(data(rows)).mark_rect(color=BLUE, opacity=BAR_OPACITY)
    share = alt.Y("share:Q", title=None, axis=None, scale=alt.Scale(zero=True))
    layers = [
        bars.encode(x=x, x2="end:Q", y=share, y2=alt.Y2Datum(0)),
        *(
            layer
            for line, mark in enumerate(sorted(marks, key=lambda each: each.value_usd))
            for layer in value_mark(mark, line, [4, 3], HEIGHT)
        ),
    ]
    return styled(layers, FIELD_WIDTH, HEIGHT)


def _visible(bins: pl.DataFrame) -> pl.DataFrame:
    """The bins from the first to the last that can be seen, in order."""
    ordered = bins.sort("lower_usd")
    seen = ordered.filter(pl.col("share_ratio") >= _LEAST_SHARE)
    if seen.is_empty():
        return ordered
    first, last = seen["lower_usd"][0], seen["lower_usd"][-1]
    return ordered.filter(pl.col("lower_usd").is_between(first, last))


def fan(drawn: Fan) -> Picture:
    """Yearly revenue ($bn): filed, then the middle and bands of the draws, above the floor."""
    start = drawn.middle[0][0] - _HISTORY_YEARS
    history = tuple(point for point in drawn.history if point[0] >= start)
    everything = [*history, *drawn.middle, *(point for band in drawn.bands for point in band[1])]
    x = alt.X(
        "x:Q",
        title=None,
        scale=alt.Scale(domain=_span(at for at, _ in everything), nice=False, zero=False),
        axis=alt.Axis(values=_even_years(everything), format="d", grid=False),
    )
    y = alt.Y(
        "y:Q",
        title="$bn, 12 months",
        axis=alt.Axis(tickCount=_TICKS, titleAngle=0, titleAlign="left", titleX=-28, titleY=-12),
    )
    bands = [
        alt.Chart(data(_band_rows(low, high)))
        .mark_area(color=BLUE, opacity=opacity)
        .encode(x=x, y=y, y2="high:Q")
        for (low, high), opacity in zip(drawn.bands, _FAN_OPACITY, strict=False)
    ]
    lines = [
        _line(points, colour, dash).encode(x=x, y=y)
        for points, colour, dash in (
            (history, INK, [1, 0]),
            (drawn.middle, BLUE, [1, 0]),
            (drawn.floor, ORANGE, [5, 3]),
        )
        if points
    ]
    labels = [
        _end_label(points, text, colour, below).encode(x=x, y=y)
        for points, text, colour, below in (
            (history, "filed", INK, -12),
            (drawn.middle, "middle", BLUE, 0),
            (drawn.floor, "backlog floor", ORANGE, 12),
        )
        if points
    ]
    return styled([*bands, *lines, *labels], WIDTH, HEIGHT)


def _even_years(points: Sequence[Point]) -> list[int]:
    """Every other 1 January between the first and the last point."""
    times = [at for at, _ in points]
    return [year for year in range(math.ceil(min(times)), int(max(times)) + 1) if year % 2 == 0]


def _span(times: Iterable[float]) -> list[float]:
    """First and last time, with room for a label after the last."""
    known = list(times)
    room = 0.28
    return [min(known), max(known) + (max(known) - min(known)) * room]


def _band_rows(low: Sequence[Point], high: Sequence[Point]) -> list[Value]:
    return [
        {"x": at, "y": lower / formats.BILLION, "high": upper / formats.BILLION}
        for (at, lower), (_, upper) in zip(low, high, strict=True)
    ]


def _line(points: Sequence[Point], colour: str, dash: list[int]) -> alt.Chart:
    rows: list[Value] = [{"x": at, "y": value / formats.BILLION} for at, value in points]
    line: alt.Chart = alt.Chart(data(rows)).mark_line(
        color=colour, strokeWidth=2.2, strokeDash=dash
    )
    return line


def _end_label(points: Sequence[Point], name: str, colour: str, below: float) -> alt.Chart:
    """Name and last value of a line at its end, shifted down by so many pixels."""
    at, value = points[-1]
    label = f"{name} {value / formats.BILLION:,.0f}"
    rows: list[Value] = [{"x": at, "y": value / formats.BILLION, "label": label}]
    is_filed = name == "filed"
    text: alt.Chart = alt.Chart(data(rows)).mark_text(
        align="right" if is_filed else "left",
        dx=0 if is_filed else 6,
        dy=below,
        color=colour,
        fontWeight=600,
    )
    return text.encode(text="label:N")


def asked_of_drivers(rows: Sequence[Asked]) -> Picture:
    """Each driver's declared range as a bar, its base as a tick, what a target asks as ◆.

    Ranges are drawn of one width, so that drivers in different units stand beside each other; a
    value more than `_BEYOND_WIDTHS` beyond is set at the edge with an arrow.
    """
    placed: list[Value] = [
        {
            "name": row.name,
            "low": 0.0,
            "high": 1.0,
            "base": min(max(row.base, 0.0), 1.0),
            "at": min(max(row.solved, -_BEYOND_WIDTHS), 1 + _BEYOND_WIDTHS),
            "label": _asked_label(row),
            "colour": GREEN if row.is_in_range else RED,
            "is_label_right": 0 <= row.solved < 1 + _BEYOND_WIDTHS / 2,
        }
        for row in rows
    ]
    x = alt.X(
        "low:Q",
        title="in widths of the declared range",
        scale=alt.Scale(domain=[-_BEYOND_WIDTHS, 1 + _BEYOND_WIDTHS], nice=False),
        axis=alt.Axis(labels=False, ticks=False, grid=False),
    )
    y = _names(rows)
    base = alt.Chart(data(placed))
    colour = alt.Color("colour:N", scale=None)
    layers = [
        base.mark_bar(height=_BAR, color=GRID, opacity=BAR_OPACITY).encode(x=x, x2="high:Q", y=y),
        base.mark_tick(color=INK, thickness=2.5, size=_BAR + 8).encode(x="base:Q", y=y),
        base.mark_point(shape="diamond", size=80, filled=True, opacity=1).encode(
            x="at:Q", y=y, color=colour
        ),
        *(
            alt.Chart(data([row]))
            .mark_text(
                align="left" if row["is_label_right"] else "right",
                dx=9 if row["is_label_right"] else -9,
                fontWeight=600,
                color=row["colour"],
            )
            .encode(x="at:Q", y=y, text="label:N")
            for row in placed
        ),
    ]
    return styled(layers, _LABELS_WIDTH, _ROW_HEIGHT * len(rows))


def _asked_label(row: Asked) -> str:
    if row.solved > 1 + _BEYOND_WIDTHS:
        return f"{row.label} →"
    return f"← {row.label}" if row.solved < -_BEYOND_WIDTHS else row.label


def _names(rows: Sequence[Any]) -> alt.Y:
    """Names down the side, in the order of the rows."""
    return alt.Y(
        "name:N",
        title=None,
        sort=[row.name for row in rows],
        axis=name_axis(row.name for row in rows),
    )


def growth_map(squares: pl.DataFrame) -> Picture:
    """Growth needed (%) by terminal margin across and WACC down; a dash where there is none.

    `squares` holds `cloud_margin_terminal_ratio`, `wacc_ratio`, `cloud_growth_now_ratio`, by WACC
    and margin rising.
    """
    rows: list[Value] = [
        {
            "margin": f"{row['cloud_margin_terminal_ratio'] * formats.PERCENT:.1f}",
            "wacc": f"{row['wacc_ratio'] * formats.PERCENT:.1f}",
            "growth": row["cloud_growth_now_ratio"],
            "label": "–"
            if row["cloud_growth_now_ratio"] is None
            else f"{row['cloud_growth_now_ratio'] * formats.PERCENT:.0f}",
        }
        for row in squares.iter_rows(named=True)
    ]
    x = alt.X(
        "margin:O",
        title="terminal margin across, WACC down, both in %",
        sort=None,
        axis=alt.Axis(labelAngle=0, domain=False, ticks=False),
    )
    y = alt.Y("wacc:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False))
    found = [row for row in rows if row["growth"] is not None]
    level = alt.Color(
        "growth:Q", legend=None, scale=alt.Scale(range=["#bfe3cd", "#f3d9a4", "#eda88c"])
    )
    layers = [
        alt.Chart(data(rows)).mark_rect(color=GRID, opacity=0.18, stroke=None).encode(x=x, y=y),
        alt.Chart(data(found)).mark_rect().encode(x=x, y=y, color=level),
        alt.Chart(data(found))
        .mark_text(color="#1b2027", fontWeight=600)
        .encode(x=x, y=y, text="label:N"),
        alt.Chart(data([row for row in rows if row["growth"] is None]))
        .mark_text(color=INK)
        .encode(x=x, y=y, text="label:N"),
    ]
    return styled(layers, WIDTH - 60, _SQUARE_HEIGHT * squares["wacc_ratio"].n_unique())


class Swing(NamedTuple):
    """Value of the equity (USD) with one driver at its low and at its high."""

    name: str
    at_low_usd: float
    at_high_usd: float


def tornado(swings: Sequence[Swing], base_usd: float | None, marks: Sequence[Mark]) -> Picture:
    """Bars from the value at a driver's low (orange) to that at its high (blue), $T.

    `base_usd` is where both meet; `marks` are drawn across where they lie within reach.
    """
    rows = [
        {
            "name": swing.name,
            "equity": (base_usd or min(swing[1:])) / formats.TRILLION,
            "end": value / formats.TRILLION,
            "colour": colour,
        }
        for swing in swings
        for value, colour in ((swing.at_low_usd, ORANGE), (swing.at_high_usd, BLUE))
    ]
    values = [value for swing in swings for value in swing[1:]]
    near = [mark for mark in marks if min(values) <= mark.value_usd <= max(values) * 1.2]
    ends = [*values, *(mark.value_usd for mark in near)]
    margin = (max(ends) - min(ends)) * 0.04
    x = alt.X(
        "equity:Q",
        title="equity value, $T",
        scale=alt.Scale(
            domain=[
                (min(ends) - margin) / formats.TRILLION,
                (max(ends) + margin) / formats.TRILLION,
            ],
            nice=False,
            zero=False,
        ),
        axis=alt.Axis(tickCount=_TICKS),
    )
    height = _SWING_HEIGHT * len(swings)
    bars = alt.Chart(data(rows)).mark_bar(height=_BAR, opacity=BAR_OPACITY)
    layers = [
        bars.encode(x=x, x2="end:Q", y=_names(swings), color=alt.Color("colour:N", scale=None)),
        *(
            layer
            for line, mark in enumerate(near)
            for layer in value_mark(mark, line, [4, 3], height)
        ),
    ]
    return styled(layers, _LABELS_WIDTH + 40, height)
