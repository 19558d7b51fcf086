"""Drivers of a scenario in words: a short name, the full meaning, a value in its unit."""

from registry.assumptions import DRIVERS
from report import formats

_SHORT_NAMES = {
    "growth_now": "growth, year 1",
    "growth_terminal": "terminal growth",
    "growth_fade": "growth that lasts",
    "margin_now": "margin now",
    "margin_terminal": "terminal margin",
    "margin_convergence": "years to that margin",
    "sales_to_capital": "sales to capital",
    "asset_life": "asset life",
    "remaining_life": "remaining life",
    "ppe_share": "share of plant",
    "tax_rate": "Tax rate",
    "wacc": "WACC",
    "ronic": "Return on new capital",
    "non_operating_assets": "Other investments",
    "net_dilution": "Net dilution",
}
"""Names that fit beside a bar, of a part's drivers without the part."""

_DECIMALS_OF_MULTIPLES = {"sales_to_capital": 2, "exit_multiple": 1}
"""Drivers in ratio that read as a multiple and not as a percentage, by the end of their name."""


def short_name(driver: str, cloud_name: str) -> str:
    """A few words: AWS growth, year 1."""
    for part, owner in (("cloud_", cloud_name), ("rest_", "Rest")):
        own = driver.removeprefix(part)
        if own != driver and own in _SHORT_NAMES:
            return f"{owner} {_SHORT_NAMES[own]}"
    return _SHORT_NAMES.get(driver, driver.replace("_", " ").capitalize())


def meaning(driver: str) -> str:
    """What the vocabulary says it is; the name in words for a driver it does not know."""
    return DRIVERS[driver].meaning if driver in DRIVERS else driver.replace("_", " ")


def decimals_of_multiple(driver: str) -> int | None:
    """Decimals of a driver that reads as a multiple, None for any other."""
    return next(
        (count for name, count in _DECIMALS_OF_MULTIPLES.items() if driver.endswith(name)), None
    )


def value_text(driver: str, value: float | None, unit: str) -> str:
    """A value of the driver in its unit; some ratios read as multiples."""
    decimals = decimals_of_multiple(driver)
    return formats.in_unit(value, unit) if decimals is None else formats.multiple(value, decimals)


def range_text(driver: str, low: float | None, high: float | None, unit: str) -> str:
    """A range of the driver: 7.5 % to 9.5 %."""
    return f"{value_text(driver, low, unit)} to {value_text(driver, high, unit)}"
