"""All definitions of the code location, made by one function so that tests can make them too."""

from dagster import Definitions, in_process_executor
from rich.console import Console

from orchestration.assets.dbt import build_dbt_assets
from orchestration.assets.landing import build_landing_asset
from orchestration.assets.raw import build_raw_assets
from orchestration.assets.report import build_publication_asset, build_report_asset
from orchestration.assets.universe import build_universe_assets
from orchestration.assets.valuation import build_valuation_assets
from orchestration.checks import build_raw_checks
from orchestration.freshness import build_freshness_checks
from orchestration.guard_process import Judge, judge_here
from orchestration.jobs import (
    build_freshness_job,
    build_landing_job,
    build_refresh_job,
    build_universe_jobs,
)
from orchestration.progress import progress_logger
from orchestration.resources import Project
from orchestration.schedules import build_schedules
from orchestration.sensors import build_sensors
from orchestration.settings import Settings, load_settings, prepare_environment
from orchestration.tidying import build_tidy_job
from registry.models import load_registry


def build_defs(
    settings: Settings, judge: Judge = judge_here, console: Console | None = None
) -> Definitions:
    """Definitions over one data directory.

    `judge` says where raw rows are judged; with a `console`, runs print one line a step to it
    instead of Dagster's own log.
    """
    prepare_environment(settings)
    project = Project(settings, load_registry(), judge)
    models = build_dbt_assets(project)
    return Definitions(
        assets=[
            build_landing_asset(project),
            *build_raw_assets(project),
            models,
            *build_valuation_assets(project, models),
            build_report_asset(project, models),
            build_publication_asset(project),
            *build_universe_assets(project),
        ],
        asset_checks=[build_raw_checks(project), build_freshness_checks(project)],
        jobs=[
            build_refresh_job(),
            build_landing_job(),
            *build_universe_jobs(),
            build_freshness_job(),
            build_tidy_job(settings),
        ],
        sensors=build_sensors(project),
        schedules=build_schedules(project),
        # Whatever is started from the UI: a process a step would import everything again.
        executor=in_process_executor,
        loggers={"progress": progress_logger(console)} if console else None,
    )


def defs() -> Definitions:
    """What `workspace.yaml` loads."""
    return build_defs(load_settings())
