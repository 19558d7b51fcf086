"""Formulas of the books that the code under test must agree with and does not itself use.

Sources: Brealey, Myers, Allen, *Principles of Corporate Finance* (annuities); Gneiting and Raftery
2007 (interval score).
"""

from collections.abc import Sequence
from math import expm1, log1p

from valuation.cashflow import discount_factors


def present_value(cash_flows: Sequence[float], rate: float) -> float:
    """Flows at the end of years 1, 2, … by the discount factors the code uses."""
    factors = discount_factors(rate, len(cash_flows))
    return sum(flow * factor for flow, factor in zip(cash_flows, factors, strict=True))


def growing_annuity_value(first_flow: float, rate: float, growth: float, years: int) -> float:
    """CF₁ / (w − g) · (1 − ((1+g)/(1+w))^n); for w = g it is n · CF₁ / (1 + w)."""
    excess = (growth - rate) / (1 + rate)
    terms = years if excess == 0 else expm1(years * log1p(excess)) / excess
    return first_flow * terms / (1 + rate)


def depreciation_to_capex(growth: float, life_years: float) -> float:
    """D&A ÷ capex when capex has always grown at g: (1 − (1+g)^−L) / (g·L); 1 without growth."""
    if growth == 0:
        return 1.0
    return -expm1(-life_years * log1p(growth)) / (growth * life_years)


def interval_score(coverage: float, low: float, high: float, outcome: float) -> float:
    """Width of a central interval, and 2/α times what the outcome lies outside it."""
    outside = max(low - outcome, 0.0, outcome - high)
    return high - low + 2 / (1 - coverage) * outside
