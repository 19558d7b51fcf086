"""The panel of sliders: a grid the model exported, interpolated in the reader's browser.

Belongs here: what the panel starts with, and the grid as JSON. Does not belong here: a formula of
the valuation; `what_if.js` interpolates in a straight line along each axis and knows nothing else.
"""

import json
from collections.abc import Sequence
from math import ceil

from registry.assumptions import BASE_SCENARIO, DRIVERS
from report import formats
from report.content import Panel, Row, Section, Slider, cite
from report.drivers import decimals_of_multiple, meaning, short_name, value_text
from report.inputs import ReportInputs

STEPS = 200
"""Positions of a slider from end to end."""

_TITLE = "What if"
_MILLION_DIGITS = 3
"""Decimals of the values in billions of USD that are exported: whole millions."""
_ERROR_STEP = 0.0001
"""The error is printed rounded up to a hundredth of a percent, so that it holds as printed."""


def what_if_section(inputs: ReportInputs) -> Section:
    """Sliders over the drivers of the grid; a plain statement where no grid was made."""
    base = inputs.scenario(BASE_SCENARIO)
    if inputs.what_if.is_empty() or base is None:
        return Section("what-if", _TITLE, absence="No grid of values was made to move about in.")
    grid = inputs.what_if.row(0, named=True)
    error = formats.percent(ceil(grid["error_ratio"] / _ERROR_STEP) * _ERROR_STEP, 2)
    note = (
        f"Between its points the grid is read in a straight line: at {grid['probes']:,} probes "
        f"that was within {error} of the model's own value. Drivers without a slider are as in the "
        "base scenario; each slider ends where its declared range does, or at the base."
    )
    panel = Panel(
        sliders=tuple(_slider(grid, place, inputs.cloud_name) for place in _places(grid)),
        equity=formats.usd(base["equity_value_usd"]),
        per_share=formats.usd_price(base["value_per_share_usd"]),
        marks=tuple(label for label, _ in _marks(inputs, base)),
        data=safe_json(_data(inputs, grid, base)),
        citation=cite(base),
    )
    return Section("what-if", _TITLE, panel=panel, notes=(note,))


def _places(grid: Row) -> range:
    return range(len(grid["drivers"]))


def _slider(grid: Row, place: int, cloud_name: str) -> Slider:
    driver, points = grid["drivers"][place], grid["points"][place]
    unit = DRIVERS[driver].unit
    return Slider(
        driver=driver,
        label=short_name(driver, cloud_name),
        meaning=meaning(driver),
        low=value_text(driver, points[0], unit),
        high=value_text(driver, points[-1], unit),
        steps=STEPS,
        position=_position(points, grid["base_values"][place]),
        value=value_text(driver, grid["base_values"][place], unit),
    )


def _position(points: Sequence[float], value: float) -> int:
    """The position nearest to a value, which stands for it exactly."""
    return round((value - points[0]) / (points[-1] - points[0]) * STEPS)


def _marks(inputs: ReportInputs, base: Row) -> list[tuple[str, float]]:
    """What to hold the result against, as equity in USD.

    The close is a price: the equity against it is that at which a diluted share is worth as much,
    so that the distance is the one the scenarios print.
    """
    marks = [
        (formats.usd_target(target.market_value_usd), target.market_value_usd)
        for target in inputs.thesis.targets
    ]
    price = base["share_price_usd"]
    if price is None:
        return marks
    label = f"the last close, {formats.usd_price(price)}"
    return [*marks, (label, price * base["diluted_shares"])]


def _data(inputs: ReportInputs, grid: Row, base: Row) -> dict[str, object]:
    """Axes and values of the grid, in USD billions, the last axis fastest."""
    return {
        "axes": [
            {
                "driver": driver,
                "points": grid["points"][place],
                "reciprocal": grid["is_reciprocal"][place],
                "base": grid["base_values"][place],
                "basePosition": _position(grid["points"][place], grid["base_values"][place]),
                "unit": DRIVERS[driver].unit,
                "decimalsOfMultiple": decimals_of_multiple(driver),
            }
            for place, driver in enumerate(grid["drivers"])
        ],
        "steps": STEPS,
        "values": [
            round(value / formats.BILLION, _MILLION_DIGITS) for value in grid["equity_values_usd"]
        ],
        "shares": base["diluted_shares"] / formats.BILLION,
        "marks": [value / formats.BILLION for _, value in _marks(inputs, base)],
    }


def safe_json(data: object) -> str:
    """JSON for a script element, which no text in it can end: it holds no less-than sign.

    ValueError for a number that is not finite.
    """
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
