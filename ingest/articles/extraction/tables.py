"""Tables flattened to text: a run of column heads, then labels each followed by its figures.

Belongs here: finding such runs, and which figure stands under which head. Does not belong here:
prose, however full of numbers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ingest.articles.claims import Attribution, Claim, Comparison
from ingest.articles.extraction.numerals import Numeral
from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.periods import MONTHS, Period, PeriodMention
from ingest.articles.extraction.slots import measure_of
from ingest.articles.extraction.story import Story
from registry.language import Concept

HEAD = re.compile(
    r"(?P<change>%\s?(?:Change|Chg\.?)|(?:YoY|Y/Y|Yr/Yr|year[\s-]over[\s-]year|YOY)(?:\s?(?:%|change|growth))*"
    r"|Change(?:\s?%)?|Growth(?:\s?%)?|Chg\.?|Increase(?:\s/\s\(decrease\))?|\(decrease\))"
    r"|(?P<prior>Prior[\s-]Year(?:\sPeriod|\sQuarter)?|Year[\s-]Ago(?:\sPeriod|\sQuarter)?)"
    r"|(?P<current>Current\s(?:Period|Quarter)|This\sQuarter)|(?P<surprise>Surprise)|(?P<estimated>Est(?:imates?|\.)?|Consensus|Cons\.?|Expected|Forecasts?|Street|FactSet|LSEG)"
    r"|(?P<guided>Guidance|Guide|Outlook|Old|New|Prior|Updated)(?!\s\w+\s[a-z])"
    r"|(?P<actual>Actuals?|Reported|As reported)(?!\s\w+\s\w+\s\w)",
)
GAP = re.compile(r"[\s|/,:;*–-]*")
SCALE = re.compile(
    r"\bin\s(?:US\$\s|\$\s|USD\s)?(thousands|millions|billions)"
    r"|\((?:in\s)?(?:US\$|\$|USD)?\s?(thousands?|millions?|billions?|mln|mn|bn|m|b)\b|\$(M|B|mn|bn)\b",
    re.IGNORECASE,
)
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "thousands": 1e3, "millions": 1e6, "mln": 1e6, "mn": 1e6, "m": 1e6, "billions": 1e9, "bn": 1e9, "b": 1e9}  # fmt: skip
SPAN = re.compile(
    r"(?P<length>three|six|nine|twelve|3|6|9|12)\smonths?\s(?:period\s)?ended|(?P<quarter>quarters?)\s(?:period\s)?ended|(?P<year>(?:fiscal\s)?years?)\s(?:period\s)?ended",
    re.IGNORECASE,
)
SPAN_DAY = re.compile(r"\s(?P<month>[A-Z][a-z]{2,8})\.?\s(?P<day>\d{1,2})")
QUARTERS = {"three": 1, "3": 1, "six": 2, "6": 2, "nine": 3, "9": 3, "twelve": 4, "12": 4}
RULE = re.compile(r"[\s|:=–—-]*")
LABEL = re.compile(r"[A-Za-z]{2,}")
UNIT_WORDS = re.compile(r"\b(?:USD|US|million|billion|bps|pts|bn|mn)\b", re.IGNORECASE)
SENTENCE = re.compile(r"[.!?]\s|\b(?:was|were|is|are|said|expects?|rose|fell|grew|will|has|have)\b")
REACH = 260
FEWEST_HEADS = 2


@dataclass(frozen=True)
class Column:
    """What a column holds: figures of a period, or their change; estimated where so headed."""

    mention: PeriodMention | None
    is_change: bool
    modality: str
    quarters: int | None = None
    month: int | None = None
    is_year_before: bool = False
    is_story_quarter: bool = False


@dataclass(frozen=True)
class Heads:
    """A run of column heads at text[start:end], and the scale its figures are in."""

    start: int
    end: int
    columns: tuple[Column, ...]
    scale: float


@dataclass(frozen=True)
class Row:
    """The figures after one label."""

    label_start: int
    label_end: int
    cells: tuple[Numeral, ...]


def read_tables(
    story: Story, passages: Sequence[Passage], concepts: Mapping[str, Concept]
) -> tuple[list[Claim], set[int]]:
    """The claims in tables, and the lines (as passages count them) that hold nothing else."""
    claims: list[Claim] = []
    taken: set[int] = set()
    lines = _lines(passages)
    for number, line in lines.items():
        heads = None if number in taken else _heads(line)
        if heads is not None:
            body = _body(lines, number, heads)
            taken |= body.keys()
            claims += _read(story, lines, body, heads, concepts)
    return claims, taken


def _body(lines: Mapping[int, Passage], first: int, heads: Heads) -> dict[int, list[Row]]:
    """The rows of each line of the table: what follows the heads, then lines of rows alone."""
    rows = list(_rows(lines[first], heads.end))
    if rows and len(rows[0].cells) < FEWEST_HEADS:
        return {}
    body = {first: rows}
    for number in range(first + 1, len(lines)):
        if RULE.fullmatch(lines[number].text, lines[number].start, lines[number].end):
            continue
        rows = list(_rows(lines[number], 0))
        if not _is_tabular(lines[number], rows, heads):
            break
        body[number] = rows
    return body if any(body.values()) else {}


def _read(
    story: Story,
    lines: Mapping[int, Passage],
    body: Mapping[int, list[Row]],
    heads: Heads,
    concepts: Mapping[str, Concept],
) -> Iterator[Claim]:
    """The claims of a table; a part named in one row is that of the rows below, until a total."""
    company, part = story.company, None
    for number, rows in body.items():
        line = lines[number]
        for row in rows:
            span = (row.label_start, row.label_end)
            own = next(
                (m.value for m in line.between(*span, "part") if m.value[0] == company), None
            )
            counted = line.first(*span, "concept")
            is_of_whole = counted is not None and counted.value.counts
            if own is not None:
                part = own[1]
            elif line.has(*span, "total") or is_of_whole:
                part = None
            yield from _claims(story, line, row, heads, concepts, part)


def _lines(passages: Sequence[Passage]) -> dict[int, Passage]:
    """Whole lines: in a table a stop is no end of a sentence."""
    lines: dict[int, Passage] = {}
    for passage in passages:
        line = lines.get(passage.line)
        lines[passage.line] = (
            passage
            if line is None
            else replace(
                line,
                end=passage.end,
                numerals=line.numerals + passage.numerals,
                mentions=line.mentions + passage.mentions,
                periods=line.periods + passage.periods,
            )
        )
    return lines


def _heads(line: Passage) -> Heads | None:
    """The longest run of column heads in a line, if there is one."""
    runs: list[list[tuple[int, int, Column]]] = [[]]
    for head in _single_heads(line):
        if runs[-1] and not GAP.fullmatch(line.text[runs[-1][-1][1] : head[0]]):
            runs.append([])
        runs[-1].append(head)
    found = max((run for run in runs if _is_run(run)), key=len, default=[])
    if not found:
        return None
    columns = _under_outlook(_merged([column for _, _, column in found]))
    start, end = found[0][0], found[-1][1]
    first = found[0][2].mention
    spans_end = end if first is not None and first.kind == "quarter_ended" else start
    before = line.text[max(line.start - REACH, 0) : end]
    after = line.text[end : end + 60]
    scale = SCALE.search(before) or SCALE.search(after.split("\n")[0])
    spans = [
        _quarters(match)
        for match in SPAN.finditer(line.text, max(line.start - REACH, 0), spans_end)
    ]
    return Heads(
        start,
        end,
        _spanned(columns, spans),
        SCALES[next(filter(None, scale.groups())).lower()] if scale else 1.0,
    )


def _single_heads(line: Passage) -> Iterator[tuple[int, int, Column]]:
    heads = [
        (mention.start, mention.end, Column(mention, False, "reported"))
        for mention in line.periods
        if mention.kind in ("quarter", "year", "full_year", "ttm", "quarter_ended", "month_quarter")
    ]
    for match in HEAD.finditer(line.text, line.start, line.end):
        kind = match.lastgroup or ""
        if kind == "change":
            column = Column(None, True, "reported")
        elif kind in ("prior", "current"):
            column = Column(
                None, False, "reported", is_year_before=kind == "prior", is_story_quarter=True
            )
        else:
            column = Column(None, False, "reported" if kind == "actual" else kind)
        heads.append((*match.span(), column))
    yield from sorted(heads, key=lambda head: head[0])


def _is_run(found: Sequence[tuple[int, int, Column]]) -> bool:
    columns = _merged([column for _, _, column in found])
    dated = sum(column.mention is not None for column in columns)
    guided = sum(column.mention is None and column.modality == "guided" for column in columns)
    dated += sum(column.is_story_quarter for column in columns)
    kinds = {
        column.modality for column in columns if column.mention is None and not column.is_change
    }
    return len(columns) >= FEWEST_HEADS and (
        dated >= FEWEST_HEADS
        or (dated == 1 and any(column.is_change for column in columns))
        or kinds >= {"reported", "estimated"}
        or (guided >= FEWEST_HEADS and guided + dated == len(columns))
    )


def _merged(columns: Sequence[Column]) -> list[Column]:
    """A head of two words, "Q1 2026 Estimate", is one column."""
    merged: list[Column] = []
    for column in columns:
        last = merged[-1] if merged else None
        is_qualifier = column.mention is None and not (column.is_change or column.is_story_quarter)
        if (
            last is not None
            and last.mention is not None
            and is_qualifier
            and last.modality == "reported"
        ):
            merged[-1] = replace(last, modality=column.modality)
        else:
            merged.append(column)
    return merged


def _under_outlook(columns: list[Column]) -> list[Column]:
    """"2025 outlook, old, new": the first head dates the others and has no figures of its own."""
    outlooks = [column for column in columns if column.mention is None and column.modality == "guided"]
    dated = [column for column in columns if column.mention is not None]
    if len(outlooks) < FEWEST_HEADS or len(dated) != 1 or len(columns) != len(outlooks) + 1:
        return columns
    return [replace(column, mention=dated[0].mention) for column in outlooks]


def _quarters(match: re.Match[str]) -> tuple[int, int | None]:
    """How many quarters a head such as "nine months ended September 30" spans, and its month."""
    day = SPAN_DAY.match(match.string, match.end())
    month = MONTHS.get(day["month"].lower()) if day else None
    if match["length"]:
        return QUARTERS[match["length"].lower()], month
    return (1 if match["quarter"] else 4), month


def _spanned(
    columns: Sequence[Column], spans: Sequence[tuple[int, int | None]]
) -> tuple[Column, ...]:
    """Years under heads such as "three months ended": each head has its share of the columns."""
    if not spans:
        return tuple(columns)
    share = max(len(columns) // len(spans), 1)
    ends = [spans[min(index // share, len(spans) - 1)] for index in range(len(columns))]
    return tuple(
        replace(column, quarters=quarters, month=month)
        for column, (quarters, month) in zip(columns, ends, strict=True)
    )


def _rows(line: Passage, after: int) -> Iterator[Row]:
    """Labels and the figures that follow each."""
    label_start, cells = max(after, line.start), []
    label_end = label_start
    for numeral in line.numerals:
        if numeral.start < after:
            continue
        gap_start = cells[-1].end if cells else label_start
        gap = UNIT_WORDS.sub("", line.text[gap_start : numeral.start])
        if LABEL.search(gap):
            if cells:
                yield Row(label_start, label_end, tuple(cells))
                label_start, cells = cells[-1].end, []
            label_end = numeral.start
        cells.append(numeral)
    if cells:
        yield Row(label_start, label_end, tuple(cells))


def _is_tabular(line: Passage, rows: Sequence[Row], heads: Heads) -> bool:
    if not rows or SENTENCE.search(line.text, line.start, line.end):
        return False
    return all(len(row.cells) >= min(len(heads.columns), FEWEST_HEADS) for row in rows)


def _claims(
    story: Story, line: Passage, row: Row, heads: Heads, concepts: Mapping[str, Concept], part: str | None
) -> Iterator[Claim]:  # fmt: skip
    label = line.first(row.label_start, row.label_end, "concept")
    own_scale = SCALE.search(line.text, row.label_start, row.label_end)
    scale = SCALES[next(filter(None, own_scale.groups())).lower()] if own_scale else heads.scale
    concept: Concept = (
        label.value if label is not None else concepts["revenue" if part else "other"]
    )
    own_part = part if concept.of_parts else None
    for numeral, column in _under(row.cells, heads.columns, concept):
        yield _cell(story, line, numeral, column, heads, concept, story.company, own_part, scale)


def _under(
    cells: Sequence[Numeral], columns: Sequence[Column], concept: Concept
) -> Iterator[tuple[Numeral, Column]]:
    """Which column each figure stands under: in order, percents under changes where some are."""
    values = [column for column in columns if not column.is_change]
    changes = [column for column in columns if column.is_change]
    if len(cells) == len(columns):
        yield from zip(cells, columns, strict=True)
        return
    is_ratio = concept.id.endswith("margin") or "margin" in concept.reads
    for cell in cells:
        is_change = measure_of(cell) == "percent" and bool(changes) and not (is_ratio and values)
        queue = changes if is_change else values
        if not queue:
            queue = changes or values
        if queue:
            yield cell, queue.pop(0)


def _cell(
    story: Story, line: Passage, numeral: Numeral, column: Column, heads: Heads, concept: Concept,
    company: str | None, part: str | None, scale: float,
) -> Claim:  # fmt: skip
    measure = measure_of(numeral)
    is_percent = measure in ("percent", "points")
    if not is_percent and measure not in concept.takes and measure in concept.otherwise:
        pass
    is_per_share = "per_share" in concept.takes and "money" not in concept.takes
    low = float(numeral.low)
    if not is_percent and not numeral.is_scaled and not is_per_share and not concept.counts:
        low *= scale
    start, end = _bracketed(line.text, numeral)
    if (start, end) != (numeral.start, numeral.end) or concept.is_negative:
        low = -abs(low)
    role = _role(column, concept, is_percent)
    period = _period(story, column, heads, company, concept, role)
    modality = column.modality
    if (
        modality == "reported"
        and story.is_preview
        and period is not None
        and period.end >= story.reported(company).end
    ):
        modality = "estimated"
    reads = concept.reads
    metric = (
        (part and reads.get("part") if role == "level" else None)
        or reads.get(role)
        or reads.get("level")
        or next(iter(reads.values()))
    )  # type: ignore[call-overload]
    is_yoy = role == "growth"
    unit = (
        "ratio"
        if is_percent
        else "USD_per_share"
        if is_per_share
        else "count"
        if concept.counts
        else "multiple"
        if measure == "multiple"
        else "USD"
    )
    return Claim(
        char_start=start,
        char_end=end,
        span_text=line.text[start:end],
        value=None if numeral.is_range else low,
        low=low if numeral.is_range else None,
        high=float(numeral.high) * (low / float(numeral.low) if numeral.low else 1)
        if numeral.is_range
        else None,
        unit=unit,
        kind=role,
        metric=metric,
        company=company,
        segment=part,
        period=period,
        comparison=Comparison("yoy", period and story.year_before(period, company))
        if is_yoy
        else Comparison(),
        modality=modality,
        attribution=Attribution("analyst" if modality == "estimated" else "unattributed"),
    )


def _role(column: Column, concept: Concept, is_percent: bool) -> str:
    if not is_percent:
        return "change" if column.is_change and "growth" not in concept.reads else "level"
    if column.is_change:
        return "growth" if "growth" in concept.reads else "change"
    if "margin" in concept.reads:
        return "margin"
    return "growth" if "growth" in concept.reads else "share"


def _period(
    story: Story, column: Column, heads: Heads, company: str | None, concept: Concept, role: str
) -> Period | None:
    """The column's period; a change is of the first column's, or the last where years ascend."""
    if column.is_story_quarter:
        reported = story.reported(company)
        return story.year_before(reported, company) if column.is_year_before else reported
    if column.mention is None:
        dated = [
            _period(story, each, heads, company, concept, role)
            for each in heads.columns
            if (each.mention is not None or each.is_story_quarter)
            and each.quarters == column.quarters
        ]
        ends = [period for period in dated if period is not None]
        return max(ends, key=lambda period: period.end) if ends else story.reported(company)
    mention = column.mention
    period = story.resolve(mention, company)
    if mention.kind == "year" and column.quarters and mention.year:
        period = _ended(story, column.quarters, column.month, mention.year, company)
    if concept.timing == "instant" and role == "level" and period is not None:
        return period.at_end()
    return period


def _ended(
    story: Story, quarters: int, month: int | None, year: int, company: str | None
) -> Period:
    """So many quarters up to the month named, or the story's quarter, of that calendar year."""
    calendar, last = story.calendar(company), story.quarter(company)
    if month is not None:
        last = calendar.quarter_of(date(year, month, MIDDLE_OF_MONTH))
    else:
        last = last.plus(-4 * (calendar.quarter_end(last).year - year))
    if quarters == 1:
        return calendar.quarter(last)
    label = f"FY{last.year}" if quarters == QUARTERS["twelve"] else f"{quarters * 3}M {last.year}"
    return calendar.span(last, quarters, label)


MIDDLE_OF_MONTH = 15
BEFORE_BRACKET = re.compile(r"(?:\$\s?)?\(\s?\$?\s?$")
AFTER_BRACKET = re.compile(r"\s?\)")


def _bracketed(text: str, numeral: Numeral) -> tuple[int, int]:
    """The span with its brackets, where the figure stands in brackets: it is below zero then."""
    before = BEFORE_BRACKET.search(text, max(numeral.start - 5, 0), numeral.start)
    after = AFTER_BRACKET.match(text, numeral.end)
    return (before.start(), after.end()) if before and after else (numeral.start, numeral.end)
