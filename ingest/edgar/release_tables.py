"""Tables of an earnings release to figures of declared metrics, and why others are none.

Belongs here: which cell is a header, a heading, a label or a value, and what a value therefore is.
Does not belong here: markup, words of metrics, calendars, raw rows.

A table is read from the top. Rows of times or of parts' names are headers: those that lie over
several columns stay in force until others of their kind come. A row with a label alone is the
heading of the rows below it. Every other row is its label's, and is passed over unless the label is
declared; a declared row's values become figures, or a reject that names them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ingest.edgar.release_html import Cell, Table
from ingest.edgar.release_numbers import (
    YEAR,
    Number,
    Printed,
    Scale,
    is_no_figure,
    is_value,
    join_pieces,
    read_number,
    read_scale,
)
from ingest.edgar.release_periods import NO_PERIOD, FiscalCalendar, Header, Period, read_header
from ingest.edgar.release_words import (
    PartOf,
    ReleaseVocabulary,
    Rule,
    heading_of,
    without_twelve_months,
    words_of,
)
from registry.models import Grain

MONTHS_OF_A_YEAR = 12
PER_SHARE, COUNT = "USD/shares", "shares"

NO_SCALE = "no_scale"
UNREADABLE_NUMBER = "unreadable_number"
PERIOD_WITHOUT_LENGTH = "period_without_length"
AFTER_THE_RELEASE = "period_after_the_release"
UNKNOWN_COLUMN = "unknown_column"
UNKNOWN_HEADING = "unknown_heading"
LABEL_OF_ANOTHER_GRAIN = "label_under_a_part"
SIGN_UNCLEAR = "sign_unclear"
TWO_IN_A_COLUMN = "two_numbers_in_one_column"


@dataclass(frozen=True)
class Figure:
    """One figure as a release states it; `value` in full units, `decimals` its printed precision.

    `place` says where in its document it stands.
    """

    rule: Rule
    part: PartOf | None
    period: Period
    value: Decimal
    decimals: int
    place: str
    label: str


@dataclass(frozen=True)
class Unread:
    """What a release states under a declared label that is no figure, and why."""

    reason: str
    detail: str
    place: str
    metric: str = ""


@dataclass(frozen=True)
class Meaning:
    """What a row or column is of: a rule, and the part or the company."""

    rule: Rule
    part: PartOf | None


@dataclass(frozen=True)
class _Problem:
    """Why a declared label has no meaning where it stands."""

    reason: str
    metric: str


@dataclass
class _Headers:
    """Header rows in force: lone cells over many columns, and rows of one cell a column."""

    spanning: list[Cell] = field(default_factory=list)
    columns: list[Cell] = field(default_factory=list)
    is_open: bool = False
    new_spanning: bool = False
    new_columns: bool = False

    def add(self, cells: Sequence[Cell], *, names_time: bool) -> None:
        """Take in a header row; the first after a row of values puts others of its kind out.

        Columns that name times of their own put out the time over the columns before them as well.
        """
        if not self.is_open:
            self.is_open, self.new_spanning, self.new_columns = True, False, False
        if len(cells) == 1:
            self.spanning = [*(self.spanning if self.new_spanning else ()), *cells]
            self.new_spanning = True
            return
        if names_time and not self.new_spanning:
            self.spanning = []
        self.columns = [*(self.columns if self.new_columns else ()), *cells]
        self.new_columns = True

    def over(self, value: Printed) -> list[str]:
        """Texts of the headers over a value: those over its number, or else over its pieces."""
        found = [cell for cell in self.columns if _overlap(cell, value.column, value.end)]
        if not found:
            found = [cell for cell in self.columns if _overlap(cell, value.first, value.last)]
        spanning = [
            cell
            for cell in self.spanning
            if cell.column == 0 or _overlap(cell, value.column, value.end)
        ]
        return [cell.text for cell in (*spanning, *found)]


@dataclass
class TableReader:
    """Reads the tables of one company's releases; `latest` is the day the release reports on."""

    words: ReleaseVocabulary
    calendar: FiscalCalendar
    latest: date

    def read(self, table: Table, titles: Sequence[str]) -> tuple[list[Figure], list[Unread]]:
        """Figures of one table, and what of it is none; `titles` stand before it."""
        reading = _Reading(self, table, titles)
        for index, cells in enumerate(table.rows):
            reading.take(index, cells)
        return reading.figures, reading.unread


class _Reading:
    """One table being read from the top."""

    def __init__(self, reader: TableReader, table: Table, titles: Sequence[str]) -> None:
        self.words, self.calendar, self.latest = reader.words, reader.calendar, reader.latest
        self.table = table
        self.headers = _Headers()
        self.figures: list[Figure] = []
        self.unread: list[Unread] = []
        self.heading = next(
            (name for title in reversed(titles) if (name := heading_of(title)) in self.words.parts),
            "",
        )
        self.has_parts = bool(self.heading)
        self.labels_around = _labels_around(table)
        self.labels: Sequence[str] = ()
        self.has_values = False
        notes = (cell.text for row in table.rows if not _is_data(row) for cell in row)
        self.scale_notes = [*titles, *notes]

    def take(self, index: int, cells: Sequence[Cell]) -> None:
        """Take in the next row."""
        if _is_data(cells):
            self.headers.is_open, self.has_values = False, True
            self.labels = self.labels_around[index]
            self._take_values(index, cells)
        elif cells and self._is_header(cells):
            self._take_header(cells)
        elif len(cells) == 1:
            self._take_heading(cells[0].text)

    def _is_header(self, cells: Sequence[Cell]) -> bool:
        if any(self._names_column(cell) for cell in cells):
            return True
        is_above = self.headers.is_open or not self.has_values
        return is_above and len(cells) > 1 and not any(is_value(cell.text) for cell in cells)

    def _take_header(self, cells: Sequence[Cell]) -> None:
        """A row over the columns; its first cell is its label, and over all if it names a time."""
        label, *others = cells
        if label.column == 0 and others:
            if self._names_time(label):
                self.headers.add([label], names_time=True)
            else:
                self._take_heading(label.text)
            cells = others
        if len(cells) == 1 and self.headers.is_open and self.headers.new_columns:
            # One more cell over one of the columns just named.
            self.headers.columns.extend(cells)
            return
        self.headers.add(cells, names_time=any(map(self._names_time, cells)))

    def _names_time(self, cell: Cell) -> bool:
        header = read_header([cell.text], self.calendar)
        return header.names_time and not header.is_change

    def _names_column(self, cell: Cell) -> bool:
        if self._names_time(cell):
            return True
        name = heading_of(cell.text)
        # A name in the first column is a heading of rows.
        return cell.column > 0 and (name in self.words.parts or name in self.words.company_headings)

    def _take_heading(self, text: str) -> None:
        name = heading_of(text)
        if name:
            self.heading = name
            self.has_parts = self.has_parts or name in self.words.parts

    def _take_values(self, index: int, cells: Sequence[Cell]) -> None:
        label, values = cells[0], join_pieces(cells[1:])
        place = f"table{self.table.number}.row{index + 1}"
        base, is_twelve_months = without_twelve_months(words_of(label.text))
        row = _Row(self, label.text, base, is_twelve_months, place)
        for each in row.read(values):
            if isinstance(each, Figure):
                self.figures.append(each)
            else:
                self.unread.append(each)

    def meaning(self, label: str, column: str | None) -> Meaning | _Problem | None:
        """What a label means under the heading and column it stands in; None if undeclared."""
        if column is not None:
            return self._of_column(label, column)
        return self._of_part_row(label) or self._under_heading(label)

    def _of_column(self, label: str, column: str) -> Meaning | _Problem | None:
        """What a label means in a table with a column for each part; other columns are not ours."""
        if column in self.words.company_headings:
            return self._of_company(label)
        return self._of_part(label, column) if column in self.words.parts else None

    def _of_part_row(self, label: str) -> Meaning | None:
        """A part's name under the heading of a metric."""
        if label not in self.words.parts:
            return None
        # Where a line of products stands in the same list, all of the list are lines of products.
        has_lines = any(map(self.words.is_only_product_line, self.labels))
        grains: tuple[Grain, ...] = ("product_line",) if has_lines else ("segment", "product_line")
        for grain in grains:
            part = self.words.part(label, grain)
            rule = self.words.rules.get((grain, self.heading))
            if part and rule:
                return Meaning(rule, part)
        return None

    def _under_heading(self, label: str) -> Meaning | _Problem | None:
        rule = self.words.rules_under.get((self.heading, label))
        if rule:
            return Meaning(rule, None)
        if self.heading in self.words.parts:
            return self._of_part(label, self.heading)
        meaning = self._of_company(label)
        is_known = not self.heading or self.heading in self.words.company_headings
        if meaning and self.has_parts and not is_known:
            return _Problem(UNKNOWN_HEADING, meaning.rule.metric)
        return meaning

    def _of_company(self, label: str) -> Meaning | None:
        rule = self.words.rules.get(("company", label))
        return Meaning(rule, None) if rule else None

    def _of_part(self, label: str, name: str) -> Meaning | _Problem | None:
        for part in self.words.parts.get(name, ()):
            rule = self.words.rules.get((part.grain, label))
            if rule:
                return Meaning(rule, part)
        meaning = self._of_company(label)
        return _Problem(LABEL_OF_ANOTHER_GRAIN, meaning.rule.metric) if meaning else None


@dataclass
class _Row:
    """One row of values under a label."""

    table: _Reading
    text: str
    label: str
    is_twelve_months: bool
    place: str

    def read(self, values: Sequence[Printed]) -> Iterator[Figure | Unread]:
        """Figures of the row, and one reject for each reason that others are none."""
        headers = [
            read_header(self.table.headers.over(value), self.table.calendar) for value in values
        ]
        has_part_columns = any(self._part_column(header) for header in headers)
        problems: dict[tuple[str, str], list[str]] = {}
        found: dict[tuple[object, ...], list[Figure]] = {}
        for value, header in zip(values, headers, strict=True):
            if header.is_change or is_no_figure(value.text):
                continue
            result = self._figure(value, header, has_part_columns)
            if isinstance(result, Figure):
                found.setdefault((result.rule, result.part, result.period), []).append(result)
            elif result is not None:
                problems.setdefault((result.reason, result.metric), []).append(value.text)
        for figures in found.values():
            values_of_one = {figure.value for figure in figures}
            if len(values_of_one) == 1:
                yield figures[0]
            else:
                problem = (TWO_IN_A_COLUMN, figures[0].rule.metric)
                problems.setdefault(problem, []).extend(map(str, sorted(values_of_one)))
        for (reason, metric), texts in problems.items():
            detail = f"{self.text!r} states {', '.join(texts[:8])}"
            yield Unread(reason, detail[:400], self.place, metric)

    def _part_column(self, header: Header) -> bool:
        name = heading_of(header.other_words)
        return name in self.table.words.parts or name in self.table.words.company_headings

    def _figure(
        self, value: Printed, header: Header, has_part_columns: bool
    ) -> Figure | _Problem | None:
        column = heading_of(header.other_words) if has_part_columns else None
        meaning = self.table.meaning(self.label, column)
        if meaning is None or isinstance(meaning, _Problem):
            return meaning
        rule = meaning.rule
        period = self._period(header, rule)
        if isinstance(period, _Problem):
            return period
        if column is None and header.other_words:
            return _Problem(UNKNOWN_COLUMN, rule.metric)
        amount = self._amount(value.text, rule)
        if isinstance(amount, _Problem):
            return amount
        return Figure(rule, meaning.part, period, *amount, self.place, self.text)

    def _period(self, header: Header, rule: Rule) -> Period | _Problem:
        period = header.period
        if period is None:
            return _Problem(header.problem or NO_PERIOD, rule.metric)
        if period.end > self.table.latest:
            return _Problem(AFTER_THE_RELEASE, rule.metric)
        if rule.is_instant:
            return Period(None, period.end)
        if self.is_twelve_months:
            year = self.table.calendar.months_to(period.end, MONTHS_OF_A_YEAR)
            return year or _Problem(NO_PERIOD, rule.metric)
        return period if period.start else _Problem(PERIOD_WITHOUT_LENGTH, rule.metric)

    def _amount(self, text: str, rule: Rule) -> tuple[Decimal, int] | _Problem:
        number = read_number(text)
        if number is None:
            return _Problem(UNREADABLE_NUMBER, rule.metric)
        exponent = self._exponent(number, rule)
        if exponent is None:
            return _Problem(NO_SCALE, rule.metric)
        if rule.unit != COUNT and number.value > 0 and _is_only_loss(self.label):
            return _Problem(SIGN_UNCLEAR, rule.metric)
        return signed(number.value.scaleb(exponent), rule), number.places - exponent

    def _exponent(self, number: Number, rule: Rule) -> int | None:
        if number.exponent is not None:
            return number.exponent
        if rule.unit == PER_SHARE:
            return 0
        scale = read_scale([self.text]) or read_scale(self.table.scale_notes)
        return _of_unit(scale, rule.unit) if scale else None


def signed(value: Decimal, rule: Rule) -> Decimal:
    """A printed value with the sign the metric gives it."""
    if rule.printed == "magnitude":
        return abs(value)
    return -value if rule.printed == "negated" and value else value


def _of_unit(scale: Scale, unit: str) -> int:
    return scale.shares if unit == COUNT else scale.amounts


def _is_only_loss(label: str) -> bool:
    """Whether a label speaks of a loss alone: then a number without brackets may be either."""
    words = label.split()
    return "loss" in words and "income" not in words and "earnings" not in words


def _is_data(cells: Sequence[Cell]) -> bool:
    """Whether a row has a label and values; a row of years alone heads its columns."""
    if len(cells) < 2 or is_value(cells[0].text):
        return False
    others = cells[1:]
    pieces = [each.text for each in join_pieces(others)]
    values = [text for text in pieces if is_value(text)]
    return bool(values) and not all(YEAR.match(text) for text in values)


def _labels_around(table: Table) -> dict[int, Sequence[str]]:
    """For each row of values, the labels that stand in one list with it, no heading between."""
    around: dict[int, Sequence[str]] = {}
    labels: list[str] = []
    for index, cells in enumerate(table.rows):
        if _is_data(cells):
            labels.append(heading_of(cells[0].text))
            around[index] = labels
        elif len(cells) == 1:
            labels = []
    return around


def _overlap(cell: Cell, column: int, end: int) -> bool:
    return cell.column < end and column < cell.end
