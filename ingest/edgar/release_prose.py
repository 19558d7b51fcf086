"""Sentences of an earnings release that state a declared amount at a day.

Belongs here: the few forms of a sentence that say one exact amount. Does not belong here: tables,
words of metrics. Whatever else a sentence says beside a declared label, it is a reject: an amount
that is hedged, grows by, or belongs to something else must never pass for the figure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ingest.edgar.release_html import Paragraph
from ingest.edgar.release_numbers import SCALES
from ingest.edgar.release_periods import (
    NOT_A_PERIOD_END,
    FiscalCalendar,
    Period,
    names_several_days,
    read_day,
)
from ingest.edgar.release_tables import AFTER_THE_RELEASE, Figure, Unread, signed
from ingest.edgar.release_words import ReleaseVocabulary, Rule

LONGEST_SENTENCE = 600
SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z“\"(])|\s+[•▪●]\s+")
AMOUNT = re.compile(
    r"\$\s?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s*(thousand|million|billion|trillion)\b",
    re.IGNORECASE,
)
ANY_AMOUNT = re.compile(r"[$€£¥]\s?\d")
# Between a label and its amount: a footnote mark, and a verb that says what it is.
LINK = re.compile(
    r"\s*(?:\d{1,2}|\(\d{1,2}\)|\(\"?rpo\"?\))?\s*[,:]?\s*"
    r"(?:(?:was|were|is|are|of|totaled|totalled|reached|stood at|amounted to)\s+"
    r"|(?:increased|grew|rose|decreased|declined|was up|was down)"
    r"(?:\s+\d+(?:\.\d+)?%)?(?:\s+(?:year[- ]over[- ]year|sequentially))?,?\s+to\s+|:\s*)?",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(?:about|approximately|around|nearly|almost|roughly|over|more than|less than|up to|at least"
    r"|exceed(?:ed|s|ing)?|in excess of|~)\s*$",
    re.IGNORECASE,
)
DAY_NAMED = re.compile(r"\b(?:as of|at|ended|ending)\b", re.IGNORECASE)

NO_EXACT_AMOUNT = "no_exact_amount_in_the_sentence"
SEVERAL_DAYS = "several_days_in_the_sentence"


@dataclass(frozen=True)
class ProseReader:
    """Reads sentences; `latest` is the day the release reports on."""

    words: ReleaseVocabulary
    calendar: FiscalCalendar
    latest: date

    def read(self, paragraphs: Sequence[Paragraph]) -> tuple[list[Figure], list[Unread]]:
        """Figures that sentences state, and sentences that name one without stating it."""
        figures: list[Figure] = []
        unread: list[Unread] = []
        if not self.words.sentences:
            return figures, unread
        for paragraph in paragraphs:
            for result in self._paragraph(paragraph):
                if isinstance(result, Figure):
                    figures.append(result)
                else:
                    unread.append(result)
        return figures, unread

    def _paragraph(self, paragraph: Paragraph) -> Iterator[Figure | Unread]:
        place = f"paragraph{paragraph.number}"
        for sentence in SENTENCE.split(paragraph.text):
            named = self._label(sentence)
            # A sentence without an amount names the figure and states nothing.
            if named is None or not ANY_AMOUNT.search(sentence):
                continue
            label, rule = named
            yield self._sentence(sentence[:LONGEST_SENTENCE], label, rule, place)

    def _label(self, sentence: str) -> tuple[re.Match[str], Rule] | None:
        for words, rule in self.words.sentences.items():
            pattern = rf"(?<![\w-]){re.escape(words)}(?=\d{{0,2}}(?:\W|$))"
            found = re.search(pattern, sentence, re.IGNORECASE)
            if found:
                return found, rule
        return None

    def _sentence(
        self, sentence: str, label: re.Match[str], rule: Rule, place: str
    ) -> Figure | Unread:
        detail = sentence[:400]
        amount = self._amount(sentence, label)
        if amount is None:
            return Unread(NO_EXACT_AMOUNT, detail, place, rule.metric)
        if names_several_days(sentence):
            return Unread(SEVERAL_DAYS, detail, place, rule.metric)
        end = read_day(sentence) if DAY_NAMED.search(sentence) else None
        # A release without a day of its own speaks of the quarter it reports.
        end = end or self.calendar.newest_quarter(self.latest).end
        if end > self.latest:
            return Unread(AFTER_THE_RELEASE, detail, place, rule.metric)
        if self.calendar.quarter_ending(end) is None:
            return Unread(NOT_A_PERIOD_END, detail, place, rule.metric)
        value, decimals = amount
        return Figure(rule, None, Period(None, end), signed(value, rule), decimals, place, label[0])

    def _amount(self, sentence: str, label: re.Match[str]) -> tuple[Decimal, int] | None:
        """The amount a verb ties to the label, or one that stands just before it."""
        link = LINK.match(sentence, label.end())
        after = AMOUNT.match(sentence, link.end() if link else label.end())
        if after:
            return _exact(after)
        # "$155 billion in backlog", "ended the quarter with $155 billion of revenue backlog"
        before = [
            match
            for match in AMOUNT.finditer(sentence, 0, label.start())
            if re.fullmatch(r"\s+(?:in|of)\s+(?:total\s+)?", sentence[match.end() : label.start()])
        ]
        if len(before) != 1 or not re.search(r"\bwith\s+$", sentence[: before[0].start()]):
            return None
        return None if HEDGE.search(sentence[: before[0].start()]) else _exact(before[0])


def _exact(match: re.Match[str]) -> tuple[Decimal, int]:
    whole, fraction, scale = match[1].replace(",", ""), match[2] or "", match[3].lower()
    exponent = SCALES[scale]
    value = Decimal(f"{whole}.{fraction}" if fraction else whole).scaleb(exponent)
    return value, len(fraction) - exponent
