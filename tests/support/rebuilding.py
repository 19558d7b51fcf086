"""The models run by DuckDB alone over the raw tables of a warehouse, as known at some moment."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.settings import Settings


class Models:
    """What dbt compiled in the last refresh, in the order it ran."""

    def __init__(self, settings: Settings) -> None:
        target = settings.dbt_target_dir
        nodes = json.loads((target / "manifest.json").read_text())["nodes"]
        results = json.loads((target / "run_results.json").read_text())["results"]
        self.warehouse = settings.warehouse_path
        self.statements = [
            f"create {nodes[result['unique_id']]['config']['materialized']}"
            f" {nodes[result['unique_id']]['schema']}.{nodes[result['unique_id']]['name']}"
            f" as {result['compiled_code']}"
            for result in results
            if result["unique_id"].startswith("model.")
        ]
        self.seeds = [node["name"] for node in nodes.values() if node["resource_type"] == "seed"]

    @contextmanager
    def rebuilt(self, *changes: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A warehouse whose raw tables are changed by SQL before the models run.

        The published one is attached to it; a raw table that a change names is a copy.
        """
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach '{self.warehouse}' as published (read_only)")
            for schema in ("raw", "staging", "intermediate", "marts", "quality"):
                connection.execute(f"create schema {schema}")
            for table in _tables(connection, self.warehouse):
                kind = "table" if any(f"raw.{table} " in change for change in changes) else "view"
                connection.execute(f"create {kind} raw.{table} as from published.raw.{table}")
            for change in changes:
                connection.execute(change)
            for seed in self.seeds:
                connection.execute(
                    f"create table intermediate.{seed} as from published.intermediate.{seed}"
                )
            for statement in self.statements:
                connection.execute(statement)
            yield connection

    def as_of(self, moment: datetime | None) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A warehouse of all that was known at the moment."""
        bound = [] if moment is None else [f"insert into raw.knowledge values ('{moment}')"]
        return self.rebuilt(*bound)


def _tables(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = 'published' and table_schema = 'raw'"
    ).fetchall()
    return [name for (name,) in rows]


def differences(connection: duckdb.DuckDBPyConnection, moment: datetime) -> dict[str, list[tuple]]:
    """Rows, by mart, that a warehouse rebuilt as of the moment and the published one do not share.

    Each history must hold exactly the versions known by then, each mart what its macro says.
    """
    found = {}
    for history in _histories(connection):
        known = (
            "select * replace (case when known_to <= $moment then known_to end as known_to)"
            f" from published.marts.{history} where known_from <= $moment"
        )
        found[history] = _unshared(connection, known, f"from marts.{history}", moment)
    connection.execute("use published")
    for mart in [name.removesuffix("_history") for name in found] + ["fct_valuation_inputs"]:
        columns = ", ".join(
            name
            for (name,) in connection.execute(
                "select column_name from information_schema.columns where table_catalog = 'memory'"
                " and table_schema = 'marts' and table_name = ? order by ordinal_position",
                [mart],
            ).fetchall()
            # Where it was first known, today's mart says beside the figure.
            if name not in ("value_as_filed", "first_accession_numbers")
        )
        macro = f"select {columns} from marts.{mart.removeprefix('fct_')}_as_of($moment)"
        found[mart] = _unshared(
            connection, macro, f"select {columns} from memory.marts.{mart}", moment
        )
    connection.execute("use memory")
    return {mart: rows for mart, rows in found.items() if rows}


def _histories(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables where table_catalog = 'memory'"
        " and table_schema = 'marts' and table_name like '%_history' order by 1"
    ).fetchall()
    return [name for (name,) in rows]


def _unshared(
    connection: duckdb.DuckDBPyConnection, first: str, second: str, moment: datetime
) -> list[tuple]:
    return connection.execute(
        f"(({first}) except all ({second})) union all (({second}) except all ({first}))",
        {"moment": moment} if "$moment" in first else {},
    ).fetchall()
