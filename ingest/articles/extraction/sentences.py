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


LONGEST_ABBREVIATION = len("approx")
# No author writes a longer sentence: the page has lost its stops.
LONGEST = 2000


@dataclass(frozen=True)
class Sentence:
    """text[start:end]; `line` counts the lines of the text."""

    start: int
    end: int
    line: int


def split_sentences(text: str) -> Iterator[Sentence]:
    """Sentences in order. A line break ends one: headings, bullets and cells have no stop."""
    for number, line in enumerate(LINE.finditer(text)):
        start = line.start()
        for end in _ends(text, *line.span()):
            yield Sentence(start, end, number)
            start = end


def _ends(text: str, start: int, line_end: int) -> Iterator[int]:
    """Where the sentences of a line end."""
    for stop in STOP.finditer(text, start, line_end):
        word = max(start, stop.start() - LONGEST_ABBREVIATION)
        if stop.group()[0] in ".!?" and ABBREVIATION.search(text, word, stop.start() + 1):
            continue
        yield from _pieces(text, start, stop.end())
        start = stop.end()
    if start < line_end:
        yield from _pieces(text, start, line_end)


def _pieces(text: str, start: int, end: int) -> Iterator[int]:
    """The end of a sentence, after those of its pieces if it is no sentence: cut between words."""
    while end - start > LONGEST:
        cut = text.rfind(" ", start, start + LONGEST) + 1
        start = cut or start + LONGEST
        yield start
    yield end
