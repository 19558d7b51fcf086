"""Bytes of a press release's HTML into paragraphs and grids of cells, in the order of the page.

Belongs here: markup, spans, bounds against hostile pages. Does not belong here: what a cell means.

Nothing is fetched, no entity of the page's own is expanded, and size, depth and the cells of a
table are bounded. A table that holds others is layout: its inner tables are read, not itself.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from lxml import etree

from ingest.errors import UnreadableDocumentError

# Releases on EDGAR are a few megabytes, nearly all of it styles.
LARGEST_RELEASE_BYTES = 32 * 2**20
# Wider spans than any page has are what a hostile one claims.
WIDEST_SPAN = 100
TALLEST_SPAN = 200
MOST_CELLS_OF_A_TABLE = 60_000
MOST_TABLES = 500

BLOCKS = frozenset(
    (
        "address", "article", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl",
        "dt", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
        "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
    )
)  # fmt: skip
UNSEEN = frozenset(("script", "style", "head", "title", "noscript", "template"))
# A footnote mark above the line is no part of the word before it.
FOOTNOTE_MARK = re.compile(r"^\s*[(\[]?\s*(?:\d{1,2}|[a-z]|\*{1,3})\s*[)\]]?\s*$")
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


@dataclass(frozen=True)
class Cell:
    """One cell where it stands: its first column, and how many it spans."""

    column: int
    width: int
    text: str

    @property
    def end(self) -> int:
        """The first column after it."""
        return self.column + self.width


@dataclass(frozen=True)
class Paragraph:
    """Text outside tables; `number` counts the page's blocks from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells that hold text, with all a span covers; `number` counts tables from 1.

    A cell that spans rows stands in each of them.
    """

    number: int
    rows: tuple[tuple[Cell, ...], ...]


Block = Paragraph | Table


@dataclass
class _Reading:
    """What is collected in a walk through the page."""

    blocks: list[Block] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    tables: Iterator[int] = field(default_factory=lambda: count(1))

    def flush(self) -> None:
        """End the paragraph being read."""
        text = clean("".join(self.pieces))
        self.pieces.clear()
        if text:
            self.blocks.append(Paragraph(len(self.blocks) + 1, text))


def read_blocks(name: str, content: bytes) -> tuple[Block, ...]:
    """Paragraphs and tables of a page; UnreadableDocumentError if it is none, or too large."""
    root = _root(name, content)
    reading = _Reading()
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            if event == "end" and skipped is None:
                reading.pieces.append(element.tail or "")
            continue
        if skipped is None and event == "start":
            skipped = element if _start(name, element, reading) else None
        elif event == "end" and (skipped is None or skipped is element):
            skipped = None
            _end(element, reading)
    reading.flush()
    return tuple(reading.blocks)


def clean(text: str) -> str:
    """Text on one line: compatible forms of letters and spaces, nothing invisible."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(INVISIBLE).split())


def _root(name: str, content: bytes) -> etree._Element:
    if len(content) > LARGEST_RELEASE_BYTES:
        raise UnreadableDocumentError(
            f"{name}: {len(content):,} bytes, above the limit of {LARGEST_RELEASE_BYTES:,} for a"
            " release"
        )
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(_as_text(content).encode(), parser)
    except (etree.LxmlError, ValueError) as error:
        problem = " ".join(str(error).split())[:200]
        raise UnreadableDocumentError(f"{name}: no HTML that can be read: {problem}") from error
    if root is None:
        raise UnreadableDocumentError(f"{name}: empty document; download it again")
    return root


def _as_text(content: bytes) -> str:
    """Filers write UTF-8, or the Windows alphabet whatever they declare."""
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").replace("\0", "")


def _start(name: str, element: etree._Element, reading: _Reading) -> bool:
    """Take in an element that begins; whether what is inside is done with."""
    if element.tag in UNSEEN:
        return True
    if _is_footnote_mark(element):
        return True
    if element.tag in BLOCKS:
        reading.flush()
    if element.tag == "table" and next(element.iterdescendants("table"), None) is None:
        _take_table(name, element, reading)
        return True
    reading.pieces.append(element.text or "")
    return False


def _end(element: etree._Element, reading: _Reading) -> None:
    if element.tag in BLOCKS:
        reading.flush()
    reading.pieces.append(element.tail or "")


def _take_table(name: str, table: etree._Element, reading: _Reading) -> None:
    number = next(reading.tables)
    if number > MOST_TABLES:
        raise UnreadableDocumentError(f"{name}: more than {MOST_TABLES} tables; it is not read")
    for caption in table.iterchildren("caption"):
        reading.pieces.append(_text_of(caption))
        reading.flush()
    reading.blocks.append(Table(number, _grid(f"{name}, table {number}", table)))


def _grid(where: str, table: etree._Element) -> tuple[tuple[Cell, ...], ...]:
    rows: list[tuple[Cell, ...]] = []
    # Cells of earlier rows that reach down: column to cell and how many rows are left.
    reaching: dict[int, tuple[Cell, int]] = {}
    taken = 0
    for row in table.iter("tr"):
        cells, reaching = _row(row, reaching)
        taken += len(cells)
        if taken > MOST_CELLS_OF_A_TABLE:
            raise UnreadableDocumentError(
                f"{where}: more than {MOST_CELLS_OF_A_TABLE:,} cells; it is not read"
            )
        rows.append(tuple(cell for cell in cells if cell.text))
    return tuple(rows)


def _row(
    row: etree._Element, reaching: dict[int, tuple[Cell, int]]
) -> tuple[list[Cell], dict[int, tuple[Cell, int]]]:
    """A row's cells from the left, those from above among them, and what reaches further down."""
    cells: dict[int, Cell] = {cell.column: cell for cell, _ in reaching.values()}
    below = {c: (cell, left - 1) for c, (cell, left) in reaching.items() if left > 1}
    occupied = {column for cell in cells.values() for column in range(cell.column, cell.end)}
    column = 0
    for element in row.iterchildren("td", "th"):
        while column in occupied:
            column += 1
        width, height = (
            _span(element, "colspan", WIDEST_SPAN),
            _span(element, "rowspan", TALLEST_SPAN),
        )
        cell = Cell(column, width, _text_of(element))
        cells[column] = cell
        if height > 1:
            below[column] = (cell, height - 1)
        column = cell.end
    return [cells[each] for each in sorted(cells)], below


def _span(element: etree._Element, name: str, most: int) -> int:
    text = (element.get(name) or "").strip()
    return (
        min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    )


def _text_of(element: etree._Element) -> str:
    """The text of a cell, without footnote marks above the line; a line break is a space."""
    pieces: list[str] = []
    skipped: etree._Element | None = None
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if skipped is not None:
            if event == "end" and inner is skipped:
                skipped = None
                pieces.append(inner.tail or "")
            continue
        if event == "start":
            if inner.tag in UNSEEN or _is_footnote_mark(inner):
                skipped = inner
                continue
            pieces.append(" " if inner.tag in BLOCKS and inner is not element else "")
            pieces.append(inner.text or "")
        elif inner is not element:
            pieces.append(" " if inner.tag in BLOCKS else "")
            pieces.append(inner.tail or "")
    return clean("".join(pieces))


def _is_footnote_mark(element: etree._Element) -> bool:
    return element.tag == "sup" and bool(FOOTNOTE_MARK.match("".join(element.itertext())))


def titles_before(blocks: Sequence[Block], place: int, most: int, longest: int) -> tuple[str, ...]:
    """Short paragraphs between a table and what stands before it, from the top."""
    titles: list[str] = []
    for block in reversed(blocks[:place]):
        if isinstance(block, Table) or len(titles) == most or len(block.text) > longest:
            break
        titles.insert(0, block.text)
    return tuple(titles)
