import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.text import LONGEST_LINE, decode, safe_line, safe_text
from ingest.errors import BinaryArticleError

GERMAN = "Die Größe des Auftragsbestands wächst um 76 % auf 244 Milliarden, heißt es für März."
HOSTILE = st.text(
    st.characters()
    | st.sampled_from("\u202e\u2066\u200b\u200d\ufeff\u00ad\r\n\x0b\x85\u0301\u0344")
)


@given(HOSTILE)
def test_what_is_safe_stays_as_it_is(text):
    assert safe_text(safe_text(text)) == safe_text(text)


@given(HOSTILE)
def test_nothing_that_hides_or_reorders_is_left(text):
    safe = safe_text(text)
    assert not {char for char in safe if unicodedata.category(char) in ("Cf", "Cs")}
    assert {char for char in safe if unicodedata.category(char) == "Cc"} <= {"\n", "\t"}
    assert unicodedata.is_normalized("NFC", safe)


@given(st.text(st.sampled_from("0123456789.,$% \n\tabc")))
def test_plain_text_is_not_touched(text):
    assert safe_text(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("$4\u200b4\u2060.2 billion", "$44.2 billion"),
        ("up \u202e67%\u202c", "up 67%"),
        ("\ufeffAmazon\u00ad's", "Amazon's"),
        ("Cafe\u0301", "Café"),
        ("44\x000", "440"),
        ("1\r2\r\n3\x0c4\u20285", "1\n2\n3\n4\n5"),
        ("7\ufe0f6", "76"),
        ("up \x1b[31m67%\x1b[0m", "up 67%"),
    ],
)
def test_digits_are_read_as_they_are_drawn(text, safe):
    assert safe_text(text) == safe


def test_a_tower_of_marks_is_cut_before_it_costs_time():
    assert len(safe_text("a" + "\u0301\u0327" * 500_000)) <= 31


def test_a_guessed_encoding_never_makes_digits():
    assert not any(char.isdigit() for char in decode("Größe".encode("latin-1"), "a.txt"))


def test_a_line_is_one_line_of_moderate_length():
    assert safe_line("a\n b\u202e\tc") == "a b c"
    assert len(safe_line("word " * 1000)) <= LONGEST_LINE
    assert safe_line(None) == ""


@pytest.mark.parametrize(
    ("content", "declared", "text"),
    [
        ("Größe 5 €".encode(), "latin-1", "Größe 5 €"),
        ("Größe 5 €".encode("utf-16"), None, "Größe 5 €"),
        ("Größe".encode("latin-1"), "latin-1", "Größe"),
        (b"<meta charset=windows-1251>" + "Выручка".encode("cp1251"), None, "Выручка"),
        (b"<meta charset=windows-1251>" + "Выручка".encode("cp1251"), "utf-8", "Выручка"),
        (GERMAN.encode("latin-1"), "no-such-charset", GERMAN),
        (GERMAN.encode("latin-1"), None, GERMAN),
    ],
)
def test_bytes_are_decoded_whatever_is_declared_wrongly(content, declared, text):
    assert decode(content, "a.html", declared).endswith(text)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n1 0 obj", b"PK\x03\x04rest", b"\x89PNG\r\n", b"ab\0cd", b"\x1f\x8b\x08"]
)
def test_what_is_no_text_is_named(content):
    with pytest.raises(BinaryArticleError, match=r"story\.txt: .*plain text, HTML or Markdown"):
        decode(content, "story.txt")
