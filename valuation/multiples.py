"""Multiples: the price per share and the price-earnings multiple a market value implies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from registry.assumptions import Target, Thesis
from valuation.errors import (
    AssumptionError,
    MissingInputError,
    ShareCountError,
    UndefinedRatioError,
)
from valuation.inputs import ValuationInputs
from valuation.provenance import Figure, combine, divide

EpsBasis = Literal["ttm_reported", "ttm_without_non_operating_gains", "ttm_operating", "claimed"]


@dataclass(frozen=True, slots=True)
class Earnings:
    """Earnings per share on one basis, USD/shares.

    `gain_removed` is what is taken out of reported earnings per diluted share, after tax, because
    it did not come from operations; zero where nothing is taken out. Both are None if they cannot
    be formed, and `missing_reason` says why.
    """

    basis: EpsBasis
    label: str
    eps: Figure | None
    gain_removed: Figure | None
    missing_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ImpliedMultiple:
    """What a market value of `target_usd` says about price and earnings.

    `share_price` is the last close, USD/shares, to hold the implied price against; None if unknown.
    """

    ticker: str
    thesis: str
    known_at: datetime
    target: str
    target_usd: float
    price_per_share: Figure
    share_price: Figure | None
    earnings: Earnings

    @property
    def multiple_ratio(self) -> float | None:
        """Implied price ÷ earnings per share; None if earnings are not known or not positive."""
        return _multiple(self.price_per_share, self.earnings.eps)

    @property
    def current_multiple_ratio(self) -> float | None:
        """Last close ÷ earnings per share; None if either is not known or earnings not positive."""
        return _multiple(self.share_price, self.earnings.eps)


def _multiple(price: Figure | None, eps: Figure | None) -> float | None:
    return price.value / eps.value if price and eps and eps.value > 0 else None


def price_per_share(market_cap_usd: float, shares: float) -> float:
    """Market value ÷ shares outstanding (USD/shares); ShareCountError if shares ≤ 0."""
    if shares <= 0:
        raise ShareCountError(f"a share count of {shares:g} is not positive")
    return market_cap_usd / shares


def market_cap(eps: float, multiple: float, shares: float) -> float:
    """EPS (USD/shares) × multiple (ratio) × shares outstanding, in USD."""
    return eps * multiple * shares


def implied_multiples(
    inputs: ValuationInputs, thesis: Thesis, tax_rate: Figure | None = None
) -> tuple[ImpliedMultiple, ...]:
    """One row per target of the thesis and earnings basis.

    With a `tax_rate` (ratio; the base scenario's) operating earnings are one of the bases. A basis
    that cannot be formed leaves a row with the reason. Raises MissingInputError if shares
    outstanding are not known, AssumptionError if the thesis is about another company.
    """
    if thesis.ticker != inputs.ticker:
        raise AssumptionError(f"{thesis.id}: is about {thesis.ticker}, not {inputs.ticker}")
    shares = inputs.get("shares_outstanding")
    earnings = [
        _or_reason("ttm_reported", "reported, trailing twelve months", inputs, reported_earnings),
        _or_reason(
            "ttm_without_non_operating_gains",
            "trailing twelve months without non-operating gains",
            inputs,
            earnings_without_gains,
        ),
        *([_operating(inputs, tax_rate)] if tax_rate else []),
        _claimed(thesis),
    ]
    return tuple(
        ImpliedMultiple(
            ticker=inputs.ticker,
            thesis=thesis.id,
            known_at=inputs.known_at,
            target=target.name,
            target_usd=target.market_value_usd,
            price_per_share=_implied_price(target, shares),
            share_price=inputs.find("share_price"),
            earnings=basis,
        )
        for target in thesis.targets
        for basis in earnings
    )


def reported_earnings(inputs: ValuationInputs) -> tuple[Figure, Figure]:
    """Reported trailing diluted EPS, and nothing removed (USD/shares)."""
    eps = inputs.get("ttm_diluted_eps")
    return eps, combine(0.0, "USD/shares", (eps,))


def earnings_without_gains(inputs: ValuationInputs) -> tuple[Figure, Figure]:
    """Trailing diluted EPS without non-operating gains, and the gain removed (USD/shares).

    Gain = net income + income tax − operating income, taxed at the effective rate of the same
    twelve months (income tax ÷ pre-tax income), over diluted shares. Interest and the results of
    equity-method investees are non-operating too and go with it. What is left is operating income
    taxed at the effective rate, but for the four quarters' share counts under the reported EPS.
    """
    net_income, tax = inputs.get("ttm_net_income"), inputs.get("ttm_income_tax")
    operating_income = inputs.get("ttm_operating_income")
    pretax = combine(net_income.value + tax.value, "USD", (net_income, tax))
    tax_rate = divide(tax, pretax, "ratio")
    gain = combine(
        (pretax.value - operating_income.value) * (1 - tax_rate.value),
        "USD",
        (pretax, operating_income, tax_rate),
    )
    removed = divide(gain, inputs.get("diluted_shares"), "USD/shares")
    eps = inputs.get("ttm_diluted_eps")
    return combine(eps.value - removed.value, "USD/shares", (eps, removed)), removed


def operating_earnings(inputs: ValuationInputs, tax_rate: Figure) -> tuple[Figure, Figure]:
    """Trailing operating earnings per diluted share, and reported EPS less them (USD/shares).

    EPS = operating income · (1 − tax rate) ÷ diluted shares (NOPAT per share). The tax rate is
    declared, so the income tax of the twelve months need not be on file; the difference to reported
    EPS then also holds the gap between the two tax rates.
    """
    operating_income = inputs.get("ttm_operating_income")
    nopat = combine(
        operating_income.value * (1 - tax_rate.value), "USD", (operating_income, tax_rate)
    )
    eps = divide(nopat, inputs.get("diluted_shares"), "USD/shares")
    reported = inputs.get("ttm_diluted_eps")
    return eps, combine(reported.value - eps.value, "USD/shares", (reported, eps))


def _operating(inputs: ValuationInputs, tax_rate: Figure) -> Earnings:
    return _or_reason(
        "ttm_operating",
        f"trailing operating income taxed at the base scenario's {tax_rate.value:.0%}",
        inputs,
        lambda given: operating_earnings(given, tax_rate),
    )


def _or_reason(
    basis: EpsBasis,
    label: str,
    inputs: ValuationInputs,
    form: Callable[[ValuationInputs], tuple[Figure, Figure]],
) -> Earnings:
    try:
        eps, gain = form(inputs)
    except (MissingInputError, UndefinedRatioError) as error:
        return Earnings(basis, label, None, None, str(error))
    return Earnings(basis, label, eps, gain)


def _claimed(thesis: Thesis) -> Earnings:
    claimed = thesis.claimed_eps
    eps = Figure(claimed.value, "USD/shares", "estimated")
    return Earnings(
        "claimed",
        f"claimed for fiscal year {claimed.fiscal_year}",
        eps,
        Figure(0.0, "USD/shares", "estimated"),
    )


def _implied_price(target: Target, shares: Figure) -> Figure:
    return combine(price_per_share(target.market_value_usd, shares.value), "USD/shares", (shares,))
