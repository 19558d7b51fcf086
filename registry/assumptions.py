"""Models of the declared assumptions: scenarios (what is supposed) and theses (what is claimed).

Belongs here: the closed vocabulary of drivers, what makes an assumption admissible, and the two
functions that read the yaml. Does not belong here: a value for any driver (they stand in
`scenarios/*.yml`, every one, in every scenario) or arithmetic on them (room `valuation`).
"""

from datetime import date
from math import exp
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

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
ORDERED_SCENARIOS = ("bear", "base", "bull")
"""The three that are expected to stand in this order; a company may declare others beside them."""
BASE_SCENARIO = "base"
"""The scenario that is simulated, turned round and held against the past."""
PartName = Literal["cloud", "rest"]
PARTS: tuple[PartName, ...] = ("cloud", "rest")
Ticker = Annotated[str, Field(pattern=r"^[A-Z]+$")]
AccessionNumber = Annotated[str, Field(pattern=r"^\d{10}-\d{2}-\d{6}$")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Sentence = Annotated[str, Field(min_length=1)]

DerivedInput = Literal[
    "segment_revenue_growth_yoy",
    "ttm_segment_operating_margin",
    "ttm_segment_revenue_growth_yoy",
    "rest_revenue_growth_yoy",
    "rest_ttm_revenue_growth_yoy",
    "rest_ttm_operating_margin",
]
"""Ratios an assumption may take from the valuation inputs at run time, each of a named segment;
`rest_` is the company without that segment."""

SpreadInput = Literal[
    "segment_growth_error",
    "rest_growth_error",
    "segment_margin_change",
    "rest_margin_change",
]
"""Standard deviations estimated from the company's own history as known at the time, each of a
named segment: how far growth of the next twelve months fell from the growth known before them, and
how far the trailing margin moved in four quarters (`valuation.history`)."""

Family = Literal["triangular", "normal", "lognormal", "beta"]
BOUNDED_FAMILIES: tuple[Family, ...] = ("triangular", "beta")


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

DIVISORS = (
    "ronic",
    *(
        f"{part}_{name}"
        for part in PARTS
        for name in ("sales_to_capital", "margin_convergence", "asset_life", "remaining_life")
    ),
)
"""Drivers something is divided by: they never come near nothing, and so are never normal."""
DEVIATIONS_DRAWN = 5
"""Standard deviations within which the draws of a million lie: one in 1.7 million does not."""
STRUCTURAL_DRIVERS = ("discount_spread_floor", "forecast_years", "exit_multiple")
"""Rules of the method and of its cross-check: declared like the others, but not varied."""

_COMPANIONS: dict[Basis, str | None] = {
    "filing": "accession_numbers",
    "derived": "expression",
    "published": "citation",
    "judgement": None,
}


class Distribution(Declared):
    """How an assumption varies in a simulation, around its value.

    `triangular` and `beta` (the PERT form) lie between the assumption's `low` and `high` with the
    value as their mode. `normal` has the value as its mean and `lognormal` as its median; their
    spread, the standard deviation of the quantity or of its logarithm, is either
    `standard_deviation` or estimated from the warehouse (`spread_input`, normal alone).
    """

    family: Family
    standard_deviation: Annotated[Number, Field(ge=0)] | None = None
    spread_input: SpreadInput | None = None

    @model_validator(mode="after")
    def _has_the_spread_of_its_family(self) -> "Distribution":
        given = (self.standard_deviation is not None) + (self.spread_input is not None)
        if self.family in BOUNDED_FAMILIES:
            if given:
                raise ValueError(f"{self.family} is spread by low and high, not by a deviation")
        elif given != 1:
            raise ValueError(f"{self.family} needs standard_deviation or spread_input, not both")
        if self.spread_input and self.family != "normal":
            raise ValueError("spread_input is estimated for a normal distribution")
        return self


class Assumption(Declared):
    """One supposed value, why it is supposed, and since when.

    Either `value` (in `unit`) or `input` with `segment`, taken from the valuation inputs at run
    time; `or_input` is taken where no filing on hand states `input`. `low` and `high` bound what is
    thought plausible, `distribution` says how it varies in a simulation. `basis` needs its
    companion: `filing` the accession numbers, `derived` the expression, `published` the citation.
    """

    value: Number | None = None
    input: DerivedInput | None = None
    or_input: DerivedInput | None = None
    segment: Identifier | None = None
    distribution: Distribution | None = None
    low: Number | None = None
    high: Number | None = None
    unit: Unit
    basis: Basis
    accession_numbers: tuple[AccessionNumber, ...] = ()
    expression: str | None = None
    citation: str | None = None
    rationale: Sentence
    dated: date

    @property
    def inputs(self) -> tuple[DerivedInput, ...]:
        """The ratios it may be taken from, in order; none where it is a number."""
        return tuple(name for name in (self.input, self.or_input) if name)

    @model_validator(mode="after")
    def _has_one_source(self) -> "Assumption":
        if (self.value is None) == (self.input is None):
            raise ValueError("give either value or input, and not both")
        if self.input and (self.basis != "derived" or self.unit != "ratio"):
            raise ValueError("input needs basis: derived and unit: ratio")
        if (self.input is None) != (self.segment is None):
            raise ValueError("input and segment go together")
        if self.or_input and not self.input:
            raise ValueError("or_input stands beside input")
        is_lognormal = self.distribution and self.distribution.family == "lognormal"
        if is_lognormal and (self.value is None or self.value <= 0):
            raise ValueError("a lognormal distribution needs a positive value")
        return self

    @model_validator(mode="after")
    def _bounded_distribution_has_bounds(self) -> "Assumption":
        bounded = self.distribution and self.distribution.family in BOUNDED_FAMILIES
        if bounded and (self.value is None or self.low is None or self.high is None):
            raise ValueError("a triangular or beta distribution needs value, low and high")
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


class Correlation(Declared):
    """How two drivers of a simulation move together: the correlation of their normal scores."""

    drivers: tuple[str, str]
    value: Annotated[Number, Field(ge=-1, le=1)]
    basis: Basis
    rationale: Sentence
    dated: date


class Scenario(Declared):
    """One consistent set of assumptions about one company.

    `cloud_segment` names the segment valued as the part `cloud`; the rest of the company is the
    part `rest`. Drivers with a distribution vary in a simulation; those no correlation names vary
    independently of each other.
    """

    ticker: Ticker
    name: Identifier
    cloud_segment: Identifier
    statement: Sentence
    drivers: dict[str, Assumption]
    correlations: tuple[Correlation, ...] = ()

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
            for value in _farthest_draws(assumption):
                if refusal := driver.refusal(value):
                    raise ValueError(f"{name}: may be drawn where {refusal}")
        return self

    @model_validator(mode="after")
    def _forecast_is_whole_years(self) -> "Scenario":
        years = self.drivers["forecast_years"].value
        if years is None or not years.is_integer():
            raise ValueError("forecast_years: a whole number of years is needed")
        return self

    @property
    def uncertain_drivers(self) -> tuple[str, ...]:
        """Drivers with a distribution, in the order of the vocabulary."""
        return tuple(name for name in DRIVERS if self.drivers[name].distribution)

    @model_validator(mode="after")
    def _structure_does_not_vary(self) -> "Scenario":
        if varied := sorted(set(self.uncertain_drivers) & set(STRUCTURAL_DRIVERS)):
            raise ValueError(f"{', '.join(varied)}: a rule of the method has no distribution")
        return self

    @model_validator(mode="after")
    def _divisors_stay_positive(self) -> "Scenario":
        for name in DIVISORS:
            shape = self.drivers[name].distribution
            if shape and shape.family == "normal":
                raise ValueError(f"{name}: is divided by; a normal distribution comes near zero")
        return self

    @model_validator(mode="after")
    def _discounting_stays_above_its_floor(self) -> "Scenario":
        rate = self.drivers["wacc"]
        floor = self.drivers["discount_spread_floor"].value
        for name in (f"{part}_growth_terminal" for part in PARTS):
            growth = self.drivers[name]
            for each, label in ((rate, "wacc"), (growth, name)):
                varies = each.distribution and each.distribution.family not in BOUNDED_FAMILIES
                if varies or each.value is None:
                    raise ValueError(f"{label}: needs a value, and bounds if it varies")
            least, most = _extremes(rate)[0], _extremes(growth)[1]
            if floor is None or least - most < floor:
                raise ValueError(
                    f"wacc {least:g} less {name} {most:g} lies below discount_spread_floor"
                )
        return self

    @model_validator(mode="after")
    def _correlations_name_uncertain_drivers(self) -> "Scenario":
        pairs = [frozenset(each.drivers) for each in self.correlations]
        for each in self.correlations:
            if unknown := sorted(set(each.drivers) - set(self.uncertain_drivers)):
                raise ValueError(f"correlation of {', '.join(unknown)}: has no distribution")
        if any(len(pair) == 1 for pair in pairs) or len(set(pairs)) < len(pairs):
            raise ValueError("correlations: each pair of two different drivers is given once")
        return self


def _farthest_draws(assumption: Assumption) -> tuple[float, ...]:
    """The least and the greatest draw to reckon with, where the spread is declared as a number."""
    shape, value = assumption.distribution, assumption.value
    if shape is None or value is None or shape.standard_deviation is None:
        return ()
    far = DEVIATIONS_DRAWN * shape.standard_deviation
    if shape.family == "lognormal":
        return value * exp(-far), value * exp(far)
    return value - far, value + far


def _extremes(assumption: Assumption) -> tuple[float, float]:
    """Least and greatest value in a scenario and its simulation; it has a value."""
    value = assumption.value or 0.0
    if assumption.distribution is None:
        return value, value
    return (
        value if assumption.low is None else assumption.low,
        value if assumption.high is None else assumption.high,
    )


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
    """Scenarios of a directory, all or one company's: by ticker, then bear, base, bull, others.

    Every file is checked, whichever company is asked for. RegistryError names file, key and broken
    rule, or the company for which nothing is declared.
    """
    scenarios = sorted(
        _load(Scenario, directory),
        key=lambda found: (found.ticker, _place(found.name), found.name),
    )
    labels = [scenario.label for scenario in scenarios]
    if repeated := sorted({label for label in labels if labels.count(label) > 1}):
        raise RegistryError(f"{directory.name}: declared more than once: {', '.join(repeated)}")
    return _of_company(tuple(scenarios), ticker)


def _place(name: str) -> int:
    return ORDERED_SCENARIOS.index(name) if name in ORDERED_SCENARIOS else len(ORDERED_SCENARIOS)


def load_theses(directory: Path = THESES_DIR, ticker: str | None = None) -> tuple[Thesis, ...]:
    """Theses of a directory in the order they were told, all or one company's; errors as above."""
    theses = sorted(_load(Thesis, directory), key=lambda thesis: (thesis.dated, thesis.id))
    return _of_company(tuple(theses), ticker)


def _of_company(declared: tuple[_ModelT, ...], ticker: str | None) -> tuple[_ModelT, ...]:
    found = tuple(each for each in declared if ticker in (None, each.ticker))
    if not found:
        known = ", ".join(sorted({each.ticker for each in declared}))
        raise RegistryError(f"nothing is declared for {ticker!r}; declared: {known}")
    return found
