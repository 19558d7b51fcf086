"""dbt's models as assets, their data tests as checks.

Belongs here: how a node of dbt is called and shown in Dagster. Does not belong here: SQL.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Failure,
    MaterializeResult,
    MetadataValue,
)
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from ingest.quality import save_claim_models
from orchestration.build import require_build
from orchestration.dbt_project import NodeResult, between, load_manifest, run_build
from orchestration.resources import Project
from orchestration.retries import by_kind_of_error

EXAMPLES_KEPT = 3
CLAIM_CHECKS = "fct_claim_checks"
OWNERS = ["team:data"]


class Translator(DagsterDbtTranslator):
    """Keys are schema and table, groups are the layers of the warehouse."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """`schema/name` for models, seeds and sources alike."""
        schema = dbt_resource_props.get("schema") or dbt_resource_props["config"]["schema"]
        return AssetKey([schema, dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer the node is built into."""
        schema: str = dbt_resource_props["schema"]
        return schema

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the node says of itself, without its SQL, which is a call of a macro for many."""
        description: str = dbt_resource_props["description"]
        return description

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Every model has the same owner for now."""
        return OWNERS


def build_dbt_assets(project: Project) -> AssetsDefinition:
    """All models and seeds as one step: dbt orders its own nodes."""
    manifest = load_manifest(project.settings)
    translator = Translator()

    @dbt_assets(
        manifest=manifest,
        dagster_dbt_translator=translator,
        name="build_models",
        exclude="resource_type:unit_test",
    )
    @by_kind_of_error
    def build_models(
        context: AssetExecutionContext,
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        require_build(project.settings, context.run_id)
        results = run_build(project.settings)
        with project.build(context.run_id) as connection:
            row_counts = _row_counts(connection)
            for result in results:
                yield from _events(manifest, translator, connection, row_counts, result)
            save_claim_models(connection, _claim_models(manifest, results))
            failed = [result for result in results if not result.is_success]
            if failed:
                raise Failure(_failure_message(connection, failed), allow_retries=False)

    return build_models


def _claim_models(
    manifest: Mapping[str, Any], results: Sequence[NodeResult]
) -> Iterator[tuple[str, str, str]]:
    """What judges claims, in the order it ran: schema, name and SQL of each model."""
    judging = between(manifest, "articles", CLAIM_CHECKS)
    for result in results:
        if result.unique_id in judging and result.compiled_sql:
            yield manifest["nodes"][result.unique_id]["schema"], result.name, result.compiled_sql


def _events(
    manifest: Mapping[str, Any],
    translator: Translator,
    connection: duckdb.DuckDBPyConnection,
    row_counts: Mapping[AssetKey, int],
    result: NodeResult,
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    if result.resource_type in {"model", "seed"} and result.is_success:
        key = translator.get_asset_key(manifest["nodes"][result.unique_id])
        rows = {"dagster/row_count": row_counts[key]} if key in row_counts else {}
        seconds = round(result.seconds, 3)
        yield MaterializeResult(asset_key=key, metadata={**rows, "seconds": seconds})
    elif result.resource_type == "test" and result.status != "skipped":
        check = get_asset_check_key_for_test(manifest, translator, result.unique_id, None)
        if check is not None:
            found = _examples(connection, result)
            yield AssetCheckResult(
                check_name=check.name,
                asset_key=check.asset_key,
                passed=result.is_success,
                metadata={
                    "rows_unexpected": MetadataValue.int(result.failures or 0),
                    **({"examples": MetadataValue.text(found)} if found else {}),
                },
            )


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[AssetKey, int]:
    """Rows of every table; views are not counted, since that would compute them."""
    tables = connection.execute(
        "select schema_name, table_name, estimated_size from duckdb_tables()"
    ).fetchall()
    return {AssetKey([schema, table]): rows for schema, table, rows in tables}


def _examples(connection: duckdb.DuckDBPyConnection, result: NodeResult) -> str:
    if result.is_success or not result.failures or not result.compiled_sql:
        return ""
    rows = connection.execute(f"select * from ({result.compiled_sql}) limit {EXAMPLES_KEPT}")
    names = [column[0] for column in rows.description or ()]
    return "; ".join(
        ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True))
        for row in rows.fetchall()
    )


def _failure_message(connection: duckdb.DuckDBPyConnection, failed: list[NodeResult]) -> str:
    causes = [result for result in failed if result.status != "skipped"]
    lines = [
        f"{result.name}: {result.message or result.status}"
        + (f"; for example {examples}" if (examples := _examples(connection, result)) else "")
        for result in causes
    ]
    skipped = len(failed) - len(causes)
    return "\n".join([f"{len(causes)} dbt node(s) failed, {skipped} skipped:", *lines])
