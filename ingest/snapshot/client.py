"""Reader of the embedded snapshot, or of any folder in its layout.

The folder holds `filings.csv`, `facts.csv`, `prices.csv` and `guidance.csv`, each plain or gzipped,
and `snapshot.yml` with the day the figures were gathered.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import yaml

from ingest.edgar.facts import duration_years, fact_ids
from ingest.edgar.schema import (
    COMPANYFACTS,
    FACT_DIMENSIONS,
    FACTS,
    FILINGS,
    INSTANT,
    REJECTS,
    TEXT_FACTS,
    VALUE,
)
from ingest.errors import MissingInputFileError, UnreadableInputFileError
from ingest.guidance.schema import GUIDANCE
from ingest.known_from import after_day, known_from_columns
from ingest.new_york import new_york_time
from ingest.prices.schema import PRICES
from ingest.tabular import cast_rows, find_table, read_text_table
from registry.models import FilingRule

SOURCE = "snapshot"
SNAPSHOT_DIR = Path(__file__).parent

FILINGS_COLUMNS = (
    "cik", "ticker", "accession_number", "form", "period_of_report", "filed_at", "accepted_at",
    "fiscal_year", "fiscal_period", "evidence",
)  # fmt: skip
FACTS_COLUMNS = (
    "cik", "accession_number", "form", "filed_at", "accepted_at", "concept", "period_start",
    "period_end", "dimensions", "unit", "value", "decimals", "evidence", "evidence_ref",
)  # fmt: skip
PRICES_COLUMNS = ("date", "ticker", "close", "adjusted", "source")
GUIDANCE_COLUMNS = (
    "ticker", "metric", "basis", "period_start", "period_end", "low", "high", "is_approximate",
    "stated_on", "stated_at", "accession_number", "evidence", "evidence_ref",
)  # fmt: skip


@dataclass(frozen=True)
class SnapshotFilings:
    """Typed rows of a folder's filings and facts, and what could not be typed.

    A snapshot holds neither text facts nor EDGAR's extracts: those frames are empty.
    """

    filings: pl.DataFrame
    facts: pl.DataFrame
    text_facts: pl.DataFrame
    fact_dimensions: pl.DataFrame
    companyfacts: pl.DataFrame
    rejects: pl.DataFrame


def read_filings(directory: Path, filing_rules: Sequence[FilingRule]) -> SnapshotFilings:
    """Read the folder's filings and facts.

    Raises MissingInputFileError, UnreadableInputFileError or InputSchemaError for a file that is of
    no use as a whole; single rows that cannot be typed are in `rejects`, never dropped.
    """
    filings, filing_rejects = _read_filings(find_table(directory, "filings"), filing_rules)
    facts, dimensions, fact_rejects = _read_facts(find_table(directory, "facts"))
    return SnapshotFilings(
        filings=filings,
        facts=facts,
        text_facts=TEXT_FACTS.to_frame(),
        fact_dimensions=dimensions,
        companyfacts=COMPANYFACTS.to_frame(),
        rejects=pl.concat([filing_rejects, fact_rejects]),
    )


def read_prices(directory: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The folder's closing prices, and the rows that could not be typed; raises as above."""
    return _read_prices(find_table(directory, "prices"))


def read_guidance(directory: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The folder's guidance, and the rows that could not be typed; raises as above."""
    return _read_guidance(find_table(directory, "guidance"))


def read_gathered_on(directory: Path) -> date:
    """The day the folder's figures were gathered, as its `snapshot.yml` states."""
    path = directory / "snapshot.yml"
    try:
        gathered_on = yaml.safe_load(path.read_text(encoding="utf-8"))["gathered_on"]
    except OSError as error:
        raise MissingInputFileError(
            f"{path}: missing; it states gathered_on, the day of the figures"
        ) from error
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise UnreadableInputFileError(f"{path}: expected 'gathered_on: YYYY-MM-DD'") from error
    if not isinstance(gathered_on, date):
        raise UnreadableInputFileError(f"{path}: gathered_on is not a date: {gathered_on!r}")
    return gathered_on


def _read_filings(
    path: Path, filing_rules: Sequence[FilingRule]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    typed = cast_rows(
        read_text_table(path, FILINGS_COLUMNS),
        {
            "period_of_report": pl.Date,
            "filed_at": pl.Date,
            "accepted_at": INSTANT,
            "fiscal_year": pl.Int32,
        },
        required=("cik", "accession_number", "form", "period_of_report"),
        table_name="filings",
        file=path.name,
        source=SOURCE,
    )
    rows = typed.rows.rename({"evidence": "evidence_ref"}).with_columns(
        *known_from_columns(filing_rules),
        pl.lit("facts_read").alias("read_status"),
        pl.lit(None).alias("read_detail"),
        pl.lit(None).alias("content_digest"),
        pl.lit(None).alias("withdrawn_at"),
        pl.lit(SOURCE).alias("source"),
    )
    return rows.select(FILINGS.names()).cast(FILINGS), typed.rejects


def _read_facts(path: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    text = read_text_table(path, FACTS_COLUMNS).with_columns(
        pl.when(pl.col("unit") == "duration").then("value").alias("text_value"),
        pl.when(pl.col("unit") == "duration")
        .then(pl.col("value").map_elements(duration_years, return_dtype=pl.String))
        .otherwise("value")
        .alias("value"),
    )
    typed = cast_rows(
        text,
        {"period_start": pl.Date, "period_end": pl.Date, "value": VALUE},
        required=("cik", "accession_number", "concept", "period_end", "unit", "value", "evidence"),
        table_name="facts",
        file=path.name,
        source=SOURCE,
    )
    rows = typed.rows.with_columns(
        fact_ids(typed.rows), pl.lit(False).alias("is_nil"), pl.lit(SOURCE).alias("source")
    )
    dimensions, dimension_rejects = _split_dimensions(rows, path.name)
    # Without its dimensions a fact of a part would pass for one of the whole.
    rows = rows.join(dimension_rejects, on="source_line", how="anti")
    return (
        rows.select(FACTS.names()).cast(FACTS),
        dimensions,
        pl.concat([typed.rejects, dimension_rejects]),
    )


def _split_dimensions(rows: pl.DataFrame, file: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    pairs: list[dict[str, object]] = []
    rejects: list[dict[str, object]] = []
    dimensioned = rows.filter(pl.col("dimensions") != "{}")
    for row in dimensioned.select("fact_id", "dimensions", "source_line").iter_rows(named=True):
        try:
            members = dict(json.loads(row["dimensions"]))
        except (ValueError, TypeError) as error:
            rejects.append(
                {
                    "table_name": "fact_dimensions",
                    "file": file,
                    "source_line": row["source_line"],
                    "reason": "malformed_dimensions",
                    "detail": f"dimensions are not a JSON object: {error}",
                    "row_json": json.dumps(row),
                    "source": SOURCE,
                }
            )
            continue
        pairs += [
            {
                "fact_id": row["fact_id"],
                "axis": axis,
                "member": member,
                # An explicit member is a qualified name; a typed one is a bare value.
                "is_typed": ":" not in member,
                "source": SOURCE,
            }
            for axis, member in members.items()
        ]
    return pl.DataFrame(pairs, schema=FACT_DIMENSIONS), pl.DataFrame(rejects, schema=REJECTS)


def _read_prices(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    typed = cast_rows(
        read_text_table(path, PRICES_COLUMNS),
        {"date": pl.Date, "close": VALUE},
        required=("date", "ticker", "close", "adjusted"),
        table_name="prices",
        file=path.name,
        source=SOURCE,
    )
    close_of_session = pl.col("date").cast(pl.Datetime("us")) + timedelta(hours=16)
    rows = typed.rows.rename({"close": "close_usd", "source": "provider"}).with_columns(
        new_york_time(close_of_session).alias("known_from"),
        pl.lit(SOURCE).alias("source"),
    )
    return rows.select(PRICES.names()).cast(PRICES), typed.rejects


def _read_guidance(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    typed = cast_rows(
        read_text_table(path, GUIDANCE_COLUMNS),
        {
            "period_start": pl.Date,
            "period_end": pl.Date,
            "low": VALUE,
            "high": VALUE,
            "stated_on": pl.Date,
            "stated_at": INSTANT,
        },
        required=(
            "ticker", "metric", "period_start", "period_end", "low", "high", "is_approximate",
            "stated_on", "evidence", "evidence_ref",
        ),
        table_name="guidance",
        file=path.name,
        source=SOURCE,
    )  # fmt: skip
    rows = typed.rows.rename({"low": "low_usd", "high": "high_usd"}).with_columns(
        pl.col("basis").fill_null(""),
        pl.col("is_approximate").replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        ),
        pl.coalesce("stated_at", after_day(pl.col("stated_on"))).alias("known_from"),
        pl.lit(SOURCE).alias("source"),
    )
    return rows.select(GUIDANCE.names()).cast(GUIDANCE), typed.rejects
