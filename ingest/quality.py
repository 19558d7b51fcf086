"""Writer of schema `quality`: what was checked in each run, and what came of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import duckdb

from ingest.guards import GuardResult
from ingest.warehouse import SCHEMA_VERSION

RUNS_KEPT = 500
"""Published runs whose measurements and judgements stay: more than a year of filings."""

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
alter table quality.runs add column if not exists schema_version integer;
create table if not exists quality.run_metrics (
    run_id varchar not null,
    step varchar not null,
    metric varchar not null,
    value double not null,
    unit varchar not null,
    primary key (run_id, step, metric)
);
create table if not exists quality.claim_models (
    position integer primary key,
    schema_name varchar not null,
    model_name varchar not null,
    compiled_sql varchar not null
);
"""


class RunMetric(NamedTuple):
    """What one step of a run took or made; the step is '' for the whole run."""

    step: str
    metric: str
    value: float
    unit: str


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
    """Keep one row about a run that is about to be published, and the newest runs before it."""
    connection.execute(TABLES)
    connection.execute(
        "insert or replace into quality.runs values ($run_id, $published_at, $source, $gathered_on,"
        " $registry_hash, $code_version, $guards_held, $raw_rows, $known_until, $schema_version)",
        {**run, "schema_version": SCHEMA_VERSION},
    )
    for table in ("runs", "run_metrics", "validation_results"):
        connection.execute(
            f"delete from quality.{table} where run_id not in"
            " (select run_id from quality.runs order by published_at desc limit ?)",
            [RUNS_KEPT],
        )


def save_run_metrics(
    connection: duckdb.DuckDBPyConnection, run_id: str, metrics: Iterable[RunMetric]
) -> None:
    """Keep what a run took and made; a run measured again replaces its own."""
    connection.execute(TABLES)
    connection.execute("delete from quality.run_metrics where run_id = ?", [run_id])
    connection.executemany(
        "insert into quality.run_metrics values (?, ?, ?, ?, ?)",
        [(run_id, *metric) for metric in metrics],
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
