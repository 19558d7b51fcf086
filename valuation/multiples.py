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

EpsBasis = Literal["ttm_reported", "ttm_without_non_operating_gains", "claimed"]


@dataclass(frozen=True, slots=True)
class Earnings:
    """Earnings per share on one basis, USD/shares.

    `gain_removed` is the after-tax non-operating gain per diluted share taken out of reported
    earnings, zero where nothing is taken out. Both are None if they cannot be formed, and
    `missing_reason` says why.
    """

    basis: EpsBasis
    label: str
    eps: Figure | None
    gain_removed: Figure | None
    missing_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ImpliedMultiple:
    """What a market value of `target_usd` says about price and earnings."""

    ticker: str
    thesis: str
    known_at: datetime
    target: str
    target_usd: float
    price_per_share: Figure
    earnings: Earnings

    @property
    def multiple_ratio(self) -> float | None:
        """Implied price ÷ earnings per share; None if earnings are not known or not positive."""
        eps = self.earnings.eps
        return self.price_per_share.value / eps.value if eps and eps.value > 0 else None


def price_per_share(market_cap_usd: float, shares: float) -> float:
    """Market value ÷ shares outstanding (USD/shares); ShareCountError if shares ≤ 0."""
    if shares <= 0:
        raise ShareCountError(f"a share count of {shares:g} is not positive")
    return market_cap_usd / shares


def market_cap(eps: float, multiple: float, shares: float) -> float:
    """EPS (USD/shares) × multiple (ratio) × shares outstanding, in USD."""
    return eps * multiple * shares


def implied_multiples(inputs: ValuationInputs, thesis: Thesis) -> tuple[ImpliedMultiple, ...]:
    """One row per target of the thesis and earnings basis.

    Earnings that cannot be formed leave a row with the reason. Raises MissingInputError if shares
    outstanding are not known, AssumptionError if the thesis is about another company.
    """
    if thesis.ticker != inputs.ticker:
        raise AssumptionError(f"{thesis.id}: is about {thesis.ticker}, not {inputs.ticker}")
    shares = inputs.get("shares_outstanding")
    earnings = (
        _or_reason("ttm_reported", "reported, trailing twelve months", inputs, reported_earnings),
        _or_reason(
            "ttm_without_non_operating_gains",
            "trailing twelve months without non-operating gains",
            inputs,
            earnings_without_gains,
        ),
        _claimed(thesis),
    )
    return tuple(
        ImpliedMultiple(
            ticker=inputs.ticker,
            thesis=thesis.id,
            known_at=inputs.known_at,
            target=target.name,
            target_usd=target.market_value_usd,
            price_per_share=_implied_price(target, shares),
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
