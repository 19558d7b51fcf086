"""When a company is expected to report, from when it reported before.

Belongs here: a company's list of filings to past reports, and these to an expected window. Does not
belong here: asking for the list, deciding what to do inside a window.

Two things are expected of each fiscal quarter: the release (8-K, item 2.02) and the report (10-Q or
10-K). Each comes a number of days after the end of its quarter, at about the same hour in New York:
the days of the same fiscal quarter in earlier years, from the fewest to the most, are the window.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from ingest.edgar.listings import FiledForm, read_acceptances
from ingest.new_york import NEW_YORK_ZONE

Kind = Literal["release", "report"]
KINDS: tuple[Kind, ...] = ("release", "report")

REPORT_FORMS = ("10-Q", "10-K")
RELEASE_FORM, RELEASE_ITEM = "8-K", "2.02"
MONTHS_IN_QUARTER = 3
# A year that ends on a weekday ends up to a week around the end of its month.
INTO_THE_MONTH = timedelta(days=10)
WEEKS_IN_YEAR = (52, 53)

# Fewer than three years give no spread; what was more than five years ago was another calendar.
FEWEST_YEARS = 3
MOST_YEARS = 5
# Companies keep to a weekday, and a weekday falls on another day of the month each year: by three
# days at most to either side.
DAYS_AROUND = 3
# Clock times of the last two years, all quarters together, and what they may miss by.
CLOCKS_KEPT = 8
BEFORE_CLOCK = timedelta(minutes=30)
AFTER_CLOCK = timedelta(hours=1)


@dataclass(frozen=True)
class Reported:
    """One release or report of the past; `moment` is its acceptance (UTC)."""

    fiscal_quarter: str
    period_end: date
    moment: datetime
    accession_number: str

    @property
    def days_after(self) -> int:
        """Days from the end of the quarter to the day in New York it came."""
        return (self.moment.astimezone(NEW_YORK_ZONE).date() - self.period_end).days

    @property
    def clock(self) -> time:
        """The hour in New York it came."""
        return self.moment.astimezone(NEW_YORK_ZONE).time()


@dataclass(frozen=True)
class Window:
    """Days and hours of New York, the first and the last included."""

    first_day: date
    last_day: date
    from_clock: time
    until_clock: time

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies on one of the days, between the hours."""
        local = moment.astimezone(NEW_YORK_ZONE)
        return (
            self.first_day <= local.date() <= self.last_day
            and self.from_clock <= local.time() <= self.until_clock
        )

    @property
    def opens_at(self) -> datetime:
        """When it first opens (UTC)."""
        return _utc(self.first_day, self.from_clock)

    @property
    def closes_at(self) -> datetime:
        """When it closes for good (UTC)."""
        return _utc(self.last_day, self.until_clock)


@dataclass(frozen=True)
class Expected:
    """What is expected next, and when; without a `window` the `basis` says why there is none."""

    kind: Kind
    fiscal_quarter: str | None
    period_end: date | None
    window: Window | None
    basis: str


@dataclass(frozen=True)
class Announced:
    """A moment the company has named itself; it goes before what is computed."""

    kind: Kind
    fiscal_quarter: str
    moment: datetime
    citation: str


def fiscal_quarter_of(period_end: date, year_end_month: int) -> str | None:
    """`2025Q4` of a quarter's last day; None for a day no quarter of that year ends on."""
    inside = period_end - INTO_THE_MONTH
    months = (inside.month - year_end_month - 1) % 12 + 1
    if months % MONTHS_IN_QUARTER:
        return None
    return f"{inside.year + (inside.month > year_end_month)}Q{months // MONTHS_IN_QUARTER}"


def past(filings: Collection[FiledForm], year_end_month: int) -> dict[Kind, tuple[Reported, ...]]:
    """Releases and reports in a company's list, oldest first, one of each a fiscal quarter.

    The report is the first one of its period, not an amendment; the release is the last one between
    the period's end and the report, or the last so far where the report has yet to come.
    """
    accepted = read_acceptances(filings)
    reports: dict[date, Reported] = {}
    for filing in sorted(filings, key=lambda filing: accepted[filing.accession_number]):
        period = filing.period_of_report
        if filing.form not in REPORT_FORMS or period is None or period in reports:
            continue
        if quarter := fiscal_quarter_of(period, year_end_month):
            moment = accepted[filing.accession_number]
            reports[period] = Reported(quarter, period, moment, filing.accession_number)
    told = sorted(
        (accepted[filing.accession_number], filing.accession_number)
        for filing in filings
        if filing.form == RELEASE_FORM and RELEASE_ITEM in filing.items
    )
    by_quarter = sorted(reports.values(), key=lambda report: report.period_end)
    releases = [
        release for report in by_quarter if (release := _release_of(report, told)) is not None
    ]
    if by_quarter and (early := _early_release(by_quarter, told, year_end_month)):
        releases.append(early)
    return {"release": tuple(releases), "report": tuple(by_quarter)}


def expect(
    kind: Kind,
    history: Mapping[Kind, Sequence[Reported]],
    year_end_month: int,
    announced: Collection[Announced] = (),
) -> Expected:
    """The next release or report after the newest one in the history, as `past` gives it."""
    own, reports = history[kind], history["report"]
    if not own or not reports:
        return Expected(kind, None, None, None, f"no {kind} is known yet")
    quarter = _next_quarter(own[-1].fiscal_quarter)
    ends = {report.fiscal_quarter: report.period_end for report in reports}
    period_end = expected_period_end(quarter, ends, year_end_month)
    for each in announced:
        if (each.kind, each.fiscal_quarter) == (kind, quarter):
            return Expected(kind, quarter, period_end, _around(each.moment), each.citation)
    alike = [each for each in own if each.fiscal_quarter[-1] == quarter[-1]][-MOST_YEARS:]
    if period_end is None or len(alike) < FEWEST_YEARS:
        known = f"{len(alike)} earlier {quarter[-2:]} {kind}s are known, {FEWEST_YEARS} are needed"
        return Expected(kind, quarter, period_end, None, known)
    days = [each.days_after for each in alike]
    basis = f"{min(days)} to {max(days)} days after {quarter[-2:]} in {len(alike)} years"
    return Expected(kind, quarter, period_end, _window(period_end, days, own), basis)


def expected_period_end(quarter: str, ends: Mapping[str, date], year_end_month: int) -> date | None:
    """The last day of a fiscal quarter, as the same quarter of the year before suggests.

    The end of the month, or for a company whose quarters end on a weekday 52 or 53 weeks after:
    whichever is as far from the end of the month as its quarters have been. None where the year
    before is not known.
    """
    before = ends.get(f"{int(quarter[:4]) - 1}{quarter[4:]}")
    nominal = _month_end(quarter, year_end_month)
    offsets = [(end - _month_end(known, year_end_month)).days for known, end in ends.items()]
    if before is None:
        return None
    if not any(offsets):
        return nominal
    choices = [before + timedelta(weeks=weeks) for weeks in WEEKS_IN_YEAR]
    fitting = [day for day in choices if min(offsets) <= (day - nominal).days <= max(offsets)]
    return (fitting or choices)[0]


def backtest(
    kind: Kind, history: Mapping[Kind, Sequence[Reported]], year_end_month: int
) -> list[tuple[Expected, Reported]]:
    """Each past release or report beside what was expected of it when its quarter ended.

    Those the history before was too short for are left out.
    """
    found: list[tuple[Expected, Reported]] = []
    for actual in history[kind]:
        known: dict[Kind, Sequence[Reported]] = {
            each: [one for one in history[each] if one.moment.date() <= actual.period_end]
            for each in KINDS
        }
        expected = expect(kind, known, year_end_month)
        if expected.window and expected.fiscal_quarter == actual.fiscal_quarter:
            found.append((expected, actual))
    return found


def _release_of(report: Reported, told: Sequence[tuple[datetime, str]]) -> Reported | None:
    last_day = report.moment.astimezone(NEW_YORK_ZONE).date()
    between = [
        (moment, number)
        for moment, number in told
        if report.period_end < moment.astimezone(NEW_YORK_ZONE).date() <= last_day
    ]
    if not between:
        return None
    return Reported(report.fiscal_quarter, report.period_end, *between[-1])


def _early_release(
    reports: Sequence[Reported], told: Sequence[tuple[datetime, str]], year_end_month: int
) -> Reported | None:
    """The release of the quarter whose report has yet to come."""
    quarter = _next_quarter(reports[-1].fiscal_quarter)
    ends = {report.fiscal_quarter: report.period_end for report in reports}
    period_end = expected_period_end(quarter, ends, year_end_month)
    if period_end is None:
        return None
    after = [
        (moment, number)
        for moment, number in told
        if moment.astimezone(NEW_YORK_ZONE).date() > max(period_end, reports[-1].moment.date())
    ]
    return Reported(quarter, period_end, *after[-1]) if after else None


def _next_quarter(quarter: str) -> str:
    year, number = int(quarter[:4]), int(quarter[-1])
    return f"{year + number // 4}Q{number % 4 + 1}"


def _month_end(quarter: str, year_end_month: int) -> date:
    """The nominal last day of a fiscal quarter."""
    year, number = int(quarter[:4]), int(quarter[-1])
    months = year * 12 + year_end_month - 1 - (4 - number) * MONTHS_IN_QUARTER
    year, month = divmod(months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def _window(period_end: date, days: Sequence[int], own: Sequence[Reported]) -> Window:
    clocks = [each.clock for each in own[-CLOCKS_KEPT:]]
    return Window(
        period_end + timedelta(days=min(days) - DAYS_AROUND),
        period_end + timedelta(days=max(days) + DAYS_AROUND),
        _moved(min(clocks), -BEFORE_CLOCK),
        _moved(max(clocks), AFTER_CLOCK),
    )


def _around(moment: datetime) -> Window:
    local = moment.astimezone(NEW_YORK_ZONE)
    clock = local.time()
    return Window(
        local.date(), local.date(), _moved(clock, -BEFORE_CLOCK), _moved(clock, AFTER_CLOCK)
    )


def _moved(clock: time, by: timedelta) -> time:
    """A clock time earlier or later, within its day."""
    start = datetime.combine(date.min + timedelta(days=1), clock)
    moved = start + by
    if moved.date() != start.date():
        return time.min if by < timedelta() else time.max
    return moved.time()


def _utc(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, NEW_YORK_ZONE).astimezone(UTC)
