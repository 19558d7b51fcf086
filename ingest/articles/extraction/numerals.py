"""The quantities a text prints, and what each amounts to.

Belongs here: the forms of numbers (digits, words, ranges, scales, units, signs) and what only looks
like one (dates, times, telephone numbers, names). Does not belong here: what a number is said of.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

Unit = Literal["USD", "ratio", "points", "multiple", "W", "years", ""]

SCALES = {
    "thousand": 3, "k": 3,
    "million": 6, "millions": 6, "mn": 6, "mln": 6, "mm": 6, "m": 6, "mil": 6,
    "billion": 9, "billions": 9, "bn": 9, "bln": 9, "b": 9, "bil": 9,
    "trillion": 12, "trillions": 12, "tn": 12, "trn": 12, "tln": 12, "t": 12,
}  # fmt: skip
ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
FRACTION_TAILS = {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "third": Decimal(1) / 3}

# What one of the unit amounts to, and in which unit of a claim.
UNITS: dict[str, tuple[Unit, Decimal]] = {
    "%": ("ratio", Decimal("0.01")),
    "percent": ("ratio", Decimal("0.01")),
    "per cent": ("ratio", Decimal("0.01")),
    "pct": ("ratio", Decimal("0.01")),
    "percentage point": ("points", Decimal("0.01")),
    "percentage points": ("points", Decimal("0.01")),
    "point": ("points", Decimal("0.01")),
    "points": ("points", Decimal("0.01")),
    "pt": ("points", Decimal("0.01")),
    "pts": ("points", Decimal("0.01")),
    "pp": ("points", Decimal("0.01")),
    "ppt": ("points", Decimal("0.01")),
    "ppts": ("points", Decimal("0.01")),
    "basis points": ("points", Decimal("0.0001")),
    "basis point": ("points", Decimal("0.0001")),
    "bps": ("points", Decimal("0.0001")),
    "bp": ("points", Decimal("0.0001")),
    "x": ("multiple", Decimal(1)),
    "×": ("multiple", Decimal(1)),
    "times": ("multiple", Decimal(1)),
    "fold": ("multiple", Decimal(1)),
    "kw": ("W", Decimal(1000)),
    "mw": ("W", Decimal(10**6)),
    "megawatt": ("W", Decimal(10**6)),
    "megawatts": ("W", Decimal(10**6)),
    "gw": ("W", Decimal(10**9)),
    "gigawatt": ("W", Decimal(10**9)),
    "gigawatts": ("W", Decimal(10**9)),
    "month": ("years", Decimal(1) / 12),
    "months": ("years", Decimal(1) / 12),
    "year": ("years", Decimal(1)),
    "years": ("years", Decimal(1)),
    "dollar": ("USD", Decimal(1)),
    "dollars": ("USD", Decimal(1)),
    "usd": ("USD", Decimal(1)),
    "cent": ("USD", Decimal("0.01")),
    "cents": ("USD", Decimal("0.01")),
}

SPANS_OF_TIME = ("month", "months", "year", "years")
# Words that are a growth by themselves: how many times the earlier figure the new one is.
MULTIPLE_WORDS = {
    "doubled": 2, "doubling": 2, "double": 2, "doubles": 2, "twice": 2, "twofold": 2,
    "tripled": 3, "tripling": 3, "triple": 3, "triples": 3, "trebled": 3, "threefold": 3,
    "quadrupled": 4, "quadrupling": 4, "quadruple": 4, "fourfold": 4, "quintupled": 5,
    "fivefold": 5, "sixfold": 6, "sevenfold": 7, "eightfold": 8, "ninefold": 9, "tenfold": 10,
}  # fmt: skip
FRACTION_WORDS = {
    "half": Decimal("0.5"), "one half": Decimal("0.5"), "a third": Decimal(1) / 3,
    "one third": Decimal(1) / 3, "two thirds": Decimal(2) / 3, "a quarter": Decimal("0.25"),
    "one quarter": Decimal("0.25"), "three quarters": Decimal("0.75"),
    "a fifth": Decimal("0.2"), "one fifth": Decimal("0.2"), "two fifths": Decimal("0.4"),
    "three fifths": Decimal("0.6"), "four fifths": Decimal("0.8"), "a tenth": Decimal("0.1"),
    "one tenth": Decimal("0.1"),
}  # fmt: skip
DECADES = {
    "teens": 10, "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60,
    "seventies": 70, "eighties": 80, "nineties": 90,
}  # fmt: skip
PARTS_OF_DECADE = {"low": (1, 3), "mid": (4, 6), "high": (7, 9)}
# More digits than any amount has: an identifier, or nonsense.
MOST_DIGITS = 24
DIGIT_COUNTS = {"single": (1, 9), "double": (10, None), "triple": (100, None)}

_WORD = "|".join(sorted([*ONES, *TENS], key=len, reverse=True))
_WORDS = (
    rf"(?:a hundred|(?:{_WORD})(?:[\s-]hundred)?)(?:[\s-](?:and )?(?:{_WORD}))*"
    rf"(?: point(?: (?:{_WORD}))+)?|an?(?= (?:million|billion|trillion)\b)"
)
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE = (
    r"[\s-]?(?:thousand|millions?|billions?|trillions?|mln|mil|bln|bil|tln|trn|mn|bn|tn|mm)(?!\w)"
    r"| ?[MBTK](?![\w'’])|[mbtk](?!\w)"
)
_UNIT = (
    r"\s?%|[\s-]?(?:percentage[\s-]points?|percent|per cent|pct|basis[\s-]points?|bps?|ppts?|pp"
    r"|pts?|points?|times|megawatts?|gigawatts?|MW|GW|kW|months?|years?|(?:US )?dollars?|USD|cents?"
    r"|fold)(?!\w)| ?×|x(?!\w)"
)
QUANTITY = re.compile(
    # What a quantity can begin with, said first: it spares most of the text the rest.
    r"(?=[+−–$\d-]|\b[aefmnostu])"
    r"(?P<sign>(?<![\w%)])[+−–-](?=[$\d])|\bnegative |\bminus )?"
    r"(?P<currency>(?:US)?\$ ?|\bUSD ?)?"
    rf"(?:(?<![\w.,])(?P<digits>{_DIGITS})|\b(?P<words>{_WORDS}))"
    r"(?: and an? (?P<tail>half|quarter|third)\b)?"
    rf"(?P<scale>{_SCALE})?"
    rf"(?P<unit>{_UNIT})?"
    r"(?!\w|,\d)",
    re.IGNORECASE,
)
# A loss as some notes print it: $(130.8) mln.
BRACKETED_MONEY = re.compile(
    rf"(?:US)?\$ ?\((?P<digits>{_DIGITS})\)(?P<scale>{_SCALE})?", re.IGNORECASE
)
# A speech-to-text way of writing $1.36.
SPOKEN_DOLLAR = re.compile(
    rf"\b(?:dollar|(?P<dollars>{'|'.join(list(ONES)[:10])}|\d{{1,9}}) dollars?)"
    r"(?: and)? (?P<cents>\d\d)(?: cents)?\b(?! (?:million|billion|percent))",
    re.IGNORECASE,
)

JOINER = re.compile(r"\s?[-–—−~]\s?|\s(?:to|and)\s(?:about\s|around\s|roughly\s)?|")
PLUS_MINUS = re.compile(r",?\s?(?:±|\+/-|\+/–|plus or minus)\s?")
BETWEEN = re.compile(r"\bbetween(?:\s\w+)?\s*\(?$")
# "rose from 20 to 23" is two figures, where "estimates run from 20 to 23" is one range.
MOVED_FROM = re.compile(
    r"(?:\b(?:up|down|higher|lower|\w+ed|rose|grew|fell|shrank|went|swung|rise|growth|increase|decrease"
    r"|decline|jump|drop|improvement|moved?|doubled|tripled)|%|percent|points|bps),?\s(?:\w+\s){0,3}from\s*$|\bby\s*$"
)
BRACKETED_PERCENT = re.compile(r"\)\s?%")
OTHER_CURRENCY = re.compile(r"(?:€|£|¥|₹|C\$|A\$|HK\$|EUR|GBP|JPY|RMB|CNY|INR)\s?$")
OTHER_CURRENCY_AFTER = re.compile(
    r"\s?(?:€|£|¥|₹|euros?|pounds?|yen|yuan|rupees?|EUR|GBP|RMB|CNY|Euro)\b"
)

_FRACTION = "|".join(
    each.replace(" ", r"[\s-]") for each in FRACTION_WORDS if "quarter" not in each
)
# "After a quarter of decline": quarters of a year, where no whole is named.
_SPAN_OF_QUARTERS = (
    r"\sof\s(?!the|its|our|their|all|total|overall|company|group|net|revenue|sales|that|this|it\b"
    r"|every)[a-z]"
)
VAGUE = re.compile(
    r"\b(?:(?P<digits>single|double|triple)[\s-]digits?(?![\s-](?:to|million))"
    r"|(?P<multiple>doubl(?:ed|es|ing|e)|twice|tripl(?:ed|es|ing|e)|trebled|quadrupl(?:ed|ing|e)"
    r"|quintupled|(?:two|three|four|five|six|seven|eight|nine|ten)fold)"
    rf"|(?P<fraction>(?:{_FRACTION})(?=\sof\s)"
    rf"|(?:(?:a|one)[\s-]quarter|three[\s-]quarters)(?=\sof\s)(?!{_SPAN_OF_QUARTERS}))"
    r"|(?P<many>dozens|scores|(?:tens|hundreds)\sof\s(?:thousands|millions|billions)|hundreds"
    r"|thousands)(?=\s)"
    r"|(?P<part>low|mid|high)[\s-](?:to[\s-](?P<upper>mid|high)[\s-])?"
    r"(?:(?P<decade>teens|(?:twen|thir|for|fif|six|seven|eigh|nine)ties)"
    r"|(?P<single>single)[\s-]digits?))(?!\w)",
    re.IGNORECASE,
)

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_OF_YEAR = r"(?:,?\s(?:19|20)\d{2})?"
_YEARS = (
    r"(?:19|20)\d{2}(?:\s?[-–/]\s?(?:(?:19|20)\d{2}|\d{2}))?"
    r"(?!\w|,\d{3}|\.\d|%|\s%(?!\sCh)|\s(?:percent|billion|million|trillion|basis|MW|megawatts))"
)
_PAGE = r"[\w-]{1,63}\.(?:com|net|org|tech|ai|io|us|co|uk|de|news|html?|php)\b\S*"
_MAIL = r"[^\s@]{1,64}@\S{1,255}\.\w+"
# Letters and digits in one word, but for digits with a scale or a unit.
_CODE = (
    r"(?=\w*[A-Za-z])(?=\w*\d)(?!\d[\d.,]*(?:bn|tn|mn|mm|mln|bln|[KMBTkmbtx]|[MGk]W|bps?|pp|pts?|ppts?"
    r"|pct|years?|months?)\b)\w*[A-Za-z]\w*(?:-[A-Za-z]*\d\w*)?"
)
# What looks like a number and is none, by what it begins with.
_BY_LETTER = (
    r"https?://\S+",
    r"www\.\S+",
    _MAIL,
    _PAGE,
    rf"{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:\s?[-–]\s?\d{{1,2}})?{_OF_YEAR}(?![\d%])",
    r"(?:FY|CY)\s?'?\d{2,4}(?:\s?[HQ][1-4])?\b",
    r"[HQ][1-4](?:[-\s](?:FY|CY)?'?\d{2,4})?\b",
    rf"(?<![.,$])(?:in|by|since|fiscal|for)\s{_YEARS}",
    _CODE,
)
_BY_DIGIT = (
    _MAIL,
    _PAGE,
    # dates and times
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:[T\s]\d{1,2}:\d{2}(?::\d{2})?)?",
    r"\d{1,2}(?P<dot>[-./])\d{1,2}(?P=dot)(?:\d{4}|\d{2})\b",
    r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?",
    r"\d{1,2}\s?[ap]\.?m\.?\b",
    rf"\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}{_OF_YEAR}(?!\w)",
    r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日)?",
    r"\d{4}年",
    # telephone numbers
    r"\d{1,2}[-.\s]\d{3}[-.\s](?:\d{3}[-.\s]\d{4}|[A-Z]+\d*)\b",
    r"(?<![$,.])\d{3}[-.]\d{3}[-.]\d{4}\b",
    r"(?<![$,.])\d{3}-\d{4}\b",
    # quarters and years
    r"[1-4][QH](?:\s?'?(?:FY)?\d{2,4})?\b",
    rf"(?<![.,$]){_YEARS}",
    # ordinals and scores
    r"\d{1,2}(?:st|nd|rd|th)\b",
    r"\d/\d{1,2}\b",
    r"24/7\b",
    _CODE,
)
_BY_MARK = (
    r"(?:\+\d{1,2}[\s.-]?)?\(\d{3}\)[\s.-]?\d{3}[\s.-]?\d{4}",
    r"\+\d{1,2}[-.\s]\d{3}[-.\s](?:\d{3}[-.\s]\d{4}|[A-Z]+\d*)\b",
    # notes
    r"\[\d{1,3}\]",
    r"(?<=\w)\(\d\)",
    # the digits of a name
    r"(?<=[A-Za-z])-\d+(?:\.\d+)?(?=[A-Z]?\b)(?!\s?%)",
)
NOT_QUANTITIES = re.compile(
    rf"(?<!\w)(?:(?=\d)(?:{'|'.join(_BY_DIGIT)})|(?=[^\W\d])(?:{'|'.join(_BY_LETTER)}))"
    rf"|(?=[(+\[-])(?:{'|'.join(_BY_MARK)})"
)


@dataclass(frozen=True)
class Numeral:
    """A quantity as printed, at text[start:end].

    `low` and `high` are the bounds as printed and equal unless it `is_range`; signs are those
    printed, so that "lost 10%" is 0.1. `unit` is "" where none is printed. `is_scaled` says that a
    scale such as billion is printed, `is_bare` that neither currency, scale nor unit is.
    `bound` is "ge" after a trailing plus and for what has no upper end; `is_vague` marks words such
    as "dozens"; `is_joined` a number tied to the next word, as in "12-month".
    """

    start: int
    end: int
    low: Decimal
    high: Decimal
    unit: Unit
    is_scaled: bool = False
    has_currency: bool = False
    has_sign: bool = False
    is_bracketed: bool = False
    is_range: bool = False
    is_vague: bool = False
    is_spelled: bool = False
    is_joined: bool = False
    bound: Literal["ge"] | None = None
    scale: Decimal = Decimal(1)

    @property
    def is_bare(self) -> bool:
        """Nothing but digits or words."""
        return not (self.unit or self.is_scaled or self.has_currency)

    @property
    def is_negative(self) -> bool:
        """The sign is printed: a minus or brackets."""
        return self.low < 0


def find_numerals(text: str) -> list[Numeral]:
    """Every quantity the text prints, in order; what is a date, a name or an address is none."""
    masked = _masked(text)
    singles = sorted(
        [*_quantities(masked, text), *_vague(masked)], key=lambda each: (each.start, -each.end)
    )
    apart: list[Numeral] = []
    for numeral in singles:
        if not apart or numeral.start >= apart[-1].end:
            apart.append(numeral)
    # "two category leaders" counts nothing a claim is about.
    return [each for each in _ranges(text, apart) if not (each.is_spelled and each.is_bare)]


def _masked(text: str) -> str:
    """The text with everything that is no quantity blanked out, character for character."""
    return NOT_QUANTITIES.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match.group())


def _quantities(masked: str, text: str) -> Iterator[Numeral]:
    spoken = list(SPOKEN_DOLLAR.finditer(masked))
    for match in QUANTITY.finditer(SPOKEN_DOLLAR.sub(_blank, masked) if spoken else masked):
        if (numeral := _quantity(match, text)) is not None:
            yield numeral
    for match in spoken:
        yield _spoken(match)
    for match in BRACKETED_MONEY.finditer(masked):
        if len(match["digits"]) > MOST_DIGITS:
            continue
        scale = Decimal(10) ** SCALES.get(_words(match["scale"]), 0)
        value = -_number(match["digits"], None) * scale
        yield Numeral(
            *match.span(), value, value, "USD", is_scaled=scale > 1, has_currency=True, scale=scale
        )


def _spoken(match: re.Match[str]) -> Numeral:
    whole = (match["dollars"] or "one").lower()
    value = (ONES.get(whole) or int(whole)) + Decimal(match["cents"]) / 100
    return Numeral(*match.span(), value, value, "USD", has_currency=True)


def _quantity(match: re.Match[str], text: str) -> Numeral | None:
    """The matched quantity; None in another currency, or for a word that measures nothing."""
    start, end = match.span()
    if len(match["digits"] or "") > MOST_DIGITS:
        return None
    if OTHER_CURRENCY.search(text, max(0, start - 4), start) or OTHER_CURRENCY_AFTER.match(
        text, end
    ):
        return None
    scale_word = _words(match["scale"])
    unit_word = _words(match["unit"]).removeprefix("us ")
    if unit_word in SPANS_OF_TIME and (match["currency"] or scale_word):
        end, unit_word = match.start("unit"), ""
    unit, per_unit = UNITS.get(unit_word, ("", Decimal(1)))
    scale = Decimal(10) ** SCALES.get(scale_word, 0)
    number = _number(match["digits"], match["words"]) + FRACTION_TAILS.get(match["tail"] or "", 0)
    is_bracketed = text[start - 1 : start] == "(" and text[end : end + 1] == ")"
    if is_bracketed and not unit and (percent := BRACKETED_PERCENT.match(text, end)):
        start, end = start - 1, percent.end()
        unit, per_unit = UNITS["%"]
        number = -number
    value = number * scale * per_unit
    sign = _words(match["sign"])
    if sign and sign != "+":
        value = -value
    return Numeral(
        start,
        end,
        value,
        value,
        "USD" if match["currency"] and not unit else unit,
        is_scaled=bool(scale_word),
        has_currency=bool(match["currency"]) or unit_word[:3] in ("dol", "usd", "cen"),
        has_sign=bool(sign),
        is_bracketed=is_bracketed,
        is_spelled=bool(match["words"]),
        is_joined=_is_joined(match, text),
        bound="ge" if text[end : end + 1] == "+" else None,
        scale=scale * per_unit,
    )


def _words(matched: str | None) -> str:
    return " ".join((matched or "").lower().replace("-", " ").split()) or (matched or "").strip()


def _is_joined(match: re.Match[str], text: str) -> bool:
    """Tied to the next word or to its unit by a hyphen, as in "12-month target"."""
    end = match.end()
    ahead = text[end : end + 2]
    return bool(match["unit"] and match["unit"].startswith("-")) or (
        ahead[:1] == "-" and ahead[1:].isalpha()
    )


def _number(digits: str | None, words: str | None) -> Decimal:
    if digits:
        return Decimal(digits.replace(",", ""))
    total = Decimal(0)
    whole, _, fraction = (words or "").lower().partition(" point ")
    if fraction:
        digits = "".join(str(ONES.get(word, 0)) for word in fraction.split())
        return _number(None, whole) + Decimal(f"0.{digits}")
    for word in re.split(r"[\s-]+", whole):
        if word in ("a", "an"):
            total += 1
        elif word == "hundred":
            total *= 100
        else:
            total += ONES.get(word, 0) + TENS.get(word, 0)
    return total


def _vague(masked: str) -> Iterator[Numeral]:
    for match in VAGUE.finditer(masked):
        low, high, unit, bound = _vague_value(match)
        yield Numeral(
            *match.span(),
            low,
            high,
            unit,
            is_range=high != low,
            is_vague=True,
            bound=bound,
            is_scaled=" of " in (match["many"] or ""),
        )


def _vague_value(match: re.Match[str]) -> tuple[Decimal, Decimal, Unit, Literal["ge"] | None]:
    if match["multiple"]:
        times = Decimal(MULTIPLE_WORDS[match["multiple"].lower()])
        return times, times, "multiple", None
    if match["fraction"]:
        share = FRACTION_WORDS[match["fraction"].lower().replace("-", " ")]
        return share, share, "ratio", None
    if match["many"]:
        count = _vague_count(match["many"].lower().split())
        return count, count, "", "ge"
    if match["digits"]:
        low, _ = DIGIT_COUNTS[match["digits"].lower()]
        share = Decimal(low) / 100
        return share, share, "ratio", "ge" if low > 1 else None
    tens = DECADES.get((match["decade"] or "").lower(), 0)
    low = PARTS_OF_DECADE[match["part"].lower()][0]
    high = PARTS_OF_DECADE[(match["upper"] or match["part"]).lower()][1]
    return Decimal(tens + low) / 100, Decimal(tens + high) / 100, "ratio", None


def _vague_count(words: list[str]) -> Decimal:
    first = {"dozens": 24, "hundreds": 200, "scores": 40, "thousands": 2000, "tens": 20}[words[0]]
    return Decimal(first) * Decimal(10) ** SCALES.get(
        words[-1].rstrip("s") if len(words) > 1 else "", 0
    )


def _ranges(text: str, singles: list[Numeral]) -> list[Numeral]:
    """Neighbours that a dash, "to" or "between … and" makes one range, joined."""
    joined: list[Numeral] = []
    for numeral in singles:
        previous = joined[-1] if joined else None
        if previous is not None and (whole := _range(text, previous, numeral)):
            joined[-1] = whole
        else:
            joined.append(numeral)
    return joined


def _range(text: str, first: Numeral, second: Numeral) -> Numeral | None:
    gap = text[first.end : second.start]
    if gap == " of " and first.is_bare and second.is_bare and not first.is_range:
        return replace(first, end=second.end)
    if first.is_range or first.is_vague or second.is_vague:
        return None
    if PLUS_MINUS.fullmatch(gap):
        delta = first.high * second.high if second.unit == "ratio" != first.unit else second.high
        return replace(
            first, end=second.end, low=first.low - delta, high=first.high + delta, is_range=True
        )
    is_glued = not gap.strip()
    if not JOINER.fullmatch(gap) or (is_glued and not second.has_sign):
        return None
    second = _unsigned(second, text) if is_glued else second
    before = text[max(0, first.start - 60) : first.start].lower()
    joiner = gap.strip().lower()
    is_dash = joiner in ("-", "–", "—", "−", "~", "")
    if joiner.startswith("and") and not BETWEEN.search(before):
        return None
    if not is_dash and MOVED_FROM.search(before):
        return None
    if (first.has_currency and not second.has_currency and second.unit) or not _same_kind(
        first, second
    ):
        return None
    unit = second.unit or first.unit
    scale = second.scale
    # The first figure of "$87-89 billion" is in the second's scale and unit.
    low = first.low
    is_like = first.unit in ("", "USD") or first.unit == second.unit
    is_of_second = second.is_scaled or (second.unit and first.unit != second.unit)
    if not first.is_scaled and is_like and is_of_second:
        low = first.low * scale
    if low >= second.high or (is_dash and first.is_bare and second.is_bare):
        return None
    return replace(
        second, start=first.start, low=low, unit=unit, is_range=True, has_sign=first.has_sign,
        has_currency=first.has_currency or second.has_currency, is_bracketed=False,
        is_spelled=first.is_spelled or second.is_spelled,
    )  # fmt: skip


def _same_kind(first: Numeral, second: Numeral) -> bool:
    if first.unit and second.unit:
        return first.unit == second.unit
    if first.unit == "USD" or not first.unit:
        return not first.is_scaled or second.is_scaled
    return False


def _unsigned(numeral: Numeral, text: str) -> Numeral:
    """A number whose sign was the dash of a range."""
    start = numeral.start + 1
    return replace(
        numeral, start=start, low=abs(numeral.low), high=abs(numeral.high), has_sign=False
    )
