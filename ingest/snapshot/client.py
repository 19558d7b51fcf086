"""Reader of the embedded snapshot, or of any folder in its layout.

The folder holds `filings.csv`, `facts.csv` and `prices.csv`, each plain or gzipped, and
`snapshot.yml` with the day the figures were gathered.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import yaml

from ingest.edgar.schema import FACT_DIMENSIONS, FACTS, FILINGS, INSTANT, REJECTS, VALUE
from ingest.errors import MissingInputFileError, UnreadableInputFileError
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

ISO_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?$")


@dataclass(frozen=True)
class Snapshot:
    """Typed rows of a snapshot folder, and what could not be typed."""

    filings: pl.DataFrame
    facts: pl.DataFrame
    fact_dimensions: pl.DataFrame
    prices: pl.DataFrame
    rejects: pl.DataFrame


def read_snapshot(directory: Path, filing_rules: Sequence[FilingRule]) -> Snapshot:
    """Read the folder.

    Raises MissingInputFileError, UnreadableInputFileError or InputSchemaError for a file that is of
    no use as a whole; single rows that cannot be typed are in `rejects`, never dropped.
    """
    filings, filing_rejects = _read_filings(find_table(directory, "filings"), filing_rules)
    facts, dimensions, fact_rejects = _read_facts(find_table(directory, "facts"))
    prices, price_rejects = _read_prices(find_table(directory, "prices"))
    return Snapshot(
        filings=filings,
        facts=facts,
        fact_dimensions=dimensions,
        prices=prices,
        rejects=pl.concat([filing_rejects, fact_rejects, price_rejects]),
    )


def years_of_duration(text: str) -> Decimal | None:
    """ISO 8601 duration as years of 12 months of 30 days, or null if it is none.

    Filers tag a life printed to a tenth of a year this way: P3Y8M12D is 3.7 years.
    """
    match = ISO_DURATION.match(text)
    if not match or text == "P":
        return None
    years, months, days = (int(part or 0) for part in match.groups())
    return years + Decimal(months) / 12 + Decimal(days) / 360


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
        *known_from_columns(filing_rules), pl.lit(SOURCE).alias("source")
    )
    return rows.select(FILINGS.names()).cast(FILINGS), typed.rejects


def known_from_columns(filing_rules: Sequence[FilingRule]) -> list[pl.Expr]:
    """When a filing's figures became public, and what that rests on.

    The acceptance time; where it is unknown the first millisecond after the filing date in New
    York; where that is unknown too, after the day the form was due. Never earlier than the truth.
    """
    days_due = pl.col("form").replace_strict(
        {rule.form: rule.days_after_period_end for rule in filing_rules},
        default=None,
        return_dtype=pl.Int32,
    )
    due_on = pl.col("period_of_report") + pl.duration(days=days_due)
    return [
        pl.coalesce("accepted_at", _after_day(pl.col("filed_at")), _after_day(due_on)).alias(
            "known_from"
        ),
        pl.when(pl.col("accepted_at").is_not_null())
        .then(pl.lit("accepted_at"))
        .when(pl.col("filed_at").is_not_null())
        .then(pl.lit("filed_at"))
        .when(days_due.is_not_null())
        .then(pl.lit("filing_deadline"))
        .alias("known_from_basis"),
    ]


def _after_day(day: pl.Expr) -> pl.Expr:
    midnight = (day + timedelta(days=1)).cast(pl.Datetime("us"))
    return new_york_time(midnight) + timedelta(milliseconds=1)


def _read_facts(path: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    text = read_text_table(path, FACTS_COLUMNS).with_columns(
        pl.when(pl.col("unit") == "duration").then("value").alias("text_value"),
        pl.when(pl.col("unit") == "duration")
        .then(pl.col("value").map_elements(_duration_text, return_dtype=pl.String))
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
    rows = typed.rows.with_columns(fact_ids(typed.rows), pl.lit(SOURCE).alias("source"))
    dimensions, dimension_rejects = _split_dimensions(rows, path.name)
    # Without its dimensions a fact of a part would pass for one of the whole.
    rows = rows.join(dimension_rejects, on="source_line", how="anti")
    return (
        rows.select(FACTS.names()).cast(FACTS),
        dimensions,
        pl.concat([typed.rejects, dimension_rejects]),
    )


def _duration_text(text: str) -> str:
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
