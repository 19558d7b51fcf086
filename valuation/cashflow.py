"""Discounted cash flow of one part of a company: formulas, the yearly path, its value.

Every flow of forecast year t falls at the end of that year, so year 1 is discounted one full year.

Sources: Koller, Goedhart, Wessels, *Valuation* (free cash flow, value-driver formula); Damodaran's
spreadsheets (sales-to-capital, fading growth); Brealey, Myers, Allen, *Principles of Corporate
Finance* (perpetuities and annuities).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, log1p

from valuation.errors import DiscountRateError

# --- formulas --------------------------------------------------------------------------------


def growth_path(now: float, terminal: float, fade: float, years: int) -> tuple[float, ...]:
    """Growth by year, g_t = g_T + (g_0 − g_T)·λ^(t−1); ratios. Year 1 grows at `now`."""
    return tuple(terminal + (now - terminal) * fade**t for t in range(years))


def margin_path(now: float, terminal: float, convergence: float, years: int) -> tuple[float, ...]:
    """Operating margin by year, a straight line reaching `terminal` after `convergence` years."""
    return tuple(now + (terminal - now) * min(t / convergence, 1.0) for t in range(1, years + 1))


def straight_line_charge(cost_usd: float, life_years: float, age: int) -> float:
    """Depreciation (USD) of a vintage in the `age`-th year after it was bought.

    Equal charges over the life; a life of 4.5 years ends with half a charge in year 5. The charges
    of all years sum to the cost.
    """
    return cost_usd * min(max(life_years - (age - 1), 0.0), 1.0) / life_years


def depreciation_to_capex(growth: float, life_years: float) -> float:
    """D&A ÷ capex (ratio) when capex has always grown at `growth`: (1 − (1+g)^−L) / (g·L).

    A vintage is charged in the L years after its purchase. Without growth the ratio is 1.
    """
    if growth == 0:
        return 1.0
    return -expm1(-life_years * log1p(growth)) / (growth * life_years)


def discount_factor(rate: float, year: int) -> float:
    """Value today of one dollar at the end of `year`: (1 + w)^−t."""
    return float((1 + rate) ** -year)


def present_value(cash_flows: Sequence[float], rate: float) -> float:
    """Value today (USD) of flows at the end of years 1, 2, …: Σ CF_t / (1 + w)^t."""
    return sum(flow * discount_factor(rate, t) for t, flow in enumerate(cash_flows, start=1))


def growing_annuity_value(first_flow_usd: float, rate: float, growth: float, years: int) -> float:
    """Value today (USD) of `years` flows growing at g: CF₁ / (w − g) · (1 − ((1+g)/(1+w))^n).

    For w = g it is n · CF₁ / (1 + w), which the form used here approaches without loss of digits.
    """
    excess = (growth - rate) / (1 + rate)
    terms = years if excess == 0 else expm1(years * log1p(excess)) / excess
    return first_flow_usd * terms / (1 + rate)


def gordon_value(next_flow_usd: float, rate: float, growth: float, spread_floor: float) -> float:
    """Value (USD) one year before the first flow of a growing perpetuity: FCF₁ / (w − g).

    Raises DiscountRateError if w − g is below `spread_floor`.
    """
    if rate - growth < spread_floor:
        raise DiscountRateError(
            f"discount rate {rate:.4f} less growth {growth:.4f} is below the floor"
            f" {spread_floor:.4f}; declare a lower growth or a higher rate"
        )
    return next_flow_usd / (rate - growth)


def value_driver_value(
    next_nopat_usd: float, rate: float, growth: float, ronic: float, spread_floor: float
) -> float:
    """Terminal value (USD) by the value-driver formula: NOPAT_{n+1} · (1 − g/RONIC) / (w − g).

    Growth costs the share g/RONIC of profit; with RONIC = w growth adds nothing. Raises
    DiscountRateError if w − g is below `spread_floor`.
    """
    return gordon_value(next_nopat_usd * (1 - growth / ronic), rate, growth, spread_floor)


# --- one part of the company -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """Where the forecast of a part starts: trailing revenue and plant and equipment, in USD."""

    revenue_usd: float
    ppe_usd: float


@dataclass(frozen=True, slots=True)
class PartDrivers:
    """Drivers of one part; meanings and units as in `registry.assumptions.PART_DRIVERS`."""

    growth_now: float
    growth_terminal: float
    growth_fade: float
    margin_now: float
    margin_terminal: float
    margin_convergence: float
    sales_to_capital: float
    asset_life: float
    remaining_life: float


@dataclass(frozen=True, slots=True)
class CapitalDrivers:
    """What all parts share: ratios of tax and return, and the length of the forecast in years."""

    tax_rate: float
    wacc: float
    ronic: float
    spread_floor: float
    years: int


@dataclass(frozen=True, slots=True)
class PathYear:
    """One forecast year. `ppe_closing = ppe_opening + capex − depreciation` holds in every row."""

    year: int
    growth_ratio: float
    revenue_usd: float
    margin_ratio: float
    operating_income_usd: float
    nopat_usd: float
    reinvestment_usd: float
    free_cash_flow_usd: float
    capex_usd: float
    depreciation_usd: float
    ppe_opening_usd: float
    ppe_closing_usd: float
    discount_factor_ratio: float
    present_value_usd: float

    @property
    def margin_before_depreciation_ratio(self) -> float:
        """(Operating income + D&A) ÷ revenue: what the declared margin supposes before D&A."""
        return (self.operating_income_usd + self.depreciation_usd) / self.revenue_usd


@dataclass(frozen=True, slots=True)
class PartValue:
    """A part's path and its value today, in USD; the terminal value is that at the horizon."""

    path: tuple[PathYear, ...]
    terminal_value_usd: float
    terminal_present_value_usd: float

    @property
    def enterprise_value_usd(self) -> float:
        """Present value of the forecast years and of everything after them."""
        return sum(year.present_value_usd for year in self.path) + self.terminal_present_value_usd


def project(
    opening: Opening, drivers: PartDrivers, capital: CapitalDrivers
) -> tuple[PathYear, ...]:
    """The yearly path: FCFF = NOPAT − reinvestment, reinvestment = Δrevenue ÷ sales-to-capital.

    Capex is reinvestment plus D&A, so net investment all becomes plant and equipment. D&A is
    already inside the declared margin: it shapes capex and the margin before D&A, not FCFF. A loss
    is taxed at the same rate, that is, it saves tax elsewhere in the group.
    """
    growths = growth_path(
        drivers.growth_now, drivers.growth_terminal, drivers.growth_fade, capital.years
    )
    margins = margin_path(
        drivers.margin_now, drivers.margin_terminal, drivers.margin_convergence, capital.years
    )
    path: list[PathYear] = []
    revenue, ppe = opening.revenue_usd, opening.ppe_usd
    capexes: list[float] = []
    for year, (growth, margin) in enumerate(zip(growths, margins, strict=True), start=1):
        reinvestment = revenue * growth / drivers.sales_to_capital
        depreciation = _depreciation(opening.ppe_usd, capexes, drivers, year)
        capexes.append(reinvestment + depreciation)
        revenue *= 1 + growth
        nopat = revenue * margin * (1 - capital.tax_rate)
        factor = discount_factor(capital.wacc, year)
        path.append(
            PathYear(
                year=year,
                growth_ratio=growth,
                revenue_usd=revenue,
                margin_ratio=margin,
                operating_income_usd=revenue * margin,
                nopat_usd=nopat,
                reinvestment_usd=reinvestment,
                free_cash_flow_usd=nopat - reinvestment,
                capex_usd=capexes[-1],
                depreciation_usd=depreciation,
                ppe_opening_usd=ppe,
                ppe_closing_usd=ppe + capexes[-1] - depreciation,
                discount_factor_ratio=factor,
                present_value_usd=(nopat - reinvestment) * factor,
            )
        )
        ppe = path[-1].ppe_closing_usd
    return tuple(path)


def _depreciation(
    opening_ppe_usd: float, capexes: Sequence[float], drivers: PartDrivers, year: int
) -> float:
    """D&A of `year`: plant owned at the start, and each vintage bought since.

    The plant owned at the start is one vintage at net book value, run off in equal charges over its
    remaining life: its own vintages are not filed, and equal charges continue today's D&A.
    """
    owned = straight_line_charge(opening_ppe_usd, drivers.remaining_life, year)
    bought = sum(
        straight_line_charge(capex, drivers.asset_life, year - bought_in)
        for bought_in, capex in enumerate(capexes, start=1)
    )
    return owned + bought


def value_part(opening: Opening, drivers: PartDrivers, capital: CapitalDrivers) -> PartValue:
    """Path and value of a part.

    Profit after the horizon starts from the last year's and grows at the terminal rate: excess
    growth not yet faded is dropped. Raises DiscountRateError if WACC − terminal growth is below the
    floor.
    """
    path = project(opening, drivers, capital)
    terminal = value_driver_value(
        path[-1].nopat_usd * (1 + drivers.growth_terminal),
        capital.wacc,
        drivers.growth_terminal,
        capital.ronic,
        capital.spread_floor,
    )
    return PartValue(path, terminal, terminal * path[-1].discount_factor_ratio)


def consolidate(paths: Sequence[Sequence[PathYear]]) -> tuple[PathYear, ...]:
    """The path of the whole: dollars are summed, growth and margin are those of the sums."""
    return tuple(_sum_year(years) for years in zip(*paths, strict=True))


def _sum_year(parts: Sequence[PathYear]) -> PathYear:
    revenue = sum(part.revenue_usd for part in parts)
    operating_income = sum(part.operating_income_usd for part in parts)
    revenue_before = sum(part.revenue_usd / (1 + part.growth_ratio) for part in parts)
    return PathYear(
        year=parts[0].year,
        growth_ratio=revenue / revenue_before - 1,
        revenue_usd=revenue,
        margin_ratio=operating_income / revenue,
        operating_income_usd=operating_income,
        nopat_usd=sum(part.nopat_usd for part in parts),
        reinvestment_usd=sum(part.reinvestment_usd for part in parts),
        free_cash_flow_usd=sum(part.free_cash_flow_usd for part in parts),
        capex_usd=sum(part.capex_usd for part in parts),
        depreciation_usd=sum(part.depreciation_usd for part in parts),
        ppe_opening_usd=sum(part.ppe_opening_usd for part in parts),
        ppe_closing_usd=sum(part.ppe_closing_usd for part in parts),
        discount_factor_ratio=parts[0].discount_factor_ratio,
        present_value_usd=sum(part.present_value_usd for part in parts),
    )
