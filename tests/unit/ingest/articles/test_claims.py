"""Claims as rows and as JSON, and what a printed number can stand for."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.claims import (
    Attribution,
    Claim,
    Comparison,
    article_rows,
    claim_json,
    find_claims,
    printed_interval,
    printed_range,
)
from ingest.articles.extraction.periods import Period
from ingest.articles.loading import claims_frame
from ingest.articles.schema import CLAIMS
from ingest.errors import InvalidClaimError, OversizedArticleError

BODY = "It spent $44.2 billion in the quarter."
QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "Q1 2026")
CLAIM = Claim(
    char_start=9,
    char_end=22,
    span_text="$44.2 billion",
    value=44.2e9,
    low=None,
    high=None,
    unit="USD",
    kind="level",
    metric="capex_gross",
    company="AMZN",
    period=QUARTER,
)

DAY = date(2026, 5, 14)
ARTICLE = {
    "article_id": "a1", "article_version": 2, "body": BODY, "source": "embedded", "address": "",
    "published_at": DAY,
}  # fmt: skip
ARTICLES_FRAME = pl.DataFrame([ARTICLE])


class Finding:
    """An extractor of somebody's own: it finds what it was made with, or fails with it."""

    name = "finding"

    def __init__(self, *found):
        self.found = found

    def extract(self, text, published_at):
        for each in self.found:
            if isinstance(each, Exception):
                raise each
        return self.found


@pytest.mark.parametrize(
    ("span", "value", "low", "high"),
    [
        ("$44.2 billion", "44.2e9", "44.15e9", "44.25e9"),
        ("$244 billion", "244e9", "243.5e9", "244.5e9"),
        ("76%", "0.76", "0.755", "0.765"),
        ("$7.86", "7.86", "7.855", "7.865"),
        ("1,232 million", "1232e6", "1231.5e6", "1232.5e6"),
        ("(7.6) billion", "-7.6e9", "-7.65e9", "-7.55e9"),
        ("17 and a half billion", "17.5e9", "17.45e9", "17.55e9"),
        ("dollar 36", "1.36", "1.355", "1.365"),
        ("a hundred and five billion", "105e9", "104.5e9", "105.5e9"),
        ("doubled", "2", "1.95", "2.05"),
        ("half", "0.5", "0.495", "0.505"),
        ("$0", "0", "-0.05", "0.05"),
    ],
)
def test_printed_digits_bound_what_a_number_can_stand_for(span, value, low, high):
    assert printed_interval(span, Decimal(value)) == (Decimal(low), Decimal(high))


@given(st.decimals(min_value="0.1", max_value="999.9", places=1))
def test_every_value_lies_in_its_own_interval(printed):
    low, high = printed_interval(f"${printed} billion", printed * 10**9)
    assert low <= printed * 10**9 < high
    assert high - low == Decimal(10) ** 8


@pytest.mark.parametrize(
    ("span", "low", "high", "expected"),
    [
        ("27% to 28%", "0.27", "0.28", ("0.265", "0.285")),
        ("$174-179.5 billion", "174e9", "179.5e9", ("173.5e9", "179.55e9")),
        ("4% to 7%", "-0.07", "-0.04", ("-0.075", "-0.035")),
        ("high teens", "0.17", "0.19", ("0.165", "0.195")),
        ("$44.2 billion", "44.2e9", "44.2e9", ("44.15e9", "44.25e9")),
    ],
)
def test_both_ends_of_a_range_stand_for_their_last_digit(span, low, high, expected):
    assert printed_range(span, Decimal(low), Decimal(high)) == tuple(map(Decimal, expected))


def test_a_claim_becomes_a_row():
    (row,) = article_rows(ARTICLE, Finding(CLAIM))
    assert row["printed_low"] == 44.15e9
    assert str(row["period_end"]) == "2026-03-31"
    assert row["is_instant"] is False


def test_a_claim_becomes_a_labelled_object():
    labelled = claim_json(CLAIM, "C1", "a1")
    assert labelled["period"] == {
        "start": "2026-01-01", "end": "2026-03-31", "instant": False, "label": "Q1 2026",
    }  # fmt: skip
    assert (labelled["article"], labelled["comparison"]["type"]) == ("a1", "none")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"char_start": 0}, "the claim says"),
        ({"unit": "EUR"}, "unit 'EUR'"),
        ({"kind": "rumour"}, "kind 'rumour'"),
        ({"metric": "nonsense"}, "metric 'nonsense'"),
        ({"of_metric": "nonsense"}, "of_metric 'nonsense'"),
        ({"comparison": Comparison("once")}, "comparison 'once'"),
        ({"attribution": Attribution("a bird")}, "attribution 'a bird'"),
        ({"bound": "gt"}, "bound 'gt'"),
        ({"modality": "sworn"}, "modality 'sworn'"),
        ({"value": None}, "neither a value nor a low and a high"),
        ({"value": float("inf")}, "neither a value nor a low and a high"),
    ],
)
def test_a_claim_that_does_not_fit_is_refused_by_name(change, named):
    with pytest.raises(InvalidClaimError, match=named) as refusal:
        find_claims(Finding(replace(CLAIM, **change)), "a1", BODY, DAY)
    assert "article a1, claim C1" in str(refusal.value)


def test_two_claims_of_one_place_are_refused():
    with pytest.raises(InvalidClaimError, match="claim C2: begins at 9"):
        find_claims(Finding(CLAIM, replace(CLAIM, metric="other")), "a1", BODY, DAY)


def test_an_extractor_that_fails_is_named():
    with pytest.raises(InvalidClaimError, match="article a1: the extractor 'finding' failed: Key"):
        find_claims(Finding(KeyError("two quarters")), "a1", BODY, DAY)


def test_more_numbers_than_an_article_has_are_refused_before_they_are_read():
    with pytest.raises(OversizedArticleError, match="20,001 numbers"):
        find_claims(Finding(AssertionError("read")), "a1", "5% " * 20_001, DAY)


def test_whoever_finds_claims_they_become_rows_of_the_same_table():
    rows, rejects = claims_frame(ARTICLES_FRAME, Finding(CLAIM))
    assert rows.schema == CLAIMS
    assert rows["claim_id"].to_list() == ["C1"]
    assert set(rows["extractor"]) == {"finding"}
    assert set(rows["article_version"]) == {2}
    assert rejects.is_empty()


def test_an_article_that_cannot_be_read_is_a_reject_and_stops_no_other():
    articles = pl.concat([ARTICLES_FRAME, ARTICLES_FRAME.with_columns(body=pl.lit("Nothing."))])
    rows, rejects = claims_frame(articles, Finding(CLAIM))
    assert rows.height == 1
    assert rejects.select("table_name", "file", "reason").rows() == [
        ("articles", "a1", "invalid_claim")
    ]
