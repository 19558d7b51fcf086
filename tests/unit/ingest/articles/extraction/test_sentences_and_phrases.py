"""Sentences end where they do, and phrases are found whatever their dress."""

import pytest

from ingest.articles.extraction.phrases import PhraseBook
from ingest.articles.extraction.sentences import split_sentences


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
