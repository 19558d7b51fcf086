"""Jobs: what people and schedules start."""

from dagster import AssetSelection, define_asset_job
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.run_records import REFRESH


def build_refresh_job() -> UnresolvedAssetJobDefinition:
    """Everything, from the source to the published warehouse."""
    return define_asset_job(
        REFRESH,
        selection=AssetSelection.all(),
        description="Load the source, judge it, build the marts, value, report, publish.",
    )
