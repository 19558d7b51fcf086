"""Expected windows: of invented histories, and of the real lists where they are at hand."""

import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from ingest.edgar.earnings_calendar import (
    KINDS,
    Announced,
    Reported,
    Window,
    backtest,
    expect,
    expected_period_end,
    fiscal_quarter_of,
    past,
)
from ingest.edgar.listings import read_submissions
from ingest.new_york import NEW_YORK_ZONE
from tests.support.small_edgar import AMZN, QUARTER, RELEASE, write_small_edgar

LISTS = Path(__file__).resolve().parents[4].parent / "shared" / "edgar" / "submissions"


def reported(quarter, period_end, days_after, clock=time(16, 1)):
    moment = datetime.combine(period_end + timedelta(days=days_after), clock, NEW_YORK_ZONE)
    return Reported(quarter, period_end, moment.astimezone(UTC), f"0000000000-00-{quarter[-6:]}")


def december_year(days_of_first_quarters):
    """Reports of five quarters a year or so, of a year that ends in December."""
    ends = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}
    return [
        reported(f"{year}Q{number}", date(year, *ends[number]), days if number == 1 else 30)
        for year, days in days_of_first_quarters.items()
        for number in ends
    ]


def of(reports):
    return {"release": reports, "report": reports}


@pytest.mark.parametrize(
    ("period_end", "month", "quarter"),
    [
        (date(2025, 12, 31), 12, "2025Q4"),
        (date(2025, 9, 30), 6, "2026Q1"),
        (date(2026, 1, 25), 1, "2026Q4"),
        (date(2025, 4, 27), 1, "2026Q1"),
        (date(2026, 2, 1), 1, "2026Q4"),
        (date(2025, 5, 31), 5, "2025Q4"),
        (date(2025, 8, 31), 5, "2026Q1"),
        (date(2025, 11, 30), 12, None),
    ],
)
def test_a_period_end_names_its_fiscal_quarter(period_end, month, quarter):
    assert fiscal_quarter_of(period_end, month) == quarter


def test_the_spread_of_the_same_quarter_in_earlier_years_is_the_window():
    reports = december_year({2022: 28, 2023: 33, 2024: 30})
    expected = expect("report", of(reports), 12)
    assert (expected.fiscal_quarter, expected.period_end) == ("2025Q1", date(2025, 3, 31))
    assert expected.window == Window(
        date(2025, 3, 31) + timedelta(days=25), date(2025, 3, 31) + timedelta(days=36),
        time(15, 31), time(17, 1),
    )  # fmt: skip
    assert "28 to 33 days after Q1 in 3 years" in expected.basis


def test_a_window_is_of_days_and_hours_in_new_york():
    window = expect("report", of(december_year({2022: 28, 2023: 33, 2024: 30})), 12).window
    # Summer time: 16:00 in New York is 20:00 UTC.
    assert window.holds(datetime(2025, 4, 30, 20, 0, tzinfo=UTC))
    assert not window.holds(datetime(2025, 4, 30, 22, 0, tzinfo=UTC))
    assert not window.holds(datetime(2025, 5, 20, 20, 0, tzinfo=UTC))
    assert window.opens_at == datetime(2025, 4, 25, 19, 31, tzinfo=UTC)


def test_too_short_a_history_has_no_window_and_says_why():
    expected = expect("report", of(december_year({2023: 33, 2024: 30})), 12)
    assert expected.window is None
    assert expected.basis == "2 earlier Q1 reports are known, 3 are needed"
    assert expect("release", {"release": [], "report": []}, 12).basis == "no release is known yet"


def test_what_a_company_has_named_goes_before_what_is_computed():
    moment = datetime(2025, 4, 17, 20, 0, tzinfo=UTC)
    named = Announced("report", "2025Q1", moment, "press release of 2025-04-01")
    reports = december_year({2022: 28, 2023: 33, 2024: 30})
    expected = expect("report", of(reports), 12, [named])
    assert expected.window.holds(moment)
    assert expected.window.first_day == expected.window.last_day == date(2025, 4, 17)
    assert expected.basis == "press release of 2025-04-01"
    other = Announced("report", "2026Q1", moment, "of another quarter")
    assert expect("report", of(reports), 12, [other]).basis != other.citation


@pytest.mark.parametrize(
    ("year", "end"), [(2025, date(2025, 4, 27)), (2026, date(2026, 4, 26)), (2022, None)]
)
def test_a_quarter_that_ends_on_a_sunday_ends_52_or_53_weeks_later(year, end):
    # NVIDIA's first quarters: the last Sunday of April.
    ends = {
        "2024Q1": date(2023, 4, 30), "2025Q1": date(2024, 4, 28), "2026Q1": date(2025, 4, 27),
    }  # fmt: skip
    known = {name: day for name, day in ends.items() if day.year < year}
    assert expected_period_end(f"{year + 1}Q1", known, 1) == end


def test_a_53rd_week_is_added_where_the_quarter_would_leave_its_month():
    ends = {"2017Q1": date(2016, 5, 1), "2023Q1": date(2022, 5, 1), "2022Q1": date(2021, 5, 2)}
    ends |= {"2024Q1": date(2023, 4, 30), "2025Q1": date(2024, 4, 28), "2026Q1": date(2025, 4, 27)}
    recent = {name: day for name, day in ends.items() if name >= "2024Q1"}
    recent |= {"2027Q1": date(2026, 4, 26), "2028Q1": date(2027, 4, 25)}
    # 364 days after 2027-04-25 is 2028-04-23, a week before the end of April: no last Sunday.
    assert expected_period_end("2029Q1", recent, 1) == date(2028, 4, 30)


def test_the_release_belongs_to_the_quarter_before_the_report(tmp_path):
    edgar = write_small_edgar(tmp_path)
    path = edgar.directory / f"submissions/CIK{AMZN}.json"
    submissions, _ = read_submissions(path.read_bytes(), str(path))
    history = past(submissions.filings, 12)
    assert [each.fiscal_quarter for each in history["report"]] == ["2024Q4", "2025Q1"]
    (release,) = history["release"]
    assert (release.fiscal_quarter, release.accession_number) == (
        "2025Q1", RELEASE.accession_number,
    )  # fmt: skip
    assert history["report"][1].accession_number == QUARTER.accession_number


@pytest.mark.skipif(not LISTS.is_dir(), reason="the real lists of filings are not at hand")
def test_windows_known_before_held_most_of_what_came(registry, capsys):
    """Held against history as it was: the figure is printed, and in docs/how-to-run-unattended.md.

    It is no aim: a company that changes its calendar, as NVIDIA did in 2024, is missed once.
    """
    held = {kind: [0, 0, 0] for kind in KINDS}
    for company in registry.companies:
        path = LISTS / f"CIK{company.cik}.json"
        if not path.exists():
            continue
        submissions, _ = read_submissions(path.read_bytes(), str(path))
        month = company.fiscal_year_end.month
        history = past(submissions.filings, month)
        for kind in KINDS:
            for expected, actual in backtest(kind, history, month):
                assert actual.fiscal_quarter == expected.fiscal_quarter
                window = expected.window
                day = actual.moment.astimezone(NEW_YORK_ZONE).date()
                held[kind][0] += window.holds(actual.moment)
                held[kind][1] += window.first_day <= day <= window.last_day
                held[kind][2] += 1
    with capsys.disabled():
        for kind, (moments, days, total) in held.items():
            line = f"{kind}s: {moments} of {total} within days and hours, {days} within the days"
            sys.stdout.write(f"\n{line}")
    for moments, _, total in held.values():
        assert total >= 40
        # Far from certain, far from chance: windows of 12 days or so in quarters of 91.
        assert moments / total > 0.75
