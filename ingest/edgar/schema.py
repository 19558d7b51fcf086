"""Filings and facts as rows: the shape every source of filings must deliver.

Evidence levels say how a figure reached us, strongest first; a figure derived from several is as
strong as its weakest.
"""

import polars as pl

EVIDENCE_LEVELS = ("xbrl", "transcribed", "companyfacts", "filing_text", "secondary")
KNOWN_FROM_BASES = ("accepted_at", "filed_at", "filing_deadline")
FORMS = ("10-K", "10-Q", "8-K")

VALUE = pl.Decimal(38, 9)
INSTANT = pl.Datetime("us", "UTC")

FILINGS = pl.Schema(
    {
        "accession_number": pl.String(),
        "cik": pl.String(),
        "form": pl.String(),
        "period_of_report": pl.Date(),
        "filed_at": pl.Date(),
        "accepted_at": INSTANT,
        "known_from": INSTANT,
        "known_from_basis": pl.String(),
        "fiscal_year": pl.Int32(),
        "fiscal_period": pl.String(),
        "evidence_ref": pl.String(),
        "source": pl.String(),
    }
)

FACTS = pl.Schema(
    {
        "fact_id": pl.String(),
        "cik": pl.String(),
        "accession_number": pl.String(),
        "concept": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "dimensions": pl.String(),
        "unit": pl.String(),
        "value": VALUE,
        "text_value": pl.String(),
        "decimals": pl.String(),
        "evidence": pl.String(),
        "evidence_ref": pl.String(),
        "source": pl.String(),
        "source_line": pl.Int64(),
    }
)

FACT_DIMENSIONS = pl.Schema(
    {
        "fact_id": pl.String(),
        "axis": pl.String(),
        "member": pl.String(),
        "is_typed": pl.Boolean(),
        "source": pl.String(),
    }
)

REJECTS = pl.Schema(
    {
        "table_name": pl.String(),
        "file": pl.String(),
        "source_line": pl.Int64(),
        "reason": pl.String(),
        "detail": pl.String(),
        "row_json": pl.String(),
        "source": pl.String(),
    }
)
