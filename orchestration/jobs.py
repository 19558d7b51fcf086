"""Jobs: what people, sensors and schedules start."""

from dagster import AssetSelection, define_asset_job
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.assets.landing import LANDED_FILINGS
from orchestration.assets.report import PUBLICATION_KEY
from orchestration.assets.universe import DATA_SETS, FILERS, LISTS, MARTS, UNIVERSE_KEYS
from orchestration.run_records import REFRESH
from orchestration.run_tags import FIRST_IN_QUEUE, LANDING_ENDS, REFRESH_TAG, WHOLE_AGAIN

LAND_FILINGS = "land_filings"
FRESHNESS = "check_publication"
TIDY = "tidy_dagster"

# Time makes them fail, not a run.
FRESHNESS_CHECKS = AssetSelection.checks_for_assets(PUBLICATION_KEY)


def build_refresh_job() -> UnresolvedAssetJobDefinition:
    """Everything, from the source to the published warehouse."""
    apart = AssetSelection.assets(LANDED_FILINGS, *UNIVERSE_KEYS)
    return define_asset_job(
        REFRESH,
        selection=AssetSelection.all() - apart - FRESHNESS_CHECKS,
        description="Load the source, judge it, build the marts, value, report, publish.",
        tags={REFRESH_TAG: "yes", **WHOLE_AGAIN, **FIRST_IN_QUEUE},
    )


def build_landing_job() -> UnresolvedAssetJobDefinition:
    """Fetch documents ahead of a refresh, by company and year."""
    return define_asset_job(
        LAND_FILINGS,
        selection=AssetSelection.assets(LANDED_FILINGS),
        description="Land the documents of a company's followed filings of one year.",
        tags=LANDING_ENDS,
    )


def build_universe_jobs() -> list[UnresolvedAssetJobDefinition]:
    """The steps of the universe, each backfilled from the UI over its partitions."""
    return [
        define_asset_job(name, AssetSelection.assets(key), description=description)
        for name, key, description in (
            ("load_data_sets", DATA_SETS, "Fetch and load data sets, a quarter each."),
            ("load_nightly_files", LISTS, "Load companyfacts and submissions, a bucket each."),
            ("derive_filers", FILERS, "Run the models on filers, a bucket each."),
            ("publish_universe", MARTS, "Publish the marts of all filers."),
        )
    ]


def build_freshness_job() -> UnresolvedAssetJobDefinition:
    """Judge what is published by the day it is."""
    return define_asset_job(
        FRESHNESS,
        selection=FRESHNESS_CHECKS,
        description="Say whether what is published is recent, and whether a report is overdue.",
    )
