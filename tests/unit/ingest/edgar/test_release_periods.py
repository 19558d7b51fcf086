"""Headers of columns to exact days, in calendars that are not all the civil one."""

from datetime import date
from itertools import pairwise

import pytest

from ingest.edgar.release_periods import (
    NO_PERIOD,
    NO_SUCH_DAY,
    NOT_A_PERIOD_END,
    SEVERAL_PERIODS,
    FiscalCalendar,
    Period,
    read_header,
)

CIVIL, TO_JUNE, TO_MAY = (FiscalCalendar(month) for month in (12, 6, 5))
SUNDAYS = FiscalCalendar(1, "last_sunday")
SECOND_QUARTER = Period(date(2025, 4, 1), date(2025, 6, 30))


@pytest.mark.parametrize(
    "texts",
    [
        ("Three Months Ended June 30,", "2025"),
        ("Three Months Ended", "June 30, 2025"),
        ("three months ended", "June 30,", "2025"),
        ("3 Months Ended", "Jun. 30, 2025"),
        ("Quarter Ended June 30, 2025",),
        ("Quarters Ended", "6/30/2025"),
        ("Q2 2025",),
        ("2Q25",),
        ("Q2'25",),
        ("2025", "Q2"),
        ("Second Quarter 2025",),
        ("Second Quarter", "2025"),
        ("Three Months Ended June 30, 2025 (unaudited)",),
        ("Q2 2025 (1)",),
    ],
)
def test_a_quarter_is_read_in_the_forms_releases_use(texts):
    header = read_header(texts, CIVIL)
    assert (header.period, header.other_words) == (SECOND_QUARTER, "")


@pytest.mark.parametrize(
    ("texts", "calendar", "start", "end"),
    [
        (("Six Months Ended June 30,", "2025"), CIVIL, (2025, 1, 1), (2025, 6, 30)),
        (("Nine Months Ended", "September 30, 2025"), CIVIL, (2025, 1, 1), (2025, 9, 30)),
        (("Twelve Months Ended", "Sept 30, 2025"), CIVIL, (2024, 10, 1), (2025, 9, 30)),
        (("Trailing Twelve Months", "Q3 2025"), CIVIL, (2024, 10, 1), (2025, 9, 30)),
        (("Year Ended December 31,", "2024"), CIVIL, (2024, 1, 1), (2024, 12, 31)),
        (("Fiscal Year Ended", "June 30, 2025"), TO_JUNE, (2024, 7, 1), (2025, 6, 30)),
        (("FY25",), TO_JUNE, (2024, 7, 1), (2025, 6, 30)),
        (("Q2 FY26",), TO_JUNE, (2025, 10, 1), (2025, 12, 31)),
        (("Second Quarter Fiscal 2026",), TO_JUNE, (2025, 10, 1), (2025, 12, 31)),
        (("Three Months Ended August 31,", "2025"), TO_MAY, (2025, 6, 1), (2025, 8, 31)),
        (("Three Months Ended", "October 26, 2025"), SUNDAYS, (2025, 7, 28), (2025, 10, 26)),
        (("Q3 FY26",), SUNDAYS, (2025, 7, 28), (2025, 10, 26)),
        (("Nine Months Ended", "October 26, 2025"), SUNDAYS, (2025, 1, 27), (2025, 10, 26)),
        # A year of 53 weeks: its fourth quarter has fourteen.
        (("Three Months Ended", "January 31, 2027"), SUNDAYS, (2026, 10, 26), (2027, 1, 31)),
        (("13 Weeks Ended November 1, 2025",), CIVIL, None, None),
        (("Thirteen weeks ended September 27, 2025",), CIVIL, (2025, 6, 29), (2025, 9, 27)),
        (("39 Weeks Ended", "September 27, 2025"), CIVIL, (2024, 12, 29), (2025, 9, 27)),
    ],
)
def test_longer_periods_and_other_calendars(texts, calendar, start, end):
    found = read_header(texts, calendar).period
    assert found == (Period(date(*start), date(*end)) if start else None)


def test_a_date_alone_is_an_instant():
    assert read_header(["June 30, 2025"], CIVIL).period == Period(None, date(2025, 6, 30))


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (("2025",), NO_PERIOD),
        (("Three Months Ended",), NO_PERIOD),
        (("Three Months Ended June 30,",), NO_PERIOD),
        (("Three Months Ended June 30,", "2025", "2024"), SEVERAL_PERIODS),
        (("Three Months Ended", "Six Months Ended", "June 30, 2025"), SEVERAL_PERIODS),
        (("Q1 2025", "Q2"), SEVERAL_PERIODS),
        (("February 30, 2025",), NO_SUCH_DAY),
        (("Three Months Ended June 31,", "2025"), NO_SUCH_DAY),
        (("Three Months Ended July 15, 2025",), NOT_A_PERIOD_END),
        (("Three Months Ended May 31, 2025",), NOT_A_PERIOD_END),
        (("5 Months Ended", "June 30, 2025"), NO_PERIOD),
    ],
)
def test_words_that_name_no_one_period_give_the_reason(texts, problem):
    header = read_header(texts, CIVIL)
    assert (header.period, header.problem) == (None, problem)


@pytest.mark.parametrize(
    "text", ["Y/Y % Change", "% Change", "Change", "Growth", "2025 vs. 2024 change", "Variance"]
)
def test_comparisons_are_no_figures(text):
    assert read_header(["Three Months Ended June 30,", text], CIVIL).is_change


def test_what_is_left_beside_the_period_is_told():
    assert read_header(["Q2 2025", "Non-GAAP"], CIVIL).other_words == "non-gaap"
    assert read_header(["Three Months Ended June 30, 2025", "AWS"], CIVIL).other_words == "aws"
    # An instant in appearance: what is left says that it is none.
    assert read_header(["Five Months Ended", "June 30, 2025"], CIVIL).other_words


@pytest.mark.parametrize("calendar", [CIVIL, TO_JUNE, TO_MAY, SUNDAYS])
def test_quarters_follow_each_other_without_a_gap(calendar):
    ends = [
        calendar.quarter_end(year, quarter)
        for year in range(2018, 2031)
        for quarter in (1, 2, 3, 4)
    ]
    for before, end in pairwise(ends):
        period = calendar.months_to(end, 3)
        assert (end - before).days in range(89, 99)
        assert period.start == date.fromordinal(before.toordinal() + 1)
        assert calendar.newest_quarter(end) == period
        assert calendar.newest_quarter(date.fromordinal(end.toordinal() - 1)).end == before


def test_the_last_sunday_is_that_of_filed_reports():
    """Period ends of NVIDIA's own reports."""
    ends = [(2024, 4, (2024, 1, 28)), (2025, 2, (2024, 7, 28)), (2025, 4, (2025, 1, 26))]
    for year, quarter, end in ends:
        assert SUNDAYS.quarter_end(year, quarter) == date(*end)
