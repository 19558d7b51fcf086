"""Every filer: bulk files into the lake, buckets through the models, the marts of all as one.

Each partition is a piece of work of its own: a backfill of them is spread over machines by the run
launcher, and what two runs want at once one of them does.

Belongs here: which piece a partition is. Does not belong here: reading, deriving, publishing
(`orchestration.universe`).
"""

from contextlib import closing
from datetime import datetime

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Failure,
    MaterializeResult,
    MetadataValue,
    StaticPartitionsDefinition,
    asset,
)

from ingest.bulk.fetching import FIRST_DATA_SET, NIGHTLY, data_set_names, fetch_bulk
from ingest.edgar.client import WWW_URL
from ingest.lake import BUCKETS
from ingest.new_york import NEW_YORK_ZONE
from orchestration.assets.raw import OWNERS
from orchestration.resources import Project
from orchestration.retries import by_kind_of_error
from orchestration.sources import bulk_client
from orchestration.universe.buckets import BucketBuilder
from orchestration.universe.loading import Loaded, Piece, load_piece, pieces_of
from orchestration.universe.publication import publish_universe

GROUP = "universe"
DATA_SETS = AssetKey([GROUP, "data_sets"])
LISTS = AssetKey([GROUP, "nightly_files"])
FILERS = AssetKey([GROUP, "filers"])
MARTS = AssetKey([GROUP, "marts"])
UNIVERSE_KEYS = (DATA_SETS, LISTS, FILERS, MARTS)


def build_universe_assets(project: Project) -> list[AssetsDefinition]:
    """Data sets by quarter, nightly files and filers by bucket, and the published marts."""
    today = datetime.now(NEW_YORK_ZONE).date()
    quarters = StaticPartitionsDefinition(data_set_names(FIRST_DATA_SET, today))
    buckets = StaticPartitionsDefinition([f"{bucket:02d}" for bucket in range(BUCKETS)])
    settings = project.settings
    bulk = settings.universe_dir / "bulk"

    @asset(
        key=DATA_SETS,
        partitions_def=quarters,
        group_name=GROUP,
        description="The SEC's Financial Statement Data Sets in the lake. One part per quarter.",
        owners=OWNERS,
        kinds={"polars", "duckdb"},
    )
    @by_kind_of_error
    def data_sets(context: AssetExecutionContext) -> MaterializeResult[None]:
        quarter = context.partition_key
        if not (bulk / f"{quarter}.zip").exists():
            _fetch(project, quarter)
        (piece,) = pieces_of([bulk / f"{quarter}.zip"])
        return MaterializeResult(metadata=_told(load_piece(settings, project.registry, piece)))

    @asset(
        key=LISTS,
        partitions_def=buckets,
        deps=[AssetDep(DATA_SETS, partition_mapping=AllPartitionMapping())],
        group_name=GROUP,
        description="The SEC's companyfacts.zip and submissions.zip in the lake, as far as they are"
        " in the bulk directory. One part of each per bucket of filers.",
        owners=OWNERS,
        kinds={"polars", "duckdb"},
    )
    @by_kind_of_error
    def nightly_files(context: AssetExecutionContext) -> MaterializeResult[None]:
        files = [path for name in NIGHTLY if (path := bulk / f"{name}.zip").exists()]
        metadata: dict[str, int] = {}
        for file in files:
            piece = Piece(file.stem, file.resolve(), int(context.partition_key))
            told = _told(load_piece(settings, project.registry, piece))
            metadata |= {f"{file.stem}_{name}": value for name, value in told.items()}
        return MaterializeResult(metadata=metadata)

    @asset(
        key=FILERS,
        partitions_def=buckets,
        deps=[AssetDep(DATA_SETS, partition_mapping=AllPartitionMapping()), LISTS],
        group_name=GROUP,
        description="The marts of a bucket's filers, by the same models as those of the companies"
        " under watch. One set per bucket.",
        owners=OWNERS,
        kinds={"dbt", "duckdb"},
    )
    @by_kind_of_error
    def filers(context: AssetExecutionContext) -> MaterializeResult[None]:
        with closing(BucketBuilder(settings, project.registry)) as builder:
            change = builder.build(int(context.partition_key))
        if change.is_taken:
            raise Failure(
                f"bucket {change.bucket} is being built by another process", allow_retries=False
            )
        which = "all" if change.ciks is None else f"{len(change.ciks)}"
        return MaterializeResult(
            metadata={"filers_derived": MetadataValue.text(which if change.is_changed else "none")}
        )

    @asset(
        key=MARTS,
        deps=[AssetDep(FILERS, partition_mapping=AllPartitionMapping())],
        group_name=GROUP,
        description="The marts of all filers, published as one warehouse.",
        owners=OWNERS,
        kinds={"duckdb"},
    )
    @by_kind_of_error
    def marts(context: AssetExecutionContext) -> MaterializeResult[None]:
        publish_universe(settings, project.registry)
        return MaterializeResult(
            metadata={"warehouse": MetadataValue.path(str(settings.universe_path))}
        )

    return [data_sets, nightly_files, filers, marts]


def _fetch(project: Project, name: str) -> None:
    settings = project.settings
    with bulk_client(settings) as client:
        www_url = settings.edgar.www_url or WWW_URL
        (file,) = fetch_bulk(client, www_url, [name], settings.universe_dir / "bulk")
    if file.is_missing:
        raise Failure(f"the SEC has no data set {name} yet", allow_retries=False)


def _told(loaded: Loaded) -> dict[str, int]:
    if loaded.failure:
        raise Failure(loaded.failure, allow_retries=False)
    if loaded.is_taken:
        raise Failure(f"{loaded.name} is being loaded by another process", allow_retries=False)
    return {
        "parts_made": loaded.made,
        "parts_kept": loaded.kept,
        "facts": loaded.facts,
        "rejects": loaded.rejects,
    }
