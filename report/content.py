"""What the page is made of before it is HTML: cells with sources, tables, charts, sections."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

Row = Mapping[str, Any]
"""One row of a frame, by column."""

EVIDENCE_LEVELS = (
    "xbrl", "transcribed", "companyfacts", "data_set", "filing_text", "preliminary", "secondary",
)  # fmt: skip
"""How a filed figure reached us, strongest first."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a figure comes from.

    Attributes:
        accession_numbers: the filings under it, in any order.
        evidence: weakest evidence level among them; None if no filed fact is under it.
        note: what stands there in place of a filing, such as a price that nobody files.
    """

    accession_numbers: tuple[str, ...] = ()
    evidence: str | None = None
    note: str = ""

    @property
    def weaker_evidence(self) -> str:
        """The evidence level in words where it is weaker than tagged XBRL, else empty."""
        if self.evidence in (None, EVIDENCE_LEVELS[0]):
            return ""
        return str(self.evidence).replace("_", " ")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its text, and optionally its own sources, tone and explanation.

    `note` explains on hovering, `detail` beside the text; `more` is folded away under `more_label`.
    """

    text: str
    citation: Citation | None = None
    is_number: bool = False
    tone: str = ""
    note: str = ""
    detail: str = ""
    more_label: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """A column's heading, and whether figures or whole sentences stand under it."""

    text: str
    is_number: bool = True
    is_prose: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `is_folded` hides it behind its caption; `total_rows` are set off by position."""

    caption: str
    headers: tuple[Header, ...]
    rows: tuple[tuple[Cell, ...], ...]
    citation: Citation | None = None
    is_folded: bool = False
    total_rows: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence made from figures, with the sources of all of them."""

    text: str
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure: label, value, what to compare it with, sources."""

    label: str
    value: str
    detail: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture by name, with the words that stand for it and its sources.

    `origin` says in words what the picture rests on.
    """

    name: str
    title: str
    alternative: str
    citation: Citation
    origin: str = "company filings"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict as it is shown: words, a sign that stands for them, tone, what it means."""

    words: str
    sign: str
    tone: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the filings known at one moment say of a claim.

    Attributes:
        figures: what the verdict rests on, a line each; empty if it rests on no figure.
        formula: how the figure was formed, in names of the warehouse.
    """

    outcome: Outcome
    figures: tuple[str, ...]
    formula: str
    reason: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A number an article prints: its place among the article's claims from 1, and what it is.

    `told` judges by what was known when the article appeared; `now` by what is known now, None
    where that is the same.
    """

    number: int
    text: str
    subject: str
    told: Judgement
    now: Judgement | None

    @property
    def verdicts(self) -> str:
        """The verdict in words, and that of now where it is another."""
        told = self.told.outcome.words
        return told if self.now is None else f"{told}; now: {self.now.outcome.words}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an article's text: a claim, or what stands between claims."""

    text: str
    claim: JudgedClaim | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Pieces of a paragraph in order, and the blank lines after it as the article has them."""

    pieces: tuple[Piece, ...]
    gap: str = ""


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article with its claims in their places.

    Attributes:
        anchor: what its places on the page are named after; unlike any other article's.
        address: where it is on the web, None if that is not http or https.
    """

    anchor: str
    title: str
    outlet: str
    address: str | None
    published_at: date
    how_dated: str
    paragraphs: tuple[Paragraph, ...]
    claims: tuple[JudgedClaim, ...]

    @property
    def tally(self) -> str:
        """How many claims it has, and how many of each verdict when it appeared."""
        count = Counter(claim.told.outcome.words for claim in self.claims)
        each = "; ".join(f"{number} {words}" for words, number in count.most_common())
        noun = "claim" if len(self.claims) == 1 else "claims"
        return f"{len(self.claims)} {noun}{': ' if each else ''}{each}"

    def citations(self) -> Iterator[Citation]:
        """Every citation of its claims."""
        for claim in self.claims:
            yield claim.told.citation
            if claim.now is not None:
                yield claim.now.citation


@dataclass(frozen=True, slots=True)
class Slider:
    """A driver a reader moves: its ends and its value in words, and where it starts.

    `position` is one of `steps` + 1 from end to end.
    """

    driver: str
    label: str
    meaning: str
    low: str
    high: str
    steps: int
    position: int
    value: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Sliders, what they give at the base, and the grid they are read in, as JSON for a script.

    `marks` are what the result is held against, in words.
    """

    sliders: tuple[Slider, ...]
    equity: str
    per_share: str
    marks: tuple[str, ...]
    data: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page, in reading order; `absence` says why there is nothing to show."""

    anchor: str
    title: str
    statements: tuple[Statement, ...] = ()
    charts: tuple[Chart, ...] = ()
    articles: tuple[MarkedArticle, ...] = ()
    tables: tuple[Table, ...] = ()
    panel: Panel | None = None
    notes: tuple[str, ...] = ()
    absence: str = ""

    def citations(self) -> Iterator[Citation]:
        """Every citation of the section."""
        yield from _given(self.panel.citation if self.panel else None)
        yield from (chart.citation for chart in self.charts)
        for statement in self.statements:
            yield from _given(statement.citation)
        for article in self.articles:
            yield from article.citations()
        for table in self.tables:
            yield from _given(table.citation)
            for row in table.rows:
                for cell in row:
                    yield from _given(cell.citation)


def cite(row: Row) -> Citation:
    """The citation of a frame's row, from its `accession_numbers` and `evidence`."""
    return Citation(tuple(row["accession_numbers"] or ()), row["evidence"])


def cite_all(rows: pl.DataFrame) -> Citation:
    """The citation of all rows of a frame together."""
    return merge(cite(row) for row in rows.iter_rows(named=True))


def merge(citations: Iterable[Citation]) -> Citation:
    """All filings of several citations, and the weakest evidence among them."""
    merged = tuple(citations)
    numbers = {number for citation in merged for number in citation.accession_numbers}
    levels = [citation.evidence for citation in merged if citation.evidence]
    notes = dict.fromkeys(citation.note for citation in merged if citation.note)
    return Citation(tuple(sorted(numbers)), _weakest(levels), "; ".join(notes))


def number(text: str, citation: Citation | None = None, note: str = "") -> Cell:
    """A cell holding a figure."""
    return Cell(text, citation, is_number=True, note=note)


def sources(citation: Citation) -> Cell:
    """A cell holding nothing but sources."""
    return Cell("", citation)


def _given(citation: Citation | None) -> Iterator[Citation]:
    if citation is not None:
        yield citation


def _weakest(levels: Iterable[str]) -> str | None:
    """The weakest level; one not in `EVIDENCE_LEVELS` counts as weakest of all."""
    ranks = {level: rank for rank, level in enumerate(EVIDENCE_LEVELS)}
    return max(levels, key=lambda level: ranks.get(level, len(ranks)), default=None)
