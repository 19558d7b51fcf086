"""The declared words of a company's releases, ready to be compared with what a page prints.

Belongs here: normal forms of labels, and which metric a label is under which heading. Does not
belong here: tables, numbers, periods.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from registry.models import Company, Grain, Metric, Part, PrintedSign, Registry, ReleaseMetric

FOOTNOTES = re.compile(r"\((?:\d{1,2}|[a-z])\)|\*+|(?<=[a-z])\d{1,2}(?=\W|$)")
SCALE_NOTE = re.compile(r"\((?:[^()]*\b)?(?:thousands|millions|billions|unaudited)\b[^()]*\)")
TWELVE_MONTHS = re.compile(r" (?:trailing (?:twelve|12) months(?: ttm)?|ttm)$")
SEGMENT_WORD = re.compile(r" segments?$")
WORD = re.compile(r"[a-z0-9%$]+(?:/[a-z0-9]+)?")
DIMENSIONED: tuple[Grain, ...] = ("segment", "product_line")


@dataclass(frozen=True)
class Rule:
    """How one metric's figures are read and stated: its concept, unit and sign."""

    metric: str
    concept: str
    unit: str
    is_instant: bool
    printed: PrintedSign


@dataclass(frozen=True)
class PartOf:
    """A segment or product line, and the dimension its figures carry."""

    grain: Grain
    id: str
    axis: str
    member: str


def words_of(text: str) -> str:
    """A label's words alone: lower case, no punctuation, footnote marks or note of scale."""
    text = unicodedata.normalize("NFKC", text).lower().replace("&", " and ")
    text = FOOTNOTES.sub(" ", SCALE_NOTE.sub(" ", text))
    return " ".join(WORD.findall(text))


def heading_of(text: str) -> str:
    """A heading's words, without the word segment: "AWS Segment:" is AWS."""
    return SEGMENT_WORD.sub("", words_of(text))


def without_twelve_months(label: str) -> tuple[str, bool]:
    """A label's words without the note that it is of twelve months, and whether it had one."""
    base = TWELVE_MONTHS.sub("", label)
    return base, base != label


def release_words(registry: Registry) -> dict[str, "ReleaseVocabulary"]:
    """The words of each company's releases, by CIK."""
    return {company.cik: ReleaseVocabulary(registry, company) for company in registry.companies}


class ReleaseVocabulary:
    """What the registry declares of one company's releases."""

    def __init__(self, registry: Registry, company: Company) -> None:
        self.company = company
        words = registry.releases
        self.calendar_of = words.company(company.ticker).year_ends_on
        self._metrics = {metric.name: metric for metric in registry.metrics}
        self._declared = words.metrics_of(company.ticker)
        self._axes = {
            grain: registry.dimension_patterns[grain][0].partition("=")[0] for grain in DIMENSIONED
        }
        self._headings = words.company(company.ticker).headings
        self.company_headings = frozenset(map(heading_of, (*words.company_headings, company.name)))

    @cached_property
    def rules(self) -> Mapping[tuple[Grain, str], Rule]:
        """Rules by grain and label."""
        return {
            (self._metric(declared).grain, words_of(label)): self._rule(declared)
            for declared in self._declared
            for label in declared.labels
        }

    @cached_property
    def rules_under(self) -> Mapping[tuple[str, str], Rule]:
        """Rules of the company by heading and label, where the label alone says too little."""
        return {
            (heading_of(heading), words_of(label)): self._rule(declared)
            for declared in self._declared
            for heading, labels in declared.under.items()
            for label in labels
        }

    @cached_property
    def parts(self) -> Mapping[str, tuple[PartOf, ...]]:
        """Segments and product lines by the words that head or name their figures."""
        found: dict[str, list[PartOf]] = {}
        for grain in DIMENSIONED:
            for part in self.company.parts(grain):
                known = PartOf(grain, part.id, self._axes[grain], part.members[0])
                for name in dict.fromkeys(self._names(part)):
                    if known not in found.setdefault(name, []):
                        found[name].append(known)
        return {name: tuple(parts) for name, parts in found.items()}

    @cached_property
    def sentences(self) -> Mapping[str, Rule]:
        """Rules by the words that name them in prose, the longest first."""
        labels = {
            label.lower(): self._rule(declared)
            for declared in self._declared
            for label in declared.sentences
        }
        return dict(sorted(labels.items(), key=lambda item: -len(item[0])))

    def part(self, name: str, grain: Grain) -> PartOf | None:
        """The part of a grain that words name."""
        return next((each for each in self.parts.get(name, ()) if each.grain == grain), None)

    def is_only_product_line(self, name: str) -> bool:
        """Whether words name a product line and no segment."""
        parts = self.parts.get(name, ())
        return bool(parts) and all(each.grain == "product_line" for each in parts)

    def _names(self, part: Part) -> Iterable[str]:
        return map(heading_of, (part.name, *self._headings.get(part.id, ())))

    def _metric(self, declared: ReleaseMetric) -> Metric:
        return self._metrics[declared.metric]

    def _rule(self, declared: ReleaseMetric) -> Rule:
        metric = self._metric(declared)
        return Rule(
            metric.name,
            declared.concept,
            metric.fact_unit,
            metric.period == "instant",
            declared.printed,
        )
