"""A Spark session as the models need it, and the raw tables by their names in it.

Belongs here: what is set of Spark and why, where the Parquet of the raw tables lies. Does not
belong here: running dbt (`build`), reading filings (`filings`).
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[1]
DBT_PROJECT_DIR = ROOT / "dbt"
SOURCES = DBT_PROJECT_DIR / "models" / "staging" / "_sources.yml"
RAW = "raw"

# What the models rely on wherever they run; a cluster's own session has to be set alike.
SETTINGS: Mapping[str, str] = {
    # Moments are compared and printed as UTC.
    "spark.sql.session.timeZone": "UTC",
    # What cannot be computed raises, as in DuckDB, and is no null.
    "spark.sql.ansi.enabled": "true",
    # A product or a sum of decimal(38, 9) keeps its nine digits.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # The type other readers of Parquet know.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # A quote within a text is written twice, as in every other SQL.
    "spark.sql.legacy.consecutiveStringLiterals.enabled": "false",
}


# What a worker holds at once; of a document, up to some ten megabytes.
DOCUMENTS_PER_BATCH = 8


class SparkRoomError(Exception):
    """The models cannot be run on Spark: says what is missing and what to do."""


@dataclass(frozen=True)
class Place:
    """Where a run writes and computes, and how much it may take."""

    out: Path
    master: str
    driver_memory: str
    shuffle_partitions: int


def place_from_environment(environment: Mapping[str, str] = os.environ) -> Place:
    """The place the environment names, and what it leaves unsaid."""
    return Place(
        out=Path(environment.get("PLUMBLINE_SPARK_OUT", "data/spark")).resolve(),
        master=environment.get("PLUMBLINE_SPARK_MASTER", "local[2]"),
        driver_memory=environment.get("PLUMBLINE_SPARK_DRIVER_MEMORY", "2g"),
        shuffle_partitions=int(environment.get("PLUMBLINE_SPARK_SHUFFLE_PARTITIONS", "4")),
    )


def raw_from_environment(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the raw tables lie; SparkRoomError where the environment does not say."""
    raw = environment.get("PLUMBLINE_SPARK_RAW", "")
    if not raw:
        raise SparkRoomError(
            "PLUMBLINE_SPARK_RAW names no directory: set it to the Parquet of the raw tables, one"
            " directory a table (`python -m ingest.parquet WAREHOUSE DIRECTORY` writes them)"
        )
    return Path(raw).resolve()


def start_session(place: Place) -> SparkSession:
    """A session of this process, with a catalog of its own that ends with it."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = (
        SparkSession.Builder()
        .appName("plumbline")
        .master(place.master)
        .config("spark.driver.memory", place.driver_memory)
        .config("spark.sql.shuffle.partitions", str(place.shuffle_partitions))
        .config("spark.sql.warehouse.dir", str(place.out / "tables"))
        .config("spark.sql.catalogImplementation", "in-memory")
        .config("spark.executorEnv.PYTHONPATH", str(ROOT))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", str(DOCUMENTS_PER_BATCH))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
    )
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def raw_tables() -> list[str]:
    """The raw tables the models read, as dbt declares them."""
    declared = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))["sources"]
    return [table["name"] for source in declared for table in source["tables"]]


def name_raw_tables(session: SparkSession, raw: Path) -> None:
    """Give every raw table its name in schema `raw`; SparkRoomError where one is not there."""
    absent = [table for table in raw_tables() if not (raw / table).is_dir()]
    if absent:
        raise SparkRoomError(
            f"{raw} has no directory of Parquet named {', '.join(absent)}; export the raw tables"
            " of a build anew with `python -m ingest.parquet WAREHOUSE DIRECTORY`"
        )
    session.sql(f"create schema if not exists {RAW}")
    for table in raw_tables():
        place = str(raw / table).replace("`", "``")
        session.sql(f"create or replace view {RAW}.{table} as select * from parquet.`{place}`")
