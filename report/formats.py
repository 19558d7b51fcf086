"""Numbers as an analyst writes them: $496bn, 36.8 %, 6.4 years, −$7.6bn, $278.

Every function takes None for a figure that is not known and answers `NOT_STATED`; a missing figure
is never printed as zero.
"""

from collections.abc import Callable
from datetime import date, datetime

NOT_STATED = "not stated"

MINUS = "−"
NARROW_SPACE = "\u202f"
WORD_JOINER = "\u2060"

TRILLION = 1e12
BILLION = 1e9
MILLION = 1e6
PERCENT = 100

_WHOLE_FROM = 100
"""From this many billions on, a figure is printed without decimals."""
_WHOLE_PRICE_FROM = 10
_LEAST_CHANCE = 0.01
"""The smallest probability printed as a figure; the greatest is as far from certainty."""
_CHANCE_DIGITS = 2


def usd(value: float | None) -> str:
    """Dollars scaled to T, bn or m: three significant digits or so."""
    if value is None:
        return NOT_STATED
    magnitude = abs(value)
    if round(magnitude / BILLION) >= TRILLION / BILLION:
        text = f"${magnitude / TRILLION:,.2f}T"
    elif round(magnitude / MILLION) >= BILLION / MILLION:
        text = f"${_scaled(magnitude / BILLION)}bn"
    elif magnitude >= MILLION:
        text = f"${magnitude / MILLION:,.0f}m"
    else:
        text = f"${magnitude:,.0f}"
    return _signed(value, text)


def unbroken(text: str) -> str:
    """Prose in which no line ends between a minus sign and its amount."""
    return text.replace(f"{MINUS}$", f"{MINUS}{WORD_JOINER}$")


def usd_change(value: float | None) -> str:
    """A change in dollars with its sign: +$12.0bn, −$7.6bn; "no change" for none."""
    if value == 0:
        return "no change"
    return f"+{usd(value)}" if value is not None and value > 0 else usd(value)


def usd_target(value: float) -> str:
    """A named market value, one decimal: $3.0T."""
    return f"${value / TRILLION:,.1f}T" if value >= TRILLION else usd(value)


def usd_as_filed(value: float | None) -> str:
    """Dollars in millions, the precision of the statements: $44,203m."""
    if value is None:
        return NOT_STATED
    return _signed(value, f"${abs(value) / MILLION:,.0f}m")


def usd_price(value: float | None) -> str:
    """A price or value a share, whole dollars: $278; cents below $10."""
    if value is None:
        return NOT_STATED
    return _signed(value, f"${abs(value):,.{0 if abs(value) >= _WHOLE_PRICE_FROM else 2}f}")


def usd_per_share(value: float | None) -> str:
    """Dollars a share to the cent: $7.86."""
    return NOT_STATED if value is None else _signed(value, f"${abs(value):,.2f}")


def percent(value: float | None, decimals: int = 1) -> str:
    """A ratio (0.368) as 36.8 %."""
    if value is None:
        return NOT_STATED
    return _signed(value, f"{abs(value) * PERCENT:,.{decimals}f}") + NARROW_SPACE + "%"


def chance(value: float | None) -> str:
    """A probability in whole percent: 44 %, 3 %.

    More digits would not stand still under another seed. What rounds to nothing or to certainty is
    said to lie beyond the last digit printed: draws cannot tell the impossible from the rare.
    """
    if value is None:
        return NOT_STATED
    if round(value, _CHANCE_DIGITS) <= 0:
        return f"under {percent(_LEAST_CHANCE, 0)}"
    if round(value, _CHANCE_DIGITS) >= 1:
        return f"over {percent(1 - _LEAST_CHANCE, 0)}"
    return percent(value, 0)


def percent_change(value: float | None, decimals: int = 0) -> str:
    """A ratio as a change with its sign: +12 %, −29 %."""
    text = percent(value, decimals)
    is_rise = value is not None and round(value * PERCENT, decimals) > 0
    return f"+{text}" if is_rise else text


def points(value: float | None) -> str:
    """A difference of two ratios in percentage points, unsigned: 8.4 points."""
    return NOT_STATED if value is None else f"{abs(value) * PERCENT:.1f} points"


def points_fine(value: float | None) -> str:
    """A small difference of two probabilities in percentage points: 0.02 points."""
    if value is None:
        return NOT_STATED
    least = 0.01
    in_points = abs(value) * PERCENT
    return f"under {least} points" if in_points < least else f"{in_points:.2f} points"


def years(value: float | None) -> str:
    """A span of time: 6.4 years."""
    return NOT_STATED if value is None else _signed(value, f"{abs(value):.1f}") + " years"


def years_whole(value: int) -> str:
    """A whole number of years: 1 year, 5 years."""
    return "1 year" if value == 1 else f"{value} years"


def multiple(value: float | None, decimals: int = 1) -> str:
    """A ratio of two amounts as a multiple: 35.4×."""
    return NOT_STATED if value is None else _signed(value, f"{abs(value):.{decimals}f}") + "×"


def share_count(value: float | None) -> str:
    """A number of shares in billions or millions: 10.79bn."""
    if value is None:
        return NOT_STATED
    if abs(value) >= BILLION:
        return _signed(value, f"{abs(value) / BILLION:,.2f}bn")
    return _signed(value, f"{abs(value) / MILLION:,.0f}m")


def day(value: date | datetime | None) -> str:
    """A date as 7 August 2026."""
    return NOT_STATED if value is None else f"{value.day} {value:%B %Y}"


_BY_UNIT: dict[str, Callable[[float | None], str]] = {
    "USD": usd,
    "USD/shares": usd_per_share,
    "USD_per_share": usd_per_share,
    "ratio": percent,
    "years": years,
    "shares": share_count,
}


def in_unit(value: float | None, unit: str | None) -> str:
    """A figure in the way of its unit; an unknown unit is written out after the number."""
    if value is None:
        return NOT_STATED
    form = _BY_UNIT.get(unit or "")
    return form(value) if form else f"{value:g} {unit or ''}".strip()


def as_filed(value: float | None, unit: str | None) -> str:
    """As `in_unit`, with the digits needed to see how a printed number was rounded."""
    if unit == "USD":
        return usd_as_filed(value)
    if unit == "ratio":
        return percent(value, decimals=2)
    return in_unit(value, unit)


def _scaled(value: float) -> str:
    return f"{value:,.0f}" if round(value, 1) >= _WHOLE_FROM else f"{value:,.1f}"


def _signed(value: float, text: str) -> str:
    """`text` with a minus sign if `value` is negative and did not round to zero."""
    is_zero = not any(digit in text for digit in "123456789")
    return f"{MINUS}{text}" if value < 0 and not is_zero else text
