"""EDGAR's own extract of a company's facts, kept to be compared with what the documents state.

It is never a source of figures: it drops facts with dimensions and facts in the filer's own
concepts, and the precision of all of them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from ingest.edgar.schema import COMPANYFACTS, VALUE
from ingest.errors import UnexpectedContentError

TEXT_COLUMNS = {name: pl.String() for name in ("period_start", "period_end", "value", "filed_at")}


def companyfacts_digest(content: Mapping[str, Any]) -> str:
    """What tells one state of the extract from another."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def companyfacts_rows(
    content: Mapping[str, Any], cik: str, digest: str, source: str, url: str
) -> pl.DataFrame:
    """The extract as rows of `raw.companyfacts`; a value beyond its number type is null.

    Raises UnexpectedContentError for an object of another shape.
    """
    try:
        return _frame(list(_rows(content)), cik, digest, source)
    except (KeyError, TypeError, AttributeError, pl.exceptions.PolarsError) as error:
        raise UnexpectedContentError(
            url, f"not the documented shape of company facts: {error!r}", "look at what it answers"
        ) from error


def _frame(
    rows: Sequence[tuple[str | None, ...]], cik: str, digest: str, source: str
) -> pl.DataFrame:
    schema = {**COMPANYFACTS, **TEXT_COLUMNS}
    del schema["cik"], schema["content_digest"], schema["source"]
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_columns(
            pl.lit(cik).alias("cik"),
            pl.lit(digest).alias("content_digest"),
            pl.lit(source).alias("source"),
            pl.col("period_start", "period_end", "filed_at").str.to_date("%Y-%m-%d"),
            pl.col("value").cast(VALUE, strict=False),
        )
        .unique(maintain_order=True)
        .select(COMPANYFACTS.names())
    )


def _rows(content: Mapping[str, Any]) -> Iterator[tuple[str | None, ...]]:
    for prefix, concepts in content.get("facts", {}).items():
        for name, concept in concepts.items():
            for unit, facts in concept["units"].items():
                for fact in facts:
                    yield (
                        fact["accn"],
                        f"{prefix}:{name}",
                        fact.get("start"),
                        fact["end"],
                        unit,
                        None if fact["val"] is None else str(fact["val"]),
                        fact["form"],
                        fact["filed"],
                    )
