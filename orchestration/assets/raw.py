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
from ingest.edgar.schema import FACT_DIMENSIONS, FACTS, FILINGS, REJECTS
from ingest.prices.schema import PRICES
from ingest.registry_tables import registry_tables
from ingest.snapshot.client import SOURCE, read_snapshot
from ingest.warehouse import load_table
from orchestration.metadata import column_schema, load_metadata
from orchestration.resources import Project

GROUP = "raw"
OWNERS = ["team:data"]

SNAPSHOT_TABLES: Mapping[str, tuple[pl.Schema, str]] = {
    "filings": (FILINGS, "Filings and when each became known. One row per accession number."),
    "facts": (FACTS, "Facts as filed, with their evidence. One row per fact in one filing."),
    "fact_dimensions": (FACT_DIMENSIONS, "Dimensions of facts. One row per fact and axis."),
    "prices": (PRICES, "Closing prices. One row per ticker and day."),
    "rejects": (REJECTS, "Source rows that could not be typed, and why. One row per rejected row."),
}
ARTICLE_TABLES: Mapping[str, tuple[pl.Schema, str]] = {
    "articles": (ARTICLES, "Articles on trial. One row per article."),
    "claims": (CLAIMS, "Numeric claims the articles print. One row per claim."),
}


def raw_key(table: str) -> AssetKey:
    """The key of a raw table's asset."""
    return AssetKey(["raw", table])


def build_raw_assets(project: Project) -> list[AssetsDefinition]:
    """The three loads: declarations, snapshot, articles."""

    @multi_asset(
        name="load_registry",
        specs=[
            _spec(table, frame.schema, f"Declared: {table.removeprefix('registry_')}.", "yaml")
            for table, frame in registry_tables(project.registry).items()
        ],
        pool="warehouse",
    )
    def load_registry(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        yield from _load(project, context.run_id, registry_tables(project.registry), None)

    @multi_asset(
        name="load_snapshot",
        specs=[_spec(table, *about, "csv") for table, about in SNAPSHOT_TABLES.items()],
        pool="warehouse",
    )
    def load_snapshot(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        snapshot = read_snapshot(project.settings.snapshot_dir, project.registry.filing_rules)
        tables = {table: getattr(snapshot, table) for table in SNAPSHOT_TABLES}
        yield from _load(project, context.run_id, tables, SOURCE)

    @multi_asset(
        name="load_articles",
        specs=[_spec(table, *about, "markdown") for table, about in ARTICLE_TABLES.items()],
        pool="warehouse",
    )
    def load_articles(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        articles, claims = read_articles(project.settings.snapshot_dir / "articles", SOURCE)
        tables = {"articles": articles, "claims": claims}
        yield from _load(project, context.run_id, tables, SOURCE)

    return [load_registry, load_snapshot, load_articles]


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
        for table, frame in tables.items():
            result = load_table(connection, table, frame, source)
            yield MaterializeResult(asset_key=raw_key(table), metadata=load_metadata(result))
