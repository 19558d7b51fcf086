"""Jobs: what people and schedules start."""

from dagster import AssetSelection, define_asset_job, in_process_executor
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

REFRESH = "refresh"


def build_refresh_job() -> UnresolvedAssetJobDefinition:
    """Everything, from the source to the published warehouse, in one process.

    One process, because importing Dagster, dbt and the rest again for each step takes longer than
    the steps.
    """
    return define_asset_job(
        REFRESH,
        selection=AssetSelection.all(),
        executor_def=in_process_executor,
        description="Load the source, judge it, build the marts, value, report, publish.",
    )
