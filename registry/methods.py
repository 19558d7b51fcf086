"""Models of the declared settings of the valuation method (`methods.yml`).

Belongs here: what a setting may be. Does not belong here: what is done with it (room `valuation`),
or an assumption about a company (`scenarios/*.yml`).
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from registry.assumptions import DRIVERS, STRUCTURAL_DRIVERS, Basis, Sentence
from registry.models import REGISTRY_DIR, Declared, parse, read_yaml

FRONTIER_AXES = ("cloud_margin_terminal", "cloud_sales_to_capital", "wacc")
"""What the frontier's combinations are made of beside the driver it is solved for."""
COVERAGES = (0.5, 0.8, 0.9)
"""Intervals of a backtest: tables have columns of their own for them."""
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(gt=0)]


class Setting(Declared):
    """A group of settings, why they are as they are, and since when."""

    basis: Basis
    rationale: Sentence
    dated: date


class SimulationSetting(Setting):
    """Draws (a multiple of `draws_at_once`, which is even), their seed, what is kept of them."""

    draws: Count
    draws_at_once: Count
    seed: Annotated[int, Field(ge=0)]
    quantiles: tuple[Share, ...]
    histogram_bins: Count

    @model_validator(mode="after")
    def _pieces_fit(self) -> "SimulationSetting":
        if self.draws_at_once % 2 or self.draws % self.draws_at_once:
            raise ValueError("draws is a multiple of draws_at_once, which is even")
        if list(self.quantiles) != sorted(set(self.quantiles)):
            raise ValueError("quantiles rise")
        return self


class MarketSetting(Setting):
    """How market value moves until the horizon.

    `gap_closure` is the share of the gap to intrinsic value that closes by then; `barrier_shift`
    the correction for a price seen `closes_per_year` times a year; volatility needs
    `minimum_closes`. A close stands for a day if it lies within `close_within_days` of it.
    """

    horizon_years: Annotated[float, Field(gt=0)]
    gap_closure: Annotated[float, Field(ge=0, le=1)]
    closes_per_year: Count
    barrier_shift: Annotated[float, Field(ge=0)]
    minimum_closes: Annotated[int, Field(ge=3)]
    close_within_days: Count


class PriorSetting(Setting):
    """Least number of observations a spread is estimated from."""

    minimum_observations: Annotated[int, Field(ge=2)]


class SolverSetting(Setting):
    """Relative width at which a root is found, and the most steps taken towards it."""

    tolerance: Share
    most_steps: Count


class FrontierSetting(Setting):
    """Driver solved for, and the points along the others."""

    solved: str
    margins: Annotated[int, Field(ge=2)]
    intensities: Annotated[int, Field(ge=2)]
    rates: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _solved_is_a_driver(self) -> "FrontierSetting":
        if self.solved not in DRIVERS or self.solved in STRUCTURAL_DRIVERS:
            raise ValueError(f"{self.solved} is not a driver that varies")
        if self.solved in FRONTIER_AXES:
            raise ValueError(f"{self.solved} is an axis of the frontier")
        return self


class SensitivitySetting(Setting):
    """Points along cloud growth and cloud margin of the two-way table."""

    growths: Annotated[int, Field(ge=2)]
    margins: Annotated[int, Field(ge=2)]


class WhatIfAxis(Declared):
    """Points along a driver, evenly spaced in it or in its reciprocal."""

    points: Annotated[int, Field(ge=2)]
    is_reciprocal: bool = False


class WhatIfSetting(Setting):
    """Drivers a reader may move, with the points along each."""

    axes: dict[str, WhatIfAxis]

    @model_validator(mode="after")
    def _axes_are_drivers(self) -> "WhatIfSetting":
        if unknown := sorted(self.axes.keys() - (DRIVERS.keys() - set(STRUCTURAL_DRIVERS))):
            raise ValueError(f"not drivers that vary: {', '.join(unknown)}")
        return self


class BacktestSetting(Setting):
    """Which forecasts of the past are made, from an even number of draws, and how scored."""

    since: date
    draws: Count
    intervals: tuple[Share, ...]
    pinball_quantiles: tuple[Share, ...]

    @model_validator(mode="after")
    def _draws_have_mirror_images(self) -> "BacktestSetting":
        if self.draws % 2:
            raise ValueError("draws is even")
        if self.intervals != COVERAGES:
            raise ValueError(f"intervals are {', '.join(map(str, COVERAGES))}")
        return self


HORIZONS_YEARS = (1, 3, 5, 10)
"""Those that `marts.fct_revenue_growth` has."""


class BaseRateSetting(Setting):
    """Spans over which growth achieved is counted, in years."""

    horizons_years: tuple[Literal[1, 3, 5, 10], ...]


class Methods(Declared):
    """Every setting of the method."""

    simulation: SimulationSetting
    market: MarketSetting
    priors: PriorSetting
    solver: SolverSetting
    frontier: FrontierSetting
    sensitivity: SensitivitySetting
    what_if: WhatIfSetting
    backtest: BacktestSetting
    base_rates: BaseRateSetting


def load_methods(directory: Path = REGISTRY_DIR) -> Methods:
    """The declared settings; RegistryError names the file, the key and the rule broken."""
    path = directory / "methods.yml"
    return parse(Methods, read_yaml(path), path.name)
