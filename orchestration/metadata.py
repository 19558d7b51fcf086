"""Results as Dagster metadata: the same rows and pictures people see elsewhere."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict

import polars as pl
from dagster import MetadataValue, TableColumn, TableSchema

from ingest.http import Traffic
from ingest.sql_types import sql_types
from ingest.warehouse import LoadResult


def column_schema(schema: pl.Schema) -> TableSchema:
    """The stored columns of a raw table."""
    return TableSchema([TableColumn(name, kind) for name, kind in sql_types(schema).items()])


def load_metadata(result: LoadResult, traffic: Traffic | None = None) -> dict[str, MetadataValue]:
    """What a load changed, and what it asked for if it asked."""
    asked = {} if traffic is None else asdict(traffic)
    return {
        **{name: MetadataValue.int(count) for name, count in asked.items()},
        "dagster/row_count": MetadataValue.int(result.rows),
        "rows_inserted": MetadataValue.int(result.inserted),
        "rows_deleted": MetadataValue.int(result.deleted),
    }


def picture(svg: str) -> MetadataValue:
    """An SVG picture, shown in place."""
    encoded = b64encode(svg.encode()).decode()
    return MetadataValue.md(f"![chart](data:image/svg+xml;base64,{encoded})")


def figures(values: Mapping[str, float | str | None]) -> dict[str, MetadataValue]:
    """Key figures by name; one that is not known says so."""
    return {
        name: MetadataValue.float(value)
        if isinstance(value, float)
        else MetadataValue.text("not stated" if value is None else str(value))
        for name, value in values.items()
    }
