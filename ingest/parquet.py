"""The raw tables as Parquet, one directory a table: what an engine beside DuckDB builds on.

    python -m ingest.parquet data/warehouse.duckdb data/raw

Belongs here: writing the tables of schema `raw` out as they are. Does not belong here: the lake of
data sets (`lake`), what an engine does with them.
"""

import argparse
from collections.abc import Collection
from pathlib import Path

import duckdb

from ingest.errors import MissingInputFileError
from ingest.warehouse import SCHEMA, row_counts


def write_raw_tables(
    connection: duckdb.DuckDBPyConnection,
    directory: Path,
    only: Collection[str] = (),
    name: str = "rows",
) -> dict[str, int]:
    """Write every raw table, or some, to a file of a directory of its name; rows by table.

    Moments are written as instants and decimals as decimals, so that any reader finds the types.
    """
    tables = {
        table: rows for table, rows in row_counts(connection).items() if not only or table in only
    }
    for table in tables:
        file = directory / table / f"{name}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        connection.table(f"{SCHEMA}.{table}").write_parquet(str(file), compression="zstd")
    return tables


def main() -> None:
    """Write the raw tables of a build; ends with the reason where there are none."""
    options = argparse.ArgumentParser(description="The raw tables of a build as Parquet.")
    options.add_argument("build", type=Path, help="a warehouse, published or not")
    options.add_argument("directory", type=Path, help="where a directory a table is written")
    given = options.parse_args()
    try:
        with duckdb.connect(str(given.build), read_only=True) as connection:
            rows = write_raw_tables(connection, given.directory)
    except duckdb.Error as error:
        raise MissingInputFileError(f"{given.build}: is no warehouse: {error}") from error
    if not rows:
        raise MissingInputFileError(f"{given.build}: holds no raw tables; load it first")


if __name__ == "__main__":
    main()
