"""Scenarios: declared assumptions applied to filed inputs, from operations to equity per share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from registry.assumptions import (
    BASE_SCENARIO,
    DRIVERS,
    ORDERED_SCENARIOS,
    PARTS,
    Assumption,
    Basis,
    PartName,
    Scenario,
)
from valuation.cashflow import Opening, PartValue, PathYear, consolidate, total, value_part
from valuation.errors import (
    AssumptionError,
    DiscountRateError,
    ShareCountError,
)
from valuation.inputs import ValuationInputs
from valuation.model import (
    CAPITAL_DRIVER_NAMES,
    PART_DRIVER_NAMES,
    Position,
    capital_drivers,
    diluted_count,
    part_drivers,
)
from valuation.provenance import Figure, Status, combine, divide

_STATUS_OF_BASIS: dict[Basis, Status] = {
    "filing": "reported",
    "derived": "derived",
    "published": "estimated",
    "judgement": "assumed",
}


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """One line from enterprise value to equity, in USD; a total sums the lines above it."""

    item: str
    figure: Figure
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What a company is worth under one scenario, and how that came about.

    Attributes:
        drivers: value used for each driver, in the driver's unit.
        parts: path and enterprise value of the cloud and of the rest.
        bridge: enterprise value by part to equity, in order; its last step is equity.
        diluted_shares: diluted shares after net dilution.
        shares_outstanding: shares of the newest cover page, which market value is counted on.
        balance_sheet_date: day of the cash, securities, debt and leases in the bridge.
        share_price: last close, USD/shares, and its day; None if not known.
        backlog_floor: backlog ÷ remaining life, USD: what is contracted for the next twelve
            months if it is earned evenly. A check beside year 1 cloud revenue, not an input to it.
    """

    ticker: str
    scenario: str
    known_at: datetime
    drivers: Mapping[str, Figure]
    parts: Mapping[PartName, PartValue]
    bridge: tuple[BridgeStep, ...]
    diluted_shares: Figure
    shares_outstanding: Figure
    balance_sheet_date: date
    share_price: Figure | None
    share_price_date: date | None
    backlog_floor: Figure

    @property
    def company_path(self) -> tuple[PathYear, ...]:
        """The paths of the parts, summed."""
        return consolidate([self.parts[part].path for part in PARTS])

    @property
    def equity(self) -> Figure:
        """Value of the equity, USD."""
        return self.bridge[-1].figure

    @property
    def value_per_share(self) -> Figure:
        """Equity ÷ diluted shares after net dilution, USD/shares."""
        shares = self.diluted_shares
        return combine(self.equity.value / shares.value, "USD/shares", (self.equity, shares))

    @property
    def market_cap_usd(self) -> float | None:
        """Shares outstanding at the share price, USD; None without a price."""
        return self.shares_outstanding.value * self.share_price.value if self.share_price else None

    @property
    def upside_ratio(self) -> float | None:
        """Value per share over share price, less 1; None without a price."""
        return self.value_per_share.value / self.share_price.value - 1 if self.share_price else None

    @property
    def ntm_cloud_revenue_usd(self) -> float:
        """Cloud revenue of forecast year 1, the next twelve months."""
        return self.parts["cloud"].path[0].revenue_usd

    @property
    def enterprise_value_usd(self) -> float:
        """Sum of the parts' enterprise values."""
        return sum(part.enterprise_value_usd for part in self.parts.values())

    @property
    def terminal_present_value_usd(self) -> float:
        """What lies beyond the horizon, as of today."""
        return sum(part.terminal_present_value_usd for part in self.parts.values())

    @property
    def terminal_share_ratio(self) -> float:
        """Share of enterprise value that lies beyond the horizon."""
        return self.terminal_present_value_usd / self.enterprise_value_usd

    @property
    def implied_exit_multiple_ratio(self) -> float:
        """Terminal value ÷ last year's operating income, to hold against the declared multiple."""
        terminal = sum(part.terminal_value_usd for part in self.parts.values())
        return terminal / self.company_path[-1].operating_income_usd

    @property
    def exit_multiple_equity_usd(self) -> float:
        """Equity with the declared multiple of last year's operating income as terminal value.

        A cross-check on the value-driver formula, not a second opinion on the forecast.
        """
        last = self.company_path[-1]
        sale = self.drivers["exit_multiple"].value * last.operating_income_usd
        return (
            self.equity.value - self.terminal_present_value_usd + sale * last.discount_factor_ratio
        )


def value_scenario(inputs: ValuationInputs, scenario: Scenario) -> ScenarioResult:
    """Value `inputs` under `scenario`.

    Raises MissingInputError for a figure not known, AssumptionError for a driver that does not fit,
    UndefinedRatioError for a ratio over a figure that is not positive, DiscountRateError for WACC −
    terminal growth below the declared floor, ShareCountError for a share count not positive.
    """
    if scenario.ticker != inputs.ticker:
        raise AssumptionError(f"{scenario.label}: applied to the inputs of {inputs.ticker}")
    drivers = resolve_drivers(inputs, scenario)
    revenues = opening_revenues(inputs, scenario.cloud_segment)
    ppes = _opening_ppes(inputs, drivers)
    parts = {
        part: _value_part(scenario, part, revenues[part], ppes[part], drivers) for part in PARTS
    }
    operations = {
        part: combine(
            parts[part].enterprise_value_usd,
            "USD",
            _sources(part, revenues[part], ppes[part], drivers),
        )
        for part in PARTS
    }
    price = inputs.find("share_price")
    return ScenarioResult(
        ticker=inputs.ticker,
        scenario=scenario.name,
        known_at=inputs.known_at,
        drivers=drivers,
        parts=parts,
        bridge=_bridge(inputs, operations, drivers),
        diluted_shares=diluted_shares(inputs, drivers),
        shares_outstanding=inputs.get("shares_outstanding"),
        balance_sheet_date=inputs.date_of(*_BALANCE_SHEET),
        share_price=price,
        share_price_date=inputs.date_of("share_price") if price else None,
        backlog_floor=backlog_floor(inputs),
    )


def value_scenarios(
    inputs: ValuationInputs, scenarios: Iterable[Scenario]
) -> tuple[ScenarioResult, ...]:
    """Value every scenario declared for the company; AssumptionError if there is none."""
    own = [scenario for scenario in scenarios if scenario.ticker == inputs.ticker]
    if not own:
        raise AssumptionError(f"{inputs.ticker}: no scenario is declared for it")
    return tuple(value_scenario(inputs, scenario) for scenario in own)


@dataclass(frozen=True, slots=True)
class ScenarioOrder:
    """Values per share (USD/shares) of bear, base and bull, and whether they are in that order."""

    ticker: str
    bear: float
    base: float
    bull: float

    @property
    def holds(self) -> bool:
        """Bear ≤ base ≤ bull."""
        return self.bear <= self.base <= self.bull


def check_order(results: Iterable[ScenarioResult]) -> ScenarioOrder:
    """The order of one company's bear, base and bull: reported, never forced.

    Other scenarios are passed over. Raises AssumptionError unless there is one of each of the
    three, of one company.
    """
    found = [result for result in results if result.scenario in ORDERED_SCENARIOS]
    values = {result.scenario: result.value_per_share.value for result in found}
    tickers = {result.ticker for result in found}
    if len(found) != len(ORDERED_SCENARIOS) or len(values) != len(found) or len(tickers) != 1:
        named = ", ".join(f"{result.ticker} {result.scenario}" for result in found)
        raise AssumptionError(
            f"bear, base and bull of one company are needed; got {named or 'none'}"
        )
    return ScenarioOrder(tickers.pop(), values["bear"], values["base"], values["bull"])


def base_tax_rate(results: Iterable[ScenarioResult]) -> Figure:
    """Tax rate (ratio) of the base scenario; AssumptionError if none of `results` is that."""
    for result in results:
        if result.scenario == BASE_SCENARIO:
            return result.drivers["tax_rate"]
    raise AssumptionError("operating earnings are taxed at the base scenario's rate; none is there")


def resolve_drivers(inputs: ValuationInputs, scenario: Scenario) -> dict[str, Figure]:
    """The value of every driver, those that ask for it taken from the inputs.

    Raises MissingInputError if such an input is not known, AssumptionError if the value lies
    outside what the driver allows.
    """
    figures = {name: _resolve(inputs, scenario.drivers[name]) for name in DRIVERS}
    for name, figure in figures.items():
        if refusal := DRIVERS[name].refusal(figure.value):
            raise AssumptionError(f"{scenario.label}: {name}: {refusal}")
    return figures


def plain(drivers: Mapping[str, Figure]) -> dict[str, float]:
    """The values of the drivers without their provenance."""
    return {name: figure.value for name, figure in drivers.items()}


def _resolve(inputs: ValuationInputs, assumption: Assumption) -> Figure:
    if assumption.value is None:
        return inputs.first_derived(assumption.inputs, assumption.segment or "")
    return Figure(
        value=assumption.value,
        unit=assumption.unit,
        status=_STATUS_OF_BASIS[assumption.basis],
        accession_numbers=assumption.accession_numbers,
    )


def backlog_floor(inputs: ValuationInputs) -> Figure:
    """Backlog ÷ its weighted remaining life (USD): a floor under next-twelve-month revenue."""
    return divide(inputs.get("backlog"), inputs.get("backlog_remaining_life"), "USD")


def diluted_shares(inputs: ValuationInputs, drivers: Mapping[str, Figure]) -> Figure:
    """Diluted shares grown by net dilution over the forecast; ShareCountError if not positive.

    Stock compensation stays an expense in operating income, which pays for most new shares. Only
    the growth of the count beyond that, `net_dilution`, enters here: nothing is charged twice.
    """
    shares, dilution = inputs.get("diluted_shares"), drivers["net_dilution"]
    try:
        count = float(diluted_count(shares.value, plain(drivers)))
    except ShareCountError as error:
        raise ShareCountError(f"{inputs.ticker}: {error}") from error
    return combine(count, "shares", (shares, dilution))


_BALANCE_SHEET = ("cash", "securities", "debt", "lease_liabilities")


def position(inputs: ValuationInputs, cloud_segment: str) -> Position:
    """What the forecast starts from; MissingInputError for a figure not known."""
    revenues = opening_revenues(inputs, cloud_segment)
    return Position(
        revenue_usd={part: revenues[part].value for part in PARTS},
        balance_before_usd=tuple(figure.value for _, figure in _before(inputs)),
        balance_after_usd=tuple(figure.value for _, figure in _after(inputs)),
    )


def _before(inputs: ValuationInputs) -> tuple[tuple[str, Figure], ...]:
    return tuple((name, inputs.get(name)) for name in ("cash", "securities"))


def _after(inputs: ValuationInputs) -> tuple[tuple[str, Figure], ...]:
    owed = tuple((name, _negative(inputs.get(name))) for name in ("debt", "lease_liabilities"))
    since = "free_cash_flow_since_balance_sheet"
    return (*owed, (since, inputs.get(since)))


def _bridge(
    inputs: ValuationInputs, operations: Mapping[PartName, Figure], drivers: Mapping[str, Figure]
) -> tuple[BridgeStep, ...]:
    """Enterprise value to equity.

    Cash, securities, debt and leases are those of the newest complete balance sheet, all of one
    date. Free cash flow since then is a step of its own: however it was financed, by borrowing or
    by drawing on cash, it moves the net financial position by that amount; money put into
    investments meanwhile stays in at cost.
    """
    steps = [
        *(BridgeStep(f"{part}_operations", operations[part]) for part in PARTS),
        *(BridgeStep(*step) for step in _before(inputs)),
        BridgeStep("non_operating_assets", drivers["non_operating_assets"]),
        *(BridgeStep(*step) for step in _after(inputs)),
    ]
    figures = [step.figure for step in steps]
    equity = combine(float(total(figure.value for figure in figures)), "USD", figures)
    return (*steps, BridgeStep("equity", equity, is_total=True))


def _negative(figure: Figure) -> Figure:
    return Figure(
        -figure.value, figure.unit, figure.status, figure.evidence, figure.accession_numbers
    )


def opening_revenues(inputs: ValuationInputs, cloud_segment: str) -> dict[PartName, Figure]:
    """Trailing revenue of each part; MissingInputError if it is not known."""
    return {
        "cloud": inputs.get("ttm_segment_revenue", cloud_segment),
        "rest": inputs.rest("ttm_net_sales", "ttm_segment_revenue", cloud_segment),
    }


def _opening_ppes(inputs: ValuationInputs, drivers: Mapping[str, Figure]) -> dict[PartName, Figure]:
    ppe, share = inputs.get("ppe_net"), drivers["cloud_ppe_share"]
    return {
        "cloud": combine(ppe.value * share.value, "USD", (ppe, share)),
        "rest": combine(ppe.value * (1 - share.value), "USD", (ppe, share)),
    }


def _sources(
    part: PartName, revenue: Figure, ppe: Figure, drivers: Mapping[str, Figure]
) -> tuple[Figure, ...]:
    """Everything the path and value of a part rest on."""
    names = (
        *(f"{part}_{name}" for name in PART_DRIVER_NAMES),
        *CAPITAL_DRIVER_NAMES,
        "cloud_ppe_share",
    )
    return (revenue, ppe, *(drivers[name] for name in names))


def _value_part(
    scenario: Scenario,
    part: PartName,
    revenue: Figure,
    ppe: Figure,
    drivers: Mapping[str, Figure],
) -> PartValue:
    values = plain(drivers)
    try:
        return value_part(
            Opening(revenue.value, ppe.value), part_drivers(values, part), capital_drivers(values)
        )
    except DiscountRateError as error:
        raise DiscountRateError(f"{scenario.label}, {part}: {error}") from error
