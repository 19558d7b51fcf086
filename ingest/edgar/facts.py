"""Facts read from a filing's documents as raw rows.

A fact that the raw tables cannot hold becomes a counted reject with its reason; the same fact
stated twice in one filing is one row. A duration is a number as well as text: its value is in
years.
"""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ingest.edgar.rows import FACT_ROWS
from ingest.edgar.schema import FACT_DIMENSIONS, FACTS, REJECTS, TEXT_FACTS, VALUE
from ingest.edgar.xbrl import Facts

EVIDENCE = "xbrl"
DURATION_UNIT = "duration"
MARKUP_CONCEPT = "TextBlock$"

ISO_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?$")
ISO_DURATION_TEXT = r"^P(?:\d+Y)?(?:\d+M)?(?:\d+D)?$"
DECIMAL_DIGITS = 9
LARGEST_VALUE_DIGITS = 29


@dataclass(frozen=True)
class FilingOfFacts:
    """The filing facts were read from: what their rows say of it."""

    cik: str
    accession_number: str
    folder: str
    source: str


@dataclass(frozen=True)
class RawFacts:
    """Rows of the raw tables that hold facts."""

    facts: pl.DataFrame
    text_facts: pl.DataFrame
    fact_dimensions: pl.DataFrame
    rejects: pl.DataFrame


def years_of_duration(text: str) -> Decimal | None:
    """ISO 8601 duration as years of 12 months of 30 days, or null if it is none.

    Filers tag a life printed to a tenth of a year this way: P3Y8M12D is 3.7 years.
    """
    match = ISO_DURATION.match(text)
    if not match or text == "P":
        return None
    years, months, days = (int(part or 0) for part in match.groups())
    return years + Decimal(months) / 12 + Decimal(days) / 360


def duration_years(text: str) -> str:
    """The years of an ISO 8601 duration as decimal text; any other text as it is."""
    years = years_of_duration(text)
    return text if years is None else str(round(years, VALUE.scale or 0))


def fact_ids(rows: pl.DataFrame) -> pl.Series:
    """Stable identity of each fact: what it says, in which filing."""
    key = pl.struct(
        "accession_number", "concept", "period_start", "period_end", "dimensions", "unit", "value",
        "decimals",
    )  # fmt: skip
    texts = rows.select(key.struct.json_encode()).to_series()
    digests = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
    return pl.Series("fact_id", digests)


def raw_facts(read: Facts, filing: FilingOfFacts) -> RawFacts:
    """Rows for the raw tables from what was read of a filing."""
    numeric, text = _durations_as_numbers(
        read.numeric.with_row_index("source_line", offset=1),
        read.text.with_row_index("source_line", offset=1),
    )
    judged = numeric.with_columns(_problems(filing).alias("reason"))
    facts = _fact_rows(judged.filter(pl.col("reason").is_null()), filing)
    return RawFacts(
        facts=facts,
        text_facts=_text_rows(text, filing),
        fact_dimensions=_dimension_rows(facts, read.dimensions, filing),
        rejects=pl.concat(
            [
                _reader_rejects(read.rejects, filing),
                _row_rejects(judged.filter(pl.col("reason").is_not_null()), filing),
            ]
        ),
    )


def _durations_as_numbers(
    numeric: pl.DataFrame, text: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Numbers and texts, the durations among the texts as numbers."""
    if text.is_empty():
        return numeric, text
    is_duration = text["text_value"].str.contains(ISO_DURATION_TEXT) & (
        text["text_value"].str.len_chars() > 2
    )
    durations = text.filter(is_duration).with_columns(
        pl.col("text_value").map_elements(duration_years, return_dtype=pl.String).alias("value"),
        pl.lit(DURATION_UNIT).alias("unit"),
    )
    return pl.concat([numeric, durations]), text.filter(~is_duration.fill_null(False))


def _problems(filing: FilingOfFacts) -> pl.Expr:
    """Why a read fact has no place in the raw tables; null where it has."""
    whole = pl.col("value").str.split_exact(".", 1).struct
    return (
        pl.when(pl.col("entity").str.strip_chars_start("0") != filing.cik.lstrip("0"))
        .then(pl.lit("other_entity"))
        .when(pl.col("period_end").is_null())
        .then(pl.lit("without_period"))
        .when(
            (whole.field("field_0").str.len_chars() > LARGEST_VALUE_DIGITS)
            | (whole.field("field_1").str.strip_chars_end("0").str.len_chars() > DECIMAL_DIGITS)
        )
        .then(pl.lit("value_out_of_range"))
    )


def _fact_rows(rows: pl.DataFrame, filing: FilingOfFacts) -> pl.DataFrame:
    typed = rows.with_columns(
        pl.lit(filing.accession_number).alias("accession_number"),
        pl.col("value").cast(VALUE),
    )
    if typed.is_empty():
        return FACTS.to_frame()
    return (
        typed.with_columns(
            fact_ids(typed),
            pl.lit(filing.cik).alias("cik"),
            pl.lit(EVIDENCE).alias("evidence"),
            _evidence_ref(filing),
            pl.lit(filing.source).alias("source"),
        )
        .unique("fact_id", keep="first", maintain_order=True)
        .select(FACTS.names())
        .cast(FACTS)
    )


def _text_rows(rows: pl.DataFrame, filing: FilingOfFacts) -> pl.DataFrame:
    if rows.is_empty():
        return TEXT_FACTS.to_frame()
    is_markup = pl.col("concept").str.contains(MARKUP_CONCEPT)
    return (
        rows.with_columns(
            pl.lit(filing.cik).alias("cik"),
            pl.lit(filing.accession_number).alias("accession_number"),
            pl.col("text_value").str.len_chars().cast(pl.Int64).alias("text_length"),
            pl.when(~is_markup).then("text_value").alias("text_value"),
            _evidence_ref(filing),
            pl.lit(filing.source).alias("source"),
        )
        .select(TEXT_FACTS.names())
        .cast(TEXT_FACTS)
    )


def _evidence_ref(filing: FilingOfFacts) -> pl.Expr:
    """Path of the document at EDGAR, and the element in it."""
    document = pl.concat_str(pl.lit(f"{filing.folder}/"), "source_document")
    return (
        pl.when(pl.col("element_id").is_not_null())
        .then(pl.concat_str(document, pl.lit("#"), "element_id"))
        .otherwise(document)
        .alias("evidence_ref")
    )


def _dimension_rows(
    facts: pl.DataFrame, dimensions: pl.DataFrame, filing: FilingOfFacts
) -> pl.DataFrame:
    return (
        facts.select("fact_id", "dimensions")
        .join(dimensions, on="dimensions")
        .with_columns(pl.lit(filing.source).alias("source"))
        .select(FACT_DIMENSIONS.names())
        .cast(FACT_DIMENSIONS)
    )


def _reader_rejects(rejects: pl.DataFrame, filing: FilingOfFacts) -> pl.DataFrame:
    if rejects.is_empty():
        return REJECTS.to_frame()
    return rejects.select(
        pl.lit("facts").alias("table_name"),
        pl.concat_str(pl.lit(f"{filing.folder}/"), "source_document").alias("file"),
        pl.lit(None, pl.Int64).alias("source_line"),
        "reason",
        "detail",
        pl.struct("element_id", "concept").struct.json_encode().alias("row_json"),
        pl.lit(filing.source).alias("source"),
    ).cast(REJECTS)


def _row_rejects(rows: pl.DataFrame, filing: FilingOfFacts) -> pl.DataFrame:
    if rows.is_empty():
        return REJECTS.to_frame()
    return rows.select(
        pl.lit("facts").alias("table_name"),
        pl.concat_str(pl.lit(f"{filing.folder}/"), "source_document").alias("file"),
        pl.col("source_line").cast(pl.Int64),
        "reason",
        pl.format("{} = {} of entity {}", "concept", "value", "entity").alias("detail"),
        pl.struct(FACT_ROWS.names()).struct.json_encode().alias("row_json"),
        pl.lit(filing.source).alias("source"),
    ).cast(REJECTS)
