"""From drivers to equity: the one function that scenario, simulation, reverse and grids all call.

Drivers are one number each, or an array of one a draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from registry.assumptions import PARTS, PartName
from valuation.cashflow import (
    CapitalDrivers,
    PartDrivers,
    Quantity,
    YearFlow,
    enterprise_value,
    forecast,
    plant_path,
    total,
)
from valuation.errors import ShareCountError

PART_DRIVER_NAMES = tuple(field.name for field in fields(PartDrivers))
CAPITAL_DRIVER_NAMES = ("tax_rate", "wacc", "ronic", "forecast_years")


@dataclass(frozen=True, slots=True)
class Position:
    """What a forecast starts from: trailing revenue by part, and the financial position, USD.

    `balance` are the filed steps from enterprise value to equity in the order of the bridge: those
    before non-operating assets and those after.
    """

    revenue_usd: Mapping[PartName, float]
    balance_before_usd: tuple[float, ...]
    balance_after_usd: tuple[float, ...]


def part_drivers(drivers: Mapping[str, Quantity], part: PartName) -> PartDrivers:
    """The drivers of one part."""
    return PartDrivers(**{name: drivers[f"{part}_{name}"] for name in PART_DRIVER_NAMES})


def capital_drivers(drivers: Mapping[str, Quantity]) -> CapitalDrivers:
    """The drivers all parts share; the length of the forecast and the floor never vary."""
    return CapitalDrivers(
        tax_rate=drivers["tax_rate"],
        wacc=drivers["wacc"],
        ronic=drivers["ronic"],
        spread_floor=float(drivers["discount_spread_floor"]),
        years=int(drivers["forecast_years"]),
    )


def part_flows(
    revenue_usd: float, drivers: Mapping[str, Quantity], part: PartName
) -> tuple[YearFlow, ...]:
    """The flows of one part, year by year."""
    return tuple(forecast(revenue_usd, part_drivers(drivers, part), capital_drivers(drivers)))


def part_value(revenue_usd: float, drivers: Mapping[str, Quantity], part: PartName) -> Quantity:
    """Enterprise value of one part, USD; DiscountRateError as in `cashflow`."""
    own, capital = part_drivers(drivers, part), capital_drivers(drivers)
    return enterprise_value(forecast(revenue_usd, own, capital), own, capital)


def equity_value(position: Position, drivers: Mapping[str, Quantity]) -> Quantity:
    """Value of the equity (USD): the parts, and the steps of the bridge in their order.

    Raises DiscountRateError if WACC − terminal growth is below the floor, in any draw.
    """
    return total(
        (
            *(part_value(position.revenue_usd[part], drivers, part) for part in PARTS),
            *position.balance_before_usd,
            drivers["non_operating_assets"],
            *position.balance_after_usd,
        )
    )


def first_year(
    revenue_usd: Mapping[PartName, float], drivers: Mapping[str, Quantity]
) -> dict[PartName, YearFlow]:
    """Forecast year 1 of each part, from trailing revenue."""
    only = {**drivers, "forecast_years": 1}
    return {part: part_flows(revenue_usd[part], only, part)[0] for part in PARTS}


def first_year_operating_income(first: Mapping[PartName, YearFlow]) -> Quantity:
    """Operating income of the company in forecast year 1, USD."""
    return total(flow.revenue * flow.margin for flow in first.values())


def first_year_capex(
    first: Mapping[PartName, YearFlow], ppe_usd: float, drivers: Mapping[str, Quantity]
) -> Quantity:
    """Capital spending of the company in forecast year 1, USD, on the plant owned before it."""
    share = drivers["cloud_ppe_share"]
    owned: dict[PartName, Quantity] = {"cloud": ppe_usd * share, "rest": ppe_usd * (1 - share)}
    return total(
        next(plant_path(owned[part], [first[part]], part_drivers(drivers, part))).capex
        for part in PARTS
    )


def diluted_count(shares: float, drivers: Mapping[str, Quantity]) -> Quantity:
    """Diluted shares grown by net dilution in each forecast year.

    Raises ShareCountError if they are not positive in some year, in any draw.
    """
    count: Quantity = shares
    for _ in range(int(drivers["forecast_years"])):
        count = count * (1 + drivers["net_dilution"])
        if np.min(count) <= 0:
            raise ShareCountError(f"diluted shares of {np.min(count):g} are not positive")
    return count


def varied(drivers: Mapping[str, float], changes: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """The drivers with some of them in the place of their own; an array gives one value each."""
    return {**drivers, **changes}
