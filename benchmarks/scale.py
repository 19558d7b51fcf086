"""What the models cost against the number of companies: does the time grow faster than they do?

Run with `python -m benchmarks.scale` from the root; `--strict` ends with 1 if it does. The embedded
data is loaded once and every declared company is copied under other tickers, CIKs, accession
numbers and fact ids, until there are as many as asked for. For each number of companies three
things are measured, within the limits a refresh keeps to: the SQL of every model run by DuckDB
alone, as a table or view and without the project's hooks; the peak memory of that, in a process of
its own and above what its imports took; and the whole `dbt build` of a refresh, tests included, in
this process and with the project parsed.

Times are medians of rounds, after one round nobody counts; the largest number of companies has one
round. Beside the time that passes stands that of all processors: tables of few rows are worked on
by one thread and those of many by two, which hides growth, and other work on the machine shows one
where there is none. An exponent is the logarithm of the ratio of two times over that of the numbers
of companies: 1 is linear.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
from dagster import materialize

from orchestration.assets.raw import build_raw_assets
from orchestration.build import connect
from orchestration.dbt_project import NodeResult, load_manifest, manifest_path, run_build
from orchestration.guard_process import judge_here
from orchestration.resources import Project
from orchestration.settings import Settings, Source, load_settings, prepare_environment
from registry.models import load_registry

ROOT = Path(__file__).resolve().parents[1]
COMPANIES = (7, 70, 700)
ROUNDS = 3
MOST = 1.0
TOLERANCE = 0.05
FASTEST_SHOWN = 5
# Below this a model costs what any statement does, and its exponent says nothing.
LEAST_SECONDS = 0.3
MIB = 1024

SQL, SQL_PROCESSORS = "SQL alone", "its processor time"
BUILD, BUILD_PROCESSORS = "dbt build", "that of the build"
TIMES = (SQL, SQL_PROCESSORS, BUILD, BUILD_PROCESSORS)

# The first ten digits of an accession number are a CIK; no CIK is near this one yet.
FIRST_COPIED_CIK = 10_000_000

# What tells one company's rows from another's, and what it is in a copy with its `letters` and its
# `first_cik`.
IDENTITIES = {
    "ticker": "{column} || letters",
    "cik": "lpad(cast(cast({column} as bigint) + first_cik as varchar), 10, '0')",
    "accession_number": (
        "case when {column} = '' then '' else"
        " lpad(cast(cast({column}[:10] as bigint) + first_cik as varchar), 10, '0')"
        " || {column}[11:] end"
    ),
    "fact_id": "case when letters = '' then {column} else md5({column} || letters) end",
    "article_id": "{column} || letters",
    "thesis": "{column} || letters",
}


@dataclass(frozen=True)
class Model:
    """One model's compiled SQL and what it is kept as."""

    name: str
    schema: str
    relation: str
    kind: str
    sql: str


@dataclass(frozen=True)
class Sql:
    """What the SQL of all models cost: seconds by model, each round's of all processors, MiB."""

    rounds: list[dict[str, float]]
    processors: list[float]
    peak: float

    @property
    def models(self) -> dict[str, float]:
        """Median seconds by model."""
        return {
            name: statistics.median(seconds[name] for seconds in self.rounds)
            for name in self.rounds[0]
        }

    @property
    def total(self) -> float:
        """Median seconds of all."""
        return statistics.median(sum(seconds.values()) for seconds in self.rounds)


@dataclass(frozen=True)
class Cost:
    """What one number of companies costs: seconds by what took them, and by model."""

    companies: int
    facts: int
    versions: int
    seconds: dict[str, float]
    models: dict[str, float]
    peak: float
    problems: tuple[str, ...]


def main() -> None:
    """Print the tables; end with 1 on growth faster than linear if so asked."""
    arguments = parsed_arguments()
    if arguments.sql_of:
        print(json.dumps(asdict(run_models(arguments.sql_of, arguments.rounds))))
        return
    given = replace(load_settings(), source=Source(), memory_limit=arguments.memory_limit)
    with tempfile.TemporaryDirectory() as directory:
        costs = costs_by_size(replace(given, data_dir=Path(directory)), arguments)
    limits = f"DuckDB within {given.memory_limit} and {given.threads} threads"
    print(f"{limits}; an exponent may be {MOST} + {TOLERANCE}")
    is_kept = show_growth(costs)
    if arguments.strict and not (is_kept and not any(cost.problems for cost in costs)):
        sys.exit(1)


def parsed_arguments() -> argparse.Namespace:
    """What was asked for."""
    options = argparse.ArgumentParser(description="What the models cost by number of companies.")
    options.add_argument("--companies", type=int, nargs="+", default=COMPANIES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--build-up-to", type=int, default=sys.maxsize, metavar="COMPANIES",
                         help="no dbt build for more companies than these")  # fmt: skip
    options.add_argument("--memory-limit", default=load_settings().memory_limit,
                         help="what DuckDB may take (default: %(default)s)")  # fmt: skip
    options.add_argument("--strict", action="store_true",
                         help="end with 1 on faster growth or a failed build")  # fmt: skip
    options.add_argument("--sql-of", type=Path, help=argparse.SUPPRESS)
    return options.parse_args()


def costs_by_size(given: Settings, arguments: argparse.Namespace) -> list[Cost]:
    """What each number of companies costs, the smallest first, printed as it comes."""
    declared = len(load_registry().companies)
    sizes = sorted(arguments.companies)
    if any(size % declared for size in sizes):
        sys.exit(f"{declared} companies are declared: ask for multiples of that")
    base = replace(given, data_dir=given.data_dir / "base")
    models, tables = build_base(base)
    costs = []
    for size in sizes:
        settings = replace(given, data_dir=given.data_dir / str(size))
        multiply(base, settings, tables, size // declared)
        rounds = 1 if size == sizes[-1] and len(sizes) > 1 else arguments.rounds
        with_build = size <= arguments.build_up_to
        costs.append(measure(settings, models, size, rounds, with_build=with_build))
        show_cost(costs[-1], is_first=size == sizes[0])
        shutil.rmtree(settings.data_dir)
    return costs


# Data


def build_base(settings: Settings) -> tuple[list[Model], list[str]]:
    """Load and build the embedded data; its models in order and the tables they start from."""
    prepare_environment(settings)
    loaded = materialize(
        build_raw_assets(Project(settings, load_registry(), judge_here)),
        run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
    )
    with connect(settings.build_path, settings) as connection:
        tables = [
            f"raw.{name}"
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'raw'"
            ).fetchall()
        ]
    results = run_build(settings)
    if not loaded.success or problems(results):
        sys.exit("the embedded data cannot be built: " + "; ".join(problems(results)))
    nodes = load_manifest(settings)["nodes"]
    seeds = [node for node in nodes.values() if node["resource_type"] == "seed"]
    tables += [f"{seed['schema']}.{seed['alias']}" for seed in seeds]
    return [model_of(nodes[row.unique_id], row) for row in results if is_model(row)], tables


def is_model(result: NodeResult) -> bool:
    """Whether a node is a model."""
    return result.resource_type == "model"


def model_of(node: dict[str, Any], result: NodeResult) -> Model:
    """A model as the manifest declares it, with the SQL it was built by."""
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    relation = f"{node['schema']}.{node['alias']}"
    return Model(node["name"], node["schema"], relation, kind, result.compiled_sql or "")


def problems(results: Sequence[NodeResult]) -> tuple[str, ...]:
    """Nodes that failed, and how many were therefore left out."""
    left_out = [row for row in results if row.status == "skipped"]
    failed = [row for row in results if not row.is_success and row.status != "skipped"]
    lines = [f"{row.name}: {row.message or row.status}" for row in failed]
    return (*lines, f"{len(left_out)} nodes left out") if left_out else tuple(lines)


def multiply(base: Settings, settings: Settings, tables: Sequence[str], copies: int) -> None:
    """Write the tables with every company so many times; the first copy is the company itself."""
    settings.build_path.parent.mkdir(parents=True)
    numbers = [(number, letters(number), FIRST_COPIED_CIK * number) for number in range(copies)]
    with connect(settings.build_path, settings) as connection:
        connection.execute(f"attach '{base.build_path}' as base (read_only)")
        connection.execute("create temp table copies (number int, letters text, first_cik bigint)")
        connection.executemany("insert into copies values (?, ?, ?)", numbers)
        for table in tables:
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            connection.execute(f"create table {table} as {copied(connection, table)}")
        connection.execute("detach base")


def copied(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL for the rows of all copies of a table; one that tells of no company stays as it is."""
    described = connection.execute(f"describe base.{table}").fetchall()
    own = [name for (name, *_) in described if name in IDENTITIES]
    if not own:
        return f"from base.{table}"
    renamed = ", ".join(f"{IDENTITIES[name].format(column=name)} as {name}" for name in own)
    return (
        f"select rows.* replace ({renamed})"
        f" from base.{table} as rows cross join copies order by number"
    )


def letters(number: int) -> str:
    """What a copy's tickers end with: nothing, AB, AC, and so on to ZZ."""
    first, second = divmod(number, 26)
    return chr(ord("A") + first) + chr(ord("A") + second) if number else ""


# Measuring


def measure(
    settings: Settings, models: list[Model], companies: int, rounds: int, *, with_build: bool
) -> Cost:
    """What one number of companies costs."""
    prepare_environment(settings)
    sql = sql_in_fresh_process(settings, models, rounds)
    seconds = {SQL: sql.total, SQL_PROCESSORS: statistics.median(sql.processors)}
    with connect(settings.build_path, settings, read_only=True) as connection:
        facts = count(connection, "raw.facts")
        versions = count(connection, "marts.fct_metrics_history")
    failed: tuple[str, ...] = ()
    if with_build:
        seconds[BUILD], seconds[BUILD_PROCESSORS], failed = timed_builds(settings, rounds)
    return Cost(companies, facts, versions, seconds, sql.models, sql.peak, failed)


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table."""
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def sql_in_fresh_process(settings: Settings, models: list[Model], rounds: int) -> Sql:
    """What the models' SQL costs in a process of its own."""
    path = settings.data_dir / "models.json"
    path.write_text(json.dumps([asdict(model) for model in models]))
    command = [sys.executable, "-m", "benchmarks.scale", "--sql-of", str(path)]
    ended = subprocess.run(
        [*command, "--rounds", str(rounds)],
        cwd=ROOT,
        env={**os.environ, "PLUMBLINE_DATA_DIR": str(settings.data_dir)},
        stdout=subprocess.PIPE,
        text=True,
    )
    if ended.returncode:
        sys.exit(f"the SQL failed, with DuckDB within {settings.memory_limit}: see above")
    return Sql(**json.loads(ended.stdout))


def run_models(path: Path, rounds: int) -> Sql:
    """Run the models listed in a file on the build beside it."""
    models = [Model(**row) for row in json.loads(path.read_text())]
    settings = load_settings()
    sql = Sql([], [], 0)
    # Writing 5 sets the peak back to what is used now: importing has a peak of its own.
    Path("/proc/self/clear_refs").write_text("5")
    before = status_mib("VmRSS")
    with connect(settings.build_path, settings) as connection:
        for _ in range(with_first(rounds)):
            started = time.process_time()
            sql.rounds.append({model.name: timed_model(connection, model) for model in models})
            sql.processors.append(time.process_time() - started)
    return Sql(sql.rounds[-rounds:], sql.processors[-rounds:], status_mib("VmHWM") - before)


def with_first(rounds: int) -> int:
    """Rounds to run: one more, which nobody counts; a single round stays alone."""
    return rounds + 1 if rounds > 1 else 1


def timed_model(connection: duckdb.DuckDBPyConnection, model: Model) -> float:
    """Seconds to make one model anew."""
    connection.execute(f"create schema if not exists {model.schema}")
    started = time.perf_counter()
    connection.execute(f"create or replace {model.kind} {model.relation} as {model.sql}")
    return time.perf_counter() - started


def timed_builds(settings: Settings, rounds: int) -> tuple[float, float, tuple[str, ...]]:
    """Median seconds of dbt builds, those of all processors, and what failed in the last."""
    manifest_path(settings)
    passed, of_processors = [], []
    for _ in range(with_first(rounds)):
        started = time.perf_counter(), time.process_time()
        results = run_build(settings)
        passed.append(time.perf_counter() - started[0])
        of_processors.append(time.process_time() - started[1])
    return (
        statistics.median(passed[-rounds:]),
        statistics.median(of_processors[-rounds:]),
        problems(results),
    )


def status_mib(key: str) -> float:
    """A figure of this process as the system tells it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1]) / MIB


# Printing


def show_cost(cost: Cost, *, is_first: bool) -> None:
    """Print one line of the first table, at once: the largest takes minutes."""
    if is_first:
        print(f"{'companies':>9}{'facts':>11}{'versions':>10}", end="")
        print("".join(f"{what:>20}" for what in TIMES) + f"{'peak of SQL':>14}")
    times = [f"{cost.seconds[what]:.2f} s" if what in cost.seconds else "-" for what in TIMES]
    print(f"{cost.companies:>9}{cost.facts:>11,}{cost.versions:>10,}", end="")
    print("".join(f"{text:>20}" for text in times) + f"{cost.peak:>10.0f} MiB", flush=True)
    for problem in cost.problems:
        print(f"{'':>9} dbt build: {problem}")


def show_growth(costs: Sequence[Cost]) -> bool:
    """Print exponents; whether those between the two largest sizes are linear at most."""
    is_kept = True
    for smaller, larger in pairwise(costs):
        both = [what for what in smaller.seconds if what in larger.seconds]
        found = [exponent(smaller, larger, smaller.seconds[w], larger.seconds[w]) for w in both]
        is_kept = all(figure <= MOST + TOLERANCE for figure in found)
        for what, figure in zip(both, found, strict=True):
            print(f"exponent {smaller.companies} to {larger.companies}, {what:<22}{figure:8.2f}")
    if len(costs) > 1:
        show_fastest(*costs[-2:])
    return is_kept


def show_fastest(smaller: Cost, larger: Cost) -> None:
    """Print the models that grow fastest between two numbers of companies."""
    exponents = {
        name: exponent(smaller, larger, smaller.models[name], seconds)
        for name, seconds in larger.models.items()
        if seconds >= LEAST_SECONDS
    }
    fastest = sorted(exponents, key=lambda name: exponents[name], reverse=True)[:FASTEST_SHOWN]
    print(f"{'grow fastest':<44}{'exponent':>9}{smaller.companies:>10}{larger.companies:>10}")
    for name in fastest:
        seconds = f"{smaller.models[name]:>8.2f} s{larger.models[name]:>8.2f} s"
        print(f"  {name:<42}{exponents[name]:>9.2f}{seconds}")


def exponent(smaller: Cost, larger: Cost, before: float, after: float) -> float:
    """The power of the number of companies that a time grows with."""
    return math.log(after / before) / math.log(larger.companies / smaller.companies)


if __name__ == "__main__":
    main()
