"""Guidance as rows: one company's outlook for one figure and period, as stated on one occasion.

`low` and `high` are the ends of the stated range, the same number for a single one; `basis` says by
which definition where there are several. `known_from` is the stated time, or the first millisecond
after the day where only that is known.
"""

import polars as pl

from ingest.edgar.schema import INSTANT, VALUE

GUIDED_METRICS = ("net_sales", "operating_income", "capex")

GUIDANCE = pl.Schema(
    {
        "ticker": pl.String(),
        "metric": pl.String(),
        "basis": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "low_usd": VALUE,
        "high_usd": VALUE,
        "is_approximate": pl.Boolean(),
        "stated_on": pl.Date(),
        "known_from": INSTANT,
        "accession_number": pl.String(),
        "evidence": pl.String(),
        "evidence_ref": pl.String(),
        "source": pl.String(),
        "source_line": pl.Int64(),
    }
)
