"""Every guard of the raw tables holds on the embedded data and fails on a row made to break it."""

from dataclasses import replace
from datetime import date

import duckdb
import polars as pl
import pytest

from ingest.articles.client import read_articles
from ingest.articles.extraction.extractor import RuleExtractor
from ingest.articles.loading import articles_frame, claims_frame
from ingest.edgar.loading import TABLES
from ingest.errors import GuardEngineError
from ingest.guards import Guard, GuardContext, always
from ingest.raw_guards import GUARDED_TABLES, RAW_GUARDS
from ingest.registry_tables import registry_tables
from ingest.snapshot.client import SNAPSHOT_DIR, SOURCE, read_filings, read_guidance, read_prices
from ingest.validation import validate, validate_raw
from ingest.warehouse import load_table, raw_frames
from registry.assumptions import load_theses
from registry.language import load_language


@pytest.fixture(scope="module")
def context(registry):
    tickers = tuple(company.ticker for company in registry.companies)
    day = date(2026, 11, 23)
    return GuardContext(registry.ciks, tickers, gathered_on=day, filings_gathered_on=day)


@pytest.fixture(scope="module")
def frames(registry):
    snapshot = read_filings(SNAPSHOT_DIR, registry.filing_rules)
    articles, _ = articles_frame(read_articles(SNAPSHOT_DIR / "articles", SOURCE), [])
    claims, _ = claims_frame(articles, RuleExtractor(load_language(registry)))
    prices, _ = read_prices(SNAPSHOT_DIR)
    guidance, _ = read_guidance(SNAPSHOT_DIR)
    tables = {table: getattr(snapshot, table) for table in TABLES}
    tables |= {"prices": prices, "guidance": guidance, "articles": articles, "claims": claims}
    found = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table, frame in tables.items():
            load_table(connection, table, frame, SOURCE)
        for table, frame in registry_tables(registry, load_theses()).items():
            load_table(connection, table, frame)
        for table in GUARDED_TABLES:
            found |= raw_frames(connection, table)
    return found


def spoil(frame, column, value):
    """The first row with a value in the column, changed there."""
    spoiled = frame.with_row_index("__row")
    row = spoiled.filter(pl.col(column).is_not_null())["__row"][0] if frame.height else 0
    return spoiled.with_columns(
        pl.when(pl.col("__row") == row)
        .then(pl.lit(value, dtype=frame.schema[column]))
        .otherwise(column)
        .alias(column)
    ).drop("__row")


def failed(frames, context):
    """The guards that fail of those about the frames: each is about one alone."""
    about = [guard for guard in RAW_GUARDS if (guard.table, guard.about) in frames]
    return {
        result.guard: result for result in validate(frames, about, context) if not result.is_success
    }


def test_the_embedded_data_passes_every_guard(frames, context):
    results = validate_raw(frames, context)
    assert [result.message() for result in results if not result.is_success] == []
    assert len(results) == len(RAW_GUARDS)


@pytest.mark.parametrize(
    ("table", "column", "value", "guards"),
    [
        ("facts", "unit", "US dollars", {"facts_have_well_formed_units"}),
        ("facts", "value", None, {"facts_that_are_not_nil_have_value"}),
        ("facts", "accession_number", "1018724-1", {"facts_have_well_formed_accession_numbers"}),
        ("facts", "cik", "0000000001", {"facts_are_of_registered_companies"}),
        ("facts", "concept", "Revenues", {"facts_have_prefixed_concepts"}),
        ("facts", "concept", None, {"facts_have_concept"}),
        ("facts", "value", 9e15, {"values_in_shares_are_plausible"}),
        ("facts", "decimals", "many", {"stated_precisions_are_well_formed"}),
        ("facts", "evidence", "hearsay", {"facts_have_known_evidence"}),
        ("facts", "filing_form", None, {"facts_belong_to_a_filing"}),
        ("facts", "period_start", date(2030, 1, 1), {"periods_start_before_they_end"}),
        ("facts", "known_on", date(2010, 1, 1), {"periods_end_before_they_are_filed"}),
        ("filings", "form", "S-1", {"filings_are_of_known_forms"}),
        ("filings", "period_of_report", date(2030, 1, 1), {"filings_are_filed_after_their_period"}),
        ("filings", "read_status", "maybe", {"filings_say_whether_they_were_read"}),
        ("filings", "filed_at", date(2027, 1, 1), {"the_newest_filing_is_fresh"}),
        ("prices", "close_usd", 0, {"closes_are_plausible"}),
        ("prices", "ticker", "ENRN", {"prices_are_of_registered_companies"}),
        ("guidance", "ticker", "ENRN", {"guidance_is_of_registered_companies"}),
        ("guidance", "metric", "dividends", {"guidance_is_of_known_metrics"}),
        ("guidance", "evidence", "rumour", {"guidance_has_known_evidence"}),
        ("guidance", "low_usd", 10**15, {"guided_ranges_are_not_reversed"}),
        ("guidance", "accession_number", "8-K", {"guidance_cites_well_formed_accession_numbers"}),
        ("guidance", "stated_on", date(2030, 1, 1), {"guidance_is_not_of_the_future"}),
        ("claims", "unit", "EUR", {"claims_have_known_units"}),
        ("claims", "printed_low", 1e18, {"printed_intervals_are_not_empty"}),
        ("articles", "published_at", date(2027, 1, 1), {"articles_are_not_of_the_future"}),
        ("articles", "article_version", 0, {"article_versions_count_from_one"}),
        ("articles", "body", "up \u202e67%", {"article_body_hides_no_characters"}),
        ("articles", "title", "4\u200b4", {"article_title_hides_no_characters"}),
    ],
)
def test_a_bad_row_fails_the_guard_made_for_it(frames, context, table, column, value, guards):
    key = (table, "rows")
    found = failed({key: spoil(frames[key], column, value)}, context)
    assert guards <= found.keys()
    assert len(found) <= 2


PRELIMINARY = {
    "evidence": "preliminary",
    "filing_form": "8-K",
    "concept": "release:NetSales",
    "evidence_ref": "Archives/edgar/data/1/2/ex991.htm#table3.row12",
}


def test_a_figure_of_a_release_holds_every_guard(frames, context):
    facts = frames["facts", "rows"]
    for column, value in PRELIMINARY.items():
        facts = spoil(facts, column, value)
    assert failed({("facts", "rows"): facts}, context) == {}


@pytest.mark.parametrize(
    ("column", "value", "guard"),
    [
        ("filing_form", "10-Q", "preliminary_facts_are_stated_in_releases"),
        ("concept", "us-gaap:Revenues", "preliminary_facts_are_declared_of_releases"),
        ("evidence_ref", "ex991.htm", "preliminary_facts_say_where_they_are_printed"),
    ],
)
def test_a_figure_of_a_release_that_is_none_fails_its_guard(frames, context, column, value, guard):
    facts = frames["facts", "rows"]
    for name, given in {**PRELIMINARY, column: value}.items():
        facts = spoil(facts, name, given)
    assert failed({("facts", "rows"): facts}, context).keys() == {guard}


def test_a_failure_names_the_row(frames, context):
    spoiled = spoil(frames["facts", "rows"], "unit", "US dollars")
    result = failed({("facts", "rows"): spoiled}, context)["facts_have_well_formed_units"]
    assert result.unexpected_count == 1
    assert "accession_number=0001193125-15-272806" in result.message()
    assert "source_line=2" in result.message()


def test_a_repeated_row_fails_its_key(frames, context):
    facts = frames["facts", "rows"]
    doubled = pl.concat([facts, facts.head(1)])
    assert failed({("facts", "rows"): doubled}, context).keys() == {"facts_are_unique"}


def test_a_reject_stops_the_load_and_says_why(frames, context):
    reject = pl.DataFrame(
        [("facts", "facts.csv", 7, "malformed_row", "value x is not a number", "{}", "snapshot")],
        schema=frames["rejects", "rows"].schema,
        orient="row",
    )
    found = failed({("rejects", "rows"): reject}, context)
    assert "value x is not a number" in found["no_row_of_a_table_was_rejected"].message()


def test_a_column_of_another_type_fails_the_declaration(frames, context):
    columns = frames["facts", "columns"].with_columns(
        pl.when(pl.col("column_name") == "value")
        .then(pl.lit("VARCHAR"))
        .otherwise("column_type")
        .alias("column_type")
    )
    found = failed({("facts", "columns"): columns}, context)
    assert found.keys() == {"facts_have_the_declared_columns_and_types"}


def test_fewer_rows_than_before_fail(frames, context):
    before = replace(context, previous_rows={"facts": 11_055})
    assert failed(frames, before).keys() == {"facts_are_no_fewer_than_before"}


def test_an_old_newest_filing_is_stale(frames, context):
    later = replace(context, filings_gathered_on=date(2027, 6, 1))
    assert "the_newest_filing_is_fresh" in failed(frames, later)


def test_a_failure_of_the_engine_is_an_error_and_not_a_failed_guard(frames, context):
    broken = Guard(
        "asks_of_a_column_that_is_not_there",
        "facts",
        "ExpectColumnValuesToNotBeNull",
        always(column="no_such_column"),
    )
    with pytest.raises(GuardEngineError, match="asks_of_a_column_that_is_not_there"):
        validate({("facts", "rows"): frames["facts", "rows"]}, [broken], context)


def test_guard_names_are_unique_sentences():
    names = [guard.name for guard in RAW_GUARDS]
    assert len(names) == len(set(names))
    assert all("_" in name for name in names)
