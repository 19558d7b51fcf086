"""Multiples: VALUATION.md's cross-check, the gain removed, and honest gaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.assumptions import load_theses
from valuation.errors import AssumptionError, MissingInputError, ShareCountError
from valuation.multiples import implied_multiples, market_cap, price_per_share
from valuation.provenance import Figure

TTM_TAX = 40_000e6  # illustrative: FY2025's is on no filing on hand


@pytest.fixture(scope="module")
def thesis():
    return load_theses()[0]


def by_key(multiples):
    return {(row.target, row.earnings.basis): row for row in multiples}


@pytest.mark.parametrize(
    ("target", "price", "multiple"),
    [("three_trillion", 278.13, 35.4), ("three_point_three_trillion", 305.94, 38.9)],
)
def test_targets_on_claimed_earnings(amazon, thesis, target, price, multiple):
    row = by_key(implied_multiples(amazon.inputs(), thesis))[target, "claimed"]
    assert row.earnings.eps.value == 7.86
    assert row.price_per_share.value == pytest.approx(price, abs=0.005)
    assert row.multiple_ratio == pytest.approx(multiple, abs=0.05)


def test_reported_earnings_hold_all_gains(amazon, thesis):
    row = by_key(implied_multiples(amazon.inputs(), thesis))["three_trillion", "ttm_reported"]
    assert row.earnings.eps.value == pytest.approx(12.43)
    assert row.earnings.gain_removed.value == 0
    assert row.multiple_ratio == pytest.approx(278.13 / 12.43, abs=0.005)


def test_gain_removed_is_taxed_at_the_effective_rate(amazon, thesis):
    multiples = implied_multiples(amazon.inputs(ttm_income_tax=TTM_TAX), thesis)
    earnings = by_key(multiples)["three_trillion", "ttm_without_non_operating_gains"].earnings
    pretax = 135_281e6 + TTM_TAX
    gain = (pretax - 93_712e6) * (135_281e6 / pretax) / 10_903e6
    assert earnings.gain_removed.value == pytest.approx(gain, rel=1e-12)
    assert earnings.eps.value == pytest.approx(12.43 - gain, rel=1e-12)


@pytest.mark.parametrize(
    ("tax", "reason"), [(None, "ttm_income_tax is not known"), (-200_000e6, "means nothing")]
)
def test_earnings_that_cannot_be_formed_leave_the_reason(amazon, thesis, tax, reason):
    multiples = implied_multiples(amazon.inputs(ttm_income_tax=tax), thesis)
    row = by_key(multiples)["three_trillion", "ttm_without_non_operating_gains"]
    assert row.earnings.eps is None
    assert row.multiple_ratio is None
    assert reason in row.earnings.missing_reason


def test_operating_earnings_leave_gains_out_without_the_income_tax_on_file(amazon, thesis):
    rate = Figure(0.20, "ratio", "derived")
    rows = by_key(implied_multiples(amazon.inputs(), thesis, rate))
    row = rows["three_trillion", "ttm_operating"]
    operating = 93_712 * 0.8 / 10_903
    assert row.earnings.eps.value == pytest.approx(operating, rel=1e-12)
    assert row.earnings.gain_removed.value == pytest.approx(12.43 - operating, rel=1e-9)
    assert row.multiple_ratio == pytest.approx(3e12 / 10_786_313_572 / operating, rel=1e-12)
    assert row.current_multiple_ratio == pytest.approx(274.48 / operating, rel=1e-12)


def test_operating_earnings_need_a_tax_rate(amazon, thesis):
    bases = {row.earnings.basis for row in implied_multiples(amazon.inputs(), thesis)}
    assert "ttm_operating" not in bases


def test_current_multiple_needs_a_price(amazon, thesis):
    rows = implied_multiples(amazon.inputs(share_price=None), thesis)
    assert {row.current_multiple_ratio for row in rows} == {None}


def test_no_multiple_of_a_loss(amazon, thesis):
    rows = by_key(implied_multiples(amazon.inputs(ttm_diluted_eps=-0.27), thesis))
    assert rows["three_trillion", "ttm_reported"].multiple_ratio is None


@given(eps=st.floats(0.01, 100), multiple=st.floats(1, 200), shares=st.floats(1e6, 1e11))
def test_market_cap_and_multiple_are_inverse(eps, multiple, shares):
    cap = market_cap(eps, multiple, shares)
    assert price_per_share(cap, shares) / eps == pytest.approx(multiple, rel=1e-12)


def test_share_count_must_be_positive():
    with pytest.raises(ShareCountError):
        price_per_share(3e12, 0.0)


def test_shares_outstanding_are_needed(amazon, thesis):
    with pytest.raises(MissingInputError, match="shares_outstanding"):
        implied_multiples(amazon.inputs(shares_outstanding=None), thesis)


def test_thesis_about_another_company_is_refused(amazon, thesis):
    with pytest.raises(AssumptionError, match="is about MSFT, not AMZN"):
        implied_multiples(amazon.inputs(), thesis.model_copy(update={"ticker": "MSFT"}))
