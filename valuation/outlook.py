"""What a simulation says of a company: the next years, the value of the equity, market value.

Each part of it needs its own figures: operations do without a balance sheet, market value does not
do without a price. Whoever asks for a part that lacks a figure is told which.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from registry.assumptions import PartName, Scenario
from registry.methods import Methods
from valuation.cashflow import Quantity
from valuation.distributions import Array, Marginal
from valuation.errors import MissingInputError
from valuation.history import Spread
from valuation.inputs import ValuationInputs
from valuation.market import Market
from valuation.model import (
    Position,
    diluted_count,
    equity_value,
    first_year,
    first_year_capex,
    first_year_operating_income,
    part_flows,
)
from valuation.provenance import Figure, combine
from valuation.scenarios import position, resolve_drivers
from valuation.simulation import DrawnDrivers, Sample, Sampling, drawn_drivers, simulate

MARKET_MOVE = "market_move"
"""The score of the price's own move: drawn beside the drivers, independent of them."""

EQUITY = "equity_value_usd"
PER_SHARE = "value_per_share_usd"
CLOUD_REVENUE = "cloud_revenue_usd"
OPERATING_INCOME = "operating_income_usd"
CAPEX = "capex_usd"
MARKET_CAP = "market_cap_at_horizon_usd"

Variable = tuple[str, int | None]
"""A quantity and the forecast year it is of, None where it is of none."""


@dataclass(frozen=True)
class Outlook:
    """Draws of a scenario, and what they rest on.

    `market` and `volatility` are None, with the reason in `market_gap`, where no price or too few
    closes are known.
    """

    drivers: Mapping[str, Figure]
    drawn: DrawnDrivers
    samples: Mapping[Variable, Sample]
    market: Market | None
    volatility: Spread | None
    market_gap: str | None
    figure: Figure

    def sample(self, variable: str, year: int | None = None) -> Sample:
        """The draws of one quantity."""
        return self.samples[variable, year]


def prepare(
    inputs: ValuationInputs, scenario: Scenario, methods: Methods
) -> tuple[dict[str, Figure], DrawnDrivers]:
    """The drivers of a scenario and how they vary; errors as `resolve_drivers`, `drawn_drivers`."""
    drivers = resolve_drivers(inputs, scenario)
    least = methods.priors.minimum_observations
    return drivers, drawn_drivers(inputs, scenario, drivers, least)


def market_of(
    inputs: ValuationInputs, drivers: Mapping[str, Figure], methods: Methods
) -> tuple[Market, Spread]:
    """How market value moves: from the last close on, with the cost of capital as its mean growth.

    Raises MissingInputError without a price, shares outstanding, or enough closes for a volatility.
    """
    shares, price = inputs.get("shares_outstanding"), inputs.get("share_price")
    declared = methods.market
    volatility = inputs.history.volatility(declared.minimum_closes)
    if volatility is None:
        reason = f"fewer than {declared.minimum_closes} closes are on hand"
        raise MissingInputError(inputs.ticker, "volatility", "", inputs.known_at, reason)
    return (
        Market(
            market_cap_usd=shares.value * price.value,
            expected_return=drivers["wacc"].value,
            volatility=volatility.figure.value,
            horizon_years=declared.horizon_years,
            gap_closure=declared.gap_closure,
            closes_per_year=declared.closes_per_year,
            barrier_shift=declared.barrier_shift,
        ),
        volatility,
    )


def with_market_move(drawn: DrawnDrivers) -> DrawnDrivers:
    """The same drivers, and a score of the price's own move beside them."""
    size = len(drawn.marginals)
    root = np.eye(size + 1)
    root[:size, :size] = drawn.root
    own = {MARKET_MOVE: Marginal("normal", 0.0, spread=1.0)}
    return replace(drawn, marginals={**drawn.marginals, **own}, root=root)


def simulate_company(
    inputs: ValuationInputs, scenario: Scenario, methods: Methods, sampling: Sampling
) -> Outlook:
    """Draws of everything the company's figures allow.

    Raises MissingInputError for a figure not known, AssumptionError for drivers or correlations
    that do not fit, DiscountRateError for WACC − terminal growth below the floor in a draw,
    ShareCountError for a share count that is not positive in one.
    """
    drivers, drawn = prepare(inputs, scenario, methods)
    held, ppe = position(inputs, scenario.cloud_segment), inputs.get("ppe_net")
    shares = inputs.get("diluted_shares")
    market, volatility, gap = None, None, None
    try:
        market, volatility = market_of(inputs, drivers, methods)
    except MissingInputError as error:
        gap = str(error)

    def outputs(values: Mapping[str, Quantity]) -> dict[Variable, Quantity]:
        return company_outputs(held, ppe.value, shares.value, values, market)

    samples = simulate(with_market_move(drawn), outputs, sampling)
    sources = (
        *drivers.values(),
        *(spread.figure for spread in drawn.spreads.values()),
        ppe,
        shares,
    )
    return Outlook(
        drivers=drivers,
        drawn=drawn,
        samples=samples,
        market=market,
        volatility=volatility,
        market_gap=gap,
        figure=combine(0.0, "USD", (*sources, *_filed(inputs, scenario))),
    )


def company_outputs(
    held: Position,
    ppe_usd: float,
    shares: float,
    drivers: Mapping[str, Quantity],
    market: Market | None,
) -> dict[Variable, Quantity]:
    """Every quantity of an outlook at given drivers."""
    equity = equity_value(held, drivers)
    first = first_year(held.revenue_usd, drivers)
    cloud: PartName = "cloud"
    revenues: dict[Variable, Quantity] = {
        (CLOUD_REVENUE, year): flow.revenue
        for year, flow in enumerate(part_flows(held.revenue_usd[cloud], drivers, cloud), start=1)
    }
    found: dict[Variable, Quantity] = {
        (EQUITY, None): equity,
        (PER_SHARE, None): equity / diluted_count(shares, drivers),
        **revenues,
        (OPERATING_INCOME, 1): first_year_operating_income(first),
        (CAPEX, 1): first_year_capex(first, ppe_usd, drivers),
    }
    if market is not None:
        found[MARKET_CAP, None] = market.at_horizon(equity, drivers[MARKET_MOVE])
    return found


def _filed(inputs: ValuationInputs, scenario: Scenario) -> tuple[Figure, ...]:
    names = ("ttm_net_sales", "cash", "securities", "debt", "lease_liabilities")
    cloud = inputs.get("ttm_segment_revenue", scenario.cloud_segment)
    since = inputs.get("free_cash_flow_since_balance_sheet")
    return (*(inputs.get(name) for name in names), cloud, since)


def equity_chances(sample: Sample, market: Market, target_usd: float) -> dict[str, Array]:
    """Chances of the two events of the market given each draw of the equity, by event."""
    return {
        "market_cap_at_horizon_at_least": market.chance_at_horizon(sample.values, target_usd),
        "closes_at_least_before_horizon": market.chance_before_horizon(sample.values, target_usd),
    }
