"""Rows of the bulk sources in one shape: those of `raw.filings`, and what is said of the filer.

Belongs here: the shapes, when a filing became known, where it lies in the lake. Does not belong
here: any source's own names for these things.
"""

from collections.abc import Iterable, Sequence

import polars as pl
import pyarrow as pa

from ingest.edgar.schema import FILINGS
from ingest.known_from import known_from_columns
from ingest.lake import bucket_column
from registry.models import FilingRule

TOLD = pl.Schema(
    {
        "accession_number": pl.String(),
        "cik": pl.String(),
        "form": pl.String(),
        "period_of_report": pl.Date(),
        "filed_at": pl.Date(),
        "accepted_at": FILINGS["accepted_at"],
        "fiscal_year": pl.Int32(),
        "fiscal_period": pl.String(),
        "evidence_ref": pl.String(),
        "filer_name": pl.String(),
        "ticker": pl.String(),
        "sic": pl.String(),
        "fiscal_year_end": pl.String(),
    }
)
"""What a source tells of a filing and its filer; what it does not is null.

`fiscal_year_end` is MMDD, as the SEC writes it; `cik` has its zeros.
"""

BULK_FILINGS = pl.Schema(
    {
        **FILINGS,
        "evidence": pl.String(),
        "filer_name": pl.String(),
        "ticker": pl.String(),
        "sic": pl.String(),
        "year_end_month": pl.Int32(),
        "bucket": pl.Int32(),
        "year": pl.Int32(),
    }
)
BULK_REJECTS = pl.Schema(
    {
        "table_name": pl.String(),
        "file": pl.String(),
        "source_line": pl.Int64(),
        "reason": pl.String(),
        "detail": pl.String(),
    }
)
REPEATED = (
    "cik", "accession_number", "concept", "dimensions", "unit", "decimals", "evidence", "source",
)  # fmt: skip
"""Columns of facts in which few texts stand over and over."""
# Years of 52 or 53 weeks end some days into the month after the one they are named by.
LAST_DAY_OF_MONTH_BEFORE = 7


def bulk_filings(
    told: pl.DataFrame,
    *,
    evidence: str,
    source: str,
    read_status: str,
    filing_rules: Sequence[FilingRule],
) -> pl.DataFrame:
    """Rows of `BULK_FILINGS` from rows of `TOLD`."""
    return (
        told.with_columns(
            pl.lit(read_status).alias("read_status"),
            pl.lit(None, pl.String).alias("read_detail"),
            pl.lit(evidence).alias("evidence"),
            pl.lit(None, pl.String).alias("content_digest"),
            pl.lit(None, FILINGS["withdrawn_at"]).alias("withdrawn_at"),
            pl.lit(source).alias("source"),
            year_end_month().alias("year_end_month"),
        )
        .with_columns(
            *known_from_columns(filing_rules),
            bucket_column(),
            pl.col("filed_at").dt.year().alias("year"),
        )
        .select(BULK_FILINGS.names())
        .cast(BULK_FILINGS)
    )


def year_end_month() -> pl.Expr:
    """Month the fiscal year ends in by name: one that ends on January 3 is December's."""
    month = pl.col("fiscal_year_end").str.slice(0, 2).cast(pl.Int32, strict=False)
    day = pl.col("fiscal_year_end").str.slice(2, 2).cast(pl.Int32, strict=False)
    named = pl.when(day <= LAST_DAY_OF_MONTH_BEFORE).then((month + 10) % 12 + 1).otherwise(month)
    return pl.when(month.is_between(1, 12)).then(named)


def numbered(facts: pl.DataFrame) -> pa.Table:
    """Facts as a table for the lake, whose repeated texts are numbers of words."""
    repeated = [name for name in REPEATED if facts[name].dtype == pl.String]
    words = facts.with_columns(pl.col(repeated).cast(pl.Categorical))
    return words.to_arrow(compat_level=pl.CompatLevel.oldest())


def rejected_members(table: str, members: Iterable[tuple[str, str, str]]) -> pl.DataFrame:
    """Rows of `BULK_REJECTS` for whole files: name, reason and detail of each."""
    return pl.DataFrame(
        [(table, file, None, reason, detail) for file, reason, detail in members],
        schema=BULK_REJECTS,
        orient="row",
    )
