"""Reads the marts' inputs for valuation and keeps its results in schema `valuation`.

A run is identified by what went into it: the same inputs, assumptions and code give the same
run_id, and valuing them again replaces the run's own rows. Earlier runs stay; `is_current` marks
the newest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version

import duckdb
import polars as pl

from orchestration.build import BuildError

SCHEMA = "valuation"
RUN_COLUMNS = ("run_id", "registry_hash", "code_version", "is_current")
INPUTS_SQL = "select * from marts.fct_valuation_inputs order by ticker, input, segment"


@dataclass(frozen=True)
class ValuationRun:
    """What a set of results rests on."""

    run_id: str
    registry_hash: str
    code_version: str


def read_inputs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """All valuation inputs of the build, ordered, one row per company, input and segment."""
    return connection.sql(INPUTS_SQL).pl()


def newest_knowledge(inputs: pl.DataFrame) -> datetime:
    """When the last of the inputs became known (UTC): what their valuation is as of.

    Raises BuildError when not one of them is known.
    """
    known_from: list[datetime] = inputs["known_from"].drop_nulls().to_list()
    if not known_from:
        raise BuildError("no valuation input of the company is known; see fct_valuation_inputs")
    return max(known_from)


def describe_run(inputs: pl.DataFrame, registry_hash: str) -> ValuationRun:
    """The run these inputs, declarations and this version of the code make."""
    code_version = version("plumbline")
    digest = sha256(f"{registry_hash}{code_version}".encode())
    digest.update(inputs.write_json().encode())
    return ValuationRun(digest.hexdigest()[:16], registry_hash, code_version)


def current_results(connection: duckdb.DuckDBPyConnection, table: str) -> pl.DataFrame:
    """The rows of the newest run in `valuation.<table>`, without what tells runs apart."""
    rows = connection.sql(f"select * from {SCHEMA}.{table} where is_current").pl()
    return rows.drop(RUN_COLUMNS)


def drop_results(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the runs on hand: they may rest on what was not yet known."""
    connection.execute(f"drop schema if exists {SCHEMA} cascade")


def save_results(
    connection: duckdb.DuckDBPyConnection, run: ValuationRun, frames: Mapping[str, pl.DataFrame]
) -> None:
    """Write each frame to `valuation.<name>` as the current run's rows."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for name, frame in frames.items():
        table = f"{SCHEMA}.{name}"
        rows = frame.with_columns(
            pl.lit(run.run_id).alias("run_id"),
            pl.lit(run.registry_hash).alias("registry_hash"),
            pl.lit(run.code_version).alias("code_version"),
            pl.lit(True).alias("is_current"),
        ).to_arrow()
        connection.register("results", rows)
        connection.execute(f"create table if not exists {table} as from results limit 0")
        _add_new_columns(connection, table)
        connection.execute(f"delete from {table} where run_id = ?", [run.run_id])
        connection.execute(f"update {table} set is_current = false where is_current")
        connection.execute(f"insert into {table} by name from results")
        connection.unregister("results")


def _add_new_columns(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Earlier runs keep their rows when a result gains a column; it is null for them."""
    stored = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    for name, kind, *_ in connection.execute("describe results").fetchall():
        if name not in stored:
            connection.execute(f'alter table {table} add column "{name}" {kind}')
