"""Forms of numbers, and what only looks like one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.extraction.numerals import find_numerals


def values(text):
    return [
        (text[n.start : n.end], float(n.low), float(n.high), n.unit) for n in find_numerals(text)
    ]


@pytest.mark.parametrize(
    ("text", "span", "value", "unit"),
    [
        ("It spent $44.2B then", "$44.2B", 44.2e9, "USD"),
        ("a bill of US$ 1,250 million", "US$ 1,250 million", 1.25e9, "USD"),
        ("worth 1.5tn dollars", "1.5tn dollars", 1.5e12, "USD"),
        ("USD 20 billion of notes", "USD 20 billion", 20e9, "USD"),
        ("3.3 trillion in all", "3.3 trillion", 3.3e12, ""),
        ("up 76 % on the year", "76 %", 0.76, "ratio"),
        ("up 9 per cent", "9 per cent", 0.09, "ratio"),
        ("margins gained 150 bps", "150 bps", 0.015, "points"),
        ("a 190-basis-point gain", "190-basis-point", 0.019, "points"),
        ("wider by 2.5 percentage points", "2.5 percentage points", 0.025, "points"),
        ("at 33x earnings", "33x", 33, "multiple"),
        ("at 12× sales", "12×", 12, "multiple"),
        ("about 28 times", "28 times", 28, "multiple"),
        ("850 megawatts of power", "850 megawatts", 850e6, "W"),
        ("2.9 GW", "2.9 GW", 2.9e9, "W"),
        ("over 24 months", "24 months", 2, "years"),
        ("a hundred and five billion dollars", "a hundred and five billion dollars", 105e9, "USD"),
        ("17 and a half billion", "17 and a half billion", 17.5e9, ""),
        ("two and a half percent", "two and a half percent", 0.025, "ratio"),
        ("seventy-seven point seven billion", "seventy-seven point seven billion", 77.7e9, ""),
        ("paid 68 cents a share", "68 cents", 0.68, "USD"),
        ("the dollar 36 they wanted", "dollar 36", 1.36, "USD"),
        ("three dollars 46", "three dollars 46", 3.46, "USD"),
        ("nearly doubled", "doubled", 2, "multiple"),
        ("grew fourfold", "fourfold", 4, "multiple"),
        ("half of the orders", "half", 0.5, "ratio"),
        ("two-thirds of it", "two-thirds", 2 / 3, "ratio"),
        ("negative $24.7 billion", "negative $24.7 billion", -24.7e9, "USD"),
        ("fell -0.59%", "-0.59%", -0.0059, "ratio"),
        ("costs (7) % lower", "(7) %", -0.07, "ratio"),
    ],
)
def test_a_number_in_each_form(text, span, value, unit):
    found = values(text)
    assert [each[0] for each in found] == [span]
    assert found[0][1] == pytest.approx(value)
    assert found[0][3] == unit


@pytest.mark.parametrize(
    ("text", "span", "low", "high"),
    [
        ("capex of $87-89 billion", "$87-89 billion", 87e9, 89e9),
        ("between $0 and $40 million", "$0 and $40 million", 0, 40e6),
        (
            "a range of 13 billion to 17 billion dollars",
            "13 billion to 17 billion dollars",
            13e9,
            17e9,
        ),
        ("growth of 17–20 %", "17–20 %", 0.17, 0.20),
        ("estimates run from $68 billion to $75 billion", "$68 billion to $75 billion", 68e9, 75e9),
        ("150 to 200 basis points", "150 to 200 basis points", 0.015, 0.02),
        ("71.0% ±50 bps", "71.0% ±50 bps", 0.705, 0.715),
        ("$43.0B ±2%", "$43.0B ±2%", 42.14e9, 43.86e9),
        ("in the high teens", "high teens", 0.17, 0.19),
        ("a mid-seventies margin", "mid-seventies", 0.74, 0.76),
    ],
)
def test_a_range_is_one_number(text, span, low, high):
    assert values(text) == [(span, pytest.approx(low), pytest.approx(high), values(text)[0][3])]


@pytest.mark.parametrize(
    "text",
    [
        "rose from $20 billion to $23 billion",
        "up 24% to $1.27",
        "13% and 12% in constant currency",
        "up 15% from $20 billion to $23 billion",
    ],
)
def test_figures_joined_by_a_word_stay_apart(text):
    assert all(low == high for _, low, high, _ in values(text))


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-04-30 and April 29, 2026 at 08:14",
        "Q1 and FY2026 and 3Q25 and F2Q26",
        "in 2024, and since 2019",
        "call +1 (404) 555-0143 or 555-0143",
        "an H100, a GB200 and ts2.tech",
        "see https://example.com/2026/05/14/up-76-percent",
        "the 10th time",
        "€5 billion and 3 billion yuan",
    ],
)
def test_what_only_looks_like_a_number_of_a_claim(text):
    assert values(text) == []


@given(
    st.decimals(min_value="0.1", max_value="999.9", places=1),
    st.sampled_from([("million", 10**6), ("billion", 10**9), ("trillion", 10**12)]),
)
def test_what_is_printed_is_what_is_read(amount, scale):
    word, factor = scale
    [numeral] = find_numerals(f"It was ${amount} {word} then")
    assert numeral.low == numeral.high == Decimal(str(amount)) * factor


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing_and_spans_are_in_order(text):
    found = find_numerals(text)
    edges = [edge for numeral in found for edge in (numeral.start, numeral.end)]
    assert edges == sorted(edges)
    assert all(numeral.end <= len(text) for numeral in found)
