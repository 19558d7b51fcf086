"""Pictures of the method itself: forecasts against outcomes, their PIT, the bridge of a value."""

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt
import polars as pl

from report import formats
from report.charts import (
    BAR_OPACITY,
    BLUE,
    GREEN,
    HEIGHT,
    INK,
    ORANGE,
    RED,
    WIDTH,
    Picture,
    Value,
    data,
    name_axis,
    styled,
)

_INTERVALS = {"90": (4.0, 0.35), "80": (8.0, 0.45), "50": (14.0, 0.7)}
"""Width in pixels and opacity of each interval, widest interval first."""
_ROW_HEIGHT = 34
_PIT_ROOM = 0.06
"""Room for a dot at either end, which lies on the line."""
_MIDDLE = (0.05, 0.95)
_BRIDGE_ROW = 30
_BRIDGE_BAR = 16
_ROOM_LEFT, _ROOM_RIGHT = 0.25, 0.55
"""Shares of the range of a bridge kept free: for the bars at its ends, and for labels."""


class Outcomes(NamedTuple):
    """A forecast target's name and the PIT of each outcome."""

    name: str
    pits: tuple[float, ...]


def forecasts(made: pl.DataFrame) -> Picture:
    """Intervals and middle of each forecast ($bn) by origin, and what came as a dot.

    `made` holds `fiscal_quarter`, the interval ends, `median_usd` and `outcome_usd`, oldest first.
    """
    rows = [_forecast(row) for row in made.iter_rows(named=True)]
    x = alt.X("origin:O", title="fiscal quarter known at the origin", sort=None)
    x = x.axis(labelAngle=-45, grid=False, ticks=False)
    y = alt.Y(
        "low_90:Q",
        title="$bn",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(tickCount=5, titleAngle=0, titleAlign="left", titleX=-28, titleY=-12),
    )
    base = alt.Chart(data(rows))
    came = alt.Chart(data([row for row in rows if row["outcome"] is not None]))
    layers = [
        *(
            base.mark_rule(color=BLUE, strokeWidth=width, opacity=opacity).encode(
                x=x, y=y if name == "90" else f"low_{name}:Q", y2=f"high_{name}:Q"
            )
            for name, (width, opacity) in _INTERVALS.items()
        ),
        base.mark_tick(color=INK, thickness=2, size=16).encode(x=x, y="middle:Q"),
        came.mark_point(color=ORANGE, filled=True, size=64, opacity=1).encode(x=x, y="outcome:Q"),
    ]
    return styled(layers, WIDTH, HEIGHT)


def _forecast(row: dict[str, float]) -> Value:
    ends = {
        f"{side}_{name}": row[f"{side}_{name}_usd"] / formats.BILLION
        for name in _INTERVALS
        for side in ("low", "high")
    }
    outcome = row["outcome_usd"]
    return {
        "origin": row["fiscal_quarter"],
        "middle": row["median_usd"] / formats.BILLION,
        "outcome": None if outcome is None else outcome / formats.BILLION,
        **ends,
    }


def pit(targets: Sequence[Outcomes]) -> Picture:
    """A dot for each outcome at the share of the draws below it, a row for each target.

    The middle 90 % lies between the rules.
    """
    rows: list[Value] = [
        {"name": each.name, "share": share} for each in targets for share in each.pits
    ]
    x = alt.X(
        "share:Q",
        title="share of draws below",
        scale=alt.Scale(domain=[-_PIT_ROOM, 1 + _PIT_ROOM], nice=False),
        axis=alt.Axis(format="%", values=[0, 0.5, 1]),
    )
    y = alt.Y(
        "name:N",
        title=None,
        sort=[each.name for each in targets],
        axis=name_axis(each.name for each in targets),
    )
    edges: list[Value] = [{"share": edge} for edge in _MIDDLE]
    dots = alt.Chart(data(rows)).mark_point(color=ORANGE, filled=True, size=70, opacity=0.75)
    rules = alt.Chart(data(edges)).mark_rule(color=INK, strokeDash=[4, 3])
    return styled(
        [dots.encode(x=x, y=y), rules.encode(x="share:Q")],
        WIDTH - 230,
        _ROW_HEIGHT * len(targets),
    )


def bridge(changes: pl.DataFrame, names: dict[str, str]) -> Picture:
    """From the earlier value to the one now ($T), a bar for each part, rising or falling.

    `changes` holds `part`, `before_usd`, `after_usd` in order; `names` those of the parts.
    """
    listed = list(changes.iter_rows(named=True))
    ends = [listed[0]["before_usd"], listed[-1]["after_usd"]]
    levels = [*ends, *(row["after_usd"] for row in listed)]
    room = (max(levels) - min(levels)) or abs(levels[0])
    low, high = min(levels) - room * _ROOM_LEFT, max(levels) + room * _ROOM_RIGHT
    rows = [
        _bar(0, "earlier value", low, ends[0], formats.usd(ends[0]), BLUE),
        *(
            _bar(
                place,
                names.get(row["part"], row["part"]),
                row["before_usd"],
                row["after_usd"],
                formats.usd_change(row["after_usd"] - row["before_usd"]),
                GREEN if row["after_usd"] >= row["before_usd"] else RED,
            )
            for place, row in enumerate(listed, start=1)
        ),
        _bar(len(listed) + 1, "value now", low, ends[1], formats.usd(ends[1]), BLUE),
    ]
    x = alt.X(
        "start:Q",
        title="equity value, $T (not from zero)",
        scale=alt.Scale(
            domain=[low / formats.TRILLION, high / formats.TRILLION], nice=False, zero=False
        ),
        axis=alt.Axis(tickCount=4, grid=False),
    )
    y = alt.Y("row:O", title=None, sort=None, axis=_bridge_axis(rows))
    base = alt.Chart(data(rows))
    layers = [
        base.mark_bar(height=_BRIDGE_BAR, opacity=BAR_OPACITY).encode(
            x=x, x2="end:Q", y=y, color=alt.Color("colour:N", scale=None)
        ),
        base.mark_text(align="left", dx=6, color=INK, fontWeight=600).encode(
            x="right:Q", y=y, text="label:N"
        ),
    ]
    return styled(layers, WIDTH - 130, _BRIDGE_ROW * len(rows))


def _bridge_axis(rows: Sequence[Value]) -> alt.Axis:
    """Names of the rows, which may repeat, in place of their numbers."""
    names = ", ".join(f"'{row['name']}'" for row in rows)
    axis = name_axis(str(row["name"]) for row in rows)
    axis.labelExpr = f"[{names}][datum.value]"
    return axis


def _bar(place: int, name: str, start: float, end: float, label: str, colour: str) -> Value:
    return {
        "row": place,
        "name": name,
        "start": start / formats.TRILLION,
        "end": end / formats.TRILLION,
        "right": max(start, end) / formats.TRILLION,
        "label": label,
        "colour": colour,
    }
