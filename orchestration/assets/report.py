"""The report and the publication: the last two steps of a refresh.

Belongs here: reading the frames the page is made from, putting the finished build in place. Does
not belong here: what the page says or how it looks.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb
import polars as pl
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)
from dagster_dbt import get_asset_key_for_model

from ingest.edgar.schema import READ
from ingest.quality import save_run, save_run_metrics
from ingest.raw_guards import RAW_GUARDS
from ingest.warehouse import known_until, row_counts
from orchestration.assets.raw import OWNERS, raw_key
from orchestration.assets.valuation import valuation_key
from orchestration.build import BuildError
from orchestration.losses import refuse_losses
from orchestration.metadata import figures, pictures
from orchestration.notices import Channel, news_of
from orchestration.resources import Project
from orchestration.retries import by_kind_of_error
from orchestration.run_metrics import cost_of, measure_run
from orchestration.run_tags import started_by_itself
from orchestration.sources import filings_gathered_on
from orchestration.versions import publish
from registry.assumptions import Thesis, load_scenarios, load_theses
from report.inputs import ReportInputs
from report.page import build_page
from valuation.schema import TABLES

REPORT_KEY = AssetKey(["report", "page"])
PUBLICATION_KEY = AssetKey(["publication", "warehouse"])

VALUED = (
    "scenarios",
    "scenario_drivers",
    "scenario_paths",
    "scenario_bridge",
    "multiples",
    "simulation_quantiles",
    "simulation_events",
    "simulation_histogram",
    "simulation_drivers",
    "simulation_market",
    "reverse",
    "frontier",
    "base_rates",
    "sensitivity",
    "sensitivity_grid",
    "what_if",
    "scorecard",
    "backtest",
    "backtest_scores",
    "run_diff",
)
MART_FRAMES = {
    "segment_margins": "fct_segment_margins",
    "capex_intensity": "fct_capex_intensity",
    "backlog_coverage": "fct_backlog_coverage",
    "claim_checks": "fct_claim_checks",
    "outlet_record": "fct_outlet_record",
    "valuation_inputs": "fct_valuation_inputs",
    "filings": "dim_filing",
}


# What the backlog brought stands in a mart of its own; the page shows both in one table.
BACKLOG_SQL = """
select coverage.*, burndown.realised_next_12m_revenue_usd, burndown.backlog_conversion_ratio
from marts.fct_backlog_coverage as coverage
left join marts.fct_backlog_burndown as burndown
    on coverage.ticker = burndown.ticker and coverage.fiscal_quarter = burndown.fiscal_quarter
"""

# Where a claim stands in its text is of no concern to a mart.
CLAIMS_SQL = """
select
    checks.*, claims.char_start, claims.char_end, claims.kind, claims.period_label,
    claims.is_approximate, claims.bound, claims.attributed_to
from marts.fct_claim_checks as checks
inner join raw.claims as claims
    on
        checks.article_id = claims.article_id
        and checks.article_version = claims.article_version
        and checks.claim_id = claims.claim_id
"""

ARTICLES_SQL = """
select known.*, articles.source
from staging.stg_articles__articles as known
inner join raw.articles as articles
    on
        known.article_id = articles.article_id
        and known.article_version = articles.article_version
"""


def build_report_asset(project: Project, models: AssetsDefinition) -> AssetsDefinition:
    """A page for each thesis, drawn into the build; the first told is the report."""
    read_models = [*MART_FRAMES.values(), "fct_backlog_burndown", "stg_articles__articles"]
    mart_keys = [get_asset_key_for_model([models], model) for model in read_models]

    @multi_asset(
        name="draw_report",
        specs=[
            AssetSpec(
                REPORT_KEY,
                deps=[
                    *mart_keys,
                    raw_key("articles"),
                    raw_key("claims"),
                    *map(valuation_key, TABLES),
                ],
                group_name="report",
                description="One self-contained HTML page: verdict, scenarios, articles, sources.",
                owners=OWNERS,
                kinds={"altair", "html"},
            )
        ],
    )
    @by_kind_of_error
    def draw_report(context: AssetExecutionContext) -> MaterializeResult[None]:
        settings, theses = project.settings, load_theses()
        with project.build(context.run_id) as connection:
            frames = read_frames(connection)
            gaps = {thesis.id: valuation_gap(connection, thesis) for thesis in theses}
        pages = {
            thesis.id: build_page(_inputs(project, thesis, frames, gaps[thesis.id]))
            for thesis in theses
        }
        for path, page in zip(settings.built_report_paths(pages), pages.values(), strict=True):
            path.write_text(page.html, encoding="utf-8")
        first = pages[theses[0].id]
        charts = pictures(first.pictures.values())
        return MaterializeResult(metadata={"charts": charts, **figures(first.key_figures)})

    return draw_report


def _inputs(
    project: Project,
    thesis: Thesis,
    frames: Mapping[str, pl.DataFrame],
    gap: pl.DataFrame | None,
) -> ReportInputs:
    valued = frames["scenarios"].filter(pl.col("ticker") == thesis.ticker)
    run = valued if gap is None else gap
    return ReportInputs(
        company=project.registry.company(thesis.ticker),
        thesis=thesis,
        declared_scenarios=load_scenarios(),
        run_id=run["run_id"][0],
        known_at=run["known_at"][0],
        not_valued_reason=None if gap is None else gap["reason"][0],
        built_at=datetime.now(UTC),
        **frames,
    )


def build_publication_asset(project: Project) -> AssetsDefinition:
    """The build in the published one's place; reached only when no blocking check failed."""

    @multi_asset(
        name="publish_warehouse",
        specs=[
            AssetSpec(
                PUBLICATION_KEY,
                deps=[REPORT_KEY],
                group_name="publication",
                description="The published warehouse and report, replaced together in one rename.",
                owners=OWNERS,
                kinds={"duckdb"},
            )
        ],
    )
    @by_kind_of_error
    def publish_warehouse(context: AssetExecutionContext) -> MaterializeResult[None]:
        with project.build(context.run_id) as connection:
            raw_rows = sum(row_counts(connection).values())
            gathered_on = filings_gathered_on(connection, project.settings)
            guards_held: int = connection.execute(
                "select count(*) from quality.validation_results where run_id = ? and is_success",
                [context.run_id],
            ).fetchall()[0][0]
            if guards_held != len(RAW_GUARDS):
                raise BuildError(
                    f"{guards_held} of {len(RAW_GUARDS)} guards held in this run; start the whole"
                    " refresh job, so that what is published has been judged"
                )
            run = {
                "run_id": context.run_id,
                "published_at": datetime.now(UTC),
                "source": str(project.settings.source),
                "gathered_on": gathered_on,
                "registry_hash": project.registry.content_hash,
                "code_version": version("plumbline"),
                "guards_held": guards_held,
                "raw_rows": raw_rows,
                "known_until": known_until(connection),
            }
            published = project.settings.known_at(known_until(connection))
            refuse_losses(connection, published, run["source"], run["registry_hash"])
            metrics = measure_run(context.instance, context.run_id)
            save_run_metrics(connection, context.run_id, metrics)
            save_run(connection, run)
            news = news_of(connection, published, context.log)
        version_id = publish(published, run, is_by_hand=not started_by_itself(context.run.tags))
        Channel(published.notify, context.log).send_all(news)
        return MaterializeResult(
            metadata={
                "version": version_id,
                "published at": MetadataValue.timestamp(run["published_at"]),
                "filings as of": MetadataValue.text(str(gathered_on)),
                "raw rows": raw_rows,
                **figures(cost_of(metrics)),
                "warehouse": MetadataValue.path(str(published.warehouse_path)),
                "report": MetadataValue.path(str(published.report_path)),
            }
        )

    return publish_warehouse


def valuation_gap(connection: duckdb.DuckDBPyConnection, thesis: Thesis) -> pl.DataFrame | None:
    """Why the thesis has no value in the current run, one row; None where it has one."""
    gaps = connection.sql(
        "select * from valuation.gaps where is_current and thesis = ?", params=[thesis.id]
    ).pl()
    return None if gaps.is_empty() else gaps


def read_frames(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """The frames of `ReportInputs`, by its names; valuation's are those of the current run."""
    queries = {name: f"select * from marts.{model}" for name, model in MART_FRAMES.items()}
    queries["filings"] += f" where read_status in {READ}"
    queries["backlog_coverage"] = BACKLOG_SQL
    queries["claim_checks"] = CLAIMS_SQL
    queries["articles"] = ARTICLES_SQL
    queries |= {table: f"select * from valuation.{table} where is_current" for table in VALUED}
    return {name: connection.sql(query).pl() for name, query in queries.items()}
