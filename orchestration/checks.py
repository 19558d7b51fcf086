"""Guards of the raw tables as blocking checks: nothing is derived from rows that fail one."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    MetadataValue,
    multi_asset_check,
)

from ingest.guards import GuardContext, GuardResult
from ingest.quality import save_validation_results
from ingest.raw_guards import GUARDED_TABLES, RAW_GUARDS
from ingest.snapshot.client import read_gathered_on
from ingest.warehouse import raw_frames
from orchestration.assets.raw import raw_key
from orchestration.resources import Project


def build_raw_checks(project: Project) -> AssetChecksDefinition:
    """One check a guard, all judged in one step, their results kept in `quality`."""

    @multi_asset_check(
        name="judge_raw_tables",
        specs=[
            AssetCheckSpec(
                guard.name,
                asset=raw_key(guard.table),
                blocking=True,
                description=f"{guard.name.replace('_', ' ')} ({guard.expectation})",
            )
            for guard in RAW_GUARDS
        ],
        pool="warehouse",
    )
    def judge_raw_tables(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        judged_against = GuardContext(
            ciks=project.registry.ciks,
            tickers=tuple(company.ticker for company in project.registry.companies),
            gathered_on=read_gathered_on(project.settings.snapshot_dir),
            previous_rows=project.published_row_counts(),
        )
        with project.build(context.run.run_id) as connection:
            frames = {}
            for table in GUARDED_TABLES:
                frames |= raw_frames(connection, table)
            results = project.judge(frames, judged_against)
            save_validation_results(connection, context.run.run_id, datetime.now(UTC), results)
        yield from map(_check_result, results)

    return judge_raw_tables


def _check_result(result: GuardResult) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=result.guard,
        asset_key=raw_key(result.table),
        passed=result.is_success,
        description=result.message(),
        metadata={
            "expectation": MetadataValue.text(result.expectation),
            "rows_judged": MetadataValue.int(result.element_count or 0),
            "rows_unexpected": MetadataValue.int(result.unexpected_count or 0),
            "observed": MetadataValue.text(result.observed or ""),
            "examples": MetadataValue.md(
                "\n".join(f"- {example}" for example in result.examples) or "none"
            ),
        },
    )
