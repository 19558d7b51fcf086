"""What an article is about as a whole: its company, the quarter it reports, and its calendar.

Belongs here: what holds for every number of one article. Does not belong here: what one number is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.periods import Calendar, Period, PeriodMention, Quarter
from registry.language import FiscalCalendar, Language

# The title and what comes right under it say what a story is about.
HEAD_CHARACTERS = 450
HEAD_WEIGHT = 5
NEWEST_QUARTERS = 3
COMPANY_NEUTRAL = FiscalCalendar(month=12)


@dataclass
class Story:
    """One article: its passages, its company (a ticker, or None) and the day it appeared.

    `is_preview` is true where the quarter it is about had not been reported then, `is_release`
    where the company itself speaks.
    """

    language: Language
    published_at: date
    passages: Sequence[Passage]
    company: str | None = None
    is_preview: bool = False
    is_release: bool = False
    _quarters: dict[str | None, Quarter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.company = _main_company(self.passages)
        text = self.passages[0].text if self.passages else ""
        self.is_release = RELEASE.search(text) is not None
        head = [
            mention
            for passage in self.passages
            if passage.start < HEAD_CHARACTERS
            for mention in passage.periods
        ]
        stated = self._stated_quarter(head)
        newest = self._newest(self.company)
        is_announced = any(
            mention.kind == "preview"
            for passage in self.passages
            if passage.start < HEAD_CHARACTERS
            for mention in passage.mentions
        )
        calendar = self.calendar(self.company)
        # A preview tells of the last quarter that ended, whose results are still to come.
        ended = calendar.quarter_of(self.published_at).plus(-1)
        quarter = stated or (ended if is_announced else newest)
        self._quarters[self.company] = quarter
        self.is_preview = (is_announced and quarter == ended) or quarter > newest

    def calendar(self, company: str | None) -> Calendar:
        """The fiscal calendar of a company; the calendar year where it is nobody's."""
        spoken = self.language.by_ticker.get(company or "")
        return Calendar((spoken and spoken.fiscal_year_end) or COMPANY_NEUTRAL)

    def quarter(self, company: str | None) -> Quarter:
        """The fiscal quarter whose results are the newest the story can speak of."""
        if company not in self._quarters:
            self._quarters[company] = self._newest(company)
        return self._quarters[company]

    def reported(self, company: str | None, *, is_filed: bool = False) -> Period:
        """That quarter's days; with `is_filed`, of the last quarter whose results were out."""
        quarter = self.quarter(company)
        if is_filed and self.is_preview and company == self.company:
            quarter = quarter.plus(-1)
        return self.calendar(company).quarter(quarter)

    def published(self) -> Period:
        """The day of publication, as an instant."""
        return Period(None, self.published_at)

    def _newest(self, company: str | None) -> Quarter:
        spoken = self.language.by_ticker.get(company or "")
        after = spoken.results_after_days if spoken else 25
        day = self.published_at - timedelta(days=after)
        calendar = self.calendar(company)
        quarter = calendar.quarter_of(day)
        return quarter if calendar.quarter_end(quarter) <= day else quarter.plus(-1)

    def _stated_quarter(self, head: Sequence[PeriodMention]) -> Quarter | None:
        """The quarter the head of the story names, if it can have been reported by then."""
        newest = self._newest(self.company)
        calendar = self.calendar(self.company)
        for mention in head:
            quarter = self._named(mention, newest, calendar)
            if (
                quarter
                and calendar.quarter_end(quarter) < self.published_at
                and newest.plus(-NEWEST_QUARTERS) < quarter
            ):
                return quarter
        return None

    def _named(self, mention: PeriodMention, newest: Quarter, calendar: Calendar) -> Quarter | None:
        if mention.kind == "quarter" and mention.number and mention.year:
            return Quarter(mention.year, mention.number)
        if mention.kind == "quarter_ended" and mention.number and mention.day and mention.year:
            return calendar.quarter_of(date(mention.year, mention.number, min(mention.day, 28)))
        return None

    def resolve(
        self,
        mention: PeriodMention,
        company: str | None,
        *,
        ahead: bool = False,
        base: bool = False,
    ) -> Period | None:
        """The days a mention means for a company.

        `ahead` says that it is of an outlook, `base` that it is what something is compared with.
        """
        calendar, newest = self.calendar(company), self.quarter(company)
        kind = mention.kind
        if kind == "quarter" and mention.number:
            return calendar.quarter(
                Quarter(mention.year, mention.number)
                if mention.year
                else self._nearest(mention.number, newest, ahead)
            )
        if kind == "year" and mention.year:
            return calendar.year(mention.year)
        if kind == "full_year":
            return calendar.year(mention.year or self._full_year(newest, ahead))
        if kind in ("this_year", "next_year", "last_year"):
            return calendar.year(self._spoken_year(company, ahead) + YEARS_AWAY[kind])
        if kind in QUARTERS_AWAY:
            away = QUARTERS_AWAY[kind]
            if kind == "this_quarter" and ahead:
                away = 1
            if kind in ("last_quarter", "previous_quarter") and (base or self.is_preview):
                away = -1
            return calendar.quarter(newest.plus(away))
        if kind in ("ttm", "six", "nine", "second_half"):
            return self._span(mention, calendar, newest, ahead)
        if kind == "ytd":
            return Period(date(self.published_at.year, 1, 1), self.published_at, "YTD")
        if kind == "month_quarter" and mention.number and not mention.year:
            number = calendar.quarter_of(date(newest.year, mention.number, 15)).number
            return calendar.quarter(self._nearest(number, newest, ahead))
        return self._dated(mention, calendar)

    def _full_year(self, newest: Quarter, ahead: bool) -> int:
        """The year of an outlook, or the last one that was complete."""
        return newest.plus(1).year if ahead else newest.year - (newest.number < LAST_QUARTER)

    def _nearest(self, number: int, newest: Quarter, ahead: bool) -> Quarter:
        """The quarter of that number a story means: the coming one of an outlook, else the last."""
        # A story of the third quarter does not look ahead to the third quarter of next year.
        quarter = newest
        step = 1 if ahead else -1
        while quarter.number != number:
            quarter = quarter.plus(step)
        return quarter

    def _spoken_year(self, company: str | None, ahead: bool) -> int:
        """The fiscal year "this year" means: that of the day, or of the results right after it."""
        return self.calendar(company).quarter_of(self.published_at).year

    def _span(
        self, mention: PeriodMention, calendar: Calendar, newest: Quarter, ahead: bool
    ) -> Period:
        """Several quarters: to the day named, else those of the story's year or up to it."""
        if mention.number and mention.day:
            named = mention.year or self._past_year(mention.number)
            day = min(mention.day, month_of(named, mention.number).end.day)
            newest = calendar.quarter_of(date(named, mention.number, day))
        if mention.kind == "ttm":
            return calendar.span(newest, 4, f"TTM {calendar.quarter(newest).label}")
        number, quarters = PARTS_OF_YEAR[mention.kind]
        year = mention.year or newest.plus(ahead).year
        last = newest if mention.day else Quarter(year, number)
        return calendar.span(last, quarters, f"{quarters * 3}M {last.year}")

    def _dated(self, mention: PeriodMention, calendar: Calendar) -> Period | None:
        if not mention.number:
            return None
        year = mention.year or self._past_year(mention.number)
        if mention.kind == "month":
            month = month_of(year, mention.number)
            return month.at_end() if mention.is_end else month
        if mention.kind == "month_quarter":
            return calendar.quarter(calendar.quarter_of(date(year, mention.number, 15)))
        if mention.day:
            day = date(
                year, mention.number, min(mention.day, month_of(year, mention.number).end.day)
            )
            if mention.kind == "quarter_ended":
                return calendar.quarter(calendar.quarter_of(day))
            return Period(None, day)
        return None

    def _past_year(self, month: int) -> int:
        """The year of a month named without one: the last such month."""
        return self.published_at.year - (month > self.published_at.month)

    def year_before(self, period: Period, company: str | None) -> Period:
        """The same period a year earlier."""
        return _shifted(self.calendar(company), period, 4)

    def quarter_before(self, period: Period, company: str | None) -> Period:
        """The same period a quarter earlier."""
        return _shifted(self.calendar(company), period, 1)


LAST_QUARTER = 4
RELEASE = re.compile(
    r"/PRNewswire/|\bBusiness ?Wire\b|\bGLOBE ?NEWSWIRE\b|\(\w+: [A-Z, ]+\)[^.\n]{0,20}"
    r"\b(?:today|announced|reported|published)\b",
    re.IGNORECASE,
)
YEARS_AWAY = {"this_year": 0, "next_year": 1, "last_year": -1}
QUARTERS_AWAY = {"next_quarter": 1, "previous_quarter": -1, "last_quarter": 0, "this_quarter": 0}
PARTS_OF_YEAR = {"six": (2, 2), "nine": (3, 3), "second_half": (4, 2)}


def month_of(year: int, month: int) -> Period:
    """The days of a month."""
    after = date(year + month // 12, month % 12 + 1, 1)
    return Period(date(year, month, 1), after - timedelta(days=1), f"{year}-{month:02d}")


@lru_cache(maxsize=4096)
def _shifted(calendar: Calendar, period: Period, quarters: int) -> Period:
    last = calendar.quarter_of(period.end)
    if calendar.quarter_end(last) != period.end:
        return Period(
            period.start and _months_before(period.start, 3 * quarters),
            _months_before(period.end, 3 * quarters),
        )
    end = calendar.quarter_end(last.plus(-quarters))
    if period.start is None:
        return Period(None, end)
    first = calendar.quarter_of(period.start)
    start = calendar.quarter(first.plus(-quarters)).start
    if first == last:
        return calendar.quarter(last.plus(-quarters))
    label = f"FY{last.plus(-quarters).year}" if last.number == 4 else None
    return Period(start, end, label)


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    last = month_of(count // 12, count % 12 + 1).end
    is_last = day == month_of(day.year, day.month).end
    return last if is_last else last.replace(day=min(day.day, last.day))


def _main_company(passages: Sequence[Passage]) -> str | None:
    """The company most spoken of, the head of the story counting more."""
    count: Counter[str] = Counter()
    for passage in passages:
        weight = HEAD_WEIGHT if passage.start < HEAD_CHARACTERS // 2 else 1
        owners: dict[int, set[str]] = defaultdict(set)
        for mention in passage.mentions:
            if mention.kind in ("company", "part"):
                ticker = mention.value if mention.kind == "company" else mention.value[0]
                owners[mention.start].add(ticker)
        for tickers in owners.values():
            # A part that several companies have speaks of none of them.
            if len(tickers) == 1:
                count[tickers.pop()] += weight
    return count.most_common(1)[0][0] if count else None
