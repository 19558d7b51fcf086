"""The past as known: series, spreads and volatility by hand, closes by day."""

from datetime import date
from math import log, sqrt

import pytest

from tests.unit.valuation.amazon import HISTORY, QUARTERS, closes_by, history_rows
from valuation.errors import InvalidInputError
from valuation.history import (
    History,
    differences,
    growth,
    quarter_index,
    quarter_name,
    quotients,
)
from valuation.provenance import Figure


def series(first, *values):
    """Figures of successive quarters from the one named."""
    at = quarter_index(first)
    return {at + place: Figure(value, "USD", "reported") for place, value in enumerate(values)}


def values(of):
    return {quarter_name(at): figure.value for at, figure in sorted(of.items())}


def test_quarters_are_numbers_in_a_row():
    assert quarter_index("2026Q1") - quarter_index("2025Q4") == 1
    assert [quarter_name(quarter_index(name)) for name in ("2025Q4", "2026Q1")] == [
        "2025Q4",
        "2026Q1",
    ]


def test_amazons_twelve_months_and_quarters():
    assert (
        HISTORY.of("segment_revenue", "aws", "quarter")[quarter_index("2026Q2")].value == 42_232e6
    )
    year = HISTORY.of("segment_revenue", "aws")[quarter_index("2026Q2")]
    assert (year.value, year.status) == (148_404e6, "derived")
    assert HISTORY.of("net_sales")[quarter_index("2025Q2")].value == 670_038e6
    assert HISTORY.of("dividends") == {}


def test_rest_is_the_company_without_the_segment():
    at = quarter_index("2026Q2")
    assert HISTORY.rest_revenue("aws")[at].value == pytest.approx(775_680e6 - 148_404e6)
    assert HISTORY.rest_margin("aws")[at].value == pytest.approx(
        (93_712 - 54_681) / (775_680 - 148_404)
    )
    assert HISTORY.segment_margin("aws")[at].value == pytest.approx(54_681 / 148_404)


def test_growth_needs_a_positive_year_before():
    grown = growth(series("2024Q1", 100, 0, -5, 50, 130, 20, 20, 25))
    assert values(grown) == pytest.approx({"2025Q1": 0.3, "2025Q4": -0.5})


def test_quotients_leave_out_what_has_no_denominator():
    found = quotients(series("2024Q1", 1, 2, 3), series("2024Q1", 10, 0))
    assert values(found) == {"2024Q1": 0.1}


def test_differences_hold_a_figure_against_the_one_known_a_year_before():
    known, outcome = series("2024Q1", 0.1, 0.2), series("2025Q1", 0.15, 0.1, 0.4)
    assert [each.value for each in differences(known, outcome)] == pytest.approx([0.05, -0.1])


def test_spread_of_margin_by_hand():
    """Twelve months' margins of AWS four quarters apart, from the quarters on file."""

    def margin(last):
        year = QUARTERS[last - 3 : last + 1]
        return sum(each.aws_operating_income for each in year) / sum(
            each.aws_revenue for each in year
        )

    moves = [margin(last) - margin(last - 4) for last in range(7, len(QUARTERS))]
    spread = HISTORY.spread("segment_margin_change", "aws", 3)
    assert spread.observations == len(moves) == 11
    assert spread.figure.value == pytest.approx(sqrt(sum(m**2 for m in moves) / len(moves)))
    assert QUARTERS[-1].accession_number in spread.figure.accession_numbers


def test_spread_of_growth_by_hand():
    """Growth of the next twelve months less the quarter's growth known before them."""

    def quarterly(last):
        return QUARTERS[last].aws_revenue / QUARTERS[last - 4].aws_revenue - 1

    def yearly(last):
        after, before = (
            sum(each.aws_revenue for each in QUARTERS[end - 3 : end + 1])
            for end in (last, last - 4)
        )
        return after / before - 1

    errors = [yearly(last + 4) - quarterly(last) for last in range(4, len(QUARTERS) - 4)]
    spread = HISTORY.spread("segment_growth_error", "aws", 3)
    assert spread.observations == len(errors) == 10
    assert spread.figure.value == pytest.approx(sqrt(sum(e**2 for e in errors) / len(errors)))


def test_spread_is_about_nought_and_not_about_its_mean():
    """Growth of 50, 40, 30 and 20 %: each forecast that it lasts was off by ten points."""
    sales = {"net_sales": [100, 150, 210, 273, 327.6], "segment_revenue": [0] * 5}
    row = history_rows()[0]
    rows = [
        {
            **row,
            "metric": metric,
            "segment": "aws" if metric == "segment_revenue" else "",
            "basis": "ttm",
            "fiscal_quarter": f"{2020 + place}Q4",
            "value": value,
        }
        for metric, values_of in sales.items()
        for place, value in enumerate(values_of)
    ]
    spread = History.from_rows(rows, "AMZN").spread("rest_growth_error", "aws", 2)
    assert spread.observations == 3
    assert spread.figure.value == pytest.approx(0.1)


def test_short_past_gives_no_spread():
    assert HISTORY.spread("segment_margin_change", "aws", 12) is None
    assert HISTORY.spread("segment_margin_change", "aws", 11) is not None
    assert HISTORY.spread("segment_margin_change", "advertising", 1) is None


def closes(*of):
    return History({}, tuple((date.fromisoformat(day), close) for day, close in of))


def test_volatility_by_hand():
    """A rise of a tenth in 73 days and a fall of a tenth in 146: squares over 219 days' time."""
    history = closes(("2025-01-01", 100.0), ("2025-03-15", 110.0), ("2025-08-08", 99.0))
    variance = (log(1.1) ** 2 + log(0.9) ** 2) / (219 / 365.25)
    spread = history.volatility(3)
    assert spread.figure.value == pytest.approx(sqrt(variance))
    assert (spread.observations, spread.figure.evidence) == (2, "secondary")
    assert history.volatility(4) is None


def test_uneven_closes_are_weighed_by_their_time():
    """The same move each year, seen at uneven days, is the same volatility."""
    even = closes(("2023-01-01", 1.0), ("2024-01-01", 2.0), ("2025-01-01", 1.0))
    longer = closes(*((day.isoformat(), close) for day, close in even.closes), ("2026-01-01", 2.0))
    found, expected = longer.volatility(3).figure.value, even.volatility(3).figure.value
    assert found == pytest.approx(expected, rel=1e-3)
    hurried = closes(("2023-01-01", 1.0), ("2023-07-02", 2.0), ("2024-01-01", 1.0))
    assert hurried.volatility(3).figure.value == pytest.approx(expected * sqrt(2), rel=2e-3)


def test_close_nearest_to_a_day():
    assert HISTORY.close_near(date(2026, 7, 10), 15) == (date(2026, 6, 30), 238.34)
    assert HISTORY.close_near(date(2026, 7, 16), 15) is None
    assert HISTORY.close_near(date(2026, 7, 25), 15) == (date(2026, 8, 7), 274.48)
    assert closes().close_near(date(2026, 7, 10), 15) is None


def test_market_value_counts_shares_of_the_newest_quarter_ended_by_then():
    day, value = HISTORY.market_cap_near(date(2025, 12, 30), 15)
    assert day == date(2025, 12, 31)
    assert value == pytest.approx(230.82 * 10_734.920870e6)
    early = History.from_rows(history_rows(QUARTERS[-1:]), "AMZN", closes_by(date(2026, 6, 29)))
    assert early.market_cap_near(date(2026, 3, 31), 15) is None


def test_rows_of_others_are_passed_over():
    strange = [
        {**history_rows()[0], "ticker": "MSFT", "value": 1.0},
        {**history_rows()[0], "metric": "net_income", "value": 1.0},
        {**history_rows()[0], "basis": "year", "value": 1.0},
    ]
    others = [{"ticker": "MSFT", "close_date": date(2026, 1, 2), "close_usd": 1.0}]
    found = History.from_rows([*strange, *history_rows()], "AMZN", others)
    assert found.series == HISTORY.series
    assert found.closes == ()


def test_unknown_evidence_is_refused():
    row = {**history_rows()[0], "evidence": "hearsay"}
    with pytest.raises(InvalidInputError, match="AMZN: net_sales: evidence 'hearsay'"):
        History.from_rows([row], "AMZN")
