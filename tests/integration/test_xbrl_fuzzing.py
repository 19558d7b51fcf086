"""Documents changed at random: facts, or UnreadableDocumentError, and nothing else, soon.

Every case is made from a seed that its failure names.
"""

import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.edgar.xbrl import Facts, read_document
from ingest.errors import UnreadableDocumentError
from tests.support.xbrl_documents import (
    FOREVER,
    RESOURCES,
    context,
    continuation,
    element,
    explicit,
    fact,
    inline,
    instance,
    instant,
    number,
    text,
    typed,
    unit,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "edgar" / "Archives" / "edgar" / "data"
PATHS = sorted([*DATA.rglob("*.htm"), *DATA.rglob("*_htm.xml"), *DATA.rglob("msft-20150630.xml")])
CASES_PER_FILING = 200
SECONDS_PER_CASE = 10.0

MEMBERS = (
    explicit("us-gaap:StatementBusinessSegmentsAxis", "exmp:CloudMember"),
    typed("exmp:StartAxis", "<exmp:start>2025-01-01</exmp:start>"),
)
MANY = (
    RESOURCES
    + context("end", instant("2025-01-01T00:00:00"), *MEMBERS)
    + context("always", FOREVER)
    + unit("eps", "iso4217:USD", per=["xbrli:shares"])
)
PAGE = inline(
    number("1,234.5", id="f1", format="ixt:num-dot-decimal", scale="6", sign="-", decimals="-5")
    + number(number("15", id="f3", scale="3"), id="f2", context="end", unit="eps")
    + number("", id="f4", nil="true")
    + text("3.7", id="t1", format="ixt-sec:duryear", context="end")
    + text("June 30, 2024", id="t2", format="ixt:date-monthname-day-year-en", context="always")
    + text("twenty-five years", id="t3", format="ixt-sec:durwordsen")
    + text("third quarter 2024", id="t4", format="ixt-sec:datequarterend")
    + text("<p>a<ix:exclude>4</ix:exclude></p>", id="t5", escape="true", continued_at="c1")
    + continuation("c1", "<p>b</p>", "c2")
    + continuation("c2", "c")
    + element("ix:footnote", "note", id="n1", lang="en-US"),
    MANY,
    hidden=text("0000000042", id="t6"),
    relationships=element("ix:relationship", from_refs="f1 f2", to_refs="n1"),
)
PLAIN = instance(
    fact("us-gaap:Revenues", "-1234500000", id="f1", unit="usd", decimals="-5")
    + fact("exmp:Price", "15.50", id="f2", unit="eps", context="end")
    + fact("us-gaap:Commitments", id="f3", unit="usd", nil="true")
    + fact("exmp:Life", "P3Y8M12D", id="t1", context="always"),
    MANY,
)

ATTRIBUTE = re.compile(rb'(?<=\s)([\w:.-]+)="([^"<]*)"')
SPLICES = (
    b"<", b">", b"&", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"&#0;", b"&#x1F4A9;", b"&lt;",
    b"<ix:nonFraction>", b"</ix:nonFraction>", b"<ix:exclude>", b"</ix:exclude>", b"<?x y?>",
    b"<!DOCTYPE html [<!ENTITY a 'b'>]>", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b"=",
    b"-", b"9" * 40, b"\xc2\xa0", b"\xe2\x80\x94", b'xmlns:us-gaap="x"', b"<DOCUMENT><XBRL>",
)  # fmt: skip
VALUES = (
    b"", b"-", b"true", b"0", b"999999999", b"-999999999", b"1e9", b"INF", b"us-gaap:", b":x",
    b"gone", b"gone:gone", b"ixt:fixed-zero", b"ixt-sec:numwordsen", b"2024-12-31", b"0001-01-01",
    b"\xe2\x98\x92", b" ",
)  # fmt: skip

Change = Callable[[bytes, random.Random], bytes]


def flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def delete(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.choice((1, 2, 8, 100, 5000)) :]


def splice(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    start = chance.randrange(len(content))
    copied = content[start : start + chance.choice((1, 10, 200))]
    return content[:at] + chance.choice((copied, *SPLICES)) + content[at:]


def truncate(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def digit(content: bytes, chance: random.Random) -> bytes:
    """Another character in place of a digit: nearly always still well-formed."""
    places = [match.start() for match in re.finditer(rb"[0-9]", content)]
    changed = bytearray(content)
    for place in chance.sample(places, min(len(places), 20)):
        changed[place] = chance.choice(b"0123456789.,- eT:x()")
    return bytes(changed)


def attribute(content: bytes, chance: random.Random) -> bytes:
    """Values of attributes exchanged with those of others, or with odd ones."""
    found = list(ATTRIBUTE.finditer(content))
    chosen = sorted(chance.sample(range(len(found)), min(len(found), 10)))
    parts, position = [], 0
    for place in chosen:
        start, end = found[place].span(2)
        other = chance.choice(found)[2] if chance.random() < 0.5 else chance.choice(VALUES)
        parts += [content[position:start], other]
        position = end
    return b"".join([*parts, content[position:]])


def swap(content: bytes, chance: random.Random) -> bytes:
    """Whole elements that open and close on the spot, moved about."""
    found = list(re.finditer(rb"<([\w:.-]+)(?:\s[^<>]*)?>[^<>]*</\1>", content))
    if len(found) < 2:
        return content
    one, two = sorted(chance.sample(found, 2), key=lambda match: match.start())
    between = content[one.end() : two.start()]
    return content[: one.start()] + two[0] + between + one[0] + content[two.end() :]


CHANGES: tuple[Change, ...] = (flip, delete, splice, truncate, digit, attribute, swap)
WELL_FORMED: tuple[Change, ...] = (digit, attribute, swap)


@contextmanager
def limited(case: str) -> Iterator[None]:
    """Break off, and say which case it was, after so many seconds."""

    def stop(*_: object) -> None:
        raise AssertionError(f"{case}: not read within {SECONDS_PER_CASE} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_CASE)
    try:
        yield
    except UnreadableDocumentError:
        raise
    except Exception as error:
        raise AssertionError(f"{case}: {type(error).__name__}: {error}") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def facts_or_refusal(content: bytes, case: str) -> Facts | None:
    started = time.monotonic()
    facts, message = None, "fuzzed.htm: "
    try:
        with limited(case):
            facts = read_document("fuzzed.htm", content)
    except UnreadableDocumentError as error:
        message = str(error)
    assert message.startswith("fuzzed.htm: ")
    assert time.monotonic() - started < SECONDS_PER_CASE
    if facts is not None:
        assert facts.rejects["reason"].null_count() == 0
        assert facts.rejects["reason"].str.contains(r"^[a-z_]+$").all()
        stated = facts.numeric.filter(~facts.numeric["is_nil"])
        assert stated["value"].str.contains(r"^-?\d+(\.\d+)?$").all()
        assert stated["unit"].null_count() == 0
    return facts


@pytest.mark.parametrize("document", [PAGE, PLAIN], ids=["page", "instance"])
def test_the_documents_that_are_changed_are_good(document):
    facts = facts_or_refusal(document, "unchanged")
    assert facts is not None
    assert facts.rejects.is_empty()


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([PAGE, PLAIN]),
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
def test_a_small_document_changed_anyhow(document, changes, seed):
    chance = random.Random(seed)
    for change in changes:
        document = change(document or b" ", chance)
    facts_or_refusal(document, f"{[change.__name__ for change in changes]} seed {seed}")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=60))
def test_any_bytes(before, after):
    facts_or_refusal(before, repr(before))
    facts_or_refusal(before + PLAIN + after, repr((before, after)))


@pytest.mark.slow
@pytest.mark.parametrize("document", [PAGE, PLAIN], ids=["page", "instance"])
def test_a_small_document_changed_thousands_of_times(document):
    read = 0
    for seed in range(6000):
        chance = random.Random(seed)
        changed = document
        for change in chance.choices(CHANGES if seed % 3 else WELL_FORMED, k=1 + seed % 3):
            changed = change(changed or b" ", chance)
        read += facts_or_refusal(changed, f"seed {seed}") is not None
    # Not all of it is refused at the door: the reader itself is reached.
    assert read > 1000


@pytest.mark.slow
@pytest.mark.skipif(not PATHS, reason="needs the real filings in shared/edgar beside the checkout")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_real_filing_changed_hundreds_of_times(path):
    whole = path.read_bytes()
    read = 0
    for seed in range(CASES_PER_FILING):
        chance = random.Random(f"{path.name} {seed}")
        changed = whole
        changes = chance.choices(CHANGES if seed % 3 else WELL_FORMED, k=1 + seed % 2)
        for change in changes:
            changed = change(changed or b" ", chance)
        names = [change.__name__ for change in changes]
        read += facts_or_refusal(changed, f"{path.name} seed {seed} {names}") is not None
    assert read > CASES_PER_FILING // 10 or path.name.startswith("fb-")
