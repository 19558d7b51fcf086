"""Discounted cash flow of one part of a company: formulas, the yearly path, its value.

Every flow of forecast year t falls at the end of that year, so year 1 is discounted one full year.

A quantity is one number, or an array of one number a draw: scenario and simulation are the same
formulas. They are written in the four operations and in minima, which give the same last bit for a
number and for an array of any length; powers and library sums do not.

Sources: Koller, Goedhart, Wessels, *Valuation* (free cash flow, value-driver formula); Damodaran's
spreadsheets (sales-to-capital, fading growth); Brealey, Myers, Allen, *Principles of Corporate
Finance* (perpetuities).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from valuation.errors import DiscountRateError

Quantity: TypeAlias = float | NDArray[np.float64]
"""One number, or one a draw."""

# --- formulas --------------------------------------------------------------------------------


def growth_path(
    now: Quantity, terminal: Quantity, fade: Quantity, years: int
) -> Iterator[Quantity]:
    """Growth by year, g_t = g_T + (g_0 − g_T)·λ^(t−1); ratios. Year 1 grows at `now`."""
    excess = now - terminal
    for _ in range(years):
        yield terminal + excess
        excess = excess * fade


def margin_path(
    now: Quantity, terminal: Quantity, convergence: Quantity, years: int
) -> Iterator[Quantity]:
    """Operating margin by year, a straight line reaching `terminal` after `convergence` years."""
    distance = terminal - now
    for year in range(1, years + 1):
        yield now + distance * np.minimum(year / convergence, 1.0)


def discount_factors(rate: Quantity, years: int) -> Iterator[Quantity]:
    """Value today of one dollar at the end of years 1, 2, …: (1 + w)^−t."""
    gross, factor = 1 + rate, cast(Quantity, 1.0)
    for _ in range(years):
        factor = factor / gross
        yield factor


def total(quantities: Iterable[Quantity]) -> Quantity:
    """Sum from the left, one addition at a time."""
    return reduce(add, quantities, 0.0)


def straight_line_charge(cost_usd: Quantity, life_years: Quantity, age: int) -> Quantity:
    """Depreciation (USD) of a vintage in the `age`-th year after it was bought.

    Equal charges over the life; a life of 4.5 years ends with half a charge in year 5. The charges
    of all years sum to the cost.
    """
    share = np.minimum(np.maximum(life_years - (age - 1), 0.0), 1.0)
    return cast(Quantity, cost_usd * share / life_years)


def gordon_value(
    next_flow_usd: Quantity, rate: Quantity, growth: Quantity, spread_floor: float
) -> Quantity:
    """Value (USD) one year before the first flow of a growing perpetuity: FCF₁ / (w − g).

    Raises DiscountRateError if w − g is below `spread_floor`, in any draw.
    """
    spread = rate - growth
    if np.min(spread) < spread_floor:
        raise DiscountRateError(
            f"discount rate {np.min(rate):.4f} less growth {np.max(growth):.4f} is below the floor"
            f" {spread_floor:.4f}; declare a lower growth or a higher rate"
        )
    return next_flow_usd / spread


def value_driver_value(
    next_nopat_usd: Quantity,
    rate: Quantity,
    growth: Quantity,
    ronic: Quantity,
    spread_floor: float,
) -> Quantity:
    """Terminal value (USD) by the value-driver formula: NOPAT_{n+1} · (1 − g/RONIC) / (w − g).

    Growth costs the share g/RONIC of profit; with RONIC = w growth adds nothing. Raises
    DiscountRateError if w − g is below `spread_floor`.
    """
    return gordon_value(next_nopat_usd * (1 - growth / ronic), rate, growth, spread_floor)


# --- one part of the company -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartDrivers:
    """Drivers of one part; meanings and units as in `registry.assumptions.PART_DRIVERS`."""

    growth_now: Quantity
    growth_terminal: Quantity
    growth_fade: Quantity
    margin_now: Quantity
    margin_terminal: Quantity
    margin_convergence: Quantity
    sales_to_capital: Quantity
    asset_life: Quantity
    remaining_life: Quantity


@dataclass(frozen=True, slots=True)
class CapitalDrivers:
    """What all parts share: ratios of tax and return, and the length of the forecast in years."""

    tax_rate: Quantity
    wacc: Quantity
    ronic: Quantity
    spread_floor: float
    years: int


@dataclass(frozen=True, slots=True)
class YearFlow:
    """What a forecast year earns and what its growth costs, in USD and ratios."""

    growth: Quantity
    revenue: Quantity
    margin: Quantity
    nopat: Quantity
    reinvestment: Quantity
    discount_factor: Quantity

    @property
    def free_cash_flow(self) -> Quantity:
        """NOPAT − reinvestment, USD."""
        return self.nopat - self.reinvestment

    @property
    def present_value(self) -> Quantity:
        """Free cash flow as of today, USD."""
        return self.free_cash_flow * self.discount_factor


def forecast(
    revenue_usd: Quantity, drivers: PartDrivers, capital: CapitalDrivers
) -> Iterator[YearFlow]:
    """The flows of each year: FCFF = NOPAT − reinvestment.

    Reinvestment is Δrevenue ÷ sales-to-capital. A loss is taxed at the same rate, that is, it saves
    tax elsewhere in the group.
    """
    growths = growth_path(
        drivers.growth_now, drivers.growth_terminal, drivers.growth_fade, capital.years
    )
    margins = margin_path(
        drivers.margin_now, drivers.margin_terminal, drivers.margin_convergence, capital.years
    )
    factors = discount_factors(capital.wacc, capital.years)
    kept = 1 - capital.tax_rate
    for growth, margin, factor in zip(growths, margins, factors, strict=True):
        added = revenue_usd * growth
        revenue_usd = revenue_usd + added
        yield YearFlow(
            growth=growth,
            revenue=revenue_usd,
            margin=margin,
            nopat=revenue_usd * margin * kept,
            reinvestment=added / drivers.sales_to_capital,
            discount_factor=factor,
        )


def terminal_value(last: YearFlow, drivers: PartDrivers, capital: CapitalDrivers) -> Quantity:
    """Value at the horizon (USD) of everything after it.

    Profit starts from the last year's and grows at the terminal rate: excess growth not yet faded
    is dropped. Raises DiscountRateError if WACC − terminal growth is below the floor.
    """
    return value_driver_value(
        last.nopat * (1 + drivers.growth_terminal),
        capital.wacc,
        drivers.growth_terminal,
        capital.ronic,
        capital.spread_floor,
    )


def enterprise_value(
    flows: Iterable[YearFlow], drivers: PartDrivers, capital: CapitalDrivers
) -> Quantity:
    """Value today (USD) of the forecast years and of everything after them.

    Raises DiscountRateError if WACC − terminal growth is below the floor.
    """
    value: Quantity = 0.0
    for flow in flows:
        value, last = value + flow.present_value, flow
    return value + terminal_value(last, drivers, capital) * last.discount_factor


@dataclass(frozen=True, slots=True)
class Plant:
    """A year of plant and equipment, USD: `closing = opening + capex − depreciation`."""

    opening: Quantity
    capex: Quantity
    depreciation: Quantity
    closing: Quantity


def plant_path(
    ppe_usd: Quantity, flows: Iterable[YearFlow], drivers: PartDrivers
) -> Iterator[Plant]:
    """Capex = reinvestment + D&A, so that net investment all becomes plant and equipment.

    D&A is already inside the declared margin: it shapes capex, not free cash flow. The plant owned
    at the start is one vintage at net book value, run off in equal charges over its remaining life:
    its own vintages are not filed, and equal charges continue today's D&A.
    """
    opening, capexes = ppe_usd, list[Quantity]()
    for year, flow in enumerate(flows, start=1):
        owned = straight_line_charge(ppe_usd, drivers.remaining_life, year)
        bought = total(
            straight_line_charge(capex, drivers.asset_life, year - bought_in)
            for bought_in, capex in enumerate(capexes, start=1)
        )
        depreciation = owned + bought
        capexes.append(flow.reinvestment + depreciation)
        closing = opening + capexes[-1] - depreciation
        yield Plant(opening, capexes[-1], depreciation, closing)
        opening = closing


@dataclass(frozen=True, slots=True)
class Opening:
    """Where the forecast of a part starts: trailing revenue and plant and equipment, in USD."""

    revenue_usd: float
    ppe_usd: float


@dataclass(frozen=True, slots=True)
class PathYear:
    """One forecast year. `ppe_closing = ppe_opening + capex − depreciation` holds in every row."""

    year: int
    growth_ratio: float
    revenue_usd: float
    margin_ratio: float
    operating_income_usd: float
    nopat_usd: float
    reinvestment_usd: float
    free_cash_flow_usd: float
    capex_usd: float
    depreciation_usd: float
    ppe_opening_usd: float
    ppe_closing_usd: float
    discount_factor_ratio: float
    present_value_usd: float

    @property
    def margin_before_depreciation_ratio(self) -> float:
        """(Operating income + D&A) ÷ revenue: what the declared margin supposes before D&A."""
        return (self.operating_income_usd + self.depreciation_usd) / self.revenue_usd


@dataclass(frozen=True, slots=True)
class PartValue:
    """A part's path and its value today, in USD; the terminal value is that at the horizon."""

    path: tuple[PathYear, ...]
    enterprise_value_usd: float
    terminal_value_usd: float
    terminal_present_value_usd: float


def value_part(opening: Opening, drivers: PartDrivers, capital: CapitalDrivers) -> PartValue:
    """Path and value of a part; the drivers are single numbers.

    Raises DiscountRateError if WACC − terminal growth is below the floor.
    """
    flows = tuple(forecast(opening.revenue_usd, drivers, capital))
    plants = plant_path(opening.ppe_usd, flows, drivers)
    terminal = float(terminal_value(flows[-1], drivers, capital))
    return PartValue(
        path=tuple(
            _path_year(year, flow, plant)
            for year, (flow, plant) in enumerate(zip(flows, plants, strict=True), start=1)
        ),
        enterprise_value_usd=float(enterprise_value(flows, drivers, capital)),
        terminal_value_usd=terminal,
        terminal_present_value_usd=terminal * float(flows[-1].discount_factor),
    )


def _path_year(year: int, flow: YearFlow, plant: Plant) -> PathYear:
    return PathYear(
        year=year,
        growth_ratio=float(flow.growth),
        revenue_usd=float(flow.revenue),
        margin_ratio=float(flow.margin),
        operating_income_usd=float(flow.revenue * flow.margin),
        nopat_usd=float(flow.nopat),
        reinvestment_usd=float(flow.reinvestment),
        free_cash_flow_usd=float(flow.free_cash_flow),
        capex_usd=float(plant.capex),
        depreciation_usd=float(plant.depreciation),
        ppe_opening_usd=float(plant.opening),
        ppe_closing_usd=float(plant.closing),
        discount_factor_ratio=float(flow.discount_factor),
        present_value_usd=float(flow.present_value),
    )


def consolidate(paths: Sequence[Sequence[PathYear]]) -> tuple[PathYear, ...]:
    """The path of the whole: dollars are summed, growth and margin are those of the sums."""
    return tuple(_sum_year(years) for years in zip(*paths, strict=True))


def _sum_year(parts: Sequence[PathYear]) -> PathYear:
    revenue = sum(part.revenue_usd for part in parts)
    operating_income = sum(part.operating_income_usd for part in parts)
    revenue_before = sum(part.revenue_usd / (1 + part.growth_ratio) for part in parts)
    return PathYear(
        year=parts[0].year,
        growth_ratio=revenue / revenue_before - 1,
        revenue_usd=revenue,
        margin_ratio=operating_income / revenue,
        operating_income_usd=operating_income,
        nopat_usd=sum(part.nopat_usd for part in parts),
        reinvestment_usd=sum(part.reinvestment_usd for part in parts),
        free_cash_flow_usd=sum(part.free_cash_flow_usd for part in parts),
        capex_usd=sum(part.capex_usd for part in parts),
        depreciation_usd=sum(part.depreciation_usd for part in parts),
        ppe_opening_usd=sum(part.ppe_opening_usd for part in parts),
        ppe_closing_usd=sum(part.ppe_closing_usd for part in parts),
        discount_factor_ratio=parts[0].discount_factor_ratio,
        present_value_usd=sum(part.present_value_usd for part in parts),
    )
