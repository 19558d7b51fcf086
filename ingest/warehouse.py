"""The only writer of schema `raw`.

Every load states what a source holds now, repeated rows included; loading the same input twice
changes no row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import polars as pl

from ingest.errors import WarehouseError
from ingest.sql_types import sql_types

SCHEMA = "raw"
SCHEMA_VERSION = 3
"""Counts up whenever a raw table is declared differently: the tables are then filled anew."""

KNOWLEDGE = pl.Schema({"known_until": pl.Datetime("us", "UTC")})
"""The moment a warehouse is as of; no row where it is of now."""

GUARDED_ROWS: Mapping[str, str] = {
    "facts": """
        select
            facts.*,
            filings.form as filing_form,
            coalesce(filings.filed_at, cast(filings.known_from as date)) as known_on,
            case when declared.concept is not null then facts.unit end as declared_unit,
            declared.concept is not null
            and not contains(facts.dimensions, 'srt:ScenarioForecastMember') as is_declared_actual
        from raw.facts as facts
        left join raw.filings as filings on facts.accession_number = filings.accession_number
        left join (select distinct concept from raw.registry_metric_facts) as declared
            on facts.concept = declared.concept
        order by facts.source_line
    """,
}


@dataclass(frozen=True)
class LoadResult:
    """What one load changed in one table; `rows` is what the table then holds of that source."""

    table: str
    rows: int
    inserted: int
    deleted: int


def load_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    frame: pl.DataFrame,
    source: str | None = None,
) -> LoadResult:
    """Make `raw.<table>` hold exactly the rows of `frame`, within one source where one is named.

    The table is created from the frame's schema when absent; one that holds the frame alone is made
    anew when its columns are those of another version. Raises WarehouseError when the columns of a
    table of several sources differ, or the rows cannot be written.
    """
    if source is None:
        _drop_other_version(connection, table, frame)
    where, parameters = ("source = ?", [source]) if source else ("true", [])
    return _synchronise(connection, table, frame, where, parameters)


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    frame: pl.DataFrame,
    column: str,
    values: Sequence[str],
) -> LoadResult:
    """Make the rows of `raw.<table>` whose `column` is one of `values` exactly those of `frame`.

    The table is created from the frame's schema when absent. Raises WarehouseError as `load_table`.
    """
    connection.register(
        "scope", pl.DataFrame({"value": list(values)}, {"value": pl.String}).to_arrow()
    )
    try:
        where = f"{column} in (select value from scope)"
        return _synchronise(connection, table, frame, where, [])
    finally:
        connection.unregister("scope")


def drop_other_sources(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.Schema], source: str
) -> None:
    """Keep only one source's rows in each of the tables, which exist afterwards.

    A warehouse holds the filings of one source, so that no figure is counted twice.
    """
    for table, schema in tables.items():
        target = _prepared(connection, table, schema.to_frame())
        connection.execute(f"delete from {target} where source <> ?", [source])


def drop_other_schema_version(connection: duckdb.DuckDBPyConnection) -> bool:
    """Drop raw tables that another version of the schema declared; whether there were any.

    They are filled again from what has landed, or from the embedded data; nothing is fetched twice.
    """
    try:
        stored = connection.execute(
            "select schema_version from quality.runs order by published_at desc limit 1"
        ).fetchone()
    except duckdb.Error:
        stored = None
    if not row_counts(connection) or stored == (SCHEMA_VERSION,):
        return False
    connection.execute(f"drop schema {SCHEMA} cascade")
    return True


def raw_frames(
    connection: duckdb.DuckDBPyConnection, table: str
) -> dict[tuple[str, str], pl.DataFrame]:
    """What guards judge of a raw table: its rows and its columns, keyed as `validate` expects.

    Facts come with the form of their filing and the day it was filed, or was due, with their unit
    once more where their concept states a declared metric, and with whether it does and they are no
    forecast.
    """
    rows = connection.sql(GUARDED_ROWS.get(table, f"select * from {SCHEMA}.{table}"))
    columns = connection.sql(
        "select column_name, data_type as column_type from information_schema.columns"
        " where table_schema = ? and table_name = ? order by ordinal_position",
        params=[SCHEMA, table],
    )
    return {(table, "rows"): rows.pl(), (table, "columns"): columns.pl()}


def load_knowledge(
    connection: duckdb.DuckDBPyConnection, known_until: datetime | None
) -> LoadResult:
    """Say up to which moment anything counts as known; None lifts the bound."""
    rows = [] if known_until is None else [(known_until,)]
    return load_table(connection, "knowledge", pl.DataFrame(rows, schema=KNOWLEDGE, orient="row"))


def known_until(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The moment the warehouse is as of; None for now."""
    row = connection.execute(f"select known_until from {SCHEMA}.knowledge").fetchone()
    return row[0] if row else None


def newest_filing_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The last day a filing on hand was filed; none without filings."""
    row = connection.execute(f"select max(filed_at) from {SCHEMA}.filings").fetchone()
    return row[0] if row else None


def filing_count(connection: duckdb.DuckDBPyConnection, ciks: Sequence[str]) -> int:
    """Filings on hand of these companies."""
    return _count(
        connection, f"select count(*) from {SCHEMA}.filings where list_contains(?, cik)", [ciks]
    )


def fact_reject_count(connection: duckdb.DuckDBPyConnection) -> int:
    """Rejected facts on hand: other rejects are rows of tables, lists and folders."""
    return _count(connection, f"select count(*) from {SCHEMA}.rejects where table_name = 'facts'")


def drop_other_companies(connection: duckdb.DuckDBPyConnection, ciks: Sequence[str]) -> None:
    """Keep the filings and facts of these companies only: the registry may have lost one."""
    for table in ("filings", "facts", "text_facts", "companyfacts"):
        connection.execute(f"delete from {SCHEMA}.{table} where not list_contains(?, cik)", [ciks])
    connection.execute(
        f"delete from {SCHEMA}.fact_dimensions"
        f" where fact_id not in (select fact_id from {SCHEMA}.facts)"
    )


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of each table of schema `raw`; empty where the schema is not there yet."""
    tables = connection.execute(
        "select table_name from information_schema.tables where table_schema = ?", [SCHEMA]
    ).fetchall()
    return {
        name: _count(connection, f'select count(*) from {SCHEMA}."{name}"') for (name,) in tables
    }


def _synchronise(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    frame: pl.DataFrame,
    where: str,
    parameters: Sequence[object],
) -> LoadResult:
    """Rows that satisfy `where` become those of `frame`; nothing is written if they are already."""
    target = _prepared(connection, table, frame)
    stored = f"select {_names_sql(frame)} from {target} where {where}"
    incoming = f"select {_names_sql(frame)} from incoming"
    connection.register("incoming", frame.to_arrow())
    try:
        connection.begin()
        inserted = _count(
            connection, f"select count(*) from ({incoming} except all {stored})", parameters
        )
        deleted = _count(
            connection, f"select count(*) from ({stored} except all {incoming})", parameters
        )
        if inserted or deleted:
            connection.execute(f"delete from {target} where {where}", parameters)
            connection.execute(f"insert into {target} {incoming}")
        connection.commit()
    except duckdb.Error as error:
        connection.rollback()
        raise WarehouseError(f"{target}: rows could not be written: {error}") from error
    finally:
        connection.unregister("incoming")
    return LoadResult(target, frame.height, inserted, deleted)


def _prepared(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> str:
    target = f"{SCHEMA}.{table}"
    connection.execute(f"create schema if not exists {SCHEMA}")
    connection.execute(f"create table if not exists {target} ({_columns_sql(frame.schema)})")
    _refuse_other_columns(connection, target, frame)
    return target


def _drop_other_version(
    connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame
) -> None:
    stored = connection.execute(
        "select column_name from information_schema.columns"
        " where table_schema = ? and table_name = ? order by ordinal_position",
        [SCHEMA, table],
    ).fetchall()
    if stored and [name for (name,) in stored] != frame.columns:
        connection.execute(f"drop table {SCHEMA}.{table}")


def _names_sql(frame: pl.DataFrame) -> str:
    return ", ".join(f'"{name}"' for name in frame.columns)


def _columns_sql(schema: pl.Schema) -> str:
    return ", ".join(f'"{name}" {sql_type}' for name, sql_type in sql_types(schema).items())


def _refuse_other_columns(
    connection: duckdb.DuckDBPyConnection, target: str, frame: pl.DataFrame
) -> None:
    stored = [row[0] for row in connection.execute(f"describe {target}").fetchall()]
    if stored != frame.columns:
        raise WarehouseError(
            f"{target} has columns {stored}, this version writes {frame.columns}: the warehouse is"
            " from another version; move it away and refresh to rebuild it from the source"
        )


def _count(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> int:
    row = connection.execute(sql, parameters).fetchone()
    return int(row[0]) if row else 0
