"""Pages of releases, whatever they are made of: bounded, offline, and never a crash."""

import socket
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edgar.release_html import (
    LARGEST_RELEASE_BYTES,
    MOST_CELLS_OF_A_TABLE,
    MOST_TABLES,
    Paragraph,
    Table,
    clean,
    read_blocks,
)
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.edgar.releases import exhibit_names, read_release
from ingest.errors import UnreadableDocumentError
from registry.models import load_registry
from tests.support.small_edgar import RELEASE

REGISTRY = load_registry()
WORDS = ReleaseVocabulary(REGISTRY, REGISTRY.company("AMZN"))


def blocks(page: str | bytes) -> tuple[Paragraph | Table, ...]:
    return read_blocks("ex991.htm", page.encode() if isinstance(page, str) else page)


def texts(page: str | bytes) -> list[str]:
    return [block.text for block in blocks(page) if isinstance(block, Paragraph)]


def is_read_or_refused(page: str | bytes) -> bool:
    """Whether a page gives blocks, or an error that names it."""
    try:
        blocks(page)
    except UnreadableDocumentError as error:
        return "ex991.htm" in str(error)
    return True


def test_paragraphs_and_tables_come_in_the_order_of_the_page():
    page = "<p>One<br>Two</p><table><tr><td>A</td><td> B </td></tr></table><div>Three</div>"
    found = blocks(page)
    assert [type(block).__name__ for block in found] == [
        "Paragraph", "Paragraph", "Table", "Paragraph"
    ]  # fmt: skip
    (cells,) = found[2].rows
    assert [(cell.column, cell.text) for cell in cells] == [(0, "A"), (1, "B")]


def test_spans_put_cells_where_they_stand():
    page = (
        "<table><tr><td rowspan=2>A</td><td colspan=2>B</td></tr>"
        "<tr><td>C</td><td>D</td></tr><tr><td>E</td></tr></table>"
    )
    rows = [[(cell.text, cell.column) for cell in cells] for cells in blocks(page)[0].rows]
    assert rows == [
        [("A", 0), ("B", 1)], [("A", 0), ("C", 1), ("D", 2)], [("E", 0)]
    ]  # fmt: skip


def test_marks_above_the_line_are_no_part_of_a_word():
    assert texts("<p>backlog<sup>1</sup> was<sup>(2)</sup> 5<sup>th</sup></p>") == [
        "backlog was 5th"
    ]


def test_invisible_and_compatible_characters_are_made_plain():
    assert clean("AWS\u00a0\u200bNet\u3000sales\n  \uff15") == "AWS Net sales 5"


def test_pages_in_the_windows_alphabet_are_read():
    assert texts("<p>Operating income \u2014 TTM</p>".encode("cp1252")) == [
        "Operating income \u2014 TTM"
    ]


@pytest.mark.parametrize(
    "page",
    [
        b"", b"   ", b"\x00\x01\x02", b"%PDF-1.7 not a page", b"<", b"<table>", b"</table></table>",
        b"<table><tr><td colspan=-5>x<td rowspan=abc>y", b"\xff\xfe<\x00p\x00>",
        b"<table><tr><td colspan=99999999999999999999>x</td></tr></table>",
        b"<?xml version='1.0' encoding='no-such'?><html><p>x</p></html>",
    ],
)  # fmt: skip
def test_broken_pages_are_read_or_refused_by_name(page):
    assert is_read_or_refused(page)


def test_a_span_no_page_has_costs_nothing():
    cell = "<td colspan=999999 rowspan=999999>x</td>"
    started = time.monotonic()
    with pytest.raises(UnreadableDocumentError, match="cells"):
        blocks(f"<table>{f'<tr>{cell * 5}</tr>' * 200}</table>")
    assert len(blocks(f"<table><tr>{cell * 5}</tr></table>")) == 1
    assert time.monotonic() - started < 5


def test_pages_larger_than_any_release_are_refused():
    with pytest.raises(UnreadableDocumentError, match="above the limit"):
        blocks(b"x" * (LARGEST_RELEASE_BYTES + 1))


def test_more_tables_than_any_release_has_are_refused():
    with pytest.raises(UnreadableDocumentError, match="tables"):
        blocks("<table><tr><td>1</td></tr></table>" * (MOST_TABLES + 1))


def test_more_cells_than_any_table_has_are_refused():
    row = f"<tr>{'<td>1</td>' * 100}</tr>"
    with pytest.raises(UnreadableDocumentError, match="cells"):
        blocks(f"<table>{row * (MOST_CELLS_OF_A_TABLE // 100 + 1)}</table>")


def test_a_page_nested_deeper_than_any_is_read_or_refused():
    for page in ("<div>" * 50_000 + "x", "<table><tr><td>" * 5_000 + "x"):
        assert is_read_or_refused(page)


def test_nothing_is_fetched_and_no_entity_is_expanded(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the secret")

    def refused(*_: object) -> None:
        raise AssertionError("a page was asked for")

    monkeypatch.setattr(socket.socket, "connect", refused)
    page = (
        f'<!DOCTYPE html [<!ENTITY s SYSTEM "file://{secret}"><!ENTITY b "boom">]>'
        f'<html><head><link href="http://127.0.0.1:9/x.css"></head><body><p>&s;&b;</p>'
        f'<img src="http://127.0.0.1:9/x.png"><iframe src="file://{secret}"></iframe>'
    )
    told = " ".join(texts(page))
    assert "secret" not in told.replace("&s;", "")
    assert "boom" not in told


def test_what_people_do_not_see_is_not_read():
    page = "<style>p {}</style><script>var x = 'Net sales';</script><!-- Net sales --><p>Seen</p>"
    assert texts(page) == ["Seen"]


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(content):
    release = read_release({"ex991.htm": b"<html><table><tr>" + content}, WORDS, date(2025, 7, 31))
    assert release.status in ("no_figures", "unreadable", "release_read")


FRAGMENTS = st.sampled_from(
    ["<table>", "</table>", "<tr>", "</tr>", "<td>", "<td colspan=3>", "<td rowspan=2>", "$", "(",
     ")", "1,234", "-", "%", "Net sales", "AWS", "Q2 2025", "Three Months Ended June 30,", "2025",
     "(in millions)", "<p>", "</p>", "<sup>1</sup>", "Consolidated", "Operating income"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=60))
def test_pieces_of_tables_in_any_order_are_read_or_refused(pieces):
    page = "".join(pieces).encode()
    release = read_release({"ex991.htm": page}, WORDS, date(2025, 7, 31))
    for exhibit in release.exhibits:
        for figure in exhibit.figures:
            assert figure.period.end <= date(2025, 7, 31)


# Which pages of a filing are its exhibits


def test_exhibits_are_the_pages_that_are_neither_the_cover_nor_edgars_own():
    class Filing:
        primary_document = "amzn-20250731.htm"

    names = [
        "0001018724-25-000084-index.htm", "0001018724-25-000084-index-headers.html",
        "0001018724-25-000084.txt", "R1.htm", "R12.htm", "amzn-20250731.htm", "amzn-20250731.xsd",
        "another.htm", "ex10.htm", "a8kexhibit991q2.htm", "amzn-20250731xex991.htm",
        "d12345dex992.htm", "exhibit99-1.htm", "logo.jpg", "FilingSummary.xml",
    ]  # fmt: skip
    assert exhibit_names(Filing, names) == [
        "a8kexhibit991q2.htm", "amzn-20250731xex991.htm", "d12345dex992.htm", "exhibit99-1.htm",
        "another.htm", "ex10.htm",
    ]  # fmt: skip
    assert list(RELEASE.documents)[1] == "amzn-20250501xex991.htm"
