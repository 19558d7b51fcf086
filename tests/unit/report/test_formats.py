from collections.abc import Callable

import pytest

from report import formats


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (2.1508e12, "$2.15T"),
        (999.6e9, "$1.00T"),
        (496e9, "$496bn"),
        (99.96e9, "$100bn"),
        (77.5e9, "$77.5bn"),
        (-7.604e9, "−$7.6bn"),
        (999.7e6, "$1.0bn"),
        (-883.5e6, "−$884m"),
        (0, "$0"),
        (-0.2, "$0"),
        (None, "not stated"),
    ],
)
def test_dollars_are_scaled(value: float | None, printed: str) -> None:
    assert formats.usd(value) == printed


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (0.36792, "ratio", "36.8\u202f%"),
        (-0.00001, "ratio", "0.0\u202f%"),
        (6.4, "years", "6.4 years"),
        (7.86, "USD/shares", "$7.86"),
        (7.86, "USD_per_share", "$7.86"),
        (10_786_313_572, "shares", "10.79bn"),
        (3.0, "furlongs", "3 furlongs"),
        (3.0, None, "3"),
        (None, "ratio", "not stated"),
    ],
)
def test_unit_decides_the_form(value: float | None, unit: str | None, printed: str) -> None:
    assert formats.in_unit(value, unit) == printed


def test_filed_figures_keep_the_digits_that_show_rounding() -> None:
    assert formats.as_filed(44_203e6, "USD") == "$44,203m"
    assert formats.as_filed(0.766777, "ratio") == "76.68\u202f%"
    assert formats.as_filed(None, "USD") == "not stated"


def test_changes_carry_their_sign() -> None:
    assert formats.percent_change(0.428) == "+43\u202f%"
    assert formats.percent_change(-0.298) == "−30\u202f%"
    assert formats.percent_change(0.001) == "0\u202f%"


def test_prices_are_whole_and_earnings_to_the_cent() -> None:
    assert formats.usd_price(278.13) == "$278"
    assert formats.usd_price(7.86) == "$7.86"
    assert formats.usd_per_share(-5.878) == "−$5.88"


@pytest.mark.parametrize(
    "form",
    [
        formats.usd,
        formats.usd_as_filed,
        formats.usd_price,
        formats.usd_per_share,
        formats.percent,
        formats.percent_change,
        formats.points,
        formats.years,
        formats.multiple,
        formats.share_count,
        formats.day,
    ],
)
def test_nothing_unknown_is_printed_as_zero(form: Callable[[None], str]) -> None:
    assert form(None) == "not stated"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not stated"),
        (0.0, "under 1\u202f%"),
        (0.0004, "under 1\u202f%"),
        (0.031, "3\u202f%"),
        (0.0996, "10\u202f%"),
        (0.441, "44\u202f%"),
        (0.99, "99\u202f%"),
        (0.999, "over 99\u202f%"),
        (1.0, "over 99\u202f%"),
    ],
)
def test_chance_never_prints_certainty(value: float | None, text: str) -> None:
    assert formats.chance(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(12e9, "+$12.0bn"), (-7.6e9, "−$7.6bn"), (0.0, "no change")]
)
def test_change_in_dollars_has_its_sign(value: float, text: str) -> None:
    assert formats.usd_change(value) == text
