"""Models of the declared facts, and the one function that loads them.

Unknown keys are refused, so that a misspelt declaration is an error and never ignored.
"""

from datetime import date
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

REGISTRY_DIR = Path(__file__).parent

Cik = Annotated[str, Field(pattern=r"^\d{10}$")]
QName = Annotated[str, Field(pattern=r"^[a-z-]+:\w+$")]
Grain = Literal["company", "segment", "product_line", "share_class"]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class RegistryError(Exception):
    """A declaration cannot be used: names the file, the key and the rule it breaks."""


class Declared(BaseModel):
    """Base of all declarations: immutable, unknown keys forbidden."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FiscalYearEnd(Declared):
    """Nominal last day of the fiscal year; the year is named after the calendar year it ends in."""

    month: Annotated[int, Field(ge=1, le=12)]


class Split(Declared):
    """A stock split: figures filed before `effective_on` are restated by `ratio` from that day."""

    effective_on: date
    ratio: Annotated[Decimal, Field(gt=0)]
    citation: str


class Part(Declared):
    """A segment, product line or share class: our id and the XBRL members that meant it."""

    id: Identifier
    name: str
    members: Annotated[tuple[QName, ...], Field(min_length=1)]


class FormulaTerm(Declared):
    """One addend of a formula: coefficient times a metric of the same company, period and basis."""

    metric: Identifier
    segment: str = ""
    coefficient: Literal[1, -1] = 1


FiscalQuarter = Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]


class BacklogRule(Declared):
    """What a company's backlog covers, the revenue it is held against, and where that is stated."""

    scope: str
    definition: str
    revenue_metric: Identifier
    revenue_segment: str
    citation: str = ""


class CapexRule(Declared):
    """What a company's purchases of property and equipment hold, and where that is stated.

    `company_metric` is the definition the company's own commentary uses for capital expenditures,
    None where no metric is that.
    """

    definition: str
    company_metric: Literal["capex_gross", "capex_net", "capex_with_finance_leases"] | None
    citation: str


class DefinitionChange(Declared):
    """A metric that began to mean something else.

    `accession_numbers` name the filings that restated earlier periods to the new meaning: their
    versions are redefinitions, not corrections. `from_quarter` is the first quarter under the new
    meaning where the earlier ones were left as they were: the two sides are never compared.
    """

    metrics: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    accession_numbers: tuple[str, ...] = ()
    from_quarter: FiscalQuarter | None = None
    note: str
    citation: str

    @model_validator(mode="after")
    def _says_when(self) -> "DefinitionChange":
        if bool(self.accession_numbers) == bool(self.from_quarter):
            raise ValueError(
                "a definition change names accession_numbers or from_quarter, not both"
            )
        return self


class UnallocatedAmount(Declared):
    """An amount the company leaves out of its segments: they may differ from the total by `ratio`.

    `until` is the last fiscal quarter it holds for; without it, it still holds.
    """

    segment_metric: Literal["segment_revenue", "segment_operating_income"]
    ratio: Annotated[Decimal, Field(gt=0)]
    until: FiscalQuarter | None = None
    note: str


class Company(Declared):
    """A filer: identity, fiscal calendar, parts, and where it departs from the common concepts.

    `ticker` names it in every table. `sic` is its industry, as the SEC's lists have it.
    `trading_symbol` is what it trades under where that is not the ticker.
    """

    ticker: Annotated[str, Field(pattern=r"^([A-Z]+|CIK\d{10})$")]
    cik: Cik
    name: str
    sic: Annotated[str, Field(pattern=r"^\d{2,4}$")] | None = None
    trading_symbol: str | None = None
    fiscal_year_end: FiscalYearEnd
    cloud_segment: str | None
    segments: tuple[Part, ...] = ()
    product_lines: tuple[Part, ...] = ()
    share_classes: tuple[Part, ...] = ()
    splits: tuple[Split, ...] = ()
    capex: CapexRule | None = None
    backlog: BacklogRule | None
    concepts: dict[Identifier, tuple[QName, ...]] = {}
    dimensions: dict[Identifier, tuple[str, ...]] = {}
    formulas: dict[Identifier, tuple[FormulaTerm, ...]] = {}
    not_reported: dict[Identifier, str] = {}
    definition_changes: tuple[DefinitionChange, ...] = ()
    unallocated: tuple[UnallocatedAmount, ...] = ()

    @cached_property
    def all_formulas(self) -> dict[str, tuple[FormulaTerm, ...]]:
        """The declared formulas, and those the cloud segment and the two rules imply."""
        implied: dict[str, tuple[FormulaTerm, ...]] = {}
        if self.cloud_segment:
            part = self.cloud_segment
            implied["cloud_revenue"] = (FormulaTerm(metric="segment_revenue", segment=part),)
            implied["cloud_operating_income"] = (
                FormulaTerm(metric="segment_operating_income", segment=part),
            )
        if rule := self.backlog:
            implied["backlog_revenue"] = (
                FormulaTerm(metric=rule.revenue_metric, segment=rule.revenue_segment),
            )
        if self.capex and (named := self.capex.company_metric):
            implied["capex_company_definition"] = self.formulas.get(
                named, (FormulaTerm(metric=named),)
            )
        return {**implied, **self.formulas}

    def parts(self, grain: Grain) -> tuple[Part, ...]:
        """The declared parts at a grain; none at the grain of the company itself."""
        return {
            "company": (),
            "segment": self.segments,
            "product_line": self.product_lines,
            "share_class": self.share_classes,
        }[grain]

    @model_validator(mode="after")
    def _references_resolve(self) -> "Company":
        known = {part.id for part in (*self.segments, *self.product_lines, *self.share_classes)}
        named = {term.segment for terms in self.formulas.values() for term in terms} - {""}
        if self.backlog and self.backlog.revenue_segment:
            named.add(self.backlog.revenue_segment)
        if self.cloud_segment:
            named.add(self.cloud_segment)
        if named - known:
            raise ValueError(
                f"{self.ticker} names parts it does not declare: {sorted(named - known)}"
            )
        computed = self.all_formulas
        nested = {term.metric for terms in computed.values() for term in terms} & computed.keys()
        if nested:
            raise ValueError(
                f"{self.ticker}: a formula adds metrics that filings state, not {sorted(nested)}"
            )
        return self


class Metric(Declared):
    """A canonical metric: which concepts state it, in which unit, and how its periods combine.

    `period` is `duration` (income and cash flow), `instant` (balance sheet) or `cover` (stated on
    a filing's cover at a date after the period: belongs to the quarter the filing reports).
    `quarters` says whether a missing quarter may be derived from longer periods, `ttm` how twelve
    months are formed; per-share and average figures are never subtracted. `total_metric` is the
    company's figure that its parts belong to.
    """

    name: Identifier
    description: str
    unit: Literal["USD", "USD/shares", "shares", "years", "ratio"]
    fact_unit: Literal["USD", "USD/shares", "shares", "duration", "pure"]
    period: Literal["duration", "instant", "cover"]
    grain: Grain
    quarters: Literal["derived", "reported_only", "none"]
    ttm: Literal["filed_or_derived", "sum_of_quarters", "none"]
    total_metric: Identifier | None = None
    concepts: tuple[QName, ...] = ()


class FilingRule(Declared):
    """Days after the period's end by which a form is due: bounds when an undated one was known."""

    form: str
    days_after_period_end: int
    citation: str


class FollowedForm(Declared):
    """A form that is read, amendments included; only with one of `items` if any.

    `reads` says what of it: the tagged facts of its documents, or the tables of its exhibits.
    """

    form: str
    items: tuple[str, ...] = ()
    reads: Literal["tagged_facts", "release"] = "tagged_facts"
    reason: str = ""


class AnnouncedReport(Declared):
    """The moment a company has named for the results of a fiscal quarter, and where it did.

    It goes before the moment expected from the past. `kind` is the release (8-K, item 2.02) or the
    report (10-Q, 10-K).
    """

    company: Annotated[str, Field(pattern=r"^[A-Z]+$")]
    fiscal_quarter: FiscalQuarter
    kind: Literal["release", "report"] = "release"
    moment: AwareDatetime
    citation: Annotated[str, Field(min_length=1)]


PrintedSign = Literal["as_printed", "magnitude", "negated"]
Labels = tuple[Annotated[str, Field(min_length=1)], ...]


class ReleaseMetric(Declared):
    """The words under which earnings releases print a metric, and how its sign is to be taken.

    `labels` name rows of tables, `under` rows below one section heading only, `sentences` words of
    prose. The unit is the metric's. `only_for` are the tickers it holds for; empty for all.
    """

    metric: Identifier
    concept: Annotated[str, Field(pattern=r"^release:[A-Z]\w*$")]
    labels: Labels = ()
    under: dict[str, Labels] = {}
    sentences: Labels = ()
    printed: PrintedSign = "as_printed"
    only_for: tuple[str, ...] = ()


class ReleaseOverride(Declared):
    """What one company's releases do differently for a metric; what is not named stays."""

    labels: Labels | None = None
    under: dict[str, Labels] | None = None
    sentences: Labels | None = None
    printed: PrintedSign | None = None


class ReleaseCompany(Declared):
    """Where a company's releases depart: further names of its parts, its calendar, its words.

    `year_ends_on` says which day of the fiscal year's last month ends the year: its last, or its
    last Sunday, so that quarters have 13 weeks and the fourth may have 14.
    """

    ticker: str
    year_ends_on: Literal["last_day", "last_sunday"] = "last_day"
    headings: dict[Identifier, Labels] = {}
    metrics: dict[Identifier, ReleaseOverride] = {}


class ReleaseWords(Declared):
    """How earnings releases are read: words of metrics, of the company as a whole, exceptions."""

    metrics: tuple[ReleaseMetric, ...]
    company_headings: Labels
    companies: tuple[ReleaseCompany, ...] = ()

    def company(self, ticker: str) -> ReleaseCompany:
        """What is declared of a company's releases; nothing special where it is not named."""
        named = (company for company in self.companies if company.ticker == ticker)
        return next(named, ReleaseCompany(ticker=ticker))

    def metrics_of(self, ticker: str) -> tuple[ReleaseMetric, ...]:
        """The metrics a company's releases may print, in the words it uses."""
        overrides = self.company(ticker).metrics
        return tuple(
            metric.model_copy(
                update=overrides[metric.metric].model_dump(exclude_none=True)
                if metric.metric in overrides
                else {}
            )
            for metric in self.metrics
            if not metric.only_for or ticker in metric.only_for
        )


class ClaimRule(Declared):
    """How a claim's metric is read from the warehouse: which metrics to try, and which measure.

    `level` is the figure itself; `growth` its change as a share of an earlier one; `run_rate` four
    times a quarter; `market_value` is of the market and only what lies ahead is followed. With
    `over`, one for each of the metrics, the figure is their quotient; `of`, one for each as well,
    says what a claim must be of, in the words of claims, to be held against it. `guidance` names
    what a company's outlook is held against; an `is_outlook` metric is one whoever states it.
    `of_segment` says that the figure of the company may stand for the segment of its backlog.
    """

    claim_metric: Identifier
    metrics: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    measure: Literal["level", "growth", "run_rate", "market_value"]
    over: tuple[Identifier, ...] = ()
    of: tuple[Identifier, ...] = ()
    guidance: Literal["net_sales", "operating_income", "capex"] | None = None
    is_outlook: bool = False
    constant_currency: bool = False
    of_segment: bool = False

    @model_validator(mode="after")
    def _divides_each(self) -> "ClaimRule":
        for name, each in (("over", self.over), ("of", self.of)):
            if each and len(each) != len(self.metrics):
                raise ValueError(f"{self.claim_metric}: {name} names one for each of metrics")
        return self


class ClaimRules(Declared):
    """Rules of judgement on printed numbers."""

    approximation_tolerance_ratio: Annotated[Decimal, Field(gt=0, lt=1)]
    stale_within_days: int
    open_modalities: tuple[str, ...]
    rules: tuple[ClaimRule, ...]


SignalName = Literal[
    "cloud_acceleration",
    "backlog_conversion",
    "margin_stability",
    "capex_growth_gap",
    "capex_productivity",
    "free_cash_flow",
]


class SignalRule(Declared):
    """One signal of the scorecard, and which way it speaks for growth that pays."""

    name: SignalName
    says: str
    unit: Literal["ratio"]
    better: Literal["higher", "lower"]


class SignalRules(Declared):
    """How a quarter's signals are held against the earlier quarters known at the time.

    The thresholds are the two quantiles of the last `reference_quarters` figures before it; with
    fewer than `minimum_quarters` of them there is no verdict.
    """

    reference_quarters: Annotated[int, Field(gt=0)]
    minimum_quarters: Annotated[int, Field(gt=1)]
    lower_quantile: Annotated[float, Field(gt=0, lt=1)]
    upper_quantile: Annotated[float, Field(gt=0, lt=1)]
    basis: Literal["judgement"]
    rationale: str
    dated: date
    signals: tuple[SignalRule, ...]

    @model_validator(mode="after")
    def _is_coherent(self) -> "SignalRules":
        if self.lower_quantile >= self.upper_quantile:
            raise ValueError("lower_quantile must be below upper_quantile")
        if self.minimum_quarters > self.reference_quarters:
            raise ValueError("minimum_quarters must not exceed reference_quarters")
        if sorted(rule.name for rule in self.signals) != sorted(get_args(SignalName)):
            raise ValueError(f"each signal is declared once: {', '.join(get_args(SignalName))}")
        return self


class Universe(Declared):
    """What is read of filers that are not declared: concepts metric by metric, formulas, one rule.

    `forms` are those whose figures count, without /A. `size_classes_usd` are the revenues at which
    a class of size begins, and `size_citation` where they are from.
    """

    metrics: dict[Identifier, tuple[QName, ...]]
    formulas: dict[Identifier, tuple[FormulaTerm, ...]]
    backlog: BacklogRule
    forms: Annotated[tuple[str, ...], Field(min_length=1)]
    size_classes_usd: Annotated[tuple[Decimal, ...], Field(min_length=1)]
    size_citation: str

    @model_validator(mode="after")
    def _is_coherent(self) -> "Universe":
        added = {term.metric for terms in self.formulas.values() for term in terms}
        if unread := added - self.metrics.keys():
            raise ValueError(f"formulas add metrics that are not read: {sorted(unread)}")
        if list(self.size_classes_usd) != sorted(set(self.size_classes_usd)):
            raise ValueError("size_classes_usd begin higher one after another")
        return self


class Registry(Declared):
    """Everything declared about companies, concepts and judgement."""

    companies: tuple[Company, ...]
    metrics: tuple[Metric, ...]
    dimension_patterns: dict[Grain, tuple[str, ...]]
    filing_rules: tuple[FilingRule, ...]
    followed_forms: tuple[FollowedForm, ...]
    releases: ReleaseWords
    claims: ClaimRules
    signals: SignalRules
    universe: Universe
    announced: tuple[AnnouncedReport, ...] = ()
    content_hash: str

    @model_validator(mode="after")
    def _metrics_resolve(self) -> "Registry":
        known = {metric.name for metric in self.metrics}
        totals = {metric.total_metric for metric in self.metrics} - {None}
        if totals - known:
            raise ValueError(f"undeclared total metrics: {sorted(map(str, totals - known))}")
        for company in self.companies:
            used = {*company.concepts, *company.all_formulas, *company.not_reported}
            used |= {term.metric for terms in company.all_formulas.values() for term in terms}
            used |= {name for change in company.definition_changes for name in change.metrics}
            if used - known:
                raise ValueError(
                    f"{company.ticker} uses undeclared metrics: {sorted(used - known)}"
                )
        announced = {report.company for report in self.announced}
        if strangers := announced - {company.ticker for company in self.companies}:
            raise ValueError(f"reports announced of undeclared companies: {sorted(strangers)}")
        self._releases_resolve(known)
        read = self.universe.metrics.keys() | self.universe.formulas.keys()
        if read - known:
            raise ValueError(f"the universe reads undeclared metrics: {sorted(read - known)}")
        judged = {name for rule in self.claims.rules for name in (*rule.metrics, *rule.over)}
        if judged - known:
            raise ValueError(f"claim rules name undeclared metrics: {sorted(judged - known)}")
        stated = {metric.name for metric in self.metrics if metric.concepts}
        stated |= {name for company in self.companies for name in company.concepts}
        computed = {name for company in self.companies for name in company.all_formulas}
        if known - stated - computed:
            raise ValueError(
                f"metrics without concepts or formula: {sorted(known - stated - computed)}"
            )
        return self

    def _releases_resolve(self, known: set[str]) -> None:
        words = self.releases
        companies = {company.ticker: company for company in self.companies}
        tickers = {company.ticker for company in words.companies}
        tickers |= {ticker for metric in words.metrics for ticker in metric.only_for}
        if tickers - companies.keys():
            raise ValueError(
                f"releases of undeclared companies: {sorted(tickers - companies.keys())}"
            )
        printed = {metric.metric for metric in words.metrics}
        used = printed | {name for company in words.companies for name in company.metrics}
        if used - known or used - printed:
            raise ValueError(
                f"releases name undeclared metrics: {sorted(used - (known & printed))}"
            )
        if len(printed) < len(words.metrics):
            raise ValueError("releases declare a metric once")
        for named in words.companies:
            company = companies[named.ticker]
            parts = {part.id for part in (*company.segments, *company.product_lines)}
            if named.headings.keys() - parts:
                raise ValueError(
                    f"releases of {named.ticker} name parts it does not declare:"
                    f" {sorted(named.headings.keys() - parts)}"
                )

    @cached_property
    def ciks(self) -> tuple[str, ...]:
        """CIKs of all registered companies, ten digits each."""
        return tuple(company.cik for company in self.companies)

    def company(self, ticker: str) -> Company:
        """The company of that ticker; RegistryError lists the known ones."""
        for company in self.companies:
            if company.ticker == ticker.upper():
                return company
        known = ", ".join(company.ticker for company in self.companies)
        raise RegistryError(f"no company {ticker!r} in the registry; known: {known}")


DeclaredT = TypeVar("DeclaredT", bound=Declared)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a yaml file; RegistryError with line and column if it cannot be read."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegistryError(f"{path.name}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise RegistryError(f"{path.name}: not valid yaml: {error}") from error
    if not isinstance(content, dict):
        raise RegistryError(f"{path.name}: expected a mapping at the top level")
    return content


def parse(model: type[DeclaredT], content: Any, source: str) -> DeclaredT:
    """`content` as `model`; RegistryError names the source, the key and the rule broken."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors()
        )
        raise RegistryError(f"{source}: {problems}") from error


def load_registry(directory: Path = REGISTRY_DIR) -> Registry:
    """Read and check all declarations; `content_hash` is the sha256 over every yaml file."""
    files = sorted(directory.rglob("*.yml"))
    digest = sha256()
    for path in files:
        digest.update(path.relative_to(directory).as_posix().encode())
        digest.update(path.read_bytes())
    content = {
        **read_yaml(directory / "companies.yml"),
        **read_yaml(directory / "concepts.yml"),
        **read_yaml(directory / "filing_rules.yml"),
        **read_yaml(directory / "earnings_calendar.yml"),
        "releases": read_yaml(directory / "releases.yml"),
        "claims": read_yaml(directory / "claims.yml"),
        "signals": read_yaml(directory / "signals.yml"),
        "universe": read_yaml(directory / "universe.yml"),
        "content_hash": digest.hexdigest(),
    }
    return parse(Registry, content, "registry")
