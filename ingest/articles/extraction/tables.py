"""Tables flattened to text: a run of column heads, then labels each followed by its figures.

Belongs here: finding tables and their rows. Does not belong here: what a column holds (`heads`) and
what a figure in it says (`cells`); prose, however full of numbers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ingest.articles.claims import Claim
from ingest.articles.extraction.cells import Row, row_reader
from ingest.articles.extraction.heads import FEWEST_HEADS, Heads, heads_of
from ingest.articles.extraction.numerals import Numeral
from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.story import Story
from registry.language import Concept

RULE = re.compile(r"[\s|:=–—-]*")
LABEL = re.compile(r"[A-Za-z]{2,}")
UNIT_WORDS = re.compile(r"\b(?:USD|US|million|billion|bps|pts|bn|mn)\b", re.IGNORECASE)
TITLE_WORDS = 4
SENTENCE = re.compile(r"[.!?]\s|\b(?:was|were|is|are|said|expects?|rose|fell|grew|will|has|have)\b")


def read_tables(
    story: Story, passages: Sequence[Passage], concepts: Mapping[str, Concept]
) -> tuple[list[Claim], set[int]]:
    """The claims in tables, and the lines (as passages count them) that hold nothing else."""
    claims: list[Claim] = []
    taken: set[int] = set()
    lines = _lines(passages)
    above: Heads | None = None
    for number, line in lines.items():
        heads = None if number in taken else heads_of(line)
        if heads is not None:
            heads = above = heads.like(above)
            body = _body(lines, number, heads)
            taken |= body.keys()
            most = max((len(row.cells) for rows in body.values() for row in rows), default=0)
            claims += _read(story, lines, body, heads.over(most), concepts)
    return claims, taken


def _lines(passages: Sequence[Passage]) -> dict[int, Passage]:
    """Whole lines: in a table a stop is no end of a sentence."""
    lines: dict[int, Passage] = {}
    for passage in passages:
        line = lines.get(passage.line)
        lines[passage.line] = passage if line is None else _joined(line, passage)
    return lines


def _joined(line: Passage, passage: Passage) -> Passage:
    return replace(
        line,
        end=passage.end,
        numerals=line.numerals + passage.numerals,
        mentions=line.mentions + passage.mentions,
        periods=line.periods + passage.periods,
    )


def _body(lines: Mapping[int, Passage], first: int, heads: Heads) -> dict[int, list[Row]]:
    """The rows of each line of the table: what follows the heads, then lines of rows alone."""
    rows = list(_rows(lines[first], heads.end))
    if rows and len(rows[0].cells) < FEWEST_HEADS:
        return {}
    body = {first: rows}
    for number in range(first + 1, len(lines)):
        line = lines[number]
        if RULE.fullmatch(line.text, line.start, line.end):
            continue
        rows = list(_rows(line, line.start))
        if _is_title(line) and number + 1 in lines:
            continue
        if not _is_tabular(line, rows, heads):
            break
        body[number] = rows
    return body if any(body.values()) else {}


def _rows(line: Passage, after: int) -> Iterator[Row]:
    """Labels and the figures that follow each."""
    label_start = label_end = after
    cells: list[Numeral] = []
    for numeral in line.numerals:
        if numeral.start < after:
            continue
        gap_start = cells[-1].end if cells else label_start
        if LABEL.search(UNIT_WORDS.sub("", line.text[gap_start : numeral.start])):
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
    fewest = min(len(heads.columns), FEWEST_HEADS)
    return all(len(row.cells) >= fewest for row in rows)


def _is_title(line: Passage) -> bool:
    """A few words over the rows of one table: "Segment results"."""
    words = line.text[line.start : line.end].split()
    return not line.numerals and 0 < len(words) <= TITLE_WORDS and words[-1][-1] not in ".!?:"


def _read(
    story: Story,
    lines: Mapping[int, Passage],
    body: Mapping[int, list[Row]],
    heads: Heads,
    concepts: Mapping[str, Concept],
) -> Iterator[Claim]:
    """The claims of a table; a part named in one row is that of the rows below, until a total.

    One named together with a concept, "AWS revenue", is that of its own line alone.
    """
    part, group, is_of_line = None, None, False
    for number, rows in body.items():
        part = None if is_of_line else part
        for row in rows:
            part = _part(story, lines[number], row, part)
            span = (row.label_start, row.label_end)
            if lines[number].has(*span, "part"):
                is_of_line = lines[number].has(*span, "concept")
            group = _group(lines[number], row, group)
            reader = row_reader(story, lines[number], row, heads, concepts, part, group)
            yield from reader.read(row.cells)


def _group(line: Passage, row: Row, above: Concept | None) -> Concept | None:
    """The concept a label states for the rows below it: "Operating income: AWS … Other …"."""
    concept = line.first(row.label_start, row.label_end, "concept")
    if concept is None:
        return above
    is_title = (
        line.text[concept.end : row.label_end]
        .lstrip(" ()abcdefghijklmnopqrstuvwxyz")
        .startswith(":")
    )
    return concept.value if is_title else None


def _part(story: Story, line: Passage, row: Row, above: str | None) -> str | None:
    span = (row.label_start, row.label_end)
    for mention in line.between(*span, "part"):
        ticker, part = mention.value
        if ticker == story.company:
            return str(part)
    concept = line.first(*span, "concept")
    is_of_whole = line.has(*span, "total") or (concept is not None and concept.value.counts)
    return None if is_of_whole else above
