"""A text taken apart: its sentences, each with the numbers, phrases and periods in it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ingest.articles.extraction.numerals import Numeral, find_numerals
from ingest.articles.extraction.periods import PeriodMention, find_periods
from ingest.articles.extraction.phrases import Mention, PhraseBook
from ingest.articles.extraction.sentences import split_sentences

BREAK = re.compile(r"[;()]|[,:](?=\s)|\s[–—-]\s|—|\n")
T = TypeVar("T")


@dataclass(frozen=True)
class Passage:
    """A sentence of the text, with what stands in it, each in order of place."""

    text: str
    start: int
    end: int
    line: int
    numerals: tuple[Numeral, ...]
    mentions: tuple[Mention, ...]
    periods: tuple[PeriodMention, ...]

    def between(self, start: int, end: int, *kinds: str) -> list[Mention]:
        """Mentions of these kinds that lie within text[start:end]."""
        return [each for each in self._near(start, end) if each.kind in kinds and each.end <= end]

    def _near(self, start: int, end: int) -> Sequence[Mention]:
        """Mentions that begin within text[start:end]."""
        starts = self._starts
        return self.mentions[bisect_left(starts, start) : bisect_left(starts, end)]

    @cached_property
    def _starts(self) -> list[int]:
        return [mention.start for mention in self.mentions]

    def last(self, start: int, end: int, *kinds: str) -> Mention | None:
        """The last such mention within text[start:end]."""
        for mention in reversed(self._near(start, end)):
            if mention.kind in kinds and mention.end <= end:
                return mention
        return None

    def first(self, start: int, end: int, *kinds: str) -> Mention | None:
        """The first such mention within text[start:end]."""
        for mention in self._near(start, end):
            if mention.kind in kinds and mention.end <= end:
                return mention
        return None

    def has(self, start: int, end: int, *kinds: str) -> bool:
        """Whether there is such a mention within text[start:end]."""
        return self.first(start, end, *kinds) is not None

    def period_between(self, start: int, end: int) -> list[PeriodMention]:
        """Mentions of periods within text[start:end]."""
        return [each for each in self.periods if each.start >= start and each.end <= end]

    def clause_start(self, position: int, floor: int) -> int:
        """Where the clause that reaches `position` begins, not before `floor`."""
        breaks = [match.end() for match in BREAK.finditer(self.text, floor, position)]
        return breaks[-1] if breaks else floor


def split_passages(text: str, book: PhraseBook) -> Iterator[Passage]:
    """The sentences of a text with their contents."""
    numerals = find_numerals(text)
    mentions = list(book.find(text))
    periods = list(find_periods(text))
    numeral_starts = [each.start for each in numerals]
    mention_starts = [each.start for each in mentions]
    period_starts = [each.start for each in periods]
    for sentence in split_sentences(text):
        span = (sentence.start, sentence.end)
        yield Passage(
            text,
            *span,
            sentence.line,
            tuple(_within(numerals, numeral_starts, *span)),
            tuple(_within(mentions, mention_starts, *span)),
            tuple(_within(periods, period_starts, *span)),
        )


def _within(items: Sequence[T], starts: Sequence[int], start: int, end: int) -> Sequence[T]:
    return items[bisect_left(starts, start) : bisect_left(starts, end)]
