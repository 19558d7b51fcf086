"""Releases that are at hand as text turned back into HTML tables, as the filed pages have them.

Markdown has no spans and the plain text one cell a line, so that the headers are put over the
values again: a header row with fewer cells than there are values is spread evenly over them.
"""

import html
import re
from collections.abc import Iterable, Sequence

VALUE = re.compile(r"^[$(]*\s*[\d.,]+\s*[)%]*$|^[$(]*\s*[—–-]\s*%?\)*$|^N/A$")
YEAR = re.compile(r"^20\d{2}$")
RULE = re.compile(r"^[\s|:-]+$")


def page_of_markdown(text: str) -> bytes:
    """A page of paragraphs and tables; footnotes and emphasis as they are printed."""
    parts: list[str] = []
    table: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            if not RULE.match(line):
                cells = [each.strip().strip("*") for each in line.strip().strip("|").split("|")]
                table.append(cells)
            continue
        if not line.strip() and table:
            parts.append(_table(table))
            table = []
        elif line.strip():
            parts.append(f"<p>{html.escape(line.strip('#-* '))}</p>")
    return _page(parts)


def page_of_cells(text: str) -> bytes:
    """A page of a text that has one cell a line: figures follow their label, headers their note."""
    parts: list[str] = []
    rows: list[list[str]] = []
    lines = [line.strip() for line in text.splitlines()]
    for line in _glued([line for line in lines if line]):
        if line.lower().startswith("(in "):
            parts += [_table(rows)] if rows else []
            parts.append(f"<p>{html.escape(line)}</p>")
            rows = [[]]
        elif not rows:
            parts.append(f"<p>{html.escape(line)}</p>")
        elif (YEAR.match(line) and not _values(rows[-1][1:])) or (VALUE.match(line) and rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    parts += [_table(rows)] if rows else []
    return _page(parts)


def _glued(lines: Sequence[str]) -> list[str]:
    """Lines with "$", ")" and "%" put to their number, and a date to the span before it."""
    glued: list[str] = []
    for line in lines:
        if glued and (line in (")", "%", ")%") or glued[-1] == "$"):
            glued[-1] += line
        elif glued and glued[-1].endswith("Months Ended"):
            glued[-1] += f" {line}"
        else:
            glued.append(line)
    return glued


def _values(cells: Iterable[str]) -> list[str]:
    return [cell for cell in cells if cell and VALUE.match(cell) and not YEAR.match(cell)]


def _table(rows: Sequence[Sequence[str]]) -> str:
    rows = _joined_headers([row for row in rows if any(row)])
    width = max((len(_values(row[1:])) for row in rows), default=0)
    is_data = [bool(row and _values(row[1:])) for row in rows]
    first = is_data.index(True) if True in is_data else len(rows)
    written = [_header(row, width) for row in rows[:first]]
    written += [_row(row, width) for row in rows[first:]]
    return f"<table>{''.join(written)}</table>"


def _joined_headers(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Spans and years that came one a line, as two rows over the values."""
    joined: list[list[str]] = []
    for row in rows:
        is_span = len(row) == 1 and "Months Ended" in row[0]
        if is_span and joined and joined[-1] and all("Months Ended" in each for each in joined[-1]):
            joined[-1].append(row[0])
        elif len(row) > 1 and "Months Ended" in row[0] and all(map(YEAR.match, row[1:])):
            if joined and joined[-1] and all("Months Ended" in each for each in joined[-1]):
                joined[-1].append(row[0])
            else:
                joined.append([row[0]])
            joined.append(list(row[1:]))
        else:
            joined.append(list(row))
    return joined


def _header(row: Sequence[str], width: int) -> str:
    cells = [cell for cell in row if cell]
    label = ""
    if len(cells) == width + 1 or (len(cells) == 1 and not re.search(r"20\d\d|Ended", cells[0])):
        label, cells = cells[0], cells[1:]
    if not cells or width % len(cells):
        return f"<tr><td>{html.escape(label)}</td></tr>"
    span = 3 * (width // len(cells))
    written = "".join(f"<td colspan={span}>{html.escape(cell)}</td>" for cell in cells)
    return f"<tr><td>{html.escape(label)}</td>{written}</tr>"


def _row(row: Sequence[str], width: int) -> str:
    cells = [cell for cell in row[1:] if cell]
    written = f"<td>{html.escape(row[0])}</td>"
    if len(cells) != width:
        return f"<tr>{written}{''.join(f'<td></td><td>{html.escape(c)}</td>' for c in cells)}</tr>"
    return f"<tr>{written}{''.join(map(_split, cells))}</tr>"


def _split(cell: str) -> str:
    """A value over three cells, as pages print it."""
    text = cell.replace(" ", "")
    match = re.match(r"^(\$?)(\(?[^)%]*)([)%]*)$", text)
    pieces = match.groups() if match else ("", text, "")
    return "".join(f"<td>{html.escape(piece)}</td>" for piece in pieces)


def _page(parts: Iterable[str]) -> bytes:
    return f"<html><body>{''.join(parts)}</body></html>".encode()
