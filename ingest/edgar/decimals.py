"""Exact decimal text: no floating point comes near a filed figure."""

import re
from decimal import Decimal

from ingest.edgar.rows import Rejected

LEXICAL_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
LEXICAL_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
# Nothing a company reports is printed in units beyond this power of ten.
LARGEST_SCALE = 30
LONGEST_NUMBER = 100
# Whole numbers in the scales filings print in, by far the most, need no arithmetic.
ZEROS = {None: "", "": "", "0": "", "3": "0" * 3, "6": "0" * 6, "9": "0" * 9}


def decimal_text(text: str, scale: str | None = None, is_negative: bool = False) -> str:
    """`text` times ten to the `scale`, negated where asked, as plain decimal text.

    Raises Rejected for text that is no decimal number or a scale no filing can mean.
    """
    zeros = ZEROS.get(scale)
    if zeros is not None and text.isdigit() and text.isascii() and len(text) <= LONGEST_NUMBER:
        digits = text.lstrip("0")
        plain = digits + zeros if digits else "0"
    else:
        plain = _plain(text.strip(), _power(scale))
    if not is_negative or not plain.strip("-0."):
        return plain
    return plain[1:] if plain.startswith("-") else f"-{plain}"


def _power(scale: str | None) -> int:
    if not scale:
        return 0
    if not LEXICAL_INTEGER.fullmatch(scale.strip()):
        raise Rejected("malformed_scale", f"scale {scale[:80]!r} is not a whole number")
    power = int(scale)
    if abs(power) > LARGEST_SCALE:
        raise Rejected("malformed_scale", f"scale {power} is beyond any figure a filing prints")
    return power


def _plain(number: str, power: int) -> str:
    if len(number) > LONGEST_NUMBER or not LEXICAL_DECIMAL.fullmatch(number):
        raise Rejected("malformed_number", f"{number[:80]!r} is not a decimal number")
    sign, digits, exponent = Decimal(number).as_tuple()
    if not isinstance(exponent, int) or abs(exponent + power) > LONGEST_NUMBER:
        raise Rejected("malformed_number", f"{number!r} is beyond any figure a filing prints")
    shifted = Decimal((sign, digits, exponent + power))
    return format(abs(shifted) if shifted.is_zero() else shifted, "f")
