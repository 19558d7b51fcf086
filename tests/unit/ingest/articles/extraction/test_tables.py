"""Figures under heads, however the table was flattened."""

import pytest

PRINTED = (
    "Meta results for the quarter ended September 30, 2023\n\n"
    "Three Months Ended September 30, In millions, except per share amounts 2023 2022 % Change"
    " Revenue $ 30,000 $ 25,000 20 % Costs and expenses 20,398 22,050 (7) %"
    " Operating margin 40 % 20 % Diluted earnings per share $ 4.00 $ 2.00 100 %\n"
)


@pytest.mark.parametrize(
    ("span", "value", "metric", "end"),
    [
        ("$ 30,000", 30e9, "net_sales", "2023-09-30"),
        ("$ 25,000", 25e9, "net_sales", "2022-09-30"),
        ("20,398", 20.398e9, "total_expenses", "2023-09-30"),
        ("(7) %", -0.07, "total_expenses", "2023-09-30"),
        ("40 %", 0.40, "operating_margin", "2023-09-30"),
        ("$ 4.00", 4.0, "eps_diluted", "2023-09-30"),
        ("100 %", 1.0, "eps_growth", "2023-09-30"),
    ],
)
def test_a_table_on_one_line(read, span, value, metric, end):
    claim = read(PRINTED)[span]
    assert (claim.value, claim.metric, str(claim.period.end)) == (pytest.approx(value), metric, end)


def test_estimates_under_their_head(read):
    claims = read(
        "Meta\n\nMetric Q1 2026 Estimate Q1 2025\nRevenue $42.8B $36.5B\n"
        "Reality Labs Operating Loss ($4.2B) ($3.8B)\n"
    )
    assert claims["$42.8B"].modality == "estimated"
    assert claims["$36.5B"].modality == "reported"
    assert claims["($4.2B)"].value == -4.2e9
    assert claims["($4.2B)"].segment == "Reality Labs"
    assert str(claims["($3.8B)"].period.end) == "2025-03-31"


def test_two_spans_of_time_side_by_side(read):
    claims = read(
        "Alphabet Fourth Quarter 2024 Results\n\nQuarter Ended December 31, Year Ended December 31,"
        " (in millions) 2023 2024 2023 2024 Revenues $ 86,310 $ 96,469 $ 307,394 $ 350,018\n"
    )
    assert [str(claim.period.start) for claim in claims.values()] == [
        "2023-10-01", "2024-10-01", "2023-01-01", "2024-01-01",
    ]  # fmt: skip


def test_rows_below_a_part_are_of_that_part_until_the_total(read):
    claims = read(
        "Amazon third quarter 2024 results\n\nThree Months Ended September 30, in millions"
        " 2023 2024 AWS Net sales $ 23,059 $ 27,452 Operating income $ 6,976 $ 10,447"
        " Consolidated Operating income $ 11,188 $ 17,411\n"
    )
    assert claims["$ 10,447"].segment == "AWS"
    assert claims["$ 17,411"].segment is None


def test_prose_with_two_periods_is_no_table(read):
    claims = read(
        "Amazon\nAs of Q4 2025, trailing-twelve-month free cash flow stood at $5 billion."
    )
    assert claims["$5 billion"].metric == "free_cash_flow"
