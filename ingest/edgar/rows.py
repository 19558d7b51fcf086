"""Facts of documents as rows, and the one reason each other fact became none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

FACT_ROWS = pl.Schema(
    {
        "source_document": pl.String(),
        "element_id": pl.String(),
        "concept": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "dimensions": pl.String(),
        "unit": pl.String(),
        "value": pl.String(),
        "text_value": pl.String(),
        "decimals": pl.String(),
        "is_nil": pl.Boolean(),
        "entity": pl.String(),
    }
)

DIMENSION_ROWS = pl.Schema(
    {
        "dimensions": pl.String(),
        "axis": pl.String(),
        "member": pl.String(),
        "is_typed": pl.Boolean(),
    }
)

FOOTNOTE_ROWS = pl.Schema(
    {
        "source_document": pl.String(),
        "element_id": pl.String(),
        "footnote_id": pl.String(),
        "language": pl.String(),
        "footnote": pl.String(),
    }
)

REJECT_ROWS = pl.Schema(
    {
        "source_document": pl.String(),
        "element_id": pl.String(),
        "concept": pl.String(),
        "reason": pl.String(),
        "detail": pl.String(),
    }
)

CONTEXT_ROWS = pl.Schema(
    {name: FACT_ROWS[name] for name in ("period_start", "period_end", "dimensions", "entity")}
)
OWN_COLUMNS = pl.Schema(
    {
        "source_document": pl.String(),
        "element_id": pl.String(),
        "concept": pl.String(),
        "context": pl.UInt32(),
        "unit": pl.String(),
        "value": pl.String(),
        "decimals": pl.String(),
        "is_nil": pl.Boolean(),
    }
)
# Most documents leave a frame or more empty, and to build one costs as much as hundreds of rows.
NO_ROWS = {
    tuple(schema): schema.to_frame()
    for schema in (FACT_ROWS, DIMENSION_ROWS, FOOTNOTE_ROWS, REJECT_ROWS)
}

# Far above what filings hold: links are the product of two lists, and each repeats its footnote.
MOST_FOOTNOTE_CHARACTERS = 2**27
LINK_CHARACTERS = 500


class Rejected(Exception):
    """A fact cannot be stated as a row: a reason that can be counted, and the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


FactRow = tuple[str, str | None, str, int, str | None, str | None, str | None, bool]
ContextRow = tuple[date | None, date | None, str, str]
DimensionRow = tuple[str, str, str | None, bool]
FootnoteRow = tuple[str, str, str | None, str | None, str]
RejectRow = tuple[str, str | None, str | None, str, str]


@dataclass
class Rows:
    """Rows collected while reading.

    A fact's row is (document, element id, concept, index of its context, unit, value, decimals,
    is nil): contexts are few and shared, so that their columns are filled in once, by index;
    equal ones have the same index.
    """

    contexts: dict[ContextRow, int] = field(default_factory=dict)
    dimensions: dict[DimensionRow, None] = field(default_factory=dict)
    numeric: list[FactRow] = field(default_factory=list)
    text: list[FactRow] = field(default_factory=list)
    footnotes: list[FootnoteRow] = field(default_factory=list)
    rejects: list[RejectRow] = field(default_factory=list)
    footnote_characters: int = 0

    def link(
        self, facts: Collection[tuple[str, str]], footnote: str, language: str | None, text: str
    ) -> None:
        """Link facts, by document and id, to a footnote; Rejected above a bound to all links."""
        self.footnote_characters += len(facts) * (len(text) + LINK_CHARACTERS)
        if self.footnote_characters > MOST_FOOTNOTE_CHARACTERS:
            detail = f"above {MOST_FOOTNOTE_CHARACTERS:,} characters in all links to footnotes"
            raise Rejected("too_many_footnotes", detail)
        self.footnotes += [(*fact, footnote, language, text) for fact in facts]

    def numeric_frame(self) -> pl.DataFrame:
        """Numeric facts in the columns of FACT_ROWS."""
        return self._facts(self.numeric, "value", "text_value")

    def text_frame(self) -> pl.DataFrame:
        """Text facts in the columns of FACT_ROWS."""
        return self._facts(self.text, "text_value", "value")

    def _facts(self, rows: Sequence[FactRow], value: str, absent: str) -> pl.DataFrame:
        if not rows:
            return frame_of(rows, FACT_ROWS)
        own = frame_of(rows, OWN_COLUMNS)
        about = frame_of(list(self.contexts), CONTEXT_ROWS)[own["context"]]
        nothing = pl.Series([None], dtype=pl.String()).new_from_index(0, len(rows))
        columns = {**own.to_dict(), **about.to_dict(), value: own["value"], absent: nothing}
        return pl.DataFrame([columns[name].alias(name) for name in FACT_ROWS])


def frame_of(rows: Sequence[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Rows as a typed frame."""
    if not rows:
        return NO_ROWS[tuple(schema)].clone()
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, column, dtype=dtype)
            for (name, dtype), column in zip(schema.items(), columns, strict=True)
        ]
    )
