"""Are the rows of every mart the same on DuckDB and on Spark?

Run with `python -m benchmarks.parity` from the root for the embedded data, or with a DuckDB build
or a directory of raw Parquet, one directory a table; `--companies 1000` adds as many companies that
nobody made. The raw tables are built into marts by both engines, from the same files; every row of
every mart of schemas `marts` and `quality` is compared, and each difference is printed with its
mart, its key and both values. Ends with 1 on any.

Texts, days, moments, decimals and lists have to be equal. Doubles have to be equal to `TOLERANCE`
of their size: the powers and exponentials of engines differ in the last bit. How many rows are not
equal bit by bit is printed too.

Spark runs in a process of its own, in the environment that `PLUMBLINE_SPARK_PYTHON` names.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from dagster import materialize

from benchmarks.universe import NUMBERS_OF_A_FILING, write_universe
from ingest.parquet import write_raw_tables
from orchestration.assets.raw import build_raw_assets
from orchestration.build import connect
from orchestration.dbt_project import load_manifest, run_models
from orchestration.guard_process import judge_here
from orchestration.resources import Project
from orchestration.settings import Settings, Source, load_settings, prepare_environment
from orchestration.universe.loading import load_pieces, pieces_of
from orchestration.universe.raw import write_raw_universe
from registry.models import load_registry
from spark import variables
from spark.variables import value_of

ROOT = Path(__file__).resolve().parents[1]
SPARK_PYTHON = ROOT / value_of(variables.PYTHON, os.environ)
SCHEMAS = ("marts", "quality")
TOLERANCE = 1e-12
SHOWN = 10
# Rows of these marts are tested in one relation that holds all of them, and declare no key.
KEY_OF_DECLARED = ("ticker", "segment", "fiscal_quarter", "known_from")


class ParityError(Exception):
    """The engines cannot be compared: says what is missing."""


@dataclass(frozen=True)
class MartParity:
    """One mart on both engines; `close` rows are equal but for the last bits of doubles."""

    mart: str
    rows: int
    close: int
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Parity:
    """All marts, and the seconds each engine took to make them."""

    marts: tuple[MartParity, ...]
    duckdb_seconds: float
    spark_seconds: float

    @property
    def differences(self) -> list[str]:
        """What differs, mart by mart."""
        return [difference for mart in self.marts for difference in mart.differences]


def main() -> None:
    """Print a line a mart; end with 1 where a row differs."""
    given = parsed_arguments()
    settings = replace(load_settings(), source=Source(), memory_limit=given.memory_limit)
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        try:
            raw = raw_parquet(given.source, replace(settings, data_dir=work / "raw-build"), work)
            if given.companies:
                generated = replace(settings, data_dir=work / "generated")
                raw = with_generated(raw, generated, given.companies, given.years, work / "all")
            parity = both_engines(
                raw, replace(settings, data_dir=work / "duckdb"), work / "spark",
                driver_memory=given.driver_memory, select=given.select,
            )  # fmt: skip
        except ParityError as error:
            sys.exit(str(error))
    show(parity)
    sys.exit(1 if parity.differences else 0)


def parsed_arguments() -> argparse.Namespace:
    """What was asked for."""
    options = argparse.ArgumentParser(description="The marts on DuckDB and on Spark, row by row.")
    options.add_argument("source", type=Path, nargs="?",
                         help="a DuckDB build or a directory of raw Parquet")  # fmt: skip
    options.add_argument("--companies", type=int, default=0,
                         help="generated companies to be added (default: none)")  # fmt: skip
    options.add_argument("--years", type=int, default=5,
                         help="years of their filings (default: %(default)s)")  # fmt: skip
    options.add_argument("--select", nargs="+", default=[],
                         help="only these models on Spark, in dbt's words")  # fmt: skip
    options.add_argument("--driver-memory", default="2g", help="Spark's (default: %(default)s)")
    options.add_argument("--memory-limit", default=load_settings().memory_limit,
                         help="DuckDB's (default: %(default)s)")  # fmt: skip
    options.add_argument("--work", type=Path, help="keep what both engines write here")
    return options.parse_args()


def show(parity: Parity) -> None:
    """Print a line a mart and what differs."""
    print(f"{'mart':<44}{'rows':>10}{'last bits differ':>18}{'differ':>10}")
    for mart in parity.marts:
        print(f"{mart.mart:<44}{mart.rows:>10,}{mart.close:>18,}{len(mart.differences):>10,}")
    rows = sum(mart.rows for mart in parity.marts)
    print(
        f"{rows:,} rows; DuckDB {parity.duckdb_seconds:.0f} s, Spark {parity.spark_seconds:.0f} s"
    )
    print("\n".join(parity.differences))


# Both engines


def raw_parquet(source: Path | None, settings: Settings, work: Path) -> Path:
    """The raw tables as Parquet: those given, of the build given, or of the embedded data."""
    if source and source.is_dir():
        return source
    if source and not source.is_file():
        raise ParityError(f"{source}: is no DuckDB build and no directory of raw Parquet")
    build = source or embedded_build(settings)
    with connect(build, settings, read_only=False) as connection:
        write_raw_tables(connection, work / "raw")
    return work / "raw"


def embedded_build(settings: Settings) -> Path:
    """A build with the raw tables of the embedded data and nothing else."""
    prepare_environment(settings)
    loaded = materialize(
        build_raw_assets(Project(settings, load_registry(), judge_here)),
        run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
    )
    if not loaded.success:
        raise ParityError("the embedded data could not be loaded; `plumbline refresh` says why")
    return settings.build_path


def with_generated(raw: Path, settings: Settings, companies: int, years: int, target: Path) -> Path:
    """The raw tables and, in each, the rows of generated companies, loaded as bulk files are."""
    bulk, lake_raw = settings.data_dir / "bulk", settings.data_dir / "raw"
    bulk.mkdir(parents=True)
    write_universe(bulk, companies, years, NUMBERS_OF_A_FILING)
    for loaded in load_pieces(settings, load_registry(), pieces_of([bulk])):
        if loaded.failure:
            raise ParityError(f"{loaded.name}: {loaded.failure}")
    write_raw_universe(settings, load_registry(), lake_raw)
    with duckdb.connect() as connection:
        for table in sorted(path.name for path in raw.iterdir() if path.is_dir()):
            (target / table).mkdir(parents=True)
            sources = [str(raw / table), str(lake_raw / table)]
            # What both declare of every company is there once.
            rows = " union by name ".join(
                f"from read_parquet('{source}/**/*.parquet')"
                for source in sources
                if Path(source).is_dir()
            )
            connection.execute(f"copy ({rows}) to '{target / table}/rows.parquet'")
    return target


def both_engines(
    raw: Path,
    settings: Settings,
    out: Path,
    *,
    driver_memory: str = "2g",
    select: Sequence[str] = (),
) -> Parity:
    """Build the marts of the same raw Parquet with DuckDB and with Spark, and compare them.

    `select` leaves out of Spark's build, and of the comparison, whatever else there is. Raises
    ParityError where an engine cannot build them.
    """
    on_duckdb = build_on_duckdb(raw, settings)
    on_spark = build_on_spark(raw, out, driver_memory, select)
    keys = declared_keys(settings)
    written = sorted(json.loads((out / "built.json").read_text(encoding="utf-8"))["rows"])
    with connect(settings.build_path, settings) as connection:
        marts = tuple(compare(connection, out, mart, keys.get(mart, ())) for mart in written)
    return Parity(marts, on_duckdb, on_spark)


def build_on_duckdb(raw: Path, settings: Settings) -> float:
    """Seconds to make every model of the raw Parquet."""
    settings.build_path.parent.mkdir(parents=True)
    with connect(settings.build_path, settings) as connection:
        connection.execute("create schema raw")
        for table in sorted(path.name for path in raw.iterdir() if path.is_dir()):
            connection.execute(
                f"create table raw.{table} as from read_parquet('{raw / table}/**/*.parquet')"
            )
    prepare_environment(settings)
    load_manifest(settings)
    started = time.perf_counter()
    failed = [row for row in run_models(settings) if not row.is_success]
    if failed:
        raise ParityError("\n".join(f"{row.name} on DuckDB: {row.message}" for row in failed))
    return time.perf_counter() - started


def build_on_spark(raw: Path, out: Path, driver_memory: str, select: Sequence[str]) -> float:
    """Seconds that `python -m spark.build` took, its start included."""
    if not SPARK_PYTHON.exists():
        raise ParityError(
            f"{SPARK_PYTHON} is not there: `make spark-env` makes the environment of Spark, or"
            f" {variables.PYTHON} names the interpreter of one"
        )
    started = time.perf_counter()
    ended = subprocess.run(
        [SPARK_PYTHON, "-m", "spark.build", *(["--select", *select] if select else [])],
        cwd=ROOT,
        env={
            **spark_environment(out),
            variables.RAW: str(raw.resolve()),
            variables.DRIVER_MEMORY: driver_memory,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ended.returncode:
        raise ParityError(f"Spark could not build the marts:\n{ended.stdout[-4000:]}")
    return time.perf_counter() - started


def spark_environment(out: Path) -> dict[str, str]:
    """The environment of a process that runs Spark: nothing of this one's Python, and its place."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**own, variables.OUT: str(out.resolve()), variables.RECORD: str(out.resolve())}


def declared_keys(settings: Settings) -> Mapping[str, Sequence[str]]:
    """The key of each mart, as its test declares it."""
    nodes = load_manifest(settings)["nodes"]
    tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    return {
        f"{model['schema']}.{model['name']}": test["test_metadata"]["kwargs"]["columns"]
        for test in tests
        if test.get("test_metadata", {}).get("name") == "unique_combination"
        and (model := nodes.get(test["attached_node"]))
    }


# Comparing


def compare(
    connection: duckdb.DuckDBPyConnection, out: Path, mart: str, key: Sequence[str]
) -> MartParity:
    """One mart on both engines; the connection is to DuckDB's build."""
    schema, name = mart.split(".")
    spark = f"read_parquet('{out / schema / name}/*.parquet')"
    types = columns_of(connection, mart)
    rows = int(connection.execute(f"select count(*) from {mart}").fetchall()[0][0])
    on_spark = columns_of(connection, spark)
    if types != on_spark:
        unlike = sorted(set(types.items()) ^ set(on_spark.items()))
        return MartParity(mart, rows, 0, (f"{mart}: columns or types differ: {unlike}",))
    key = key or [column for column in KEY_OF_DECLARED if column in types]
    for table, first, second in (("ours", mart, spark), ("theirs", spark, mart)):
        keyed = ", ".join(f"{part} as key_{place}" for place, part in enumerate(key))
        connection.execute(
            f"create or replace temp table {table} as select true as is_there, *, {keyed} from"
            f" (select {', '.join(types)} from {first} except all"
            f" select {', '.join(types)} from {second})"
        )
    same_key = " and ".join(
        f"ours.key_{place} is not distinct from theirs.key_{place}" for place in range(len(key))
    )
    is_close = " and ".join(
        ["coalesce(ours.is_there and theirs.is_there, false)"]
        + [close_sql(column, kind) for column, kind in types.items()]
    )
    joined = f"ours full outer join theirs on {same_key}"
    close, differ = connection.execute(
        f"select count(*) filter ({is_close}), count(*) filter (not ({is_close})) from {joined}"
    ).fetchall()[0]
    places = ", ".join(
        f"coalesce(ours.key_{place}, theirs.key_{place})" for place in range(len(key))
    )
    found = connection.execute(
        f"select ours, theirs from {joined} where not ({is_close}) order by {places} limit {SHOWN}"
    ).fetchall()
    told = [difference(mart, key, dict(types), *row) for row in found]
    if differ > len(told):
        told += [f"{mart}: another row differs"] * (differ - len(told))
    return MartParity(mart, rows, close, tuple(told))


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Types of a relation's columns, in order."""
    described = connection.execute(f"describe from {relation}").fetchall()
    return {name: kind for name, kind, *_ in described}


def close_sql(column: str, kind: str) -> str:
    """SQL for whether a column has the same value on both sides; doubles but for the last bits."""
    equal = f"ours.{column} is not distinct from theirs.{column}"
    if kind != "DOUBLE":
        return f"({equal})"
    largest = f"greatest(abs(ours.{column}), abs(theirs.{column}))"
    near = f"abs(ours.{column} - theirs.{column}) <= {TOLERANCE} * {largest}"
    return f"({equal} or coalesce({near}, false))"


def difference(
    mart: str,
    key: Sequence[str],
    types: Mapping[str, str],
    ours: Mapping[str, object],
    theirs: Mapping[str, object],
) -> str:
    """What differs between two rows of one key, or on which engine there is no such row."""
    row = ours if ours["is_there"] else theirs
    where = ", ".join(f"{part}={row[f'key_{place}']!r}" for place, part in enumerate(key))
    if not (ours["is_there"] and theirs["is_there"]):
        return f"{mart} ({where}): only {'in DuckDB' if ours['is_there'] else 'on Spark'}"
    unlike = [
        f"{column} is {ours[column]!r} in DuckDB and {theirs[column]!r} on Spark"
        for column in types
        if ours[column] != theirs[column]
    ]
    return f"{mart} ({where}): {'; '.join(unlike)}"


if __name__ == "__main__":
    main()
