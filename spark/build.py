"""The models on Spark: raw Parquet in, marts as Parquet out.

Run with `python -m spark.build` in the environment of `make spark-env`; what differs is told by the
environment variables that `session.place_from_environment` reads.

Belongs here: one run from raw tables to written marts. Does not belong here: what is set of the
session (`session`).
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from spark.session import (
    DBT_PROJECT_DIR,
    TABLES,
    Place,
    SparkRoomError,
    delete,
    name_raw_tables,
    place_from_environment,
    raw_from_environment,
    start_session,
)

MARTS = ("marts", "quality")
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Built:
    """A model or seed that was made, and the seconds it took."""

    name: str
    schema: str
    seconds: float


def main(arguments: Sequence[str] = ()) -> int:
    """Build, write the marts and print what it took; 1 and the reason where it cannot be done."""
    place, raw = place_from_environment(), raw_from_environment()
    started = time.perf_counter()
    session = start_session(place)
    try:
        name_raw_tables(session, raw)
        # An earlier session left its files, and no new table is made over them.
        delete(session, f"{place.out}/{TABLES}")
        built = build_models(place, arguments)
        rows = write_marts(session, place, built)
    finally:
        session.stop()
    seconds = time.perf_counter() - started
    told = {
        "seconds": round(seconds, 1),
        "models": {model.name: round(model.seconds, 2) for model in built},
        "rows": rows,
    }
    (place.record / "built.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    sys.stdout.write(f"{len(built)} models in {seconds:.0f} s, written to {place.out}\n")
    return 0


def build_models(place: Place, arguments: Sequence[str] = ()) -> list[Built]:
    """Seeds and models, in order; SparkRoomError with the messages of those that failed.

    `arguments` are dbt's own, such as a selection of models.
    """
    target = place.record / "dbt"
    result = dbtRunner().invoke(
        [
            "build", *WITHOUT_TESTS,
            "--target", "spark",
            "--project-dir", str(DBT_PROJECT_DIR),
            "--profiles-dir", str(DBT_PROJECT_DIR),
            "--target-path", str(target),
            "--log-path", str(target / "logs"),
            "--log-level", "none",
            *arguments,
        ]
    )  # fmt: skip
    if not isinstance(result.result, RunExecutionResult):
        raise SparkRoomError(f"dbt could not run: {result.exception}; see {target / 'logs'}")
    failed = [row for row in result.result.results if str(row.status) not in {"success", "skipped"}]
    if failed:
        messages = "\n".join(f"{row.node.name}: {row.message}" for row in failed)
        raise SparkRoomError(f"{len(failed)} models failed on Spark:\n{messages}")
    return [
        Built(row.node.name, row.node.schema, row.execution_time) for row in result.result.results
    ]


def write_marts(session: SparkSession, place: Place, built: Sequence[Built]) -> dict[str, int]:
    """Every mart that was built as Parquet, views too; rows by mart."""
    rows = {}
    for model in built:
        if model.schema not in MARTS:
            continue
        mart = f"{model.schema}.{model.name}"
        directory = f"{place.out}/{model.schema}/{model.name}"
        session.table(mart).write.mode("overwrite").parquet(directory)
        rows[mart] = session.read.parquet(directory).count()
    return rows


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SparkRoomError as error:
        sys.exit(str(error))
