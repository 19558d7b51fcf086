"""Periods by each company's calendar, as of the day of the story."""

from datetime import date

import pytest

from ingest.articles.extraction.periods import Calendar, Quarter, find_periods
from registry.language import FiscalCalendar

MAY_2026 = date(2026, 5, 14)


@pytest.mark.parametrize(
    ("text", "kind", "year", "number"),
    [
        ("Q1 2026", "quarter", 2026, 1),
        ("FY26 Q3", "quarter", 2026, 3),
        ("third-quarter fiscal 2026", "quarter", 2026, 3),
        ("the second quarter", "quarter", None, 2),
        ("3Q25", "quarter", 2025, 3),
        ("Q4'24", "quarter", 2024, 4),
        ("F2Q26", "quarter", 2026, 2),
        ("fiscal 2027", "year", 2027, None),
        ("trailing-twelve-month", "ttm", None, None),
        ("three months ended September 30, 2023", "quarter_ended", 2023, 9),
        ("at the end of 2025", "year", 2025, None),
        ("for September 2023", "month", 2023, 9),
    ],
)
def test_mentions(text, kind, year, number):
    [mention] = find_periods(text)
    assert (mention.kind, mention.year, mention.number) == (kind, year, number)


@pytest.mark.parametrize(
    "text", ["October 29, 2025", "the first quarter in over 15 years", "2026%"]
)
def test_no_mentions(text):
    assert list(find_periods(text)) == []


@pytest.mark.parametrize(
    ("calendar", "quarter", "start", "end"),
    [
        (FiscalCalendar(month=12), Quarter(2026, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (FiscalCalendar(month=6), Quarter(2026, 3), date(2026, 1, 1), date(2026, 3, 31)),
        (FiscalCalendar(month=5), Quarter(2026, 3), date(2025, 12, 1), date(2026, 2, 28)),
        # NVIDIA's year ends on the last Sunday of January.
        (
            FiscalCalendar(month=1, weekday="sunday"),
            Quarter(2026, 3),
            date(2025, 7, 28),
            date(2025, 10, 26),
        ),
    ],
)
def test_quarters_of_fiscal_years(calendar, quarter, start, end):
    period = Calendar(calendar).quarter(quarter)
    assert (period.start, period.end) == (start, end)
    assert Calendar(calendar).quarter_of(end) == quarter
    assert Calendar(calendar).quarter_of(start) == quarter


@pytest.mark.parametrize(
    ("text", "published", "span", "start", "end"),
    [
        (
            "Amazon results\nRevenue was $5 billion.",
            MAY_2026,
            "$5 billion",
            "2026-01-01",
            "2026-03-31",
        ),
        # Results of the June quarter are the newest a story of 24 October can know of Microsoft.
        (
            "Microsoft\nRevenue was $5 billion.",
            date(2025, 10, 24),
            "$5 billion",
            "2025-04-01",
            "2025-06-30",
        ),
        (
            "Oracle\nRevenue was $5 billion.",
            date(2026, 3, 10),
            "$5 billion",
            "2025-12-01",
            "2026-02-28",
        ),
        (
            "Amazon\nIn FY2025 revenue was $5 billion.",
            MAY_2026,
            "$5 billion",
            "2025-01-01",
            "2025-12-31",
        ),
        (
            "Amazon\nRevenue was $5 billion, against $4 billion a year ago.",
            MAY_2026,
            "$4 billion",
            "2025-01-01",
            "2025-03-31",
        ),
        (
            "Amazon\nOver the last twelve months revenue was $5 billion.",
            MAY_2026,
            "$5 billion",
            "2025-04-01",
            "2026-03-31",
        ),
        (
            "Amazon\nFor the second quarter, it expects revenue of $5 billion.",
            MAY_2026,
            "$5 billion",
            "2026-04-01",
            "2026-06-30",
        ),
        (
            "Amazon plans capital expenditures of $5 billion this year.",
            MAY_2026,
            "$5 billion",
            "2026-01-01",
            "2026-12-31",
        ),
        (
            "Amazon\nFree cash flow for 2025 shrank to $5 billion from $9 billion.",
            MAY_2026,
            "$9 billion",
            "2024-01-01",
            "2024-12-31",
        ),
    ],
)
def test_the_period_of_a_number(read, text, published, span, start, end):
    period = read(text, published)[span].period
    assert (str(period.start), str(period.end)) == (start, end)


@pytest.mark.parametrize(
    ("text", "span", "end"),
    [
        ("Amazon\nThe backlog stood at $5 billion.", "$5 billion", "2026-03-31"),
        (
            "Amazon\nThe backlog rose to $5 billion from $4 billion at the end of 2025.",
            "$4 billion",
            "2025-12-31",
        ),
        ("Amazon has a market cap of $2.5 trillion.", "$2.5 trillion", "2026-05-14"),
    ],
)
def test_balances_and_prices_are_instants(read, text, span, end):
    period = read(text)[span].period
    assert period.start is None
    assert str(period.end) == end


@pytest.mark.parametrize(
    "text",
    [
        "If that holds, Amazon would need revenue of $5 billion.",
        "Amazon announced a contract worth $5 billion.",
        "Amazon's quarterly dividend is $0.50 a share.",
    ],
)
def test_what_no_day_fixes_has_no_period(read, text):
    [claim] = read(text).values()
    assert claim.period is None
