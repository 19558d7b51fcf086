"""The declared language of articles, and the function that loads it.

Pure data: the words by which a printed number is understood. How they are put to use is the
business of the reader of claims.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from registry.models import REGISTRY_DIR, Declared, Identifier, Registry, parse, read_yaml

Role = Literal[
    "level", "part", "growth", "change", "part_change", "guidance", "share", "multiple", "margin",
    "duration", "surprise", "net", "with_leases",
]  # fmt: skip
Measure = Literal[
    "money", "per_share", "amount", "percent", "points", "multiple", "count", "watts", "years",
    "bare",
]  # fmt: skip
Phrases = tuple[str, ...]


class Concept(Declared):
    """What a number can be said of: its phrases, and the claim metric it makes in each role.

    `is_negative` marks losses: a number said of one is below zero though printed without a sign.
    `counts` marks what is counted in pieces, people or watts. `takes` are the measures of numbers
    it can be said of: an amount is scaled without a currency, bare has no unit at all;
    `otherwise` names the concept meant where its words stand beside another measure, as "earnings"
    beside billions are net income. `timing` says when a level holds: over a span, at its end, when
    the story appeared (a quote), or at no time a story states.

    `of_parts`: a part of a company has a figure of its own. `can_be_lost`: below zero after a verb
    of losing or in brackets. `in_trillions`: may be that large. `is_spending`: plans are made of
    it. `is_weak`: its words are so common that plainer ones beside the number go first.
    """

    id: Identifier
    takes: tuple[Measure, ...]
    timing: Literal["span", "instant", "quote", "none"] = "span"
    otherwise: dict[Measure, Identifier] = Field(default_factory=dict)
    reads: dict[Role, str]
    phrases: Annotated[Phrases, Field(min_length=1)]
    is_negative: bool = False
    counts: bool = False
    of_parts: bool = False
    can_be_lost: bool = False
    in_trillions: bool = False
    is_spending: bool = False
    is_weak: bool = False

    @property
    def has_outlook(self) -> bool:
        """Whether a company's outlook of it is a metric of its own."""
        return self.reads.get("guidance", "").endswith("_guidance")


class SpokenPart(Declared):
    """A part of a company as articles name it: the usual English name and its other names."""

    name: str
    aliases: Annotated[Phrases, Field(min_length=1)]


class FiscalCalendar(Declared):
    """The month a fiscal year ends in; with `weekday`, on the last such day of that month."""

    month: Annotated[int, Field(ge=1, le=12)]
    weekday: Literal["saturday", "sunday"] | None = None


class SpokenCompany(Declared):
    """A company as articles name it, followed or not.

    `results_after_days` is the fewest days from a quarter's end to its results: before that a story
    speaks of the quarter before. `backlog_part` is the part its backlog is of, where stories name
    none. `fiscal_year_end` is declared here for companies not followed and
    where the year ends on a weekday.
    """

    ticker: str
    results_after_days: Annotated[int, Field(ge=0, le=90)]
    aliases: Annotated[Phrases, Field(min_length=1)]
    parts: tuple[SpokenPart, ...]
    backlog_part: str | None = None
    fiscal_year_end: FiscalCalendar | None = None


class Movements(Declared):
    """Words by which a figure rises or falls."""

    up: Phrases
    down: Phrases


class Bounds(Declared):
    """Words that make a number a lower (ge) or an upper (le) bound."""

    ge: Phrases
    le: Phrases


class ModalityCues(Declared):
    """Words that tell a figure from a plan, an estimate, a scenario, a condition or an opinion."""

    estimated: Phrases
    guided: Phrases
    conditional: Phrases
    projected: Phrases
    opinion: Phrases


class Comparisons(Declared):
    """Words that say against which earlier period a growth is measured."""

    yoy: Phrases
    qoq: Phrases


class Variants(Declared):
    """Words beside a concept that say which variety of it is meant."""

    with_leases: Phrases
    net: Phrases
    adjusted: Phrases


class Language(Declared):
    """Everything declared about how articles speak."""

    concepts: tuple[Concept, ...]
    variants: Variants
    movements: Movements
    losses: Phrases
    surprises: Movements
    hedges: Phrases
    bounds: Bounds
    modality: ModalityCues
    analyst_words: Phrases
    company_words: Phrases
    comparisons: Comparisons
    constant_currency: Phrases
    base_cues: Phrases
    totals: Phrases
    previews: Phrases
    names_with_numbers: Phrases
    furniture: Phrases
    adverts: Phrases
    dial_in: Phrases
    companies: tuple[SpokenCompany, ...]
    groups: Phrases
    without_filings: Phrases

    @cached_property
    def by_ticker(self) -> dict[str, SpokenCompany]:
        """Spoken companies by ticker."""
        return {company.ticker: company for company in self.companies}


def load_language(registry: Registry, directory: Path = REGISTRY_DIR) -> Language:
    """Read and check `language.yml`; fiscal years of followed companies come from the registry.

    Raises RegistryError where a company has no fiscal year in either, or the file cannot be used.
    """
    content = read_yaml(directory / "language.yml")
    followed = {company.ticker: company.fiscal_year_end.month for company in registry.companies}
    for company in content.get("companies", ()):
        if "fiscal_year_end" not in company and company.get("ticker") in followed:
            company["fiscal_year_end"] = {"month": followed[company["ticker"]]}
    return parse(Language, content, "language.yml")
