"""Words of a column's header to the exact days it stands for, in a company's fiscal calendar.

Belongs here: calendars, and reading spans, dates and names of quarters. Does not belong here: which
header stands over which column.

Nothing is guessed: words that name no day, or several, give a reason instead of a period.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = {
    "three": 3, "six": 6, "nine": 9, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "twenty-six": 26, "twenty-seven": 27, "thirty-nine": 39, "forty": 40, "fifty-two": 52,
    "fifty-three": 53,
}  # fmt: skip
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
MONTHS_OF_A_QUARTER, QUARTERS_OF_A_YEAR, WEEKS_OF_A_QUARTER = 3, 4, 13
SPANS_IN_MONTHS = (3, 6, 9, 12)
SUNDAY = 6
# Weeks end some days beside the nominal quarter.
DAYS_BESIDE_A_QUARTER = 12
TWO_DIGITS = 100

MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
YEAR = r"((?:19|20)\d{2})"
COUNT = "|".join(sorted(NUMBERS, key=len, reverse=True))
TWELVE_MONTHS = re.compile(
    r"\b(?:trailing (?:twelve|12)[ -]months?|ttm|full year"
    r"|(?:fiscal |full )?years? end(?:ed|ing))\b"
)
MONTHS = re.compile(rf"\b({COUNT}|\d{{1,2}})[ -]months?\b(?: end(?:ed|ing))?")
WEEKS = re.compile(rf"\b({COUNT}|\d{{1,2}})[ -]weeks?\b(?: end(?:ed|ing))?")
QUARTER_ENDED = re.compile(r"\bquarters? end(?:ed|ing)\b")
GLUED_QUARTER = re.compile(r"\b(?:([1-4])q ?'?|q([1-4]) ?')(\d{2})\b")
QUARTER = re.compile(r"\b(?:q([1-4])|([1-4])q|(first|second|third|fourth) (?:fiscal )?quarter)\b")
FISCAL_YEAR = re.compile(r"\b(?:fy|fiscal(?: year)?) ?'?(\d{4}|\d{2})\b")
FULL_DATE = re.compile(rf"\b{MONTH} ?(\d{{1,2}}) ?,? {YEAR}\b")
NUMERIC_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b")
MONTH_DAY = re.compile(rf"\b{MONTH} ?(\d{{1,2}})\b")
PLAIN_YEAR = re.compile(rf"\b{YEAR}\b")
CHANGE = re.compile(
    r"%|\b(?:changes?|growth|increase|decrease|variance|y/y|yoy|percent(?:age)?|favorable)\b"
)
NOTES = re.compile(r"\((?:unaudited|audited|\d{1,2})\)")
NOISE = re.compile(
    r"\b(?:unaudited|audited|end(?:ed|ing)|as|of|at|the|for|and|periods?|fiscal|actual)\b"
    r"|[^\w&/%'-]+"
)

NO_PERIOD = "no_period"
SEVERAL_PERIODS = "several_periods"
NO_SUCH_DAY = "no_such_day"
NOT_A_PERIOD_END = "not_the_end_of_a_fiscal_quarter"


@dataclass(frozen=True)
class Period:
    """First and last day, both inside; an instant has no first."""

    start: date | None
    end: date


@dataclass(frozen=True)
class Header:
    """What a column stands for.

    `period` is None where `problem` says why; `is_change` marks growth and other comparisons, which
    are no figures; `other_words` are what is left beside the period. `names_time` says whether
    anything in it is about time.
    """

    period: Period | None
    problem: str | None
    is_change: bool
    other_words: str
    names_time: bool


@dataclass(frozen=True)
class FiscalCalendar:
    """The quarters of a company's fiscal years, each named after the year it ends in.

    The year ends on the last day of its last month, or on that month's last Sunday: then quarters
    have 13 weeks, and the fourth what is left.
    """

    last_month: int
    ends_on: Literal["last_day", "last_sunday"] = "last_day"

    def quarter_end(self, year: int, quarter: int) -> date:
        """The last day of a fiscal quarter; quarters beyond 1 to 4 are those of other years."""
        year, quarter = (
            year + (quarter - 1) // QUARTERS_OF_A_YEAR,
            (quarter - 1) % QUARTERS_OF_A_YEAR + 1,
        )
        if self.ends_on == "last_sunday":
            if quarter < QUARTERS_OF_A_YEAR:
                return self._last_sunday(year - 1) + timedelta(weeks=WEEKS_OF_A_QUARTER * quarter)
            return self._last_sunday(year)
        return _month_end(
            year, self.last_month - MONTHS_OF_A_QUARTER * (QUARTERS_OF_A_YEAR - quarter)
        )

    def quarter_ending(self, day: date) -> tuple[int, int] | None:
        """Year and number of the fiscal quarter whose last day this is; None if of none."""
        for year in (day.year, day.year + 1):
            for quarter in range(1, QUARTERS_OF_A_YEAR + 1):
                if self.quarter_end(year, quarter) == day:
                    return year, quarter
        return None

    def months_to(self, end: date, months: int) -> Period | None:
        """The fiscal quarters of so many months up to a day; None if no quarter ends that day."""
        found = self.quarter_ending(end)
        if found is None:
            return None
        before = self.quarter_end(found[0], found[1] - months // MONTHS_OF_A_QUARTER)
        return Period(before + timedelta(days=1), end)

    def newest_quarter(self, day: date) -> Period:
        """The last fiscal quarter that was over on a day."""
        ends = [
            self.quarter_end(year, quarter)
            for year in (day.year - 1, day.year, day.year + 1)
            for quarter in range(1, QUARTERS_OF_A_YEAR + 1)
        ]
        end = max(each for each in ends if each <= day)
        period = self.months_to(end, MONTHS_OF_A_QUARTER)
        assert period is not None  # end is one of the calendar's own days
        return period

    def is_near_an_end(self, day: date) -> bool:
        """Whether a fiscal quarter ends within some days of this one."""
        return any(
            abs((self.quarter_end(year, quarter) - day).days) <= DAYS_BESIDE_A_QUARTER
            for year in (day.year - 1, day.year, day.year + 1)
            for quarter in range(1, QUARTERS_OF_A_YEAR + 1)
        )

    def _last_sunday(self, year: int) -> date:
        end = _month_end(year, self.last_month)
        return end - timedelta(days=(end.weekday() - SUNDAY) % 7)


@dataclass
class _Found:
    """Times named in a header, and the words with them taken out."""

    words: str
    spans: set[tuple[int, str]]
    quarters: set[int]
    years: set[int]
    fiscal_years: set[int]
    dates: set[date]
    month_days: set[tuple[int, int]]
    is_broken: bool = False

    @property
    def anything(self) -> bool:
        """Whether the header is about time at all."""
        return bool(
            self.spans or self.quarters or self.years or self.fiscal_years or self.dates
            or self.month_days or self.is_broken
        )  # fmt: skip


def read_header(texts: Iterable[str], calendar: FiscalCalendar) -> Header:
    """What a column stands for, of the header cells above it from the top."""
    text = _plain(" ".join(texts))
    if CHANGE.search(text):
        return Header(None, None, True, "", bool(_find(text).anything))
    found = _find(text)
    period, problem = _resolved(found, calendar)
    return Header(period, problem, False, _rest(found.words), found.anything)


def read_day(text: str) -> date | None:
    """The one whole date in a text; None where there is none or there are several."""
    found = _find(_plain(text))
    return next(iter(found.dates)) if len(found.dates) == 1 else None


def names_several_days(text: str) -> bool:
    """Whether a text names more than one whole date."""
    return len(_find(_plain(text)).dates) > 1


def _plain(text: str) -> str:
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text.lower())
    text = re.sub(r"[\u2018\u2019`]", "'", text)
    return " ".join(text.split())


def _rest(words: str) -> str:
    return " ".join(NOISE.sub(" ", NOTES.sub(" ", words)).split())


def _find(text: str) -> _Found:
    """Take out what names a time, the longer forms first."""
    found = _Found(text, set(), set(), set(), set(), set(), set())

    def take(pattern: re.Pattern[str], keep: Callable[[re.Match[str]], object]) -> None:
        for match in pattern.finditer(found.words):
            keep(match)
        found.words = pattern.sub(" ", found.words)

    take(TWELVE_MONTHS, lambda _: found.spans.add((12, "months")))
    take(MONTHS, lambda match: found.spans.add((_number(match[1]), "months")))
    take(WEEKS, lambda match: found.spans.add((_number(match[1]), "weeks")))
    take(QUARTER_ENDED, lambda _: found.spans.add((3, "months")))
    take(FULL_DATE, lambda match: _add_date(found, _month(match[1]), match[2], match[3]))
    take(NUMERIC_DATE, lambda match: _add_date(found, int(match[1]), match[2], match[3]))
    take(GLUED_QUARTER, lambda match: _add_quarter(found, match))
    take(QUARTER, lambda match: found.quarters.add(_quarter(match)))
    take(FISCAL_YEAR, lambda match: found.fiscal_years.add(_year(match[1])))
    take(MONTH_DAY, lambda match: found.month_days.add((_month(match[1]), int(match[2]))))
    take(PLAIN_YEAR, lambda match: found.years.add(int(match[1])))
    return found


def _number(text: str) -> int:
    return NUMBERS.get(text) or int(text)


def _month(text: str) -> int:
    return MONTH_NAMES.index(text[:3]) + 1


def _year(text: str) -> int:
    year = int(text)
    return year + 2000 if year < TWO_DIGITS else year


def _quarter(match: re.Match[str]) -> int:
    return ORDINALS[match[3]] if match[3] else int(match[1] or match[2])


def _add_quarter(found: _Found, match: re.Match[str]) -> None:
    found.quarters.add(int(match[1] or match[2]))
    found.fiscal_years.add(_year(match[3]))


def _add_date(found: _Found, month: int, day: str, year: str) -> None:
    try:
        found.dates.add(date(_year(year), month, int(day)))
    except ValueError:
        found.is_broken = True


def _resolved(found: _Found, calendar: FiscalCalendar) -> tuple[Period | None, str | None]:
    several = (found.spans, found.quarters, found.years | found.fiscal_years, found.dates)
    is_other_year = found.dates and found.years - {day.year for day in found.dates}
    if any(len(each) > 1 for each in several) or len(found.month_days) > 1 or is_other_year:
        return None, SEVERAL_PERIODS
    end = _end(found, calendar)
    if end is None:
        return None, NO_SUCH_DAY if found.is_broken else NO_PERIOD
    return _spanned(end, _span(found), calendar)


def _end(found: _Found, calendar: FiscalCalendar) -> date | None:
    if found.dates:
        return next(iter(found.dates))
    years = found.years | found.fiscal_years
    if len(years) != 1:
        return None
    year = next(iter(years))
    if found.month_days:
        try:
            return date(year, *next(iter(found.month_days)))
        except ValueError:
            found.is_broken = True
            return None
    if found.quarters:
        return calendar.quarter_end(year, next(iter(found.quarters)))
    # A year alone is one only where it is called a year: it may as well be a part of one.
    is_year = bool(found.fiscal_years) or (12, "months") in found.spans
    return calendar.quarter_end(year, QUARTERS_OF_A_YEAR) if is_year else None


def _span(found: _Found) -> tuple[int, str] | None:
    if found.spans:
        return next(iter(found.spans))
    if found.quarters:
        return MONTHS_OF_A_QUARTER, "months"
    is_year = found.fiscal_years and not found.dates and not found.month_days
    return (12, "months") if is_year else None


def _spanned(
    end: date, span: tuple[int, str] | None, calendar: FiscalCalendar
) -> tuple[Period | None, str | None]:
    if span is not None and span[1] == "weeks":
        start = end - timedelta(weeks=span[0], days=-1)
        near = calendar.is_near_an_end(end)
        return (Period(start, end), None) if near else (None, NOT_A_PERIOD_END)
    if span is None:
        ends = calendar.quarter_ending(end) is not None
        return (Period(None, end), None) if ends else (None, NOT_A_PERIOD_END)
    if span[0] not in SPANS_IN_MONTHS:
        return None, NO_PERIOD
    period = calendar.months_to(end, span[0])
    return (period, None) if period else (None, NOT_A_PERIOD_END)


def _month_end(year: int, month: int) -> date:
    """The last day of a month; months beyond 1 to 12 are those of other years."""
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return first_of_next - timedelta(days=1)
