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

from spark import variables
from spark.variables import value_of

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


# What spark-submit sets for the programs it starts; they leave to it what it is told.
SUBMITTED = "PYSPARK_GATEWAY_PORT"
SET_BY_VARIABLE = {
    variables.MASTER: "spark.master",
    variables.DRIVER_MEMORY: "spark.driver.memory",
    variables.SHUFFLE_PARTITIONS: "spark.sql.shuffle.partitions",
}
TABLES = "tables"
# What a worker holds at once; of a document, up to some ten megabytes.
DOCUMENTS_PER_BATCH = 8


class SparkRoomError(Exception):
    """The models cannot be run on Spark: says what is missing and what to do."""


@dataclass(frozen=True)
class Place:
    """Where a run writes, and what is set of Spark for it.

    `out` is a directory or an address, `record` a directory; both have no slash at their end.
    """

    out: str
    record: Path
    settings: Mapping[str, str]


def place_from_environment(environment: Mapping[str, str] = os.environ) -> Place:
    """The place the environment names, and what it leaves unsaid."""
    is_submitted = SUBMITTED in environment
    return Place(
        out=absolute(value_of(variables.OUT, environment)),
        record=Path(value_of(variables.RECORD, environment)).resolve(),
        settings={
            setting: value_of(name, environment)
            for name, setting in SET_BY_VARIABLE.items()
            if name in environment or not is_submitted
        },
    )


def absolute(place: str) -> str:
    """A directory from the root of the file system; an address as it is."""
    return place.rstrip("/") if "://" in place else str(Path(place).resolve())


def raw_from_environment(environment: Mapping[str, str] = os.environ) -> str:
    """Where the raw tables lie; SparkRoomError where the environment does not say."""
    raw = value_of(variables.RAW, environment)
    if not raw:
        raise SparkRoomError(
            f"{variables.RAW} names no directory: set it to the Parquet of the raw tables, one"
            " directory a table (`python -m ingest.parquet WAREHOUSE DIRECTORY` writes those of a"
            " warehouse, `plumbline universe raw DIRECTORY` those of every filer)"
        )
    return absolute(raw)


def start_session(place: Place) -> SparkSession:
    """A session of this process, with a catalog of its own that ends with it."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = (
        SparkSession.Builder()
        .appName("plumbline")
        .config("spark.sql.warehouse.dir", f"{place.out}/{TABLES}")
        .config("spark.sql.catalogImplementation", "in-memory")
        .config("spark.executorEnv.PYTHONPATH", str(ROOT))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", str(DOCUMENTS_PER_BATCH))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
    )
    for name, value in {**SETTINGS, **place.settings}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def raw_tables() -> list[str]:
    """The raw tables the models read, as dbt declares them."""
    declared = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))["sources"]
    return [table["name"] for source in declared for table in source["tables"]]


def delete(session: SparkSession, place: str) -> None:
    """Delete what is in a directory or at an address; nothing where there is none."""
    path = session._jvm.org.apache.hadoop.fs.Path(place)
    path.getFileSystem(session._jsc.hadoopConfiguration()).delete(path, True)


def exists(session: SparkSession, place: str) -> bool:
    """Whether there is something in a directory or at an address."""
    path = session._jvm.org.apache.hadoop.fs.Path(place)
    return bool(path.getFileSystem(session._jsc.hadoopConfiguration()).exists(path))


def name_raw_tables(session: SparkSession, raw: str) -> None:
    """Give every raw table its name in schema `raw`; SparkRoomError where one is not there."""
    absent = [table for table in raw_tables() if not exists(session, f"{raw}/{table}")]
    if absent:
        raise SparkRoomError(
            f"{raw} has no directory of Parquet named {', '.join(absent)}; export the raw tables"
            " of a build anew with `python -m ingest.parquet WAREHOUSE DIRECTORY`"
        )
    session.sql(f"create schema if not exists {RAW}")
    for table in raw_tables():
        place = f"{raw}/{table}".replace("`", "``")
        session.sql(f"create or replace view {RAW}.{table} as select * from parquet.`{place}`")
