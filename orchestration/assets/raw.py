"""Raw tables: what the source and the declarations say, loaded into the build.

Belongs here: which reader feeds which table. Does not belong here: reading or writing itself.
"""

from collections.abc import Iterator, Mapping

import polars as pl
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from ingest.articles.client import read_articles
from ingest.articles.schema import ARTICLES, CLAIMS
from ingest.edgar.schema import (
    COMPANYFACTS,
    FACT_DIMENSIONS,
    FACTS,
    FILINGS,
    REJECTS,
    TEXT_FACTS,
)
from ingest.prices.schema import PRICES
from ingest.registry_tables import registry_tables
from ingest.snapshot.client import SOURCE, read_prices
from ingest.warehouse import LoadResult, load_table
from orchestration.metadata import column_schema, load_metadata
from orchestration.resources import Project
from orchestration.sources import load_filings

GROUP = "raw"
OWNERS = ["team:data"]

FILING_TABLES: Mapping[str, tuple[pl.Schema, str]] = {
    "filings": (FILINGS, "Filings and when each became known. One row per accession number."),
    "facts": (FACTS, "Facts as filed, with their evidence. One row per fact in one filing."),
    "text_facts": (TEXT_FACTS, "Facts that are text. One row per fact in one filing."),
    "fact_dimensions": (FACT_DIMENSIONS, "Dimensions of facts. One row per fact and axis."),
    "companyfacts": (COMPANYFACTS, "EDGAR's own extract, to compare with. One row per fact."),
    "rejects": (REJECTS, "What could not become a row, and why. One row per rejected row or fact."),
}
PRICE_TABLE = (PRICES, "Closing prices. One row per ticker and day.")
ARTICLE_TABLES: Mapping[str, tuple[pl.Schema, str]] = {
    "articles": (ARTICLES, "Articles on trial. One row per article."),
    "claims": (CLAIMS, "Numeric claims the articles print. One row per claim."),
}


def raw_key(table: str) -> AssetKey:
    """The key of a raw table's asset."""
    return AssetKey(["raw", table])


def build_raw_assets(project: Project) -> list[AssetsDefinition]:
    """The three loads: declarations, filings and prices, articles."""

    @multi_asset(
        name="load_registry",
        specs=[
            _spec(table, frame.schema, f"Declared: {table.removeprefix('registry_')}.", "yaml")
            for table, frame in registry_tables(project.registry).items()
        ],
    )
    def load_registry(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        yield from _load(project, context.run_id, registry_tables(project.registry), None)

    @multi_asset(
        name="load_source",
        specs=[
            *(_spec(table, *about, "edgar") for table, about in FILING_TABLES.items()),
            _spec("prices", *PRICE_TABLE, "csv"),
        ],
    )
    def load_source(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        prices, price_rejects = read_prices(project.settings.snapshot_dir)
        with project.new_build(context.run_id) as connection:
            changes = load_filings(connection, project.settings, project.registry, price_rejects)
            changes["prices"] = load_table(connection, "prices", prices, SOURCE)
        yield from _results(changes)

    @multi_asset(
        name="load_articles",
        specs=[_spec(table, *about, "markdown") for table, about in ARTICLE_TABLES.items()],
    )
    def load_articles(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        articles, claims = read_articles(project.settings.snapshot_dir / "articles", SOURCE)
        tables = {"articles": articles, "claims": claims}
        yield from _load(project, context.run_id, tables, SOURCE)

    return [load_registry, load_source, load_articles]


def _spec(table: str, schema: pl.Schema, description: str, kind: str) -> AssetSpec:
    return AssetSpec(
        raw_key(table),
        group_name=GROUP,
        description=description,
        owners=OWNERS,
        kinds={"duckdb", "polars", kind},
        metadata={"dagster/column_schema": column_schema(schema)},
    )


def _load(
    project: Project, run_id: str, tables: Mapping[str, pl.DataFrame], source: str | None
) -> Iterator[MaterializeResult[None]]:
    with project.new_build(run_id) as connection:
        changes = {
            table: load_table(connection, table, frame, source) for table, frame in tables.items()
        }
    yield from _results(changes)


def _results(changes: Mapping[str, LoadResult]) -> Iterator[MaterializeResult[None]]:
    for table, change in changes.items():
        yield MaterializeResult(asset_key=raw_key(table), metadata=load_metadata(change))
