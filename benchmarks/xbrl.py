"""What reading XBRL costs, beside bare parsing and beside other readers of the same bytes.

Run with `python -m benchmarks.xbrl` from the root, with the real filings in ../shared. Everything
is measured in one run: file by file, the readers in turn, so that a slow phase of the machine meets
all of them. A time holds all from bytes to the result and the release of both; a ratio is the
median of the rounds' ratios.
"""

import argparse
import gc
import logging
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from ingest.edgar.facts import FilingOfFacts, raw_facts
from ingest.edgar.xbrl import read_document

ROOT = Path(__file__).resolve().parents[1]
ARCHIVE = ROOT.parent / "shared" / "edgar" / "Archives" / "edgar" / "data"
PLAIN_HTML = "fb-03312019x10q.htm"
ROUNDS = 7
REPEATS_FOR_PROCESSES = 4
MIB = 1024

PARSE, NUMBERS, ALL = "lxml.etree.parse", "ours, numbers", "ours, with texts"
CLASS, ROUTE, ARELLE = "edgartools' class", "edgartools' document route", "Arelle"
FRAME = "edgartools to a frame"
ONE, TWO = "one process", "two processes"
ONE_PARSING, TWO_PARSING = "one process parsing alone", "two processes parsing alone"
TWO_NUMBERS = "numbers of the inline documents, two processes"
TWO_ROWS = "numbers of the inline documents to rows of the raw tables, two processes"

Readers = dict[str, Callable[[Path, bytes], object]]
Rounds = dict[str, list[float]]


@dataclass(frozen=True)
class Result:
    """One line of the table: a figure, and the most or the least it may be."""

    what: str
    figure: float
    most: float = math.inf
    least: float = 0
    unit: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the figure keeps its target."""
        return self.least <= self.figure <= self.most

    def __str__(self) -> str:
        target = f"<= {self.most:g}" if self.most < math.inf else f">= {self.least:g}"
        verdict = "ok" if self.is_kept else "MISSED"
        has_target = self.least or self.most < math.inf
        figure = f"{self.what:<54}{self.figure:8.2f}{self.unit:<5}"
        return f"{figure}{target:<8}{verdict}" if has_target else f"{figure}to compare"


def main() -> None:
    """Print the table; end with 1 on a missed target if so asked."""
    options = argparse.ArgumentParser(description="What reading XBRL costs.")
    options.add_argument("--strict", action="store_true", help="end with 1 on a missed target")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.peak_of:
        print(peak_above_import(arguments.peak_of))
        return
    inline = sorted(path for path in ARCHIVE.rglob("*.htm") if path.name != PLAIN_HTML)
    instances = [*sorted(ARCHIVE.rglob("*_htm.xml")), *sorted(ARCHIVE.rglob("msft-20150630.xml"))]
    if not inline or not instances:
        sys.exit("needs the real filings in ../shared/edgar")
    logging.disable(logging.WARNING)
    results = measure(inline, instances, arguments.rounds)
    for result in results:
        print(result)
    if arguments.strict and not all(result.is_kept for result in results):
        sys.exit(1)


def measure(inline: list[Path], instances: list[Path], rounds: int) -> list[Result]:
    """Every figure, in one run."""
    of_inline = interleaved(inline, LIGHT_READERS, rounds)
    beside_heavy = interleaved(inline, HEAVY_READERS, rounds)
    of_instances = interleaved(instances, INSTANCE_READERS, rounds)
    of_processes = processes([*inline, *instances], inline, rounds)
    show(f"{len(inline)} inline documents", of_inline)
    show(f"{len(inline)} inline documents", beside_heavy)
    show(f"{len(instances)} instances", of_instances)
    show(f"both, {REPEATS_FOR_PROCESSES} times over", of_processes)
    largest = max(inline, key=lambda path: path.stat().st_size)
    return [
        Result(f"{NUMBERS} / {PARSE}", ratio(of_inline, NUMBERS, PARSE), most=1.6),
        Result(f"{ALL} / {PARSE}", ratio(of_inline, ALL, PARSE), most=2.2),
        Result(f"{CLASS} / {ALL}", ratio(of_inline, CLASS, ALL), least=3),
        Result(f"{CLASS} / {NUMBERS}", ratio(of_inline, CLASS, NUMBERS)),
        Result(f"{ROUTE} / {ALL}", ratio(beside_heavy, ROUTE, ALL), least=20),
        Result(f"{ARELLE} / {ALL}", ratio(beside_heavy, ARELLE, ALL), least=20),
        Result(f"instances: {FRAME} / {ALL}", ratio(of_instances, FRAME, ALL), least=3),
        Result(
            "numeric facts a second from inline documents, two cores",
            numbers_a_second(inline, of_processes[TWO_NUMBERS]),
            least=60_000,
        ),
        Result("the same, to rows", numbers_a_second(inline, of_processes[TWO_ROWS])),
        Result("two processes, times as fast as one", ratio(of_processes, ONE, TWO), least=1.8),
        Result("the same, parsing alone", ratio(of_processes, ONE_PARSING, TWO_PARSING)),
        Result(f"peak of {largest.name}", fresh_peak(largest), most=150, unit=" MiB"),
    ]


def show(of_what: str, times: Rounds) -> None:
    """Print median seconds."""
    for name, seconds in times.items():
        print(f"{of_what + ', ' + name:<52}{statistics.median(seconds):9.3f} s")


def ratio(times: Rounds, above: str, below: str) -> float:
    """Median of the ratios of the rounds."""
    pairs = zip(times[above], times[below], strict=True)
    return statistics.median(first / second for first, second in pairs)


# Readers


def parse(_path: Path, content: bytes) -> object:
    """Bare parsing: the floor."""
    return etree.parse(BytesIO(content))


def read_numbers(path: Path, content: bytes) -> object:
    """Our numbers, with dimensions."""
    return read_document(path.name, content, with_text=False)


def read_all(path: Path, content: bytes) -> object:
    """All our facts."""
    return read_document(path.name, content)


def edgartools_class(_path: Path, content: bytes) -> object:
    """All facts by XBRLExtractor, the tree included."""
    from tests.support.xbrl_peers import edgartools_inline

    return edgartools_inline(content)


def edgartools_route(_path: Path, content: bytes) -> object:
    """All facts by way of edgartools' document."""
    from edgar.documents import HTMLParser, ParserConfig

    return HTMLParser(ParserConfig()).parse(content.decode()).xbrl_facts


def edgartools_frame(_path: Path, content: bytes) -> object:
    """All facts of an instance as edgartools' frame."""
    from edgar.xbrl import XBRL

    report: Any = XBRL()  # type: ignore[no-untyped-call]
    report.parser.parse_instance_content(content.decode())
    return report.facts.to_dataframe()


def arelle(path: Path, _content: bytes) -> object:
    """The values of all facts by Arelle, offline and without taxonomy."""
    from tests.support.xbrl_peers import arelle_facts

    with arelle_facts(path) as facts:
        return [(fact.qname, fact.context, fact.unit, fact.value) for fact in facts]


# The heavy readers have rounds of their own: what they leave in the caches slows what comes next.
LIGHT_READERS: Readers = {
    PARSE: parse,
    NUMBERS: read_numbers,
    ALL: read_all,
    CLASS: edgartools_class,
}
HEAVY_READERS: Readers = {ALL: read_all, ROUTE: edgartools_route, ARELLE: arelle}
INSTANCE_READERS: Readers = {PARSE: parse, ALL: read_all, FRAME: edgartools_frame}


def interleaved(paths: list[Path], readers: Readers, rounds: int) -> Rounds:
    """Seconds of each reader for all files, by round, after one round nobody counts."""
    contents = {path: path.read_bytes() for path in paths}
    times: Rounds = {name: [] for name in readers}
    for number in range(rounds + 1):
        spent = dict.fromkeys(readers, 0.0)
        for path, content in contents.items():
            for name, read in turned(readers, number):
                spent[name] += timed(partial(read, path, content))
        if number:
            for name, seconds in spent.items():
                times[name].append(seconds)
        else:
            # What the imports left is no reader's to collect.
            gc.collect()
            gc.freeze()
    return times


def turned(readers: Readers, by: int) -> list[tuple[str, Callable[[Path, bytes], object]]]:
    """The readers, each round another one first."""
    items = list(readers.items())
    first = by % len(items)
    return items[first:] + items[:first]


def timed(call: Callable[[], object]) -> float:
    """Seconds of a call, with the release of its result."""
    gc.collect()
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


# Two processes


def numbers_a_second(inline: list[Path], seconds: list[float]) -> float:
    """Numeric facts of the inline documents over the median time they took."""
    facts = sum(numbers_in(str(path)) for path in inline) * REPEATS_FOR_PROCESSES
    return facts / statistics.median(seconds)


def processes(paths: list[Path], inline: list[Path], rounds: int) -> Rounds:
    """Seconds of pools of one and of two for the same files; the pools are warm and stay up.

    Parsing alone shows what this machine gives a second process for such work at best.
    """
    of_inline = [str(path) for path in inline] * REPEATS_FOR_PROCESSES
    work = [str(path) for path in paths] * REPEATS_FOR_PROCESSES
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as one,
        ProcessPoolExecutor(2, mp_context=context) as two,
    ):
        calls: dict[str, Callable[[], object]] = {
            ONE: lambda: list(one.map(facts_in, work)),
            TWO: lambda: list(two.map(facts_in, work)),
            ONE_PARSING: lambda: list(one.map(elements_in, work)),
            TWO_PARSING: lambda: list(two.map(elements_in, work)),
            TWO_NUMBERS: lambda: list(two.map(numbers_in, of_inline)),
            TWO_ROWS: lambda: list(two.map(rows_in, of_inline)),
        }
        times: Rounds = {name: [] for name in calls}
        for number in range(rounds + 1):
            for name, call in calls.items():
                seconds = timed(call)
                if number:
                    times[name].append(seconds)
    return times


def facts_in(path: str) -> int:
    """How many facts a file holds; what crosses between processes is this number alone."""
    facts = read_document(path, Path(path).read_bytes())
    return facts.numeric.height + facts.text.height


def numbers_in(path: str) -> int:
    """How many numeric facts a file holds."""
    return read_document(path, Path(path).read_bytes(), with_text=False).numeric.height


def rows_in(path: str) -> int:
    """How many rows of `raw.facts` its numbers become."""
    cik = Path(path).parts[-3].zfill(10)
    filing = FilingOfFacts(cik, f"{cik}-26-000001", "folder", "benchmark")
    read = read_document(path, Path(path).read_bytes(), with_text=False)
    return raw_facts(read, filing).facts.height


def elements_in(path: str) -> int:
    """How many elements its root has."""
    return len(etree.parse(BytesIO(Path(path).read_bytes())).getroot())


# Memory


def fresh_peak(path: Path) -> float:
    """Peak MiB above the import, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.xbrl", "--peak-of", str(path)]
    ended = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return float(ended.stdout)


def peak_above_import(path: Path) -> float:
    """MiB at the peak of reading one file, its bytes included, above what the import took."""
    # Writing 5 sets the peak back to what is used now: importing has a peak of its own.
    Path("/proc/self/clear_refs").write_text("5")
    before = status_mib("VmRSS")
    facts: Any = read_document(path.name, path.read_bytes())
    peak = status_mib("VmHWM")
    assert not facts.numeric.is_empty()
    return peak - before


def status_mib(key: str) -> float:
    """A figure of this process as the system tells it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1]) / MIB


if __name__ == "__main__":
    # Start-up of the processes doubles where compiled modules may not be written.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    main()
