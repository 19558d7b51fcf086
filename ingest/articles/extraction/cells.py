"""One figure of a table in the words of a claim: what its row and its column make of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ingest.articles.claims import Attribution, Claim, Comparison
from ingest.articles.extraction.heads import MONTHS_OF_YEAR, Column, Heads, scale_in
from ingest.articles.extraction.numerals import Numeral
from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.periods import Period
from ingest.articles.extraction.slots import measure_of
from ingest.articles.extraction.story import Story
from ingest.articles.extraction.wording import UNIT_OF, of_metric
from registry.language import Concept, Measure, Role

MIDDLE_OF_MONTH = 15
BRACKET_REACH = 5
BEFORE_BRACKET = re.compile(r"(?:\$\s?)?\(\s?\$?\s?$")
AFTER_BRACKET = re.compile(r"\s?\)")


@dataclass(frozen=True)
class Row:
    """The figures after one label."""

    label_start: int
    label_end: int
    cells: tuple[Numeral, ...]


@dataclass(frozen=True)
class RowReader:
    """Reads a row: its concept and part are those of its label, periods those of the columns."""

    story: Story
    line: Passage
    heads: Heads
    concept: Concept
    part: str | None
    scale: float

    def read(self, cells: Sequence[Numeral]) -> Iterator[Claim]:
        """The claims of the row's figures."""
        for numeral, column in self._under(cells):
            yield self._claim(numeral, column)

    def _under(self, cells: Sequence[Numeral]) -> Iterator[tuple[Numeral, Column]]:
        """Which column each figure stands under: in order, percents under changes if there are."""
        columns = self.heads.columns
        if len(cells) == len(columns):
            yield from zip(cells, columns, strict=True)
            return
        values = [column for column in columns if not column.is_change]
        changes = [column for column in columns if column.is_change]
        is_ratio = "margin" in self.concept.reads
        for cell in cells:
            is_change = measure_of(cell) == "percent" and not (is_ratio and values)
            queue = (changes or values) if is_change else (values or changes)
            if queue:
                yield cell, queue.pop(0)

    def _claim(self, numeral: Numeral, column: Column) -> Claim:
        start, end = _bracketed(self.line.text, numeral)
        measure = self._measure(numeral)
        role = self._role(column, measure)
        period = self._held(self._period(column), role)
        modality = self._modality(column, period)
        is_below_zero = end > numeral.end or self.concept.is_negative
        low, high = sorted(
            self._value(amount, numeral, measure, is_below_zero)
            for amount in (float(numeral.low), float(numeral.high))
        )
        metric = self._metric(role, modality)
        is_growth = role == "growth"
        base = period and self.story.year_before(period, self.story.company)
        return Claim(
            char_start=start,
            char_end=end,
            span_text=self.line.text[start:end],
            value=None if numeral.is_range else low,
            low=low if numeral.is_range else None,
            high=high if numeral.is_range else None,
            unit=UNIT_OF[measure],
            kind="guidance" if role == "level" and modality == "guided" else role,
            metric=metric,
            of_metric=of_metric(self.concept, role),
            company=self.story.company,
            segment=self.part,
            period=period,
            comparison=Comparison("yoy", base) if is_growth else Comparison(),
            modality=modality,
            attribution=self._attribution(modality),
        )

    def _measure(self, numeral: Numeral) -> Measure:
        """The measure the row gives a bare figure."""
        measure = measure_of(numeral)
        if measure in ("percent", "points", "multiple", "watts"):
            return measure
        if self.concept.counts:
            return "count"
        is_per_share = "per_share" in self.concept.takes and "money" not in self.concept.takes
        return "per_share" if is_per_share else "money"

    def _value(
        self, amount: float, numeral: Numeral, measure: Measure, is_below_zero: bool
    ) -> float:
        """The amount in full: scaled as the heads say, below zero in brackets or as a loss."""
        scaled = amount * self.scale if measure == "money" and not numeral.is_scaled else amount
        return -abs(scaled) if is_below_zero else scaled

    def _role(self, column: Column, measure: Measure) -> Role:
        reads = self.concept.reads
        if column.is_surprise:
            return "surprise"
        if measure not in ("percent", "points"):
            return "change" if column.is_change and "growth" not in reads else "level"
        if column.is_change:
            return "growth" if measure == "percent" and "growth" in reads else "change"
        if "margin" in reads:
            return "margin"
        return "growth" if "growth" in reads else "share"

    def _metric(self, role: Role, modality: str) -> str:
        reads = self.concept.reads
        if role == "surprise":
            return "surprise"
        if role == "level" and modality == "guided" and self.concept.has_outlook:
            return reads["guidance"]
        if role == "level" and self.part is not None and "part" in reads:
            return reads["part"]
        return reads.get(role) or reads.get("level") or next(iter(reads.values()))

    def _modality(self, column: Column, period: Period | None) -> str:
        """As headed; of a quarter to come, a preview knows estimates alone."""
        story = self.story
        is_to_come = period is not None and period.end >= story.reported(story.company).end
        is_estimate = column.modality == "reported" and story.is_preview and is_to_come
        return "estimated" if is_estimate else column.modality

    def _attribution(self, modality: str) -> Attribution:
        if modality == "estimated":
            return Attribution("analyst")
        is_companys = modality == "guided" or self.story.is_release
        return Attribution("company") if is_companys else Attribution()

    def _held(self, period: Period | None, role: Role) -> Period | None:
        is_instant = self.concept.timing == "instant" and role == "level"
        return period.at_end() if is_instant and period is not None else period

    def _period(self, column: Column) -> Period | None:
        """The column's period; a change is of the newest of the columns beside it."""
        story, company, mention = self.story, self.story.company, column.mention
        if column.is_story_quarter:
            reported = story.reported(company)
            return story.year_before(reported, company) if column.is_year_before else reported
        if mention is not None and mention.kind == "year" and column.quarters and mention.year:
            return _ended(story, column.quarters, column.month, mention.year)
        if mention is not None:
            return story.resolve(mention, company)
        beside = [
            period
            for each in self.heads.columns
            if (each.mention is not None or each.is_story_quarter)
            and each.quarters == column.quarters
            and (period := self._period(each)) is not None
        ]
        newest = max(beside, key=lambda period: period.end, default=None)
        return newest or story.reported(company)


def row_reader(
    story: Story,
    line: Passage,
    row: Row,
    heads: Heads,
    concepts: Mapping[str, Concept],
    part: str | None,
    group: Concept | None,
) -> RowReader:
    """The reader of a row by its label; a label without a concept is of a part's revenue."""
    label = line.first(row.label_start, row.label_end, "concept")
    concept: Concept = label.value if label else group or concepts["revenue" if part else "other"]
    scale = scale_in(line.text, row.label_start, row.label_end) or heads.scale
    return RowReader(story, line, heads, concept, part if concept.of_parts else None, scale)


def _ended(story: Story, quarters: int, month: int | None, year: int) -> Period:
    """So many quarters up to the month named, or the story's quarter, of that calendar year."""
    calendar, last = story.calendar(story.company), story.quarter(story.company)
    if month is not None:
        last = calendar.quarter_of(date(year, month, MIDDLE_OF_MONTH))
    else:
        last = last.plus(-4 * (calendar.quarter_end(last).year - year))
    if quarters == 1:
        return calendar.quarter(last)
    months = quarters * 3
    label = f"FY{last.year}" if months == MONTHS_OF_YEAR else f"{months}M {last.year}"
    return calendar.span(last, quarters, label)


def _bracketed(text: str, numeral: Numeral) -> tuple[int, int]:
    """The span with its brackets, where the figure stands in brackets: it is below zero then."""
    before = BEFORE_BRACKET.search(text, max(numeral.start - BRACKET_REACH, 0), numeral.start)
    after = AFTER_BRACKET.match(text, numeral.end)
    return (before.start(), after.end()) if before and after else (numeral.start, numeral.end)
