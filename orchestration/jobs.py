"""Jobs: what people, sensors and schedules start, and the tags their runs carry."""

from dagster import AssetSelection, define_asset_job
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.assets.landing import LANDED_FILINGS
from orchestration.assets.report import PUBLICATION_KEY
from orchestration.run_records import REFRESH

LAND_FILINGS = "land_filings"
FRESHNESS = "check_publication"
TIDY = "tidy_dagster"

# `dagster.yaml` lets one run with this tag work at a time.
REFRESH_TAG = "plumbline/refresh"
# A run that begins once more does so from its first step: a build belongs to one run.
WHOLE_AGAIN = {"dagster/retry_strategy": "ALL_STEPS"}
# A new filing does not wait for years of old ones that land.
FIRST_IN_QUEUE = {"dagster/priority": "1"}
# A run that started by itself, and the set of filings it is to bring.
AUTOMATIC_TAG = "plumbline/automatic"
FILINGS_TAG = "plumbline/filings"

# Time makes them fail, not a run.
FRESHNESS_CHECKS = AssetSelection.checks_for_assets(PUBLICATION_KEY)


def build_refresh_job() -> UnresolvedAssetJobDefinition:
    """Everything, from the source to the published warehouse."""
    landing = AssetSelection.assets(LANDED_FILINGS)
    return define_asset_job(
        REFRESH,
        selection=AssetSelection.all() - landing - FRESHNESS_CHECKS,
        description="Load the source, judge it, build the marts, value, report, publish.",
        tags={REFRESH_TAG: "yes", **WHOLE_AGAIN, **FIRST_IN_QUEUE},
    )


def build_landing_job() -> UnresolvedAssetJobDefinition:
    """Fetch documents ahead of a refresh, by company and year."""
    return define_asset_job(
        LAND_FILINGS,
        selection=AssetSelection.assets(LANDED_FILINGS),
        description="Land the documents of a company's followed filings of one year.",
    )


def build_freshness_job() -> UnresolvedAssetJobDefinition:
    """Judge what is published by the day it is."""
    return define_asset_job(
        FRESHNESS,
        selection=FRESHNESS_CHECKS,
        description="Say whether what is published is recent, and whether a report is overdue.",
    )
