"""A text as sentences: where each begins and ends, and which lines stand alone as headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LINE = re.compile(r"[^\n]+")
ABBREVIATION = re.compile(
    r"(?<!['’])\b(?:vs|rev|mgmt|qtr|yr|avg|ann|ex|cap|div|nos|inc|corp|co|ltd|approx|est|cons|no"
    r"|dr|mr|mrs|ms|st|jr|u\.s|u\.k|e\.g|i\.e|cf|fig|adj|incl|excl|jan|feb|mar|apr|jun|jul|aug|sept?"
    r"|oct|nov|dec|[a-z])\.$",
    re.IGNORECASE,
)
STOP = re.compile(r"[.!?][\"”’)\]]*\s+(?=[A-Z\"“‘$(•*\d~+-])|(?<=\S)\s[•·|»▪■]\s")


@dataclass(frozen=True)
class Sentence:
    """text[start:end]; `line` counts the lines of the text, `opens_line` is true for the first."""

    start: int
    end: int
    line: int
    opens_line: bool


def split_sentences(text: str) -> Iterator[Sentence]:
    """Sentences in order. A line break ends one: headings, bullets and cells have no stop."""
    for number, line in enumerate(LINE.finditer(text)):
        start = line.start()
        for stop in STOP.finditer(text, line.start(), line.end()):
            if stop.group()[0] in ".!?" and ABBREVIATION.search(text, start, stop.start() + 1):
                continue
            yield Sentence(start, stop.end(), number, start == line.start())
            start = stop.end()
        if start < line.end():
            yield Sentence(start, line.end(), number, start == line.start())
