"""A data set of the SEC to tables that can be queried: ours beside secfsdstools and two floors.

Run with `python -m benchmarks.data_sets` from the root, with the real quarter in ../shared;
`--strict` ends with 1 on a missed target. Who takes part:

- ours: `load_data_set` into an empty lake: all four texts, every number a fact with a digest of its
  own or a counted reject, days, durations and dimensions read, in files by bucket and year;
- secfsdstools, where SECFSDSTOOLS_PYTHON names an interpreter that has it (the versions below):
  zip to its Parquet, and that loaded as a bag with the segments. It leaves `tag` out, and keeps
  days as numbers and segments as text. "By update" is what its user waits for, as it is installed:
  the pool of processes, the index of reports with its throttle, the bag by its name, though not the
  download. "By steps" calls the two steps alone in one process, which is as fast as it can be had;
- two floors, reading the same texts with no model: DuckDB's `read_csv` of the unpacked texts into
  tables of a database file; Polars from the zip to one Parquet file a text.

All take turns within a round, each round another one first, each in a new directory; what a
directory costs to take away is nobody's. One round before the first is not counted, and with it no
import: the peer is a process that stays up, and tells its own seconds. Ours and the floors are
within two threads; the peer has as many as it takes. A ratio is the median of the rounds' ratios,
by the clock and of processors: on a busy machine look at the second, since what is done by two
threads at once then takes as long by the clock as if it were done by one. Of the peer's pool the
processors cannot be told.

The second table is of a made quarter, with one and a half million numbers (`--companies 0` leaves
it out); no target is set for it.
"""

import argparse
import gc
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from benchmarks.universe import NUMBERS_OF_A_FILING, Universe
from benchmarks.xbrl import Result
from ingest.bulk.data_sets import load_data_set
from ingest.lake import Lake
from registry.models import load_registry

ROOT = Path(__file__).resolve().parents[1]
QUARTER = ROOT.parent / "shared/edgar/files/dera/data/financial-statement-data-sets" / "2010q2.zip"
PEER = Path(__file__).with_name("secfsdstools_peer.py")
PEER_PYTHON = "SECFSDSTOOLS_PYTHON"
PEER_VERSIONS = {"secfsdstools": "2.4.3", "pandas": "2.3.3", "pyarrow": "22.0.0"}
"""The newest secfsdstools; it asks for NumPy 1, and these are the newest that go with it."""
ROUNDS = 9
COMPANIES = 1000
THREADS = 2
MEMORY_LIMIT = "1GB"
TEXTS = ("sub", "num", "tag", "pre")

OURS, STEPS, UPDATE = "ours", "secfsdstools by steps", "secfsdstools by update"
DUCKDB, POLARS = "DuckDB, texts alone", "Polars, texts alone"
WALL, PROCESSORS = 0, 1

Seconds = tuple[float, float]
Contestant = Callable[[Path, Path], Seconds]


def main() -> None:
    """Print the tables; end with 1 on a missed target if so asked."""
    options = argparse.ArgumentParser(description="A data set to tables that can be queried.")
    options.add_argument("--strict", action="store_true", help="end with 1 on a missed target")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--companies", type=int, default=COMPANIES,
                         help="in the made quarter (default: %(default)s)")  # fmt: skip
    given = options.parse_args()
    if not QUARTER.exists():
        sys.exit(f"needs the real quarter, {QUARTER}")
    with tempfile.TemporaryDirectory() as directory, peers() as own_processes:
        contestants = {OURS: measured(ours), **own_processes} | {
            DUCKDB: measured(duckdb_floor),
            POLARS: measured(polars_floor),
        }
        results = compare(QUARTER, contestants, given.rounds)
        if given.companies:
            made = made_quarter(given.companies, Path(directory))
            compare(made, contestants, max(3, given.rounds // 2), has_targets=False)
    if given.strict and not all(result.is_kept for result in results):
        sys.exit(1)


def compare(
    archive: Path, contestants: Mapping[str, Contestant], rounds: int, has_targets: bool = True
) -> list[Result]:
    """Median seconds and the ratios, printed."""
    times = interleaved(archive, contestants, rounds)
    print(f"{archive.name}, {archive.stat().st_size / 1e6:.1f} MB, {rounds} rounds")
    for name, seconds in times.items():
        wall, processors = (statistics.median(each[of] for each in seconds) for of in (0, 1))
        print(f"  {name:<30}{wall:8.2f} s{processors:8.2f} s of processors")
    results = []
    if UPDATE in times:
        results += [
            Result(
                f"{UPDATE} / {OURS}",
                ratio(times, UPDATE, OURS, WALL),
                least=2 if has_targets else 0,
            ),
            Result(f"{STEPS} / {OURS}", ratio(times, STEPS, OURS, WALL)),
            Result(f"{STEPS} / {OURS}, processors", ratio(times, STEPS, OURS, PROCESSORS)),
        ]
    for name in (DUCKDB, POLARS):
        results += [
            Result(
                f"{OURS} / {name}",
                ratio(times, OURS, name, WALL),
                most=1.3 if has_targets else math.inf,
            ),
            Result(f"{OURS} / {name}, processors", ratio(times, OURS, name, PROCESSORS)),
        ]
    for result in results:
        print(f"  {result}")
    return results


def interleaved(
    archive: Path, contestants: Mapping[str, Contestant], rounds: int
) -> dict[str, list[Seconds]]:
    """Seconds of each contestant by round, after one round nobody counts."""
    times: dict[str, list[Seconds]] = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            gc.collect()
            with tempfile.TemporaryDirectory() as directory:
                seconds = contestants[name](archive, Path(directory))
            if number:
                times[name].append(seconds)
    return times


def ratio(times: Mapping[str, list[Seconds]], above: str, below: str, of: int) -> float:
    """Median of the ratios of the rounds."""
    pairs = zip(times[above], times[below], strict=True)
    return statistics.median(first[of] / second[of] for first, second in pairs)


def measured(load: Callable[[Path, Path], object]) -> Contestant:
    """Seconds of a call in this process, by the clock and of processors."""

    def contestant(archive: Path, directory: Path) -> Seconds:
        before, processors_before = time.perf_counter(), time.process_time()
        load(archive, directory)
        return time.perf_counter() - before, time.process_time() - processors_before

    return contestant


# Who takes part


def ours(archive: Path, directory: Path) -> None:
    """Into an empty lake."""
    load_data_set(Lake(directory), archive, FILING_RULES, MEMORY_LIMIT, THREADS)


def duckdb_floor(archive: Path, directory: Path) -> None:
    """The texts as tables of a database file."""
    with zipfile.ZipFile(archive) as texts:
        texts.extractall(directory)
    with duckdb.connect(str(directory / "texts.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set threads = {THREADS}")
        for text in TEXTS:
            connection.execute(
                f"create table {text} as"
                f" from read_csv('{directory / text}.txt', delim = '\t', quote = '', header = true)"
            )


def polars_floor(archive: Path, directory: Path) -> None:
    """The texts as Parquet, as Polars writes it."""
    with zipfile.ZipFile(archive) as texts:
        for text in TEXTS:
            rows = pl.read_csv(
                texts.read(f"{text}.txt"), separator="\t", quote_char=None, infer_schema=False
            )
            rows.write_parquet(directory / f"{text}.parquet")


@contextmanager
def peers() -> Iterator[dict[str, Contestant]]:
    """secfsdstools in a process of its own, both ways; nothing where it is not installed."""
    python = os.environ.get(PEER_PYTHON)
    if not python:
        wanted = " ".join(f"{name}=={version}" for name, version in PEER_VERSIONS.items())
        print(f"Without secfsdstools: {PEER_PYTHON} names no interpreter that has {wanted}")
        yield {}
        return
    if (found := versions_in(python)) != PEER_VERSIONS:
        sys.exit(f"{python} has {found}; measured are {PEER_VERSIONS}")
    with subprocess.Popen(
        [python, str(PEER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:

        def way(name: str) -> Contestant:
            return lambda archive, directory: asked(process, name, archive, directory)

        yield {STEPS: way("steps"), UPDATE: way("update")}
        assert process.stdin
        process.stdin.close()


def versions_in(python: str) -> dict[str, str]:
    """The versions of the peer and of what it reads with."""
    ask = (
        "import json, sys; from importlib.metadata import version;"
        "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    )
    told = subprocess.run(
        [python, "-c", ask, *PEER_VERSIONS], check=True, capture_output=True, text=True
    )
    found: dict[str, str] = json.loads(told.stdout)
    return found


def asked(process: subprocess.Popen[str], way: str, archive: Path, directory: Path) -> Seconds:
    """What the peer tells of one task."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps([way, str(archive), str(directory)]) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        sys.exit(f"secfsdstools ended at {archive}; {PEER} says why when it is run by hand")
    told: list[Any] = json.loads(answer)
    return told[0], told[1]


def made_quarter(companies: int, directory: Path) -> Path:
    """The second quarter of a made universe."""
    universe = Universe(companies, 1, NUMBERS_OF_A_FILING)
    return universe.write(universe.quarters()[1], directory)


FILING_RULES = load_registry().filing_rules

if __name__ == "__main__":
    main()
