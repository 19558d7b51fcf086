"""Facts of documents as rows, and the one reason each other fact became none."""

from collections.abc import Sequence
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
    is nil): contexts are few and shared, so that their columns are filled in once, by index.
    """

    contexts: list[ContextRow] = field(default_factory=list)
    dimensions: dict[DimensionRow, None] = field(default_factory=dict)
    numeric: list[FactRow] = field(default_factory=list)
    text: list[FactRow] = field(default_factory=list)
    footnotes: list[FootnoteRow] = field(default_factory=list)
    rejects: list[RejectRow] = field(default_factory=list)

    def numeric_frame(self) -> pl.DataFrame:
        """Numeric facts in the columns of FACT_ROWS."""
        return self._facts(self.numeric, "value", "text_value")

    def text_frame(self) -> pl.DataFrame:
        """Text facts in the columns of FACT_ROWS."""
        return self._facts(self.text, "text_value", "value")

    def _facts(self, rows: Sequence[FactRow], value: str, absent: str) -> pl.DataFrame:
        own = frame_of(rows, OWN_COLUMNS).rename({"value": value})
        contexts = frame_of(self.contexts, CONTEXT_ROWS)
        about = contexts[own["context"]] if rows else contexts.clear()
        whole = own.drop("context").hstack(about.get_columns())
        return whole.with_columns(pl.lit(None, pl.String).alias(absent)).select(FACT_ROWS.names())


def frame_of(rows: Sequence[tuple[object, ...]], schema: pl.Schema) -> pl.DataFrame:
    """Rows as a typed frame."""
    if not rows:
        return schema.to_frame()
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, column, dtype=dtype)
            for (name, dtype), column in zip(schema.items(), columns, strict=True)
        ]
    )
