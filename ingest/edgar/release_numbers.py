"""Numbers as tables print them: split over cells, in brackets, with dashes, in thousands.

Belongs here: joining the pieces of a row, reading one number exactly, reading a note of scale. Does
not belong here: which metric or period a number is of.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingest.edgar.release_html import Cell

SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
IN_SCALE = re.compile(r"\bin (?:us |u\.s\. )?\$? ?(thousand|million|billion)s\b")
BRACKETED_SCALE = re.compile(r"\([^()]*\b(thousand|million|billion)s\b[^()]*\)")
SHARES_IN = re.compile(r"\bshares?\b[^()]*?\b(?:in|reflected in) (thousand|million)s\b")
EXCEPT_SHARES = re.compile(r"\bexcept\b[^()]*?(?<!per )(?<!per-)\bshares?\b(?! data)")

OPENING = re.compile(r"^(?:us)?\$?\s*\(?\s*\$?\s*$", re.IGNORECASE)
CLOSING = re.compile(r"^(?:\)|%|\)\s*%|%\s*\)|pts?\.?|bps|x)$")
NIL = re.compile(r"^\$?\s*[\-\u2010-\u2015\u2212]+\s*$")
ABSENT = re.compile(r"^(?:n/?a|n/?m|nmf|not meaningful|\*+)$", re.IGNORECASE)
NUMBER = re.compile(
    r"^(?P<open>\()?\s*(?P<minus>[\-\u2010-\u2015\u2212])?\s*\$?\s*(?P<inner>\()?\s*"
    r"(?P<inner_minus>[\-\u2010-\u2015\u2212])?\s*"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"\s*(?P<scale>thousand|million|billion|trillion)?\s*(?P<close>\))?\s*(?:\(\d{1,2}\)|\*+)?$",
    re.IGNORECASE,
)
YEAR = re.compile(r"^(?:fy ?)?(?:19|20)\d{2}(?:\s*\(\d\))?$", re.IGNORECASE)
WORDS_OF_SCALE = re.compile(r"\b(?:thousand|million|billion|trillion|bps|pts?|x)\b", re.IGNORECASE)
MOST_DIGITS = 24


@dataclass(frozen=True)
class Printed:
    """A value as a row prints it: its text put together, and the columns of its number."""

    text: str
    column: int
    end: int
    first: int
    last: int


@dataclass(frozen=True)
class Number:
    """A number exactly as printed, before the table's scale; `places` are its decimals."""

    value: Decimal
    places: int
    exponent: int | None = None


@dataclass(frozen=True)
class Scale:
    """What a table is printed in, as powers of ten: amounts, and counts of shares."""

    amounts: int
    shares: int


def join_pieces(cells: Sequence[Cell]) -> list[Printed]:
    """The values of a row: "$", brackets and "%" in cells of their own go to their number.

    A dash in a cell of its own is a value, never the minus of the next one: the two cannot be told
    apart, and the reader of the table refuses two values in one column.
    """
    values: list[Printed] = []
    opening: list[Cell] = []
    for cell in cells:
        if CLOSING.match(cell.text) and values and not opening:
            last = values[-1]
            values[-1] = Printed(last.text + cell.text, last.column, last.end, last.first, cell.end)
        elif OPENING.match(cell.text):
            opening.append(cell)
        else:
            text = "".join([*(each.text for each in opening), cell.text])
            first = opening[0].column if opening else cell.column
            values.append(Printed(text, cell.column, cell.end, first, cell.end))
            opening = []
    return values


def read_number(text: str) -> Number | None:
    """A number as printed; None for what is none, or cannot be read without guessing.

    A dash alone is zero: in the statements of a filing the same dash is tagged as a fixed zero,
    where nothing is stated the cell is empty or says N/A.
    """
    text = text.strip()
    if NIL.match(text):
        return Number(Decimal(0), 0)
    match = NUMBER.match(text)
    if match is None or len(match["digits"]) > MOST_DIGITS:
        return None
    is_opened = bool(match["open"] or match["inner"])
    if is_opened != bool(match["close"]):
        return None
    digits = match["digits"].replace(",", "")
    places = len(digits.partition(".")[2])
    is_negative = is_opened != bool(match["minus"] or match["inner_minus"])
    value = Decimal(digits)
    exponent = SCALES[match["scale"].lower()] if match["scale"] else None
    return Number(-value if is_negative else value, places, exponent)


def is_value(text: str) -> bool:
    """Whether a text stands where a number would: a number, a dash, N/A or a share."""
    text = text.strip()
    if NIL.match(text) or ABSENT.match(text):
        return True
    words = WORDS_OF_SCALE.sub("", text)
    has_digit = any(character.isdigit() for character in words)
    return has_digit and not any(character.isalpha() for character in words)


def is_no_figure(text: str) -> bool:
    """Whether a value is a share or says that there is none."""
    return bool(ABSENT.match(text.strip())) or "%" in text or text.endswith(("bps", "pts", "x"))


def read_scale(texts: Iterable[str]) -> Scale | None:
    """What figures are printed in, of the notes above them; None where none says.

    Notes that contradict each other say nothing. Shares are printed as amounts are unless they are
    excepted.
    """
    found: set[Scale] = set()
    for text in texts:
        lower = text.lower()
        match = IN_SCALE.search(lower) or BRACKETED_SCALE.search(lower)
        if match is None:
            continue
        amounts = SCALES[match[1]]
        shares = amounts
        if EXCEPT_SHARES.search(lower):
            of_shares = SHARES_IN.search(lower)
            shares = SCALES[of_shares[1]] if of_shares else 0
        found.add(Scale(amounts, shares))
    return found.pop() if len(found) == 1 else None
