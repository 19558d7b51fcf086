"""Filings and facts as rows: the shape every source of filings must deliver.

A filing's `read_status` says whether its facts, or the figures of its release, could be read and
`read_detail` why not;
`content_digest` is that of the documents read, with the version of the reader; `withdrawn_at` when
a filing was first seen missing from the company's list. A nil fact has no value. Markup facts of
`TEXT_FACTS` are kept in the landed document alone: their `text_value` is null beside the length.

Evidence levels say how a figure reached us, strongest first; a figure derived from several is as
strong as its weakest. `companyfacts` is the SEC's extract, exact in its days; `data_set` its
quarterly data sets, whose days are rounded. `preliminary` is read from the tables of an earnings
release: the company's own word, so above a third party's, but furnished and not filed, reviewed by
nobody, and placed by the label of a row alone, so below whatever a report states. It gives way to
the report.
"""

import polars as pl

PRELIMINARY = "preliminary"
EVIDENCE_LEVELS = (
    "xbrl", "transcribed", "companyfacts", "data_set", "filing_text", PRELIMINARY, "secondary",
)  # fmt: skip
KNOWN_FROM_BASES = ("accepted_at", "index_acceptance", "filed_at", "filing_deadline")
FORMS = ("10-K", "10-K/A", "10-KT", "10-KT/A", "10-Q", "10-Q/A", "8-K", "8-K/A")
READ = ("facts_read", "release_read")
READ_STATUSES = (
    *READ, "documents_missing", "no_tagged_facts", "no_figures", "unreadable",
)  # fmt: skip

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
        "read_status": pl.String(),
        "read_detail": pl.String(),
        "content_digest": pl.String(),
        "withdrawn_at": INSTANT,
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
        "is_nil": pl.Boolean(),
        "evidence": pl.String(),
        "evidence_ref": pl.String(),
        "source": pl.String(),
        "source_line": pl.Int64(),
    }
)

TEXT_FACTS = pl.Schema(
    {
        "cik": pl.String(),
        "accession_number": pl.String(),
        "concept": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "dimensions": pl.String(),
        "text_value": pl.String(),
        "text_length": pl.Int64(),
        "is_nil": pl.Boolean(),
        "evidence_ref": pl.String(),
        "source": pl.String(),
        "source_line": pl.Int64(),
    }
)

COMPANYFACTS = pl.Schema(
    {
        "cik": pl.String(),
        "accession_number": pl.String(),
        "concept": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "unit": pl.String(),
        "value": VALUE,
        "form": pl.String(),
        "filed_at": pl.Date(),
        "content_digest": pl.String(),
        "source": pl.String(),
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
