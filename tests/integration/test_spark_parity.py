"""The marts are the same rows on DuckDB and on Spark, and filings are read alike on both.

What needs Spark is skipped where its environment is absent (`make spark-env` makes it).
"""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.parity import (
    ROOT,
    SPARK_PYTHON,
    Parity,
    both_engines,
    compare,
    embedded_build,
    spark_environment,
)
from ingest.edgar.facts import FilingOfFacts, RawFacts, raw_facts
from ingest.edgar.folders import folder_of
from ingest.edgar.xbrl import read_document
from ingest.parquet import write_raw_tables
from ingest.warehouse import drop_other_companies
from registry.models import Registry
from tests.conftest import settings_in
from tests.support.rare_rows import add_rare_rows
from tests.support.xbrl_documents import (
    USD,
    context,
    duration,
    explicit,
    fact,
    inline,
    instance,
    number,
    text,
)

needs_spark = pytest.mark.skipif(
    not SPARK_PYTHON.exists(),
    reason="no environment of Spark: `make spark-env` makes one, or set PLUMBLINE_SPARK_PYTHON",
)

# The fewest marts that use every macro of the models but for those of lineage and identities.
FEWEST = [
    "+fct_segment_margins", "+fct_universe_growth_base_rates", "+fct_outlet_record",
    "+fct_preliminary_figures", "+fct_valuation_inputs", "+fact_conflicts",
    "+companyfacts_disagreements",
]  # fmt: skip
TWO_COMPANIES = ("0001018724", "0000789019")


def rare_raw(directory: Path, registry: Registry, ciks: tuple[str, ...] = ()) -> Path:
    """Raw Parquet of the embedded data and of what it lacks, of some companies or of all."""
    build = embedded_build(settings_in(directory / "raw-build"))
    with duckdb.connect(str(build)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        add_rare_rows(connection, registry)
        if ciks:
            drop_other_companies(connection, ciks)
        write_raw_tables(connection, directory / "raw")
    return directory / "raw"


def parity_of(directory: Path, raw: Path, select: list[str]) -> Parity:
    settings = replace(settings_in(directory / "duckdb"), memory_limit="2GB")
    parity = both_engines(raw, settings, directory / "spark", select=select)
    assert parity.differences == []
    return parity


@needs_spark
@pytest.mark.slow
def test_every_macro_gives_the_same_rows_on_both_engines(tmp_path, registry):
    parity = parity_of(tmp_path, rare_raw(tmp_path, registry, TWO_COMPANIES), FEWEST)
    rows = {mart.mart.split(".")[1]: mart.rows for mart in parity.marts}
    assert all(
        rows[mart]
        for mart in (
            "fct_segment_margins_history", "fct_universe_growth_base_rates", "fct_claim_checks",
            "fct_outlet_record", "fct_preliminary_figures", "fct_valuation_inputs",
            "fact_conflicts", "companyfacts_disagreements",
        )
    )  # fmt: skip


@needs_spark
@pytest.mark.long
def test_every_mart_has_the_same_rows_on_both_engines(tmp_path, registry):
    parity = parity_of(tmp_path, rare_raw(tmp_path, registry), [])
    marts = {path.stem for layer in ("marts", "quality") for path in models_of(layer)}
    assert {mart.mart.split(".")[1] for mart in parity.marts} == marts
    assert all(mart.rows for mart in parity.marts)


def models_of(layer: str) -> Iterator[Path]:
    return (ROOT / "dbt" / "models" / layer).rglob("*.sql")


# What the comparison sees


@pytest.fixture
def compared(tmp_path):
    """A mart in DuckDB and the SQL of its rows on Spark, compared."""

    def compared(on_spark: str):
        (tmp_path / "marts" / "fct_sizes").mkdir(parents=True)
        with duckdb.connect() as connection:
            connection.execute("create schema marts")
            connection.execute(
                "create table marts.fct_sizes as from (values"
                " ('AMZN', 1.5::double, 2::decimal(38, 9), ['a']), ('MSFT', null, 3, ['b'])"
                ") as rows(ticker, size_ratio, size_usd, accession_numbers)"
            )
            connection.execute(
                f"copy ({on_spark}) to '{tmp_path}/marts/fct_sizes/part.parquet' (format parquet)"
            )
            return compare(connection, tmp_path, "marts.fct_sizes", ["ticker"])

    return compared


def test_equal_rows_in_another_order_are_equal(compared):
    found = compared("from marts.fct_sizes order by ticker desc")
    assert (found.rows, found.close, found.differences) == (2, 0, ())


def test_the_last_bit_of_a_double_is_told_apart_from_a_difference(compared):
    found = compared(
        "select * replace (size_ratio * (1 + 1e-15) as size_ratio) from marts.fct_sizes"
    )
    assert (found.close, found.differences) == (1, ())


def test_a_difference_names_mart_key_and_both_values(compared):
    found = compared("select * replace (size_usd + 0.000000001 as size_usd) from marts.fct_sizes")
    assert found.differences[0].startswith(
        "marts.fct_sizes (ticker='AMZN'): size_usd is Decimal('2.000000000') in DuckDB and"
        " Decimal('2.000000001') on Spark"
    )
    assert len(found.differences) == 2


def test_a_double_that_is_further_off_or_null_is_a_difference(compared):
    found = compared(
        "select * replace (case ticker when 'AMZN' then 1.5000001 else 0 end::double as size_ratio)"
        " from marts.fct_sizes"
    )
    assert len(found.differences) == 2


def test_a_row_too_many_and_one_too_few_are_differences(compared):
    found = compared(
        "select * replace (replace(ticker, 'MSFT', 'ORCL') as ticker) from marts.fct_sizes"
    )
    assert sorted(found.differences) == [
        "marts.fct_sizes (ticker='MSFT'): only in DuckDB",
        "marts.fct_sizes (ticker='ORCL'): only on Spark",
    ]


def test_the_same_row_twice_is_a_difference(compared):
    found = compared("from marts.fct_sizes union all from marts.fct_sizes where ticker = 'AMZN'")
    assert found.differences == ("marts.fct_sizes (ticker='AMZN'): only on Spark",)


def test_another_type_is_a_difference(compared):
    found = compared("select * replace (size_usd::double as size_usd) from marts.fct_sizes")
    assert "columns or types differ" in found.differences[0]


# Filings


CIK = "0001018724"
YEAR = duration("2024-01-01", "2024-12-31")
CLOUD = explicit("srt:ProductOrServiceAxis", "exmp:CloudMember")
RESOURCES = (
    context("year", YEAR, entity=CIK)
    + context("cloud", YEAR, CLOUD, entity=CIK)
    + context("other", YEAR)
    + USD
)
DOCUMENTS = {
    ("000101872424000001", "amzn-20241231.htm"): inline(
        number("1,234", id="f1", scale="6", format="ixt:num-dot-decimal")
        + number("5", id="f2", context="nowhere")
        + number("6", id="f3", context="other")
        + number("7", id="f4", context="cloud", decimals="INF")
        + text("Revenue is recognised.", id="f5"),
        RESOURCES,
    ),
    ("000101872424000001", "amzn-20241231_lab.xml"): b"<linkbase/>",
    ("000101872424000002", "amzn-20240630.xml"): instance(
        fact("us-gaap:Revenues", "77", unit="usd", id="f6"), RESOURCES
    ),
    ("000101872424000003", "broken.htm"): b"<html><body>no facts</body></html>",
}


@needs_spark
@pytest.mark.slow
def test_filings_read_on_spark_give_the_rows_that_reading_here_gives(tmp_path):
    local = []
    for (folder, name), content in DOCUMENTS.items():
        path = tmp_path / "documents" / "Archives/edgar/data/1018724" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        number_of = f"{folder[:10]}-{folder[10:12]}-{folder[12:]}"
        about = FilingOfFacts(CIK, number_of, folder_of(CIK, number_of), "edgar")
        if name not in ("broken.htm", "amzn-20241231_lab.xml"):
            local.append(raw_facts(read_document(name, content), about))
    subprocess.run(
        [SPARK_PYTHON, "-m", "spark.filings", tmp_path / "documents", tmp_path / "raw"],
        cwd=ROOT,
        env=spark_environment(tmp_path / "spark"),
        check=True,
        capture_output=True,
    )
    for table, count in (("facts", 3), ("text_facts", 1), ("fact_dimensions", 1)):
        assert len(rows_of(local, table)) == count
        assert rows_in(tmp_path / "raw" / table) == rows_of(local, table), table
    rejects = rows_in(tmp_path / "raw" / "rejects")
    unreadable = [row for row in rejects if row["reason"] == "unreadable"]
    assert [row["file"].rsplit("/")[-1] for row in unreadable] == ["broken.htm"]
    assert [row for row in rejects if row not in unreadable] == rows_of(local, "rejects")
    assert {row["reason"] for row in rejects} == {"unreadable", "unknown_context", "other_entity"}


def rows_in(directory: Path) -> list[dict]:
    return ordered(pl.read_parquet(directory / "*.parquet"))


def rows_of(read: list[RawFacts], table: str) -> list[dict]:
    return ordered(pl.concat([getattr(rows, table) for rows in read]))


def ordered(frame: pl.DataFrame) -> list[dict]:
    return sorted(frame.to_dicts(), key=repr)
