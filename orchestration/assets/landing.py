"""Filings landed ahead of a refresh, by company and year.

Belongs here: one part of EDGAR fetched and kept. Does not belong here: the warehouse, which the
refresh alone writes.
"""

from datetime import datetime
from typing import cast

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MultiPartitionKey,
    asset,
)

from ingest.edgar.landing_filings import land_filings
from ingest.new_york import NEW_YORK_ZONE
from orchestration.assets.raw import LANDING_GROUP, OWNERS
from orchestration.partitions import COMPANY, YEAR, companies_and_years
from orchestration.resources import Project
from orchestration.retries import by_kind_of_error
from orchestration.sources import open_edgar

LANDED_FILINGS = AssetKey(["landed", "filings"])


def build_landing_asset(project: Project) -> AssetsDefinition:
    """The documents of a company's followed filings of one year, in the landing directory."""
    this_year = datetime.now(NEW_YORK_ZONE).year

    @asset(
        key=LANDED_FILINGS,
        partitions_def=companies_and_years(project.registry, this_year),
        group_name=LANDING_GROUP,
        description="Documents of followed filings as EDGAR holds them. One part per company and"
        " year of filing.",
        owners=OWNERS,
        kinds={"python", "sqlite"},
    )
    @by_kind_of_error
    def filings(context: AssetExecutionContext) -> MaterializeResult[None]:
        keys = cast(MultiPartitionKey, context.partition_key).keys_by_dimension
        cik = project.registry.company(keys[COMPANY]).cik
        with open_edgar(project.settings) as client:
            landed = land_filings(client, cik, project.registry.followed_forms, int(keys[YEAR]))
        return MaterializeResult(
            metadata={
                "filings": landed.filings,
                "files": landed.files,
                "files_absent": landed.absent,
                "bytes": landed.size_bytes,
            }
        )

    return filings
