"""Guards of the raw tables as blocking checks: nothing is derived from rows that fail one.

One check a table, not one a guard: each event costs milliseconds in Dagster's store, and a table's
guards are read together. What every guard found stands in the check's metadata and in `quality`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    MetadataValue,
    TableRecord,
    multi_asset_check,
)

from ingest.guards import GuardContext, GuardResult
from ingest.quality import save_validation_results
from ingest.raw_guards import GUARDED_TABLES, RAW_GUARDS
from ingest.snapshot.client import read_gathered_on
from ingest.warehouse import fact_reject_count, raw_frames, row_counts
from orchestration.assets.raw import raw_key
from orchestration.guard_process import Frames
from orchestration.metadata import label
from orchestration.resources import Project
from orchestration.sources import filings_gathered_on


def check_name(table: str) -> str:
    """The name of a raw table's check."""
    return f"{table}_hold_every_guard"


def build_raw_checks(project: Project) -> AssetChecksDefinition:
    """One check a raw table, all judged in one step, every result kept in `quality`."""

    @multi_asset_check(
        name="judge_raw_tables",
        specs=[
            AssetCheckSpec(
                check_name(table),
                asset=raw_key(table),
                blocking=True,
                description="; ".join(
                    guard.name.replace("_", " ") for guard in RAW_GUARDS if guard.table == table
                ),
            )
            for table in GUARDED_TABLES
        ],
    )
    def judge_raw_tables(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        with project.build(context.run.run_id) as connection:
            judged_against = GuardContext(
                ciks=project.registry.ciks,
                tickers=tuple(company.ticker for company in project.registry.companies),
                gathered_on=read_gathered_on(project.settings.snapshot_dir),
                filings_gathered_on=filings_gathered_on(connection, project.settings),
                previous_rows=project.published_row_counts(),
                current_rows=row_counts(connection),
                rejected_facts=fact_reject_count(connection),
            )
            frames: Frames = {}
            for table in GUARDED_TABLES:
                frames |= raw_frames(connection, table)
            results = project.judge(frames, judged_against)
            save_validation_results(connection, context.run.run_id, datetime.now(UTC), results)
        for table in GUARDED_TABLES:
            yield _check_result(table, [result for result in results if result.table == table])

    return judge_raw_tables


def _check_result(table: str, results: Sequence[GuardResult]) -> AssetCheckResult:
    failed = [result for result in results if not result.is_success]
    return AssetCheckResult(
        check_name=check_name(table),
        asset_key=raw_key(table),
        passed=not failed,
        description="\n".join(result.message() for result in failed) or None,
        metadata={
            "guards_held": MetadataValue.int(len(results) - len(failed)),
            "guards_failed": MetadataValue.int(len(failed)),
            "guards": MetadataValue.table(
                [
                    TableRecord(
                        {
                            "guard": label(result.guard),
                            "held": result.is_success,
                            "judged": result.element_count or 0,
                            "unexpected": result.unexpected_count or 0,
                        }
                    )
                    for result in sorted(results, key=lambda each: each.is_success)
                ]
            ),
        },
    )
