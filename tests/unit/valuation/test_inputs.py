"""Inputs: nothing defaults, nothing from the future, nothing in a wrong unit."""

from datetime import UTC, date, datetime

import pytest

from tests.unit.valuation.amazon import QUARTERS, history_rows
from valuation.errors import InvalidInputError, MissingInputError, UndefinedRatioError
from valuation.history import History
from valuation.inputs import NO_HISTORY, ValuationInputs
from valuation.provenance import Figure, combine


def build(amazon, *rows):
    return ValuationInputs.from_rows(rows, "AMZN", amazon.known_at)


def test_missing_figure_says_what_whose_when_why_and_the_repair(amazon):
    inputs = amazon.inputs(cash=None)
    with pytest.raises(MissingInputError) as caught:
        inputs.get("cash")
    message = str(caught.value)
    for part in ("AMZN", "cash", "2026-08-08", "no such row in the inputs", "load the filing"):
        assert part in message


def test_missing_reason_of_the_mart_is_passed_on(amazon):
    inputs = build(amazon, amazon.row("ttm_income_tax"))
    with pytest.raises(MissingInputError, match="no filing on hand states it"):
        inputs.get("ttm_income_tax")


def test_segment_is_named_in_the_error(amazon):
    with pytest.raises(MissingInputError, match="ttm_segment_revenue of segment advertising"):
        amazon.inputs().get("ttm_segment_revenue", "advertising")


def test_find_is_none_for_a_figure_not_known(amazon):
    assert amazon.inputs(share_price=None).find("share_price") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": "USD/shares"}, "unit 'USD/shares', expected 'USD'"),
        ({"evidence": "hearsay"}, "evidence 'hearsay'"),
        ({"known_from": datetime(2026, 10, 30, tzinfo=UTC)}, "known from 2026-10-30"),
        ({"input": "cash_and_hope"}, "not an input"),
    ],
)
def test_row_that_breaks_the_contract_is_refused(amazon, changes, message):
    with pytest.raises(InvalidInputError, match=message):
        build(amazon, amazon.row("cash", **changes))


def test_two_rows_of_one_key_are_refused(amazon):
    with pytest.raises(InvalidInputError, match="two rows for cash"):
        build(amazon, amazon.row("cash"), amazon.row("cash"))


def test_rows_of_other_companies_are_passed_over(amazon):
    inputs = build(amazon, amazon.row("cash"), amazon.row("cash", ticker="MSFT", value=1.0))
    assert inputs.get("cash").value == 86_810e6


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("segment_revenue_growth_yoy", 42_232 / 30_873 - 1),
        ("ttm_segment_operating_margin", 54_681 / 148_404),
        ("rest_ttm_operating_margin", (93_712 - 54_681) / (775_680 - 148_404)),
        ("rest_revenue_growth_yoy", (200_606 - 42_232) / (167_702 - 30_873) - 1),
        ("ttm_segment_revenue_growth_yoy", 148_404 / 116_378 - 1),
        ("rest_ttm_revenue_growth_yoy", (775_680 - 148_404) / (670_038 - 116_378) - 1),
    ],
)
def test_derived_ratios(amazon, name, expected):
    assert amazon.inputs().derived(name, "aws").value == pytest.approx(expected, rel=1e-12)


def test_unknown_derived_ratio_is_refused(amazon):
    with pytest.raises(InvalidInputError, match="'gross_margin'"):
        amazon.inputs().derived("gross_margin", "aws")


def test_ratio_over_nothing_is_refused(amazon):
    rows = [
        amazon.row("ttm_segment_revenue", "aws", value=0.0),
        amazon.row("ttm_segment_operating_income", "aws"),
    ]
    with pytest.raises(UndefinedRatioError):
        build(amazon, *rows).derived("ttm_segment_operating_margin", "aws")


def test_combined_figure_is_as_weak_as_its_weakest_input():
    strong = Figure(1.0, "USD", "reported", "xbrl", ("a",))
    weak = Figure(1.0, "USD", "estimated", "secondary", ("b", "a"))
    supposed = Figure(1.0, "USD", "assumed")
    assert combine(2.0, "USD", (strong, strong)) == Figure(2.0, "USD", "derived", "xbrl", ("a",))
    combined = combine(3.0, "USD", (strong, weak, supposed))
    assert combined == Figure(3.0, "USD", "assumed", "secondary", ("a", "b"))
    assert combine(1.0, "USD", (supposed,)).evidence is None


def test_balance_sheet_is_of_one_day(amazon):
    assert amazon.inputs().date_of("cash", "debt") == date(2025, 12, 31)
    mixed = build(amazon, amazon.row("cash"), amazon.row("debt", period_end=date(2026, 6, 30)))
    with pytest.raises(InvalidInputError, match=r"cash 2025-12-31, debt 2026-06-30"):
        mixed.date_of("cash", "debt")


def test_day_of_a_figure_not_known(amazon):
    with pytest.raises(MissingInputError, match="AMZN: debt is not known"):
        amazon.inputs(debt=None).date_of("cash", "debt")


def test_growth_of_twelve_months_needs_the_year_before(amazon):
    """A history that begins in 2025Q3 has the newest twelve months and not those before."""
    short = History.from_rows(history_rows(QUARTERS[-4:]), "AMZN")
    with pytest.raises(MissingInputError, match=r"twelve months to 2026Q2 and the year before"):
        amazon.inputs(short).derived("rest_ttm_revenue_growth_yoy", "aws")


def test_first_ratio_that_is_known_is_taken(amazon):
    names = ("rest_ttm_revenue_growth_yoy", "rest_revenue_growth_yoy")
    inputs = amazon.inputs()
    assert inputs.first_derived(names, "aws") == inputs.derived(names[0], "aws")
    without = amazon.inputs(NO_HISTORY)
    assert without.first_derived(names, "aws") == without.derived(names[1], "aws")


def test_first_ratio_is_named_where_none_is_known(amazon):
    names = ("rest_ttm_revenue_growth_yoy", "rest_revenue_growth_yoy")
    inputs = amazon.inputs(NO_HISTORY, net_sales_growth_yoy=None)
    with pytest.raises(MissingInputError, match="rest_ttm_revenue_growth_yoy of segment aws"):
        inputs.first_derived(names, "aws")
