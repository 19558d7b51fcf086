from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from ingest.edgar.facts import years_of_duration
from ingest.errors import InputSchemaError, MissingInputFileError, UnreadableInputFileError
from ingest.snapshot.client import SNAPSHOT_DIR, read_filings, read_gathered_on, read_prices


@pytest.fixture(scope="module")
def snapshot(registry):
    return read_filings(SNAPSHOT_DIR, registry.filing_rules)


def test_every_row_of_the_embedded_snapshot_is_typed(snapshot):
    assert snapshot.rejects.is_empty()
    assert snapshot.facts.height == 11_054
    assert snapshot.facts["fact_id"].n_unique() == snapshot.facts.height


def test_known_from_is_the_acceptance_time_not_the_filing_date(snapshot):
    filing = snapshot.filings.row(
        by_predicate=pl.col("accession_number") == "0001018724-24-000161", named=True
    )
    # 18:44:54 in New York on October 31, although EDGAR dates the filing November 1.
    assert filing["known_from"] == datetime(2024, 10, 31, 22, 44, 54, tzinfo=UTC)
    assert filing["known_from_basis"] == "accepted_at"


def test_an_undated_acceptance_counts_from_the_end_of_the_filing_day_in_new_york(snapshot):
    filing = snapshot.filings.row(
        by_predicate=pl.col("accession_number") == "0001018724-26-000026", named=True
    )
    assert filing["known_from"] == datetime(2026, 8, 1, 4, 0, 0, 1000, tzinfo=UTC)
    assert filing["known_from_basis"] == "filed_at"


def test_a_filing_without_any_date_counts_from_the_day_it_was_due(snapshot):
    filing = snapshot.filings.row(
        by_predicate=pl.col("accession_number") == "0000950170-23-047713", named=True
    )
    # Form 10-Q for 2023-08-31: due 40 days later, October 10.
    assert filing["known_from"] == datetime(2023, 10, 11, 4, 0, 0, 1000, tzinfo=UTC)
    assert filing["known_from_basis"] == "filing_deadline"


def test_typed_dimension_members_are_told_from_explicit_ones(snapshot):
    axes = snapshot.fact_dimensions.group_by("axis").agg(pl.col("is_typed").unique())
    typed = dict(axes.rows())
    prefix = "us-gaap:RevenueRemainingPerformanceObligationExpectedTimingOfSatisfaction"
    assert typed[f"{prefix}StartDateAxis"] == [True]
    assert typed["us-gaap:StatementBusinessSegmentsAxis"] == [False]


@pytest.mark.parametrize(
    ("text", "years"),
    [("P3Y8M12D", "3.7"), ("P4Y1M6D", "4.1"), ("P24M", "2"), ("P2Y", "2"), ("P6Y4M24D", "6.4")],
)
def test_a_duration_is_years_of_months_of_thirty_days(text, years):
    assert round(years_of_duration(text), 9) == Decimal(years)


@pytest.mark.parametrize("text", ["P", "3.7", "P1W", "", "PT5H"])
def test_what_is_no_duration_in_years_is_none(text):
    assert years_of_duration(text) is None


def test_a_text_in_a_value_is_a_reject_with_file_line_and_reason(edit_lines, registry):
    def spoil(lines):
        cells = lines[100].split(",")
        assert "0000789019" in lines[100]
        return [*lines[:100], lines[100].replace(f",{cells[-4]},", ",about five,"), *lines[101:]]

    snapshot = read_filings(edit_lines("facts.csv", spoil), registry.filing_rules)
    (reject,) = snapshot.rejects.to_dicts()
    assert (reject["file"], reject["source_line"]) == ("facts.csv", 101)
    assert "value about five is not a number" in reject["detail"]
    assert "0000789019" in reject["row_json"]
    assert snapshot.facts.height == 11_053


def test_dimensions_that_are_no_json_are_a_reject(edit_lines, registry):
    def spoil(lines):
        return [*lines[:1], lines[1].replace(",{},", ",{oops,"), *lines[2:]]

    snapshot = read_filings(edit_lines("facts.csv", spoil), registry.filing_rules)
    (reject,) = snapshot.rejects.to_dicts()
    assert (reject["reason"], reject["source_line"]) == ("malformed_dimensions", 2)
    assert snapshot.facts.height == 11_053


def test_a_missing_column_is_named(edit_lines, registry):
    def drop_unit(lines):
        return [lines[0].replace(",unit,", ",units,"), *lines[1:]]

    with pytest.raises(InputSchemaError, match=r"facts.csv: missing column\(s\) \['unit'\]"):
        read_filings(edit_lines("facts.csv", drop_unit), registry.filing_rules)


def test_a_missing_file_is_named(snapshot_copy):
    (snapshot_copy / "prices.csv").unlink()
    with pytest.raises(MissingInputFileError, match=r"prices\.csv"):
        read_prices(snapshot_copy)


def test_bytes_that_are_no_table_are_refused(snapshot_copy, registry):
    (snapshot_copy / "facts.csv").write_bytes(b"\x1f\x8b\x00 not a table \xff\xfe")
    with pytest.raises((UnreadableInputFileError, InputSchemaError), match=r"facts\.csv"):
        read_filings(snapshot_copy, registry.filing_rules)


@pytest.mark.parametrize("text", ["", "gathered_on: soon", "- 1", "gathered_on: [2026"])
def test_an_undated_snapshot_is_refused(snapshot_copy, text):
    (snapshot_copy / "snapshot.yml").write_text(text)
    with pytest.raises(UnreadableInputFileError, match=r"snapshot\.yml"):
        read_gathered_on(snapshot_copy)
