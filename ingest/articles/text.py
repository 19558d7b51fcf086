"""Text that shows what it holds: bytes decoded, and what hides or reorders digits taken out.

Belongs here: encodings and characters. Does not belong here: formats (`documents`, `pages`).
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator

from charset_normalizer import from_bytes

from ingest.errors import BinaryArticleError

KEPT_CONTROLS = frozenset("\n\t")
# Not of category Cf, yet drawn as nothing: joiners, fillers, variation selectors.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# Joined without them, two numbers on two lines would become one.
LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# Colours of a terminal, whose digits would be read as numbers.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs")
MOST_MARKS_IN_A_ROW = 30  # Unicode's own stream-safe limit; normalising is quadratic in it
LONGEST_LINE = 300

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}
# In these a plain letter is another byte than everywhere else: a guess could turn it into a digit.
NEVER_GUESSED = [
    "cp037", "cp1026", "cp1140", "cp273", "cp424", "cp500", "cp864", "cp875", "hz", "utf_7",
    "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le",
]  # fmt: skip
HEAD_BYTES = 4096


def safe_text(text: str) -> str:
    """The text without characters that are not seen, in NFC, its lines ended by a newline.

    Zero-width characters, direction marks and control characters are dropped: they would let a
    number read otherwise than it is written. Doing it twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    text = ESCAPES.sub("", text)
    lines = UNSEEN.sub("", LINE_ENDS.sub("\n", text))
    seen = lines.translate({ord(char): None for char in set(lines) if _is_hidden(char)})
    return _few_marks(unicodedata.normalize("NFC", _few_marks(seen)))


def safe_line(text: object) -> str:
    """Text as one line of moderate length, for a title or a name; empty for None."""
    if text is None:
        return ""
    line = " ".join(safe_text(str(text)).split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1].rstrip()}…"


def decode(content: bytes, name: str, declared: str | None = None) -> str:
    """The text of the bytes.

    The encoding is that of the byte order mark, else UTF-8 where the bytes are UTF-8, else the
    `declared` one, else the one a page names, else the likeliest. Raises BinaryArticleError where
    the bytes are no text.
    """
    _refuse_binary(content, name)
    for encoding in _encodings(content, declared):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    likeliest = from_bytes(content, cp_exclusion=NEVER_GUESSED).best()
    if likeliest is None:
        raise BinaryArticleError(
            f"{name}: the bytes are text in no known encoding; save the article as UTF-8"
        )
    return str(likeliest)


def _encodings(content: bytes, declared: str | None) -> Iterator[str]:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            yield encoding
    yield "utf-8"
    if declared:
        yield declared
    named = CHARSET.search(content[:HEAD_BYTES])
    if named:
        yield named.group(1).decode("ascii")


def _refuse_binary(content: bytes, name: str) -> None:
    kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
    is_marked = any(content.startswith(mark) for mark, _ in BYTE_ORDER_MARKS)
    if kind is None and b"\0" in content[:HEAD_BYTES] and not is_marked:
        kind = "binary"
    if kind is not None:
        raise BinaryArticleError(
            f"{name}: {kind}, not text; give the article as plain text, HTML or Markdown"
        )


def _is_hidden(char: str) -> bool:
    return char not in KEPT_CONTROLS and unicodedata.category(char) in HIDDEN_CATEGORIES


def _few_marks(text: str) -> str:
    """The text with no longer row of combining marks than any language has."""
    marks = "".join(char for char in set(text) if unicodedata.combining(char))
    if not marks:
        return text
    row = f"([{re.escape(marks)}]{{{MOST_MARKS_IN_A_ROW}}})[{re.escape(marks)}]+"
    return re.sub(row, r"\1", text)
