"""Raw tables: what the source and the declarations say, loaded into the build.

Belongs here: which reader feeds which table. Does not belong here: reading or writing itself.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Config,
    MaterializeResult,
    multi_asset,
)

from ingest.articles.loading import claims_frame
from ingest.articles.schema import ARTICLES, CLAIMS
from ingest.articles.store import FOLLOWED
from ingest.edgar.schema import (
    COMPANYFACTS,
    FACT_DIMENSIONS,
    FACTS,
    FILINGS,
    REJECTS,
    TEXT_FACTS,
)
from ingest.guidance.schema import GUIDANCE
from ingest.http import Traffic
from ingest.prices.schema import PRICES
from ingest.registry_tables import registry_tables
from ingest.snapshot.client import SOURCE, read_guidance, read_prices
from ingest.warehouse import KNOWLEDGE, LoadResult, load_knowledge, load_table
from orchestration.extracting import chosen_extractor
from orchestration.followed_articles import follow_articles, load_all_articles
from orchestration.metadata import column_schema, load_metadata
from orchestration.resources import Project
from orchestration.retries import by_kind_of_error
from orchestration.settings import parse_moment
from orchestration.sources import load_filings
from registry.assumptions import load_theses

GROUP = "raw"
LANDING_GROUP = "landing"
OWNERS = ["team:data"]

FILING_TABLES: Mapping[str, tuple[pl.Schema, str]] = {
    "filings": (FILINGS, "Filings and when each became known. One row per accession number."),
    "facts": (FACTS, "Facts as filed, with their evidence. One row per fact in one filing."),
    "text_facts": (TEXT_FACTS, "Facts that are text. One row per fact in one filing."),
    "fact_dimensions": (FACT_DIMENSIONS, "Dimensions of facts. One row per fact and axis."),
    "companyfacts": (COMPANYFACTS, "EDGAR's own extract, to compare with. One row per fact."),
    "rejects": (REJECTS, "What could not become a row, and why. One row per rejected row or fact."),
}
KNOWLEDGE_TABLE = (KNOWLEDGE, "The moment the warehouse is as of. One row at most.")
PRICE_TABLE = (PRICES, "Closing prices. One row per ticker and day.")
GUIDANCE_TABLE = (GUIDANCE, "What companies said to expect. One row per statement of a figure.")
ARTICLE_TABLES: Mapping[str, tuple[pl.Schema, str]] = {
    "articles": (ARTICLES, "Articles on trial. One row per article and version."),
    "claims": (CLAIMS, "Numeric claims the articles print. One row per claim."),
}
LANDED_ARTICLES = AssetKey(["landed", "articles"])
# Filings are loaded by then: the table of rejects holds theirs and those of articles.
FILINGS_LOADED = AssetKey(["raw", "knowledge"])


class Knowledge(Config):
    """Up to when anything counts as known: ISO 8601 with its offset; by default, until now."""

    as_of: str | None = None


def raw_key(table: str) -> AssetKey:
    """The key of a raw table's asset."""
    return AssetKey(["raw", table])


def build_raw_assets(project: Project) -> list[AssetsDefinition]:
    """What is followed, landed; and three loads: declarations; filings and prices; articles."""
    declarations = registry_tables(project.registry, load_theses())

    @multi_asset(
        name="load_registry",
        specs=[
            _spec(table, frame.schema, f"Declared: {table.removeprefix('registry_')}.", "yaml")
            for table, frame in declarations.items()
        ],
    )
    @by_kind_of_error
    def load_registry(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        yield from _load(project, context.run_id, declarations, None)

    @multi_asset(
        name="load_source",
        specs=[
            *(_spec(table, *about, "edgar") for table, about in FILING_TABLES.items()),
            _spec("prices", *PRICE_TABLE, "csv"),
            _spec("guidance", *GUIDANCE_TABLE, "csv"),
            _spec("knowledge", *KNOWLEDGE_TABLE, "python"),
        ],
    )
    @by_kind_of_error
    def load_source(
        context: AssetExecutionContext, config: Knowledge
    ) -> Iterator[MaterializeResult[None]]:
        as_of = parse_moment(config.as_of) if config.as_of else None
        prices, price_rejects = read_prices(project.settings.snapshot_dir)
        guidance, guidance_rejects = read_guidance(project.settings.snapshot_dir)
        rejects = pl.concat([price_rejects, guidance_rejects])
        with project.new_build(context.run_id) as connection:
            changes, traffic = load_filings(connection, project.settings, project.registry, rejects)
            changes["prices"] = load_table(connection, "prices", prices, SOURCE)
            changes["guidance"] = load_table(connection, "guidance", guidance, SOURCE)
            changes["knowledge"] = load_knowledge(connection, as_of)
        yield from _results(changes, {"filings": traffic})

    @multi_asset(
        name="land_articles",
        specs=[
            AssetSpec(
                LANDED_ARTICLES,
                group_name=LANDING_GROUP,
                description="What is followed, as it was fetched. One file per content.",
                owners=OWNERS,
                kinds={"python", "sqlite"},
            )
        ],
    )
    @by_kind_of_error
    def land_articles() -> MaterializeResult[None]:
        news = follow_articles(project.settings)
        found = {"new": news.new, "changed": news.changed, "problems": news.problems}
        return MaterializeResult(metadata={name: len(each) for name, each in found.items()})

    @multi_asset(
        name="load_articles",
        specs=[
            _spec(table, *about, "markdown", [LANDED_ARTICLES, FILINGS_LOADED])
            for table, about in ARTICLE_TABLES.items()
        ],
    )
    @by_kind_of_error
    def load_articles(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        articles, rejects = load_all_articles(project.settings)
        extractor = chosen_extractor(project.settings, project.registry)
        claims, unread = claims_frame(articles, extractor)
        with project.new_build(context.run_id) as connection:
            load_table(connection, "rejects", pl.concat([rejects, unread]), FOLLOWED)
        yield from _load(project, context.run_id, {"articles": articles, "claims": claims}, None)

    return [load_registry, land_articles, load_source, load_articles]


def _spec(
    table: str, schema: pl.Schema, description: str, kind: str, deps: Sequence[AssetKey] = ()
) -> AssetSpec:
    return AssetSpec(
        raw_key(table),
        deps=deps,
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


def _results(
    changes: Mapping[str, LoadResult], traffic: Mapping[str, Traffic] = {}
) -> Iterator[MaterializeResult[None]]:
    for table, change in changes.items():
        metadata = load_metadata(change, traffic.get(table))
        yield MaterializeResult(asset_key=raw_key(table), metadata=metadata)
