"""Text tables into typed rows: cells are read as text, then cast, and what will not cast is kept.

A row with a cell that cannot be cast is not dropped in silence: it becomes a reject with its file,
line and reason. A file whose columns are not the declared ones is refused as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.edgar.schema import REJECTS
from ingest.errors import InputSchemaError, MissingInputFileError, UnreadableInputFileError

HEADER_LINES = 1


@dataclass(frozen=True)
class Typed:
    """Rows that could be cast, and the rejects for those that could not."""

    rows: pl.DataFrame
    rejects: pl.DataFrame


def find_table(directory: Path, stem: str) -> Path:
    """`stem.csv` or `stem.csv.gz` in the directory; MissingInputFileError if there is neither."""
    for name in (f"{stem}.csv", f"{stem}.csv.gz"):
        if (directory / name).is_file():
            return directory / name
    raise MissingInputFileError(
        f"{directory}: neither {stem}.csv nor {stem}.csv.gz is there; the source needs both tables"
        " and prices: restore the folder or point PLUMBLINE_SNAPSHOT_DIR elsewhere"
    )


def read_text_table(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """All cells as text (empty = null) plus `source_line`, the line in the file.

    Raises UnreadableInputFileError for bytes that are no CSV table, InputSchemaError for a header
    that is not exactly `columns`.
    """
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError, EOFError) as error:
        raise UnreadableInputFileError(f"{path.name}: not a readable CSV table: {error}") from error
    missing = [column for column in columns if column not in frame.columns]
    unexpected = [column for column in frame.columns if column not in columns]
    if missing or unexpected:
        raise InputSchemaError(
            f"{path.name}: missing column(s) {missing or 'none'}, unexpected column(s)"
            f" {unexpected or 'none'}; expected exactly {list(columns)}"
        )
    return frame.with_row_index("source_line", offset=HEADER_LINES + 1).with_columns(
        pl.col("source_line").cast(pl.Int64)
    )


def cast_rows(
    text: pl.DataFrame,
    types: Mapping[str, pl.DataType | type[pl.DataType]],
    *,
    required: Sequence[str],
    table_name: str,
    file: str,
    source: str,
) -> Typed:
    """Cast text columns; a cell that will not cast, or a required empty one, makes a reject."""
    cast = text.with_columns(
        _cast(column, dtype).alias(f"__{column}") for column, dtype in types.items()
    )
    problems = [
        pl.when(pl.col(column).is_not_null() & pl.col(f"__{column}").is_null())
        .then(pl.format(f"{column} {{}} is not a {_type_name(dtype)}", pl.col(column).str.head(80)))
        for column, dtype in types.items()
    ] + [
        pl.when(pl.col(column).is_null()).then(pl.lit(f"{column} is empty")) for column in required
    ]  # fmt: skip
    judged = cast.with_columns(
        pl.concat_str(problems, separator="; ", ignore_nulls=True).alias("__detail")
    )
    is_bad = pl.col("__detail") != ""
    rows = judged.filter(~is_bad).with_columns(pl.col(f"__{c}").alias(c) for c in types)
    bad = judged.filter(is_bad).select(
        pl.lit(table_name).alias("table_name"),
        pl.lit(file).alias("file"),
        pl.col("source_line"),
        pl.lit("malformed_row").alias("reason"),
        pl.col("__detail").alias("detail"),
        pl.struct(text.columns).struct.json_encode().alias("row_json"),
        pl.lit(source).alias("source"),
    )
    return Typed(rows.drop(pl.selectors.starts_with("__")), bad.cast(REJECTS))


def _cast(column: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    text = pl.col(column)
    if dtype == pl.Date:
        return text.str.to_date("%Y-%m-%d", strict=False)
    if isinstance(dtype, pl.Datetime):
        return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%#z", strict=False, time_unit="us")
    return text.cast(dtype, strict=False)


def _type_name(dtype: pl.DataType | type[pl.DataType]) -> str:
    if dtype == pl.Date:
        return "date (YYYY-MM-DD)"
    if isinstance(dtype, pl.Datetime):
        return "UTC time (YYYY-MM-DDTHH:MM:SSZ)"
    return "number"
