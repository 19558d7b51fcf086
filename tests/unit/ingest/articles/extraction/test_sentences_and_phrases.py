"""Sentences end where they do, and phrases are found whatever their dress."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.extraction.phrases import PhraseBook
from ingest.articles.extraction.sentences import LONGEST, split_sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Revenue rose. Profit fell.", 2),
        ("Rev. $5B vs. $4B est. for Inc. and U.S. sales", 1),
        ("a heading\nand a line", 2),
        ("It earned $4.14 a share, up 2.5%.", 1),
        ("three times last year's. Analysts cheered.", 2),
    ],
)
def test_sentences(text, count):
    assert len(list(split_sentences(text))) == count


def test_a_page_that_lost_its_stops_is_cut_between_words():
    text = "sales of 5 billion and " * 1000
    pieces = [text[each.start : each.end] for each in split_sentences(text)]
    assert all(piece.endswith(" ") for piece in pieces)
    assert "".join(pieces) == text


@given(st.lists(st.sampled_from(["word", " ", ". ", "Inc. ", "\n", "5", "x" * 3000, "(", "•"])))
def test_sentences_hold_all_of_the_text_but_its_line_breaks(parts):
    text = "".join(parts)
    sentences = list(split_sentences(text))
    assert "".join(text[each.start : each.end] for each in sentences) == text.replace("\n", "")
    assert all(0 < each.end - each.start <= LONGEST for each in sentences)


BOOK = PhraseBook(
    [
        ("free cash flow", "concept", "fcf"),
        ("cash", "concept", "cash"),
        ("year over year", "comparison", "yoy"),
        ("operating margin", "concept", "margin"),
    ]
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Free cash flow", ["fcf"]),
        ("free-cash flow’s", ["fcf"]),
        ("Year-over-Year", ["yoy"]),
        ("year/over/year", ["yoy"]),
        ("operating income; margin", []),
        ("cash. Flow", ["cash"]),
        ("cashier", []),
    ],
)
def test_phrases(text, said):
    assert [mention.value for mention in BOOK.find(text)] == said
