"""Writer of schema `quality`: what was checked in each run, and what came of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import duckdb

from ingest.guards import GuardResult

TABLES = """
create schema if not exists quality;
create table if not exists quality.validation_results (
    run_id varchar not null,
    validated_at timestamp with time zone not null,
    table_name varchar not null,
    guard varchar not null,
    expectation varchar not null,
    is_success boolean not null,
    element_count bigint,
    unexpected_count bigint,
    observed varchar,
    examples varchar[] not null,
    primary key (run_id, guard)
);
create table if not exists quality.runs (
    run_id varchar primary key,
    published_at timestamp with time zone not null,
    source varchar not null,
    gathered_on date not null,
    registry_hash varchar not null,
    code_version varchar not null,
    guards_held integer not null,
    raw_rows bigint not null
);
alter table quality.runs add column if not exists known_until timestamp with time zone;
create table if not exists quality.claim_models (
    position integer primary key,
    schema_name varchar not null,
    model_name varchar not null,
    compiled_sql varchar not null
);
"""


def save_validation_results(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    validated_at: datetime,
    results: Iterable[GuardResult],
) -> None:
    """Keep the results of one run; a run judged again replaces its own."""
    connection.execute(TABLES)
    connection.execute("delete from quality.validation_results where run_id = ?", [run_id])
    connection.executemany(
        "insert into quality.validation_results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                run_id,
                validated_at,
                result.table,
                result.guard,
                result.expectation,
                result.is_success,
                result.element_count,
                result.unexpected_count,
                result.observed,
                list(result.examples),
            )
            for result in results
        ],
    )


def save_run(connection: duckdb.DuckDBPyConnection, run: Mapping[str, object]) -> None:
    """Keep one row about a run that is about to be published."""
    connection.execute(TABLES)
    connection.execute(
        "insert or replace into quality.runs values ($run_id, $published_at, $source, $gathered_on,"
        " $registry_hash, $code_version, $guards_held, $raw_rows, $known_until)",
        dict(run),
    )


def newest_source(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Where the filings of the last published run came from."""
    row = connection.execute(
        "select source from quality.runs order by published_at desc limit 1"
    ).fetchone()
    return str(row[0]) if row else None


def save_claim_models(
    connection: duckdb.DuckDBPyConnection, models: Iterable[tuple[str, str, str]]
) -> None:
    """Keep the models that judge claims, in order: schema, name and compiled SQL.

    With them in the warehouse, any text can be judged by it as its own articles are.
    """
    connection.execute(TABLES)
    connection.execute("delete from quality.claim_models")
    connection.executemany(
        "insert into quality.claim_models values (?, ?, ?, ?)",
        [(position, *model) for position, model in enumerate(models)],
    )
