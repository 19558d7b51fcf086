"""One number of a sentence with the words around it, cut where they stop speaking of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ingest.articles.extraction.numerals import Numeral
from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.periods import PeriodMention
from ingest.articles.extraction.phrases import Mention
from registry.language import Measure

LARGE = 10_000
NAMES = ("name", "part", "company")
WORD = re.compile(r"[\w'’&-]+")
# A bracket, but not that around an acronym: "free cash flow (FCF) of".
BRACKET = r"\((?![A-Z/&]{2,6}\))|(?<![A-Z/][A-Z])\)"
# What ends the reach of words before a number, and of words after it.
STOP_BEFORE = re.compile(rf"[;|]|{BRACKET}|\s[–—]\s|—|\n")
STOP_AFTER = re.compile(r"[;()\n|]|[,:](?=\s)|\s[–—-]\s|—")
FIRM_STOP_BEFORE = re.compile(rf"[;|]|{BRACKET}|,(?=\s)|\s[–—-]\s|—|\n")


ABUTS = re.compile(
    r"\s*(?:(?:a|an|the|its|some|to|of|at|only|just|nearly|about|roughly|around|record|another)\s*){0,2}\$?",
    re.IGNORECASE,
)


def measure_of(numeral: Numeral) -> Measure:
    """Which kind of quantity a numeral prints, in the words of `Concept.takes`."""
    if numeral.unit == "USD":
        return "money" if numeral.is_scaled or abs(numeral.high) >= LARGE else "per_share"
    if numeral.unit == "ratio":
        return "percent"
    if numeral.unit == "W":
        return "watts"
    if numeral.unit:
        return numeral.unit
    return "amount" if numeral.is_scaled else "bare"


@dataclass(frozen=True)
class Slot:
    """A numeral between its neighbours: text[left:numeral.start] and text[numeral.end:right]."""

    passage: Passage
    numeral: Numeral
    left: int
    right: int

    @property
    def text(self) -> str:
        """The whole article."""
        return self.passage.text

    @property
    def start(self) -> int:
        """Where the numeral begins."""
        return self.numeral.start

    @property
    def end(self) -> int:
        """Where the numeral ends."""
        return self.numeral.end

    @cached_property
    def measure(self) -> Measure:
        """The kind of quantity printed."""
        return measure_of(self.numeral)

    @cached_property
    def word(self) -> str:
        """The numeral as printed, in lower case."""
        return self.text[self.start : self.end].lower()

    @cached_property
    def near_left(self) -> int:
        """Where the words begin that can speak of the number: after a bracket or a dash."""
        return self._after_last(STOP_BEFORE)

    @cached_property
    def firm_left(self) -> int:
        """The same, a comma being a break as well."""
        return self._after_last(FIRM_STOP_BEFORE)

    @cached_property
    def near_right(self) -> int:
        """Where the words end that can speak of the number: before any punctuation."""
        match = STOP_AFTER.search(self.text, self.end, self.right)
        return match.start() if match else self.right

    def _after_last(self, stop: re.Pattern[str]) -> int:
        start = self.left
        # Brackets around the number itself make it negative, and do not set it apart.
        before = self.start - self.numeral.is_bracketed
        for match in stop.finditer(self.text, self.left, before):
            start = match.end()
        return start

    @cached_property
    def before(self) -> str:
        """The near words before the number."""
        return self.text[self.near_left : self.start]

    @cached_property
    def after(self) -> str:
        """The near words after the number."""
        return self.text[self.end : self.near_right]

    def said_before(self, *kinds: str) -> Mention | None:
        """The last such mention in the near words before the number."""
        return self.passage.last(self.near_left, self.start, *kinds)

    def said_after(self, *kinds: str) -> Mention | None:
        """The first such mention in the near words after the number."""
        return self.passage.first(self.end, self.near_right, *kinds)

    def said_beside(self, *kinds: str) -> Mention | None:
        """Such a mention right after or before the number."""
        return self.said_after(*kinds) or self.said_before(*kinds)

    def abutting(self, kind: str) -> Mention | None:
        """Such a mention with at most small words between it and the number."""
        mention = self.passage.last(max(self.left, self.start - 40), self.start, kind)
        is_beside = mention is not None and ABUTS.fullmatch(self.text[mention.end : self.start])
        return mention if is_beside else None

    def words_to(self, position: int) -> int:
        """How many words stand between the number and what begins at `position`."""
        return len(WORD.findall(self.text, self.end, position))

    def periods_after(self, end: int) -> Iterator[PeriodMention]:
        """Mentions of periods that begin after the number and before `end`."""
        return (each for each in self.passage.periods if self.end <= each.start < end)


def slots_of(passage: Passage) -> Iterator[Slot]:
    """Each numeral of a passage with its surroundings, in order.

    The 365 of a name is none, nor are the twelve months of a period.
    """
    taken = [(each.start, each.end) for each in passage.mentions if each.kind in NAMES]
    taken += [(each.start, each.end) for each in passage.periods]
    numerals = [
        numeral
        for numeral in passage.numerals
        if all(end <= numeral.start or numeral.end <= start for start, end in taken)
    ]
    for index, numeral in enumerate(numerals):
        left = numerals[index - 1].end if index else passage.start
        right = numerals[index + 1].start if index + 1 < len(numerals) else passage.end
        yield Slot(passage, numeral, left, right)
