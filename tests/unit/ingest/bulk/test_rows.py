"""Filings of all bulk sources in one shape."""

import polars as pl
import pytest

from ingest.bulk.rows import BULK_FILINGS, TOLD, bulk_filings, year_end_month
from registry.models import load_registry


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("1231", 12), ("0630", 6), ("0926", 9), ("0131", 1),
        # Years of 52 or 53 weeks that end in the first days of a month are the month before's.
        ("0103", 12), ("0202", 1), ("0701", 6),
        (None, None), ("", None), ("0000", None), ("1340", None), ("--", None),
    ],
)  # fmt: skip
def test_the_month_a_fiscal_year_is_named_by(written, month):
    frame = pl.DataFrame({"fiscal_year_end": [written]}, {"fiscal_year_end": pl.String})
    assert frame.select(year_end_month()).item() == month


def test_rows_have_the_shape_of_all_sources():
    told = pl.DataFrame([{"cik": "0000000033", "accession_number": "x"}], schema=TOLD)
    rules = load_registry().filing_rules
    rows = bulk_filings(
        told, evidence="data_set", source="s", read_status="facts_read", filing_rules=rules
    )
    assert rows.schema == BULK_FILINGS
    assert rows["bucket"].to_list() == [1]
    assert rows["known_from"].to_list() == [None]
