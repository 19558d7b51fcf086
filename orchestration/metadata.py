"""Results as Dagster metadata: the same rows and pictures people see elsewhere."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import unescape

import polars as pl
from dagster import MetadataValue, TableColumn, TableSchema

from ingest.http import Traffic
from ingest.sql_types import sql_types
from ingest.warehouse import LoadResult

UNITS = {"usd": "USD", "ratio": "ratio", "years": "years"}
ALTERNATIVE = re.compile('aria-label="([^"]*)"')


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


def pictures(svgs: Iterable[str]) -> MetadataValue:
    """SVG pictures one below the other, each under its text alternative."""
    return MetadataValue.md("\n\n".join(_picture(svg) for svg in svgs))


def _picture(svg: str) -> str:
    found = ALTERNATIVE.search(svg)
    alternative = unescape(found[1]) if found else "chart"
    encoded = b64encode(svg.encode()).decode()
    return f"{alternative}\n\n![{alternative}](data:image/svg+xml;base64,{encoded})"


def label(name: str) -> str:
    """The name of a figure as words, its unit in brackets: the UI breaks lines at blanks only."""
    *words, last = name.split("_")
    unit = UNITS.get(last)
    return " ".join([*words, last] if unit is None else [*words, f"({unit})"])


def figures(values: Mapping[str, float | str | None]) -> dict[str, MetadataValue]:
    """Key figures by name, rounded to be read; one that is not known says so."""
    return {
        label(name): MetadataValue.float(round(value, 2 if abs(value) >= 1 else 4))
        if isinstance(value, float)
        else MetadataValue.text("not stated" if value is None else str(value))
        for name, value in values.items()
    }
