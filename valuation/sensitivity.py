"""How value moves with its drivers: one at a time, two at a time, and a grid to interpolate in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from registry.assumptions import Scenario
from registry.methods import SensitivitySetting, WhatIfAxis, WhatIfSetting
from valuation.distributions import Array
from valuation.model import Position, equity_value, varied
from valuation.reverse import declared_ranges, ranges_of

GROWTH = "cloud_growth_now"
MARGIN = "cloud_margin_terminal"


@dataclass(frozen=True, slots=True)
class Swing:
    """Equity (USD) with one driver at its declared low and high, the others as they are."""

    driver: str
    base: float
    low: float
    high: float
    equity_at_low_usd: float
    equity_at_high_usd: float

    @property
    def width_usd(self) -> float:
        """How far apart the two are."""
        return abs(self.equity_at_high_usd - self.equity_at_low_usd)


def tornado(
    position: Position, scenario: Scenario, drivers: Mapping[str, float]
) -> tuple[Swing, ...]:
    """Every driver with a declared range that moves value, the widest swing first."""
    ranges = declared_ranges(scenario, drivers)
    names = np.repeat(list(ranges), 2)
    ends = np.array([end for pair in ranges.values() for end in pair])
    changes = {name: np.where(names == name, ends, drivers[name]) for name in ranges}
    equity = np.asarray(equity_value(position, varied(drivers, changes))).reshape(-1, 2).tolist()
    swings = (
        Swing(name, drivers[name], *ranges[name], *pair)
        for name, pair in zip(ranges, equity, strict=True)
    )
    return tuple(
        sorted((swing for swing in swings if swing.width_usd), key=lambda each: -each.width_usd)
    )


@dataclass(frozen=True, slots=True)
class GridCell:
    """Equity (USD) at one cloud growth and one cloud margin."""

    growth_now: float
    margin_terminal: float
    equity_usd: float


def two_way(
    position: Position,
    scenario: Scenario,
    drivers: Mapping[str, float],
    setting: SensitivitySetting,
) -> tuple[GridCell, ...]:
    """Equity over the declared ranges of cloud growth and cloud margin, row by row."""
    ranges = ranges_of(scenario, drivers, (GROWTH, MARGIN))
    growths, margins = (
        grid.ravel()
        for grid in np.meshgrid(
            np.linspace(*ranges[GROWTH], setting.growths),
            np.linspace(*ranges[MARGIN], setting.margins),
            indexing="ij",
        )
    )
    equity = np.asarray(equity_value(position, varied(drivers, {GROWTH: growths, MARGIN: margins})))
    cells = zip(growths.tolist(), margins.tolist(), equity.tolist(), strict=True)
    return tuple(GridCell(*cell) for cell in cells)


@dataclass(frozen=True)
class WhatIf:
    """Equity (USD) on a grid of drivers, to be interpolated in a straight line along each axis.

    `equity_usd` has one dimension an axis. An axis is interpolated in its reciprocal where
    `is_reciprocal`. `error_ratio` is the greatest error found at the probes, of the value there;
    the probes are all combinations of the ends of each axis and the middles of its cells.
    """

    drivers: tuple[str, ...]
    points: tuple[Array, ...]
    is_reciprocal: tuple[bool, ...]
    base: tuple[float, ...]
    equity_usd: Array
    error_ratio: float
    probes: int


def what_if(
    position: Position,
    scenario: Scenario,
    drivers: Mapping[str, float],
    setting: WhatIfSetting,
) -> WhatIf:
    """The grid over the declared ranges, stretched to hold the base, and its error between."""
    ranges = ranges_of(scenario, drivers, setting.axes)
    names = tuple(setting.axes)
    axes = tuple(_axis(setting.axes[name], ranges[name], drivers[name]) for name in names)
    reciprocal = tuple(setting.axes[name].is_reciprocal for name in names)
    shape = tuple(map(len, axes))

    def equity(columns: Sequence[Array]) -> Array:
        return np.asarray(
            equity_value(position, varied(drivers, dict(zip(names, columns, strict=True))))
        )

    grid = equity(_combined(axes)).reshape(shape)
    probes = _combined([_probed(points) for points in axes])
    exact = equity(probes)
    between = interpolated(axes, reciprocal, grid, probes)
    return WhatIf(
        drivers=names,
        points=axes,
        is_reciprocal=reciprocal,
        base=tuple(drivers[name] for name in names),
        equity_usd=grid,
        error_ratio=float(np.max(np.abs(between - exact) / np.abs(exact))),
        probes=exact.size,
    )


def _combined(axes: Sequence[Array]) -> list[Array]:
    """Every combination of the points of each axis, a column an axis, the last axis fastest."""
    return [column.ravel() for column in np.meshgrid(*axes, indexing="ij")]


def _probed(points: Array) -> Array:
    """Where a straight line strays farthest: the middle of each cell; and the ends.

    Points drawn at random miss the worst cell's middle and so state too small an error.
    """
    return np.concatenate((points[:1], (points[:-1] + points[1:]) / 2, points[-1:]))


def _axis(axis: WhatIfAxis, declared: tuple[float, float], base: float) -> Array:
    """Points from end to end; where value bends, the base is one of them and so exact.

    A value that is a straight line along the axis is exact at two points already.
    """
    low, high = min(declared[0], base), max(declared[1], base)
    if axis.is_reciprocal:
        return 1 / np.linspace(1 / low, 1 / high, axis.points)
    points = np.linspace(low, high, axis.points)
    if axis.points > 2:
        nearest = 1 + int(np.argmin(np.abs(points[1:-1] - base)))
        points[nearest] = base if low < base < high else points[nearest]
    return points


def interpolated(
    axes: Sequence[Array], is_reciprocal: Sequence[bool], grid: Array, at: Sequence[Array]
) -> Array:
    """The grid interpolated linearly along each axis, or along its reciprocal.

    Axes in their reciprocal fall, so that they are turned round.
    """
    turned = tuple(
        1 / axis[::-1] if flip else axis for axis, flip in zip(axes, is_reciprocal, strict=True)
    )
    values = np.flip(grid, tuple(place for place, flip in enumerate(is_reciprocal) if flip))
    columns = [1 / each if flip else each for each, flip in zip(at, is_reciprocal, strict=True)]
    found: Array = RegularGridInterpolator(turned, values)(np.stack(columns, axis=-1))
    return found
