"""Models of the declared assumptions: scenarios (what is supposed) and theses (what is claimed).

Belongs here: the closed vocabulary of drivers, what makes an assumption admissible, and the two
functions that read the yaml. Does not belong here: a value for any driver (they stand in
`scenarios/*.yml`, every one, in every scenario) or arithmetic on them (room `valuation`).
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar, get_args

from pydantic import Field, model_validator

from registry.models import (
    REGISTRY_DIR,
    Declared,
    Identifier,
    RegistryError,
    SignalName,
    parse,
    read_yaml,
)

SCENARIOS_DIR = REGISTRY_DIR / "scenarios"
THESES_DIR = REGISTRY_DIR / "theses"

Unit = Literal["ratio", "years", "USD"]
Basis = Literal["filing", "derived", "published", "judgement"]
ScenarioName = Literal["bear", "base", "bull"]
PartName = Literal["cloud", "rest"]
PARTS: tuple[PartName, ...] = ("cloud", "rest")
Ticker = Annotated[str, Field(pattern=r"^[A-Z]+$")]
AccessionNumber = Annotated[str, Field(pattern=r"^\d{10}-\d{2}-\d{6}$")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Sentence = Annotated[str, Field(min_length=1)]

DerivedInput = Literal[
    "segment_revenue_growth_yoy",
    "ttm_segment_operating_margin",
    "rest_revenue_growth_yoy",
    "rest_ttm_operating_margin",
]
"""Ratios an assumption may take from the valuation inputs at run time, each of a named segment;
`rest_` is the company without that segment."""


class Driver(NamedTuple):
    """A quantity every scenario must give: unit, the range a typing error falls out of, meaning."""

    unit: Unit
    minimum: float
    maximum: float
    meaning: str

    def refusal(self, value: float) -> str | None:
        """Why `value` cannot be this driver, or None if it can."""
        if self.minimum <= value <= self.maximum:
            return None
        return f"{value:g} {self.unit} lies outside {self.minimum:g} to {self.maximum:g}"


PART_DRIVERS: dict[str, Driver] = {
    "growth_now": Driver("ratio", -0.5, 2.0, "revenue growth in forecast year 1"),
    "growth_terminal": Driver("ratio", -0.05, 0.06, "revenue growth after the forecast, for ever"),
    "growth_fade": Driver("ratio", 0.0, 1.0, "share of excess growth that survives each year"),
    "margin_now": Driver("ratio", -0.5, 0.8, "operating margin before forecast year 1"),
    "margin_terminal": Driver("ratio", -0.5, 0.8, "operating margin once converged"),
    "margin_convergence": Driver("years", 1.0, 30.0, "time for the margin to reach its terminal"),
    "sales_to_capital": Driver("ratio", 0.05, 20.0, "revenue added per dollar of net investment"),
    "asset_life": Driver("years", 1.0, 50.0, "straight-line life of new plant and equipment"),
    "remaining_life": Driver("years", 1.0, 50.0, "remaining life of plant and equipment owned"),
}
"""Drivers of one part of the company, given for each part as `cloud_…` and `rest_…`."""

COMPANY_DRIVERS: dict[str, Driver] = {
    "cloud_ppe_share": Driver("ratio", 0.0, 1.0, "share of plant and equipment used by the cloud"),
    "tax_rate": Driver("ratio", 0.0, 0.6, "tax on operating income"),
    "wacc": Driver("ratio", 0.01, 0.3, "weighted average cost of capital, nominal, after tax"),
    "ronic": Driver("ratio", 0.01, 1.0, "return on new invested capital after the forecast"),
    "discount_spread_floor": Driver("ratio", 0.005, 0.1, "least WACC − terminal growth allowed"),
    "forecast_years": Driver("years", 1.0, 50.0, "length of the year by year forecast"),
    "exit_multiple": Driver("ratio", 1.0, 60.0, "enterprise value ÷ operating income at the end"),
    "non_operating_assets": Driver("USD", 0.0, 1e13, "investments outside marketable securities"),
    "net_dilution": Driver("ratio", -0.1, 0.1, "yearly share growth not paid for by expensed pay"),
}
"""Drivers of the company as a whole."""

DRIVERS: dict[str, Driver] = {
    **{f"{part}_{name}": driver for part in PARTS for name, driver in PART_DRIVERS.items()},
    **COMPANY_DRIVERS,
}
"""The closed vocabulary: a scenario declares exactly these."""

_COMPANIONS: dict[Basis, str | None] = {
    "filing": "accession_numbers",
    "derived": "expression",
    "published": "citation",
    "judgement": None,
}


class Assumption(Declared):
    """One supposed value, why it is supposed, and since when.

    Either `value` (in `unit`) or `input` with `segment`, taken from the valuation inputs at run
    time. `low` and `high` bound what is thought plausible. `basis` needs its companion: `filing`
    the accession numbers, `derived` the expression, `published` the citation.
    """

    value: Number | None = None
    input: DerivedInput | None = None
    segment: Identifier | None = None
    low: Number | None = None
    high: Number | None = None
    unit: Unit
    basis: Basis
    accession_numbers: tuple[AccessionNumber, ...] = ()
    expression: str | None = None
    citation: str | None = None
    rationale: Sentence
    dated: date

    @model_validator(mode="after")
    def _has_one_source(self) -> "Assumption":
        if (self.value is None) == (self.input is None):
            raise ValueError("give either value or input, and not both")
        if self.input and (self.basis != "derived" or self.unit != "ratio"):
            raise ValueError("input needs basis: derived and unit: ratio")
        if (self.input is None) != (self.segment is None):
            raise ValueError("input and segment go together")
        return self

    @model_validator(mode="after")
    def _basis_has_companion(self) -> "Assumption":
        companion = _COMPANIONS[self.basis]
        if companion and not getattr(self, companion):
            raise ValueError(f"basis: {self.basis} needs {companion}")
        return self

    @model_validator(mode="after")
    def _range_holds_value(self) -> "Assumption":
        ordered = [x for x in (self.low, self.value, self.high) if x is not None]
        if ordered != sorted(ordered):
            raise ValueError("low ≤ value ≤ high does not hold")
        return self


class Scenario(Declared):
    """One consistent set of assumptions about one company.

    `cloud_segment` names the segment valued as the part `cloud`; the rest of the company is the
    part `rest`.
    """

    ticker: Ticker
    name: ScenarioName
    cloud_segment: Identifier
    statement: Sentence
    drivers: dict[str, Assumption]

    @property
    def label(self) -> str:
        """Ticker and name, for messages: `AMZN base`."""
        return f"{self.ticker} {self.name}"

    @model_validator(mode="after")
    def _drivers_are_the_vocabulary(self) -> "Scenario":
        missing, unknown = (
            DRIVERS.keys() - self.drivers.keys(),
            self.drivers.keys() - DRIVERS.keys(),
        )
        if missing or unknown:
            raise ValueError(
                f"missing drivers {sorted(missing)}, unknown drivers {sorted(unknown)}"
            )
        return self

    @model_validator(mode="after")
    def _drivers_are_admissible(self) -> "Scenario":
        for name, assumption in self.drivers.items():
            driver = DRIVERS[name]
            if assumption.unit != driver.unit:
                raise ValueError(f"{name} is in {driver.unit}, not {assumption.unit}")
            for value in (assumption.low, assumption.value, assumption.high):
                if value is not None and (refusal := driver.refusal(value)):
                    raise ValueError(f"{name}: {refusal}")
            if assumption.segment not in (None, self.cloud_segment):
                raise ValueError(f"{name}: segment {assumption.segment} is not the cloud segment")
        return self

    @model_validator(mode="after")
    def _forecast_is_whole_years(self) -> "Scenario":
        years = self.drivers["forecast_years"].value
        if years is None or not years.is_integer():
            raise ValueError("forecast_years: a whole number of years is needed")
        return self


class Target(Declared):
    """A market value the story names, in USD."""

    name: Identifier
    market_value_usd: Annotated[Number, Field(gt=0)]


class ClaimedEps(Declared):
    """Earnings per diluted share the story counts on, in USD a share, for one fiscal year."""

    fiscal_year: int
    value: Annotated[Number, Field(gt=0)]
    citation: Sentence


class ThesisClaim(Declared):
    """One leg of the story: what it says, the signal that bears on it, what would refute it."""

    id: Identifier
    says: Sentence
    signal: SignalName
    refuted_by: Sentence


class Thesis(Declared):
    """An investment story that can turn out wrong."""

    id: Identifier
    ticker: Ticker
    statement: Sentence
    dated: date
    targets: Annotated[tuple[Target, ...], Field(min_length=1)]
    claimed_eps: ClaimedEps
    claims: Annotated[tuple[ThesisClaim, ...], Field(min_length=1)]


_ModelT = TypeVar("_ModelT", Scenario, Thesis)


def _load(model: type[_ModelT], directory: Path) -> tuple[_ModelT, ...]:
    paths = sorted(directory.glob("*.yml"))
    if not paths:
        raise RegistryError(f"{directory.name}: no yaml file declares a {model.__name__.lower()}")
    return tuple(parse(model, read_yaml(path), f"{directory.name}/{path.name}") for path in paths)


def load_scenarios(
    directory: Path = SCENARIOS_DIR, ticker: str | None = None
) -> tuple[Scenario, ...]:
    """Scenarios of a directory, all or one company's: by ticker, then bear, base, bull.

    Every file is checked, whichever company is asked for. RegistryError names file, key and broken
    rule, or the company for which nothing is declared.
    """
    names = get_args(ScenarioName)
    scenarios = sorted(
        _load(Scenario, directory), key=lambda found: (found.ticker, names.index(found.name))
    )
    labels = [scenario.label for scenario in scenarios]
    if repeated := sorted({label for label in labels if labels.count(label) > 1}):
        raise RegistryError(f"{directory.name}: declared more than once: {', '.join(repeated)}")
    return _of_company(tuple(scenarios), ticker)


def load_theses(directory: Path = THESES_DIR, ticker: str | None = None) -> tuple[Thesis, ...]:
    """Theses of a directory by file name, all or those about one company; errors as above."""
    return _of_company(_load(Thesis, directory), ticker)


def _of_company(declared: tuple[_ModelT, ...], ticker: str | None) -> tuple[_ModelT, ...]:
    found = tuple(each for each in declared if ticker in (None, each.ticker))
    if not found:
        known = ", ".join(sorted({each.ticker for each in declared}))
        raise RegistryError(f"nothing is declared for {ticker!r}; declared: {known}")
    return found
