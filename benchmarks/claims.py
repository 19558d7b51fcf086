"""What reading claims costs, beside a bare search for numbers and beside quantulum3.

Run with `python -m benchmarks.claims` from the root. The readers take turns over the same articles
in one run, so that a slow phase of the machine meets all of them; a ratio is the median of the
rounds' ratios. quantulum3 finds quantities and their units, and says nothing of what they are.
The last figure is of a page without a single stop or line break, twice as long and half as long: a
ratio of 2 is linear.
"""

import argparse
import csv
import re
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from quantulum3 import parser as quantulum

from ingest.articles.extraction.extractor import RuleExtractor
from registry.language import load_language
from registry.models import load_registry

ARTICLES = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "articles"
NUMBER = re.compile(r"[$€£]?\d[\d,]*(?:\.\d+)?\s?(?:%|percent|thousand|million|billion|trillion)?")
ROUNDS, PAGE_COPIES = 5, 4
LEAST_KILOBYTES_A_SECOND = 200
OURS, BARE, PEER = "ours", "bare search for numbers", "quantulum3"


def main() -> int:
    """Print kilobytes a second of each reader and the ratios; 1 with --strict below the least."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--strict", action="store_true")
    chosen = arguments.parse_args()
    articles = _articles()
    size = sum(len(text.encode()) for text, _ in articles)
    extractor = RuleExtractor(load_language(load_registry()))
    readers: dict[str, Callable[[str, date], object]] = {
        OURS: extractor.extract,
        BARE: lambda text, _: NUMBER.findall(text),
        PEER: lambda text, _: quantulum.parse(text),
    }
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(chosen.rounds):
        for name, read in readers.items():
            started = time.process_time()
            for text, day in articles:
                read(text, day)
            seconds[name].append(time.process_time() - started)
    print(f"{len(articles)} articles, {size / 1000:.0f} kB, {chosen.rounds} rounds")
    for name, each in seconds.items():
        print(f"{name}: {size / 1000 / statistics.median(each):,.0f} kB a second of one core")
    for name in (BARE, PEER):
        ratios = [one / other for one, other in zip(seconds[OURS], seconds[name], strict=True)]
        print(f"ours / {name}: {statistics.median(ratios):.3g} of its time")
    page = re.sub(r"[.;,\n]\s+", " ", " ".join(text for text, _ in articles)) * PAGE_COPIES
    ratio = _seconds(extractor, page) / _seconds(extractor, page[: len(page) // 2])
    print(f"a page of {len(page) / 1000:.0f} kB without a stop / its first half: {ratio:.2f}")
    speed = size / 1000 / statistics.median(seconds[OURS])
    return int(chosen.strict and speed < LEAST_KILOBYTES_A_SECOND)


def _seconds(extractor: RuleExtractor, page: str) -> float:
    """The least processor time of three readings."""
    took = []
    for _ in range(3):
        started = time.process_time()
        extractor.extract(page, date(2026, 8, 1))
        took.append(time.process_time() - started)
    return min(took)


def _articles() -> list[tuple[str, date]]:
    with (ARTICLES / "articles.csv").open(encoding="utf-8", newline="") as lines:
        return [
            (
                (ARTICLES / f"{row['name']}.txt").read_text(encoding="utf-8"),
                date.fromisoformat(row["published_at"]),
            )
            for row in csv.DictReader(lines)
        ]


if __name__ == "__main__":
    sys.exit(main())
