"""Printed text into XBRL values: the transformation rules named in `format` attributes.

A rule is named by registry and name. The registries `ixt` (Transformation Rules Registry 1 to 5 of
XBRL International) keep one meaning per name once hyphens are dropped, so one table serves all
their versions; `ixt-sec` is the SEC's own registry. Sources: XBRL International, "Inline XBRL
Transformation Rules Registry"; SEC, EDGAR Filer Manual volume II, appendix on Inline XBRL.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from ingest.edgar.rows import Rejected

IXT_NAMESPACE = re.compile(r"http://www\.xbrl\.org/(?:2008/inlineXBRL|inlineXBRL)/transformation\b")
SEC_NAMESPACE = re.compile(r"http://www\.sec\.gov/inlineXBRL/transformation/")

Transform = Callable[[str], str]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LEAP_YEAR = 2000
DAYS_PER_MONTH = Decimal("30.4375")

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SMALL_NUMBERS = {
    **{word: value for value, word in enumerate(ONES)},
    **{word: 10 * value for value, word in enumerate(TENS, start=2)},
}
MAGNITUDES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
COUNTED = ("hundred", *MAGNITUDES)
NO_NUMBER = ("no", "none", "nil", "zero")

YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
QUARTERS = {
    spelt: quarter
    for quarter, name in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th"), start=1)
    for spelt in (*name.split(), str(quarter), f"q{quarter}", f"{quarter}q")
}

DASHES = re.compile(r"[\u058a\u05be\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]")
GROUPING = re.compile(r"[\s'`\u00b4\u2019\u2032]")
DOT_DECIMAL = re.compile(r"[\d,]*\.?\d+|[\d,]+\.")
COMMA_DECIMAL = re.compile(r"[\d.]*,?\d+|[\d.]+,")
UNIT_DECIMAL = re.compile(r"(\d[\d.,]*)\D+(\d{1,2})\D*")
# No number, duration or date is longer; patterns take time by the square of what they are given.
LONGEST_PRINT = 300
# No duration is longer, in any unit.
LONGEST_DURATION = 10**6
DURATION_PART = re.compile(r"(.+?)\s*\b(year|month|week|day|hour)s?\b[\s,]*(?:and\b)?\s*")


class TransformError(Rejected):
    """The printed text does not fit the rule."""

    def __init__(self, detail: str) -> None:
        super().__init__("malformed_value", detail[:300])


def _check_length(text: str) -> None:
    if len(text) > LONGEST_PRINT:
        raise TransformError(f"{text[:80]!r}... is too long for its format")


def find_transform(namespace: str, name: str) -> Transform:
    """The rule of that name; Rejected if the registry or the name is unknown."""
    if SEC_NAMESPACE.match(namespace):
        rule = SEC_RULES.get(name)
    elif IXT_NAMESPACE.match(namespace):
        rule = IXT_RULES.get(name.replace("-", ""))
    else:
        raise Rejected("unknown_format", f"{namespace[:200]} is no known registry of formats")
    if rule is None:
        raise Rejected("unknown_format", f"no format {name[:200]!r} in {namespace[:200]}")
    return rule


# Numbers


def dot_decimal(text: str) -> str:
    """1,234.5 as 1234.5."""
    plain = text.replace(",", "")
    if plain.isdigit() and plain.isascii():
        return plain
    return _number(GROUPING.sub("", text), DOT_DECIMAL, grouping=",", point=".")


def comma_decimal(text: str) -> str:
    """1.234,5 as 1234.5."""
    return _number(GROUPING.sub("", text), COMMA_DECIMAL, grouping=".", point=",")


def _number(text: str, pattern: re.Pattern[str], grouping: str, point: str) -> str:
    _check_length(text)
    if not text.isascii() or not pattern.fullmatch(text):
        raise TransformError(f"{text!r} is not a number")
    number = text.replace(grouping, "").replace(point, ".")
    if not number.strip("."):
        raise TransformError(f"{text!r} is not a number")
    return number


def unit_decimal(text: str) -> str:
    """Major and minor units: 4 dollars 50 cents as 4.50."""
    _check_length(text)
    match = UNIT_DECIMAL.fullmatch(text.strip())
    if not match or not text.isascii():
        raise TransformError(f"{text!r} is not an amount in two units")
    major, minor = match.groups()
    return f"{re.sub('[.,]', '', major)}.{int(minor):02}"


def fixed_zero(_text: str) -> str:
    """Zero, however it is printed."""
    return "0"


def dash_zero(text: str) -> str:
    """A dash as zero."""
    if not DASHES.fullmatch(text.strip()):
        raise TransformError(f"{text!r} is not a dash")
    return "0"


def number_words(text: str) -> str:
    """A number in English words, or `no` and `none`: twenty-five as 25."""
    words = _words(text).replace(",", " ").split()
    if len(words) == 1 and words[0] in NO_NUMBER:
        return "0"
    if len(words) == 1 and words[0].isascii() and words[0].isdigit():
        return words[0]
    return str(_value_of_words(words, text))


def _words(text: str) -> str:
    """Words without the hyphens between them; a dash before the first would be a minus sign."""
    _check_length(text)
    words = text.strip().lower()
    if DASHES.match(words):
        raise TransformError(f"{text!r} has a dash before its first word")
    return DASHES.sub(" ", words).strip()


def _value_of_words(words: list[str], text: str) -> int:
    """Tens before ones, hundreds before both, and then what they count, the largest first."""
    total = group = 0
    below, largest = 100, max(MAGNITUDES.values()) + 1
    before = ""
    for word in words:
        if 0 < SMALL_NUMBERS.get(word, 0) < below:
            group += SMALL_NUMBERS[word]
            below = 10 if SMALL_NUMBERS[word] >= 20 else 0
        elif word in ("a", "an") and not group and below:
            group, below = 1, 0
        elif word == "hundred" and 0 < group < 100:
            group, below = group * 100, 100
        elif MAGNITUDES.get(word, largest) < largest and group:
            total, group = total + group * MAGNITUDES[word], 0
            below, largest = 100, MAGNITUDES[word]
        elif word != "and" or before not in COUNTED or word is words[-1]:
            raise TransformError(f"{text!r} is not a number in words")
        before = word
    if not words:
        raise TransformError(f"{text!r} is not a number in words")
    return total + group


# Truth values


def ballot_box(text: str) -> str:
    """A ticked or crossed box as true, an empty one as false."""
    box = text.strip()
    if box in ("\u2611", "\u2612"):
        return "true"
    if box == "\u2610":
        return "false"
    raise TransformError(f"{text!r} is no ballot box")


def ballot_box_yes_no(text: str) -> str:
    """A ticked or crossed box as Yes, an empty one as No."""
    return "Yes" if ballot_box(text) == "true" else "No"


# Dates


def _date_rule(order: str) -> Transform:
    """A rule for dates printed in the given order of d, m (number or English name) and y."""

    def transform(text: str) -> str:
        words = re.findall(r"[a-z]{3,}|[0-9]+", text.lower())
        names = [word for word in words if word.isdigit() or word[:3] in MONTHS]
        if len(names) != len(order):
            raise TransformError(f"{text!r} is not a date")
        values = dict(zip(order, names, strict=True))
        year = _year(values.get("y"))
        month = _month(values["m"])
        day = _day(values.get("d"))
        return _date_text(year, month, day, text)

    return transform


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isdigit() and len(text) in (1, 2, 4):
        return int(text) if len(text) == 4 else 2000 + int(text)
    raise TransformError(f"{text!r} is not a year")


def _month(text: str) -> int:
    if text.isdigit() and len(text) > 2:
        raise TransformError(f"{text!r} is not a month")
    month = int(text) if text.isdigit() else MONTHS.index(text[:3]) + 1
    if not 1 <= month <= 12:
        raise TransformError(f"{text!r} is not a month")
    return month


def _day(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isdigit() and len(text) <= 2:
        return int(text)
    raise TransformError(f"{text!r} is not a day")


def _date_text(year: int | None, month: int, day: int | None, text: str) -> str:
    try:
        # Without a year, 29 February must pass.
        date(year or LEAP_YEAR, month, day or 1)
    except ValueError as error:
        raise TransformError(f"{text!r} is not a date") from error
    return "-".join(
        [
            "-" if year is None else f"{year:04}",
            f"{month:02}",
            *([] if day is None else [f"{day:02}"]),
        ]
    )


def quarter_end(text: str) -> str:
    """The last day of a calendar quarter: third quarter 2020 as 2020-09-30."""
    year = YEAR.search(text)
    if not year:
        raise TransformError(f"{text!r} names no quarter of a year")
    words = re.findall("[a-z0-9]+", YEAR.sub(" ", text.lower(), count=1))
    quarters = [QUARTERS[word] for word in words if word in QUARTERS]
    if len(quarters) != 1:
        raise TransformError(f"{text!r} names no quarter of a year")
    return f"{year[1]}-{('03-31', '06-30', '09-30', '12-31')[quarters[0] - 1]}"


# Durations, as ISO 8601


def years_duration(text: str) -> str:
    """Years, with what is left as months and days: 3.7 as P3Y8M12D."""
    years, rest = divmod(_magnitude(text), 1)
    months, rest = divmod(rest * 12, 1)
    return _duration({"Y": int(years), "M": int(months), "D": int(rest * DAYS_PER_MONTH)})


def months_duration(text: str) -> str:
    """Months, with what is left as days."""
    months, rest = divmod(_magnitude(text), 1)
    return _duration({"M": int(months), "D": int(rest * DAYS_PER_MONTH)})


def weeks_duration(text: str) -> str:
    """Weeks as whole days: the type of durations has none."""
    return _duration({"D": int(_magnitude(text) * 7)})


def days_duration(text: str) -> str:
    """Days, with what is left as hours."""
    days, rest = divmod(_magnitude(text), 1)
    return _duration({"D": int(days)}, hours=int(rest * 24))


def hours_duration(text: str) -> str:
    """Hours, with what is left as minutes."""
    hours, rest = divmod(_magnitude(text), 1)
    return _duration({}, hours=int(hours), minutes=int(rest * 60))


def words_duration(text: str) -> str:
    """A duration in English words: 364-day as P364D, twenty-five years as P25Y."""
    words = _words(text)
    parts: dict[str, int] = {}
    hours = position = 0
    while match := DURATION_PART.match(words, position):
        position = match.end()
        count = int(number_words(match[1]))
        if count > LONGEST_DURATION:
            raise TransformError(f"{text!r} is longer than any duration")
        if match[2] == "hour":
            hours += count
        else:
            unit = "D" if match[2] == "week" else match[2][0].upper()
            parts[unit] = parts.get(unit, 0) + count * (7 if match[2] == "week" else 1)
    if position != len(words) or not position:
        raise TransformError(f"{text!r} is not a duration in words")
    return _duration(parts, hours)


def _magnitude(text: str) -> Decimal:
    magnitude = Decimal(dot_decimal(text))
    if magnitude > LONGEST_DURATION:
        raise TransformError(f"{text[:80]!r} is longer than any duration")
    return magnitude


def _duration(parts: dict[str, int], hours: int = 0, minutes: int = 0) -> str:
    dated = "".join(f"{parts[unit]}{unit}" for unit in "YMD" if parts.get(unit))
    timed = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count)
    written = dated + (f"T{timed}" if timed else "")
    return f"P{written}" if written else f"P0{next(iter(parts), 'D')}"


# Names into codes


def state_code(text: str) -> str:
    """A state or province as EDGAR codes it: Delaware as DE."""
    return _code("states", text)


def exchange_code(text: str) -> str:
    """An exchange as EDGAR codes it: The Nasdaq Stock Market LLC as NASDAQ."""
    return _code("exchanges", text)


def filer_category(text: str) -> str:
    """The category of a filer, as the cover page's list of values spells it."""
    return _code("filer_categories", text)


def _code(names: str, text: str) -> str:
    wanted = _plain(text)
    codes = _code_lists()[names]
    if wanted not in codes:
        raise TransformError(f"{text!r} is not in the list of {names.replace('_', ' ')}")
    return codes[wanted]


def _plain(text: str) -> str:
    words = re.sub(r"[^a-z ]", " ", text.lower()).split()
    return " ".join(word for word in words if word not in ("the", "llc", "inc"))


@cache
def _code_lists() -> dict[str, dict[str, str]]:
    content = yaml.safe_load(Path(__file__).with_name("code_lists.yml").read_text("utf-8"))
    return {
        names: {_plain(name): code for code, spelt in codes.items() for name in spelt}
        for names, codes in content.items()
    }


def _constant(value: str) -> Transform:
    return lambda _text: value


IXT_RULES: dict[str, Transform] = {
    "numdotdecimal": dot_decimal,
    "numdotdecimalapos": dot_decimal,
    "numcommadot": dot_decimal,
    "numspacedot": dot_decimal,
    "numcomma": comma_decimal,
    "numcommadecimal": comma_decimal,
    "numcommadecimalapos": comma_decimal,
    "numdotcomma": comma_decimal,
    "numspacecomma": comma_decimal,
    "numunitdecimal": unit_decimal,
    "numdash": dash_zero,
    "zerodash": dash_zero,
    "fixedzero": fixed_zero,
    "nocontent": _constant(""),
    "fixedempty": _constant(""),
    "booleantrue": _constant("true"),
    "booleanfalse": _constant("false"),
    "fixedtrue": _constant("true"),
    "fixedfalse": _constant("false"),
    "dateslashus": _date_rule("mdy"),
    "dateslasheu": _date_rule("dmy"),
    "datedotus": _date_rule("mdy"),
    "datedoteu": _date_rule("dmy"),
    "datelongus": _date_rule("mdy"),
    "dateshortus": _date_rule("mdy"),
    "datelonguk": _date_rule("dmy"),
    "dateshortuk": _date_rule("dmy"),
    "datelongdaymonthuk": _date_rule("dm"),
    "dateshortdaymonthuk": _date_rule("dm"),
    "datelongmonthdayus": _date_rule("md"),
    "dateshortmonthdayus": _date_rule("md"),
    "datelongmonthyear": _date_rule("my"),
    "dateshortmonthyear": _date_rule("my"),
    "datelongyearmonth": _date_rule("ym"),
    "dateshortyearmonth": _date_rule("ym"),
    "dateslashdaymontheu": _date_rule("dm"),
    "dateslashmonthdayus": _date_rule("md"),
    "datedaymonth": _date_rule("dm"),
    "datedaymonthen": _date_rule("dm"),
    "datedaymonthnameen": _date_rule("dm"),
    "datedaymonthyear": _date_rule("dmy"),
    "datedaymonthyearen": _date_rule("dmy"),
    "datedaymonthnameyearen": _date_rule("dmy"),
    "datemonthday": _date_rule("md"),
    "datemonthdayen": _date_rule("md"),
    "datemonthnamedayen": _date_rule("md"),
    "datemonthdayyear": _date_rule("mdy"),
    "datemonthdayyearen": _date_rule("mdy"),
    "datemonthnamedayyearen": _date_rule("mdy"),
    "datemonthyear": _date_rule("my"),
    "datemonthyearen": _date_rule("my"),
    "datemonthnameyearen": _date_rule("my"),
    "dateyearmonth": _date_rule("ym"),
    "dateyearmonthen": _date_rule("ym"),
    "dateyearmonthnameen": _date_rule("ym"),
    "dateyearmonthday": _date_rule("ymd"),
}

SEC_RULES: dict[str, Transform] = {
    "duryear": years_duration,
    "durmonth": months_duration,
    "durweek": weeks_duration,
    "durday": days_duration,
    "durhour": hours_duration,
    "durwordsen": words_duration,
    "numwordsen": number_words,
    "datequarterend": quarter_end,
    "boolballotbox": ballot_box,
    "yesnoballotbox": ballot_box_yes_no,
    "stateprovnameen": state_code,
    "exchnameen": exchange_code,
    "entityfilercategoryen": filer_category,
}
