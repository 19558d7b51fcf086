from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.claims import claim_row, printed_interval
from ingest.errors import InvalidClaimError

CLAIM = {
    "claim_id": "C1",
    "char_start": 9,
    "char_end": 22,
    "span_text": "$44.2 billion",
    "value": 44.2e9,
    "low": None,
    "high": None,
    "unit": "USD",
    "approx": False,
    "bound": None,
    "kind": "level",
    "metric": "capex_gross",
    "company": "AMZN",
    "segment": None,
    "period": {"start": "2026-01-01", "end": "2026-03-31", "instant": False, "label": "Q1 2026"},
    "comparison": {"type": "none"},
    "modality": "reported",
    "attribution": {"type": "unattributed", "name": None},
}
BODY = "It spent $44.2 billion in the quarter."


@pytest.mark.parametrize(
    ("span", "value", "low", "high"),
    [
        ("$44.2 billion", "44.2e9", "44.15e9", "44.25e9"),
        ("$244 billion", "244e9", "243.5e9", "244.5e9"),
        ("76%", "0.76", "0.755", "0.765"),
        ("$7.86", "7.86", "7.855", "7.865"),
        ("1,232 million", "1232e6", "1231.5e6", "1232.5e6"),
        ("(7.6) billion", "-7.6e9", "-7.65e9", "-7.55e9"),
    ],
)
def test_printed_digits_bound_what_a_number_can_stand_for(span, value, low, high):
    assert printed_interval(span, Decimal(value)) == (Decimal(low), Decimal(high))


@given(st.decimals(min_value="0.1", max_value="999.9", places=1))
def test_every_value_lies_in_its_own_interval(printed):
    low, high = printed_interval(f"${printed} billion", printed * 10**9)
    assert low <= printed * 10**9 < high
    assert high - low == Decimal(10) ** 8


def test_a_claim_becomes_a_row():
    row = claim_row(CLAIM, "a1", BODY)
    assert row["printed_low"] == 44.15e9
    assert str(row["period_end"]) == "2026-03-31"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"char_start": 0}, "the claim says"),
        ({"unit": "EUR"}, "unit 'EUR'"),
        ({"kind": "rumour"}, "kind 'rumour'"),
        ({"bound": "gt"}, "bound 'gt'"),
        ({"period": {"start": "soon", "end": None, "instant": True, "label": None}}, "soon"),
    ],
)
def test_a_claim_that_does_not_fit_is_refused_by_name(change, named):
    with pytest.raises(InvalidClaimError, match=named) as refusal:
        claim_row({**CLAIM, **change}, "a1", BODY)
    assert "article a1, claim C1" in str(refusal.value)


def test_a_claim_without_a_field_is_refused_by_name():
    incomplete = {key: value for key, value in CLAIM.items() if key != "metric"}
    with pytest.raises(InvalidClaimError, match="'metric' is missing"):
        claim_row(incomplete, "a1", BODY)


@pytest.mark.parametrize("span", ["dozens", "$0"])
def test_a_number_without_readable_digits_is_refused(span):
    with pytest.raises(InvalidClaimError):
        printed_interval(span, Decimal(24))
