"""What every filer costs: does the time grow faster than the number of filers, and does the memory?

Run with `python -m benchmarks.universe_scale` from the root; `--strict` ends with 1 on a missed
target. For each number of companies the filings of fifteen years are generated (which is not
measured), loaded into a lake, and derived: de-duplicated, placed in quarters, summed to twelve
months, compared, published. Each step is the command people run, in a process of its own, with the
limits of the settings. Then one new filing arrives in the largest universe: its document is read,
its filer derived anew, the universe published again.

Beside the time that passes stands that of all processors, which other work on the machine hardly
moves. Memory is that of all processes together, sampled, what they share counted in each. An
exponent is the slope of the logarithms of two neighbouring sizes: 1 is linear, and fixed costs make
it smaller. What does not fit into the hour is extrapolated along the last slope, and said to be.
"""

import argparse
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import duckdb

from benchmarks.universe import NUMBERS_OF_A_FILING, Universe
from benchmarks.universe_filings import write_filings
from ingest.lake import bucket_of
from orchestration.settings import Settings, load_settings
from orchestration.universe.buckets import BucketBuilder
from orchestration.universe.loading import load_piece, pieces_of
from orchestration.universe.publication import publish_universe
from registry.models import load_registry

SIZES = (10, 100, 1000)
WHOLE = 6000
YEARS = 15
SECONDS_BETWEEN_SAMPLES = 0.2
MOST_EXPONENT, MOST_GIB, MOST_SECONDS_OF_A_FILING = 1.05, 4.0, 5.0
CLI = "from orchestration.cli import app; app()"
GIB = 2**30


@dataclass(frozen=True)
class Step:
    """What one command took: seconds that passed, seconds of processors, bytes at the most."""

    wall: float
    processors: float
    peak: int


@dataclass(frozen=True)
class Size:
    """What one number of companies took."""

    companies: int
    facts: int
    load: Step
    build: Step

    @property
    def wall(self) -> float:
        """Seconds that passed."""
        return self.load.wall + self.build.wall

    @property
    def processors(self) -> float:
        """Seconds of processors."""
        return self.load.processors + self.build.processors

    @property
    def peak(self) -> float:
        """GiB at the most."""
        return max(self.load.peak, self.build.peak) / GIB


def main() -> None:
    """Print the curve and what a filing costs; end with 1 on a missed target if so asked."""
    arguments = parsed_arguments()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as scratch:
        sizes, problems = [], []
        for companies in sorted(arguments.companies):
            settings = replace(load_settings(), data_dir=Path(scratch) / str(companies))
            universe = Universe(companies, arguments.years, arguments.numbers)
            sizes.append(measured(settings, universe, companies))
            show(sizes[-1], is_first=len(sizes) == 1)
            if companies != max(arguments.companies):
                shutil.rmtree(settings.data_dir)
        problems += curve(sizes)
        problems += one_filing(settings, universe, max(arguments.companies) // 2)
    for problem in problems:
        print(f"MISSED: {problem}")
    if arguments.strict and problems:
        sys.exit(1)


def parsed_arguments() -> argparse.Namespace:
    """What was asked for."""
    options = argparse.ArgumentParser(description="What every filer costs.")
    options.add_argument("--companies", type=int, nargs="+", default=SIZES)
    options.add_argument("--years", type=int, default=YEARS)
    options.add_argument("--numbers", type=int, default=NUMBERS_OF_A_FILING)
    options.add_argument("--directory", type=Path, help="where to work (default: temporary)")
    options.add_argument("--strict", action="store_true", help="end with 1 on a missed target")
    return options.parse_args()


def measured(settings: Settings, universe: Universe, companies: int) -> Size:
    """One number of companies, loaded and derived by the commands; its data sets are not kept."""
    bulk = settings.data_dir / "bulk"
    bulk.mkdir(parents=True)
    for quarter in universe.quarters():
        universe.write(quarter, bulk)
    load = command(settings, "load", str(bulk))
    shutil.rmtree(bulk)
    build = command(settings, "build")
    with duckdb.connect(str(settings.universe_path), read_only=True) as connection:
        (facts,) = connection.execute("select sum(facts) from quality.parts").fetchone() or (0,)
    return Size(companies, int(facts), load, build)


def command(settings: Settings, *arguments: str) -> Step:
    """A command of the universe, in a process of its own."""
    environment = {**os.environ, "PLUMBLINE_DATA_DIR": str(settings.data_dir)}
    before, started = processors(), time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", CLI, "universe", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
    ) as process:
        done, peak = Event(), [0]
        sampler = Thread(target=sample, args=(process.pid, done, peak))
        sampler.start()
        status = process.wait()
        done.set()
        sampler.join()
    if status:
        sys.exit(f"plumbline universe {' '.join(arguments)} ended with {status}")
    return Step(time.perf_counter() - started, processors() - before, peak[0])


def processors() -> float:
    """Seconds of processors of all children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sample(pid: int, done: Event, peak: list[int]) -> None:
    """Keep the most memory a process and its descendants had together."""
    while not done.wait(SECONDS_BETWEEN_SAMPLES):
        peak[0] = max(peak[0], sum(resident(each) for each in family(pid)))


def family(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def resident(pid: int) -> int:
    """Bytes of a process in memory; 0 where it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def show(size: Size, *, is_first: bool) -> None:
    """One line of the table."""
    if is_first:
        print(
            f"{'companies':>9} {'facts':>13} {'load s':>8} {'derive s':>9} {'wall s':>8}"
            f" {'CPU s':>8} {'peak GiB':>9} {'facts/s':>9}"
        )
    print(
        f"{size.companies:9,} {size.facts:13,} {size.load.wall:8.1f} {size.build.wall:9.1f}"
        f" {size.wall:8.1f} {size.processors:8.1f} {size.peak:9.2f} {size.facts / size.wall:9,.0f}",
        flush=True,
    )


def curve(sizes: Sequence[Size]) -> list[str]:
    """Print the slopes, and the whole universe along the last one; what misses a target."""
    problems = [
        f"{size.companies} companies took {size.peak:.2f} GiB"
        for size in sizes
        if size.peak > MOST_GIB
    ]
    slope = 1.0
    for smaller, larger in pairwise(sizes):
        step = math.log(larger.companies / smaller.companies)
        slope = math.log(larger.processors / smaller.processors) / step
        wall = math.log(larger.wall / smaller.wall) / step
        print(
            f"from {smaller.companies:,} to {larger.companies:,}: exponent {slope:.3f} of CPU"
            f" seconds, {wall:.3f} of seconds that pass"
        )
        if slope > MOST_EXPONENT:
            problems.append(f"exponent {slope:.3f} > {MOST_EXPONENT}")
    last = sizes[-1]
    if last.companies < WHOLE:
        factor = (WHOLE / last.companies) ** max(slope, 1.0)
        print(
            f"{WHOLE:,} companies, extrapolated from {last.companies:,} with exponent"
            f" {max(slope, 1.0):.3f}: {last.facts * WHOLE / last.companies:,.0f} facts,"
            f" {last.wall * factor / 3600:.1f} h, {last.processors * factor / 3600:.1f} h of CPU"
        )
    return problems


def one_filing(settings: Settings, universe: Universe, company: int) -> list[str]:
    """Print what one new filing costs in the largest universe; what misses a target.

    The process is one that has derived a bucket before, as one that waits for filings has. A bucket
    alone is derived with the threads of the settings, as by the command.
    """
    edgar, registry = settings.data_dir / "edgar", load_registry()
    with closing(BucketBuilder(settings, registry)) as builder:
        seconds: dict[str, float] = {}
        for number in (0, 1):
            write_filings(universe, universe.quarters()[-1 - number], [company], edgar)
            started = time.perf_counter()
            for piece in pieces_of([edgar]):
                load_piece(settings, registry, piece)
            loaded = time.perf_counter()
            change = builder.build(bucket_of(2_000_000 + company))
            derived = time.perf_counter()
            publish_universe(settings, registry, [change])
            seconds = {
                "read": loaded - started,
                "derived": derived - loaded,
                "published": time.perf_counter() - derived,
            }
            name = "one new filing" if number else "the first in a process"
            parts = ", ".join(f"{what} in {spent:.2f} s" for what, spent in seconds.items())
            print(f"{name}: {sum(seconds.values()):.2f} s ({parts})")
    total = sum(seconds.values())
    return [f"a filing took {total:.1f} s"] if total > MOST_SECONDS_OF_A_FILING else []


if __name__ == "__main__":
    main()
