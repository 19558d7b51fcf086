"""Figures that remember where they come from.

Two scales travel with every figure. *Status* says what kind of statement it is: reported, derived,
estimated, assumed. *Evidence* says how the filed facts under it were obtained. A result is never
stronger than its weakest input on either scale.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from valuation.errors import UndefinedRatioError

Status = Literal["reported", "derived", "estimated", "assumed"]
Evidence = Literal[
    "xbrl", "transcribed", "companyfacts", "data_set", "filing_text", "preliminary", "secondary"
]

STATUSES: tuple[Status, ...] = ("reported", "derived", "estimated", "assumed")
"""Strongest first."""

EVIDENCES: tuple[Evidence, ...] = (
    "xbrl",
    "transcribed",
    "companyfacts",
    "data_set",
    "filing_text",
    "preliminary",
    "secondary",
)
"""Strongest first."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit and provenance; `evidence` is None if no filed fact is under it."""

    value: float
    unit: str
    status: Status
    evidence: Evidence | None = None
    accession_numbers: tuple[str, ...] = ()


def combine(value: float, unit: str, inputs: Iterable[Figure]) -> Figure:
    """The figure `value` computed from `inputs`: their weakest status and evidence, all filings.

    A computed figure is `derived` at best.
    """
    sources = tuple(inputs)
    return Figure(
        value=value,
        unit=unit,
        status=_weakest(STATUSES, ("derived", *(source.status for source in sources))),
        evidence=weakest_evidence(sources),
        accession_numbers=tuple(
            sorted({number for source in sources for number in source.accession_numbers})
        ),
    )


def divide(numerator: Figure, denominator: Figure, unit: str) -> Figure:
    """`numerator` ÷ `denominator` in `unit`; UndefinedRatioError if the latter is not positive."""
    if denominator.value <= 0:
        raise UndefinedRatioError(
            f"{numerator.value:g} {numerator.unit} ÷ {denominator.value:g} {denominator.unit}"
            f" (filings {', '.join(denominator.accession_numbers) or 'none'}) means nothing"
        )
    return combine(numerator.value / denominator.value, unit, (numerator, denominator))


def weakest_evidence(figures: Iterable[Figure]) -> Evidence | None:
    """Weakest evidence among the figures that rest on filed facts; None if none does."""
    levels = [figure.evidence for figure in figures if figure.evidence is not None]
    return _weakest(EVIDENCES, levels) if levels else None


_LevelT = TypeVar("_LevelT", bound=str)


def _weakest(scale: tuple[_LevelT, ...], levels: Iterable[_LevelT]) -> _LevelT:
    return max(levels, key=scale.index)
