"""How declared columns are stored: the SQL type of each Polars type."""

from collections.abc import Mapping

import polars as pl

SQL_TYPES: Mapping[str, str] = {
    "String": "VARCHAR",
    "Date": "DATE",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "Float64": "DOUBLE",
    "Boolean": "BOOLEAN",
}


def sql_types(schema: pl.Schema) -> dict[str, str]:
    """The DuckDB type of each column a frame of this schema is stored with."""
    return {name: _sql_type(dtype) for name, dtype in schema.items()}


def _sql_type(dtype: object) -> str:
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "TIMESTAMP WITH TIME ZONE"
    if isinstance(dtype, pl.List):
        return f"{_sql_type(dtype.inner)}[]"
    return SQL_TYPES[str(dtype)]
