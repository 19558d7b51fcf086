"""All definitions of the code location, made by one function so that tests can make them too."""

from dagster import Definitions, in_process_executor
from rich.console import Console

from orchestration.assets.dbt import build_dbt_assets
from orchestration.assets.raw import build_raw_assets
from orchestration.assets.report import build_publication_asset, build_report_asset
from orchestration.assets.valuation import build_valuation_assets
from orchestration.checks import build_raw_checks
from orchestration.guard_process import Judge, judge_here
from orchestration.jobs import build_refresh_job
from orchestration.progress import progress_logger
from orchestration.resources import Project
from orchestration.settings import Settings, load_settings, prepare_environment
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
            *build_raw_assets(project),
            models,
            *build_valuation_assets(project, models),
            build_report_asset(project, models),
            build_publication_asset(project),
        ],
        asset_checks=[build_raw_checks(project)],
        jobs=[build_refresh_job()],
        # Whatever is started from the UI: a process a step would import everything again.
        executor=in_process_executor,
        loggers={"progress": progress_logger(console)} if console else None,
    )


def defs() -> Definitions:
    """What `workspace.yaml` loads."""
    return build_defs(load_settings())
