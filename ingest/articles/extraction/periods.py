"""Which days a text speaks of: mentions of periods, resolved against a fiscal calendar.

Belongs here: quarters, years and instants, and the words for them. Does not belong here: which
number a mention governs.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from registry.language import FiscalCalendar

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
            "aug august", "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "final": 4,
}  # fmt: skip
WEEKDAYS = {"saturday": 5, "sunday": 6}


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`; an instant has no start. `label` is the fiscal name."""

    start: date | None
    end: date
    label: str | None = None

    @property
    def instant(self) -> bool:
        """A moment rather than a span of days."""
        return self.start is None

    def at_end(self) -> "Period":
        """The instant the period ends at."""
        return Period(None, self.end, self.label)


@dataclass(frozen=True, order=True)
class Quarter:
    """A fiscal quarter: the year it belongs to and its number."""

    year: int
    number: int

    def plus(self, quarters: int) -> "Quarter":
        """The quarter so many later."""
        count = self.year * 4 + self.number - 1 + quarters
        return Quarter(count // 4, count % 4 + 1)


@dataclass(frozen=True)
class Calendar:
    """A company's fiscal years."""

    year_end: FiscalCalendar

    @property
    def is_plain(self) -> bool:
        """The fiscal year is the calendar year."""
        return self.year_end.month == 12

    def quarter_end(self, quarter: Quarter) -> date:
        """The last day of the quarter."""
        return _quarter_end(self.year_end.month, self.year_end.weekday, quarter)

    def quarter(self, quarter: Quarter) -> Period:
        """The days of a quarter."""
        start = self.quarter_end(quarter.plus(-1)) + timedelta(days=1)
        label = (
            f"Q{quarter.number} {quarter.year}"
            if self.is_plain
            else f"FY{quarter.year} Q{quarter.number}"
        )
        return Period(start, self.quarter_end(quarter), label)

    def span(self, last: Quarter, quarters: int, label: str) -> Period:
        """So many quarters up to and with `last`."""
        start = self.quarter_end(last.plus(-quarters)) + timedelta(days=1)
        return Period(start, self.quarter_end(last), label)

    def year(self, year: int) -> Period:
        """The days of a fiscal year."""
        return self.span(Quarter(year, 4), 4, f"FY{year}")

    def quarter_of(self, day: date) -> Quarter:
        """The quarter a day falls in."""
        # Months from the end of a fiscal year to the day's: a first guess, a quarter off at most.
        months = (day.year - 1) * 12 + day.month - 1 - (self.year_end.month - 1)
        quarter = Quarter(months // 12 + 1, months % 12 // 3 + 1).plus(-2)
        while self.quarter_end(quarter) < day:
            quarter = quarter.plus(1)
        return quarter


@cache
def _quarter_end(year_end_month: int, weekday: str | None, quarter: Quarter) -> date:
    months = quarter.year * 12 + year_end_month - 1 - 3 * (4 - quarter.number)
    year, month = months // 12, months % 12 + 1
    last = date(year, month, monthrange(year, month)[1])
    if weekday is None:
        return last
    return last - timedelta(days=(last.weekday() - WEEKDAYS[weekday]) % 7)


_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_ORDINAL = "|".join(ORDINALS)
_YEAR = r"(?:19|20)\d{2}"
_SHORT = rf"(?:{_YEAR}|'?\d{{2}}(?!\d))"
_FISCAL = r"(?:FY|fiscal(?: year)? )"
# "The first quarter in ten years" is no period, nor is "its first quarter above $100 billion".
_NO_ORDINAL = (
    r"(?! (?:in|since) (?:over|more|\d|\w+ years|(?:19|20))| (?:above|ever|on record|over \$))"
)
_FIGURES = r"(?:revenue|sales|profit|net|operating|capital|capex|results|earnings|cloud)"
_ALTERNATIVES = (
    # fiscal quarters
    rf"{_FISCAL}\s?'?(?P<fy1>{_SHORT})[\s,-]*(?:Q(?P<fq1>[1-4])|(?P<fo1>{_ORDINAL})[\s-]quarter)",
    rf"Q[1-4] (?P<tm>{_MONTH})[-\s'’]+(?P<ty>\d\d)(?!\d)",
    rf"Q(?P<fq2>[1-4])[\s,-]*(?:of )?{_FISCAL}?\s?'?(?P<fy2>{_SHORT})(?![\d%,.]\d|\s?%)",
    rf"(?P<fo3>{_ORDINAL})(?: fiscal)?[\s-](?:fiscal )?quarter{_NO_ORDINAL}"
    rf"(?:[\s,-]*(?:of|in|for)?\s*(?:the )?(?:{_FISCAL}\s?)?(?P<fy3>{_YEAR}|(?<=FY)\d\d))?",
    rf"(?P<fq4>[1-4])Q\s?'?(?P<fy4>{_SHORT})?(?!\w)",
    r"Q(?P<fq5>[1-4])(?!\w)",
    r"(?:FQ(?P<fq7>[1-4])|F(?P<fq6>[1-4])Q(?P<fy6b>\d\d)?)(?!\w)",
    # quarters by their months
    r"(?:quarter|three months|period) (?:that )?end(?:ed|ing) (?:on )?"
    rf"(?P<em>{_MONTH})\.? (?P<ed>{_DAY})(?:,? (?P<ey>{_YEAR}))?",
    rf"(?:for |in )?{_MONTH}\.?\s?(?:to|through|[-–])\s?(?P<rm>{_MONTH})\b(?: (?P<ry>{_YEAR}))?",
    rf"(?P<cm>{_MONTH})\.?[\s-]quarter(?: (?:of )?(?P<cy>{_YEAR}))?",
    # days; one that nothing leads up to is the date of the story or of an event
    r"(?:at|as of|by|on|ended|ending|to) (?:the end of |\w+day,? )?"
    rf"(?P<am>{_MONTH})\.? (?P<ad>{_DAY})(?:,? (?P<ay>{_YEAR}))?(?! ?[-–] ?\d)",
    rf"(?P<dateline>{_MONTH}\.? \d{{1,2}},? {_YEAR}|{_YEAR}[-./]\d\d[-./]\d\d)(?! close)",
    rf"(?P<nm>0?[1-9]|1[0-2])/(?P<nd>{_DAY}) close",
    rf"(?P<dm>{_MONTH})\.? (?P<dd>{_DAY})(?:,? (?P<dy>{_YEAR}))? close",
    # months
    rf"(?P<mo>{_MONTH})(?= (?:daily|monthly) )",
    rf"(?:in|for|averaged|during|last|this) (?P<mm>{_MONTH})(?: (?P<my>{_YEAR}))?"
    r"(?!\.? \d|[\s-]quarter)",
    # the ends of years
    rf"(?:at )?the end of (?P<ny>{_YEAR})",
    rf"(?:(?:(?:at|by) )?the end of|as of) (?P<endm>{_MONTH})(?: (?P<endy>{_YEAR}))?(?! \d)",
    rf"(?P<ny2>{_YEAR})[\s-]end\b",
    r"(?P<yearend>year[\s-]end\b)",
    # spans of several quarters
    r"(?:(?:for|in|over) )?(?:the )?(?:trailing |last |past |first )?"
    r"(?P<span>six|nine|twelve|6|9|12)[- ]months? (?:ended|to|through) "
    rf"(?P<sm>{_MONTH})\.? (?P<sd>{_DAY})(?:,? (?P<sy>{_YEAR}))?",
    r"(?P<ttm>(?:over |in |for )?(?:the )?(?:last|past|trailing|previous|prior|preceding|rolling)"
    r"[\s-](?:twelve|12|four)[\s-](?:months?|quarters?)(?:['’]s?)?"
    r"|(?:over|in) (?:the )?(?:twelve|12) months|(?:the )?(?:twelve|12) months (?:ended|to|through)"
    r"|over (?:the )?(?:past|last) year"
    r"|TTM|LTM|trailing(?:[\s-]year)?(?= (?:free|operating|cash|FCF|revenue)))",
    rf"(?P<nine>(?:first )?nine months)(?: of (?P<niney>{_YEAR}))?",
    rf"(?P<six>(?:first )?six months|first half|H1\b|1H\b)(?: of (?P<sixy>{_YEAR}))?",
    r"(?P<h2>second half|H2\b|2H\b|back half)",
    r"(?P<ytd>year[\s-]to[\s-]date|YTD|so far this year"
    r"|since the (?:start|beginning) of the year|since January(?! \d))",
    # quarters and years by their place in time
    r"(?P<nextq>(?:the )?(?:next|coming|upcoming|following) (?:fiscal )?quarter)",
    r"(?P<prevq>(?:the )?(?:previous|prior|preceding) quarter(?:['’]s)?"
    r"|(?:(?:a|one) quarter|three months) (?:ago|earlier|before))",
    r"(?P<lastq>last quarter(?:['’]s)?)",
    r"(?P<thisq>(?:this|the|latest|current|most recent|reported|just[\s-]ended|recent)"
    r" (?:fiscal |latest |most recent |current )?quarter|quarter[\s-]end)",
    r"(?P<thisy>this (?:fiscal |calendar )?year(?! (?:ago|earlier))|the current (?:fiscal )?year"
    r"|current[\s-]year)",
    r"(?P<nexty>next (?:fiscal )?year)",
    r"(?P<lasty>last (?:fiscal )?year(?! (?:ago|earlier)))",
    r"(?P<full>(?:for )?(?:the )?(?:full|entire|whole)[\s-](?:fiscal[\s-])?year"
    rf"(?: (?P<fully>{_YEAR}))?"
    rf"|(?:annual|fiscal[\s-]year)(?= (?:free|{_FIGURES})(?! (?:run|rate)))"
    r"|(?:for|over|during) the (?:fiscal )?year(?! (?:ago|earlier|before|to date)))",
    # fiscal and bare years
    rf"(?:FY|CY|fiscal(?: year)? )\s?'?(?P<fy6>{_SHORT})E?(?!\w)",
    rf"(?P<y7>{_YEAR})E?(?![\d\w%-]|,\d|\.\d)",
)
PERIOD = re.compile(rf"(?<![\w$])(?:{'|'.join(_ALTERNATIVES)})", re.IGNORECASE)


@dataclass(frozen=True)
class PeriodMention:
    """A mention of a period at text[start:end].

    `kind` is one of quarter, year, month, day, ttm, six, nine, ytd, next_quarter,
    previous_quarter, last_quarter, this_quarter, this_year, next_year, last_year, full_year,
    second_half; `year`, `number` (of the quarter or month) and `day` as printed, None where not.
    `is_end` marks the end of the period rather than its days.
    """

    start: int
    end: int
    kind: str
    year: int | None = None
    number: int | None = None
    day: int | None = None
    is_end: bool = False


# Words a mention can begin with: looking at no others is several times faster.
FIRST_WORD = re.compile(
    rf"(?<![\w$])(?:\d|[FQHC][1-4Y]|FQ|['’]\d|TTM|LTM|YTD|{_MONTH}\b|(?:since|fiscal|{_ORDINAL}"
    r"|quarter|three|period|at|as|by|on|ended|ending|to|the|year|in|for|averaged|during|last|this"
    r"|over|past|trailing|previous|prior|preceding|rolling|twelve|nine|six|back|so|next|coming"
    r"|upcoming|following|a|one|latest|current|most|reported|just|recent|full|entire|whole|annual)"
    r"(?![a-z]))",
    re.IGNORECASE,
)


def find_periods(text: str) -> Iterator[PeriodMention]:
    """Every mention of a period, in order."""
    end = 0
    for first in FIRST_WORD.finditer(text):
        match = PERIOD.match(text, first.start()) if first.start() >= end else None
        if match is None:
            continue
        end = match.end()
        kind, fields = _meaning({name: value for name, value in match.groupdict().items() if value})
        if kind:
            yield PeriodMention(*match.span(), kind, **fields)


WORDS = {
    "ttm": "ttm", "nine": "nine", "six": "six", "h2": "second_half", "ytd": "ytd",
    "nextq": "next_quarter", "prevq": "previous_quarter", "lastq": "last_quarter",
    "thisq": "this_quarter", "thisy": "this_year", "nexty": "next_year", "lasty": "last_year",
}  # fmt: skip

SPANS = {"six": "six", "6": "six", "nine": "nine", "9": "nine", "twelve": "ttm", "12": "ttm"}


def _meaning(found: dict[str, str]) -> tuple[str, dict[str, Any]]:
    if "dateline" in found:
        return "", {}
    for number in ("1", "2", "3", "4", "5", "6", "7"):
        digit, ordinal = found.get(f"fq{number}"), found.get(f"fo{number}")
        if digit or ordinal:
            quarter = int(digit) if digit else ORDINALS[(ordinal or "").lower()]
            year = found.get("fy6b" if number == "6" else f"fy{number}")
            return "quarter", {"number": quarter, "year": _year(year)}
    for month, day, year in (("em", "ed", "ey"), ("am", "ad", "ay"), ("dm", "dd", "dy")):
        if month in found:
            fields = {
                "number": MONTHS[found[month].lower()],
                "day": int(found[day]),
                "year": _year(found.get(year)),
            }
            return ("quarter_ended" if month == "em" else "day"), fields
    if "span" in found:
        fields = {
            "number": MONTHS[found["sm"].lower()],
            "day": int(found["sd"]),
            "year": _year(found.get("sy")),
        }
        return SPANS[found["span"].lower()], fields
    if "tm" in found:
        return "month_quarter", {"number": MONTHS[found["tm"].lower()], "year": _year(found["ty"])}
    if "rm" in found:
        return "month_quarter", {
            "number": MONTHS[found["rm"].lower()],
            "year": _year(found.get("ry")),
        }
    if "cm" in found:
        return "month_quarter", {
            "number": MONTHS[found["cm"].lower()],
            "year": _year(found.get("cy")),
        }
    if "nm" in found:
        return "day", {"number": int(found["nm"]), "day": int(found["nd"])}
    if "mo" in found:
        return "month", {"number": MONTHS[found["mo"].lower()]}
    if "mm" in found:
        return "month", {"number": MONTHS[found["mm"].lower()], "year": _year(found.get("my"))}
    if "endm" in found:
        fields = {
            "number": MONTHS[found["endm"].lower()],
            "year": _year(found.get("endy")),
            "is_end": True,
        }
        return "month", fields
    for word, kind in WORDS.items():
        if word in found and word in ("nine", "six"):
            return kind, {"year": _year(found.get(f"{word}y"))}
        if word in found:
            return kind, {"is_end": found[word].lower().endswith("end")}
    if "full" in found:
        return "full_year", {"year": _year(found.get("fully"))}
    if "yearend" in found:
        return "full_year", {"is_end": True}
    for year in ("ny", "ny2"):
        if year in found:
            return "year", {"year": int(found[year]), "is_end": True}
    if "fy6" in found:
        return "year", {"year": _year(found["fy6"])}
    return "year", {"year": int(found["y7"])}


def _year(text: str | None) -> int | None:
    if not text:
        return None
    digits = int(text.lstrip("'"))
    return digits if digits > 100 else 2000 + digits
