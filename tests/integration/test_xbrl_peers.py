"""Our facts of every real filing beside those of edgartools, Arelle and a naive reading.

All facts are compared as multisets: concept, period, dimensions and value, numbers with their unit.
Texts are compared without tags and white space, since every reader joins the parts of a block in
its own way. Each difference has an explanation below and a number of facts in EXPECTED.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.edgar.xbrl import read_document
from ingest.errors import UnreadableDocumentError
from tests.support import xbrl_peers as peers
from tests.support.xbrl_reference import read_with_reference

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "edgar" / "Archives" / "edgar" / "data"
PLAIN_HTML = "fb-03312019x10q.htm"

pytestmark = pytest.mark.slow

# edgartools keeps the local name of a unit alone: segment for amzn:segment.
UNIT_PREFIX = "unit prefix"
# edgartools states 10.3 years as P10.3Y. The SEC's own extracted instances say P10Y3M18D, as we do;
# fractions are allowed of seconds alone in the type of durations.
FRACTION = "fraction of a unit of time"
# edgartools reads "twenty-five years" as P5Y.
HYPHENATED = "hyphenated number word"
# edgartools has no mark for nil: such a fact is an empty text.
NIL_AS_EMPTY = "nil as empty text"
# Arelle ships without the SEC's transformation rules, and the naive reading has none for texts: the
# fact is there with its context, but without a value.
NO_RULE = "rule not known to the peer"

DURATION = re.compile(r"P(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)D)?")

# Explained differences by document: those of edgartools, then facts Arelle and the naive reading
# have no rule for. Documents that are not here must agree in everything.
EXPECTED: dict[str, tuple[dict[str, int], int, int]] = {
    "amzn-20230630.htm": ({UNIT_PREFIX: 3, FRACTION: 16}, 30, 39),
    "amzn-20241231.htm": ({UNIT_PREFIX: 3, FRACTION: 21, HYPHENATED: 1}, 66, 83),
    "goog-20230630.htm": ({FRACTION: 1, NIL_AS_EMPTY: 1}, 18, 25),
    "goog-20231231.htm": ({UNIT_PREFIX: 5, FRACTION: 2, NIL_AS_EMPTY: 1}, 29, 36),
    "goog-20241231.htm": ({UNIT_PREFIX: 6, FRACTION: 6, NIL_AS_EMPTY: 1}, 24, 42),
    "meta-20230630.htm": ({UNIT_PREFIX: 8, FRACTION: 7}, 22, 27),
    "meta-20241231.htm": ({UNIT_PREFIX: 12, FRACTION: 10}, 46, 52),
    "nvda-20230730.htm": ({UNIT_PREFIX: 1, FRACTION: 12}, 24, 35),
    "nvda-20240128.htm": ({UNIT_PREFIX: 3, FRACTION: 18}, 49, 60),
}


def documents() -> Iterator[Path]:
    """Real documents with XBRL in them: inline ones, and instances."""
    for pattern in ("*.htm", "*_htm.xml", "msft-20150630.xml"):
        yield from (path for path in sorted(ARCHIVE.rglob(pattern)) if path.name != PLAIN_HTML)


DOCUMENTS = list(documents())
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


@pytest.fixture(autouse=True)
def _needs_archive() -> None:
    if not DOCUMENTS:
        pytest.skip(f"needs the real filings in {ARCHIVE.relative_to(ARCHIVE.parents[4])}")


@each_document
def test_edgartools_states_the_same(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("edgar", reason="needs edgartools (make test installs it)")
    caplog.set_level(logging.ERROR)
    read = (
        peers.read_inline_with_edgartools
        if is_inline(path)
        else peers.read_instance_with_edgartools
    )
    expected, _, _ = EXPECTED.get(path.name, ({}, 0, 0))
    assert differences(ours(path), read(path.read_bytes())) == expected


@each_document
def test_arelle_states_the_same(path: Path) -> None:
    pytest.importorskip("arelle", reason="needs Arelle (make test installs it)")
    read = peers.read_inline_with_arelle if is_inline(path) else peers.read_instance_with_arelle
    _, unknown, _ = EXPECTED.get(path.name, ({}, 0, 0))
    assert differences(ours(path), read(path)) == without_rule(unknown)


@each_document
def test_a_naive_reading_states_the_same(path: Path) -> None:
    _, _, unknown = EXPECTED.get(path.name, ({}, 0, 0))
    theirs = read_with_reference(path.read_bytes())
    assert differences(ours(path), theirs) == without_rule(unknown)


@each_document
def test_every_fact_is_read(path: Path) -> None:
    assert read_document(path.name, path.read_bytes()).rejects.is_empty()


CONSTRUCTS = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
  xmlns:ixt="http://www.xbrl.org/inlineXBRL/transformation/2020-02-12"
  xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:xbrldi="http://xbrl.org/2006/xbrldi"
  xmlns:iso4217="http://www.xbrl.org/2003/iso4217" xmlns:co="http://example.com/20241231">
<head><title>Constructs</title></head><body><div style="display:none"><ix:header><ix:resources>
<xbrli:context id="year"><xbrli:entity><xbrli:identifier scheme="http://www.sec.gov/CIK">42
</xbrli:identifier></xbrli:entity><xbrli:period><xbrli:startDate>2024-01-01</xbrli:startDate>
<xbrli:endDate>2024-12-31</xbrli:endDate></xbrli:period><xbrli:scenario>
<xbrldi:explicitMember dimension="co:LineAxis">co:BoatMember</xbrldi:explicitMember>
<xbrldi:typedMember dimension="co:DealAxis"><co:deal>D &amp; 1</co:deal></xbrldi:typedMember>
</xbrli:scenario></xbrli:context>
<xbrli:context id="end"><xbrli:entity><xbrli:identifier scheme="http://www.sec.gov/CIK">42
</xbrli:identifier></xbrli:entity><xbrli:period><xbrli:instant>2024-12-31</xbrli:instant>
</xbrli:period></xbrli:context>
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
<xbrli:unit id="each"><xbrli:divide>
<xbrli:unitNumerator><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unitNumerator>
<xbrli:unitDenominator><xbrli:measure>xbrli:shares</xbrli:measure></xbrli:unitDenominator>
</xbrli:divide></xbrli:unit>
</ix:resources></ix:header></div>
<p><ix:nonNumeric name="co:Story" contextRef="year" continuedAt="more">Sales were
<ix:nonFraction name="co:Sales" contextRef="year" unitRef="usd" scale="6" decimals="-6" sign="-"
 format="ixt:num-dot-decimal">1,<b>2</b>00<!-- so -->.5</ix:nonFraction> <ix:exclude>page 7
</ix:exclude>millions</ix:nonNumeric></p>
<ix:continuation id="last"> and at last <ix:nonFraction name="co:Outer" contextRef="end"
 unitRef="usd" decimals="0"><ix:nonFraction name="co:Inner" contextRef="end" unitRef="usd"
 decimals="0">7</ix:nonFraction></ix:nonFraction>.</ix:continuation>
<ix:continuation id="more" continuedAt="last"> and more</ix:continuation>
<ix:nonFraction name="co:Price" contextRef="end" unitRef="each" scale="-2" decimals="INF"
 format="ixt:num-dot-decimal">12.50</ix:nonFraction>
<ix:nonFraction name="co:None" contextRef="end" unitRef="usd" decimals="0"
 format="ixt:fixed-zero">\u2014</ix:nonFraction>
</body></html>
"""


def test_constructs_that_no_real_filing_here_has(tmp_path: Path) -> None:
    pytest.importorskip("edgar", reason="needs edgartools (make test installs it)")
    pytest.importorskip("arelle", reason="needs Arelle (make test installs it)")
    path = tmp_path / "constructs.htm"
    path.write_text(CONSTRUCTS, encoding="utf-8")
    content = path.read_bytes()
    facts = ours(path)
    assert len(facts.numeric) == 5
    assert facts.text[0][-1] == "Saleswere1,200.5millionsandmoreandatlast7."
    assert not differences(facts, read_with_reference(content))
    assert not differences(facts, peers.read_inline_with_edgartools(content))
    assert not differences(facts, peers.read_inline_with_arelle(path))


def test_a_filing_without_xbrl_is_refused() -> None:
    path = next(ARCHIVE.rglob(PLAIN_HTML))
    with pytest.raises(UnreadableDocumentError, match=PLAIN_HTML):
        read_document(path.name, path.read_bytes())


def ours(path: Path) -> peers.PeerFacts:
    facts = read_document(path.name, path.read_bytes())
    return peers.our_facts(facts.numeric, facts.text)


def is_inline(path: Path) -> bool:
    return path.suffix == ".htm"


def without_rule(number: int) -> dict[str, int]:
    return {NO_RULE: number} if number else {}


def differences(ours: peers.PeerFacts, theirs: peers.PeerFacts) -> Counter[str]:
    """How many facts differ, by explanation; an unexplained one is its own."""
    explained: Counter[str] = Counter()
    unread = Counter(fact[:4] for fact in theirs.unread)
    for mine, other in ((ours.numeric, theirs.numeric), (ours.text, theirs.text)):
        left, right = Counter(mine), Counter(other)
        unmatched = in_order(right - left)
        for fact in in_order(left - right):
            about = fact[:4]
            if unread[about]:
                unread[about] -= 1
                explained[NO_RULE] += 1
                continue
            counterpart = next((other for other in unmatched if other[:4] == about), None)
            if counterpart:
                unmatched.remove(counterpart)
            explained[explanation(fact, counterpart)] += 1
        explained.update(f"only the peer has {fact}" for fact in unmatched)
    explained.update(f"neither has {about}" for about in unread.elements())
    return explained


def in_order(facts: Counter[Any]) -> list[Any]:
    return sorted(facts.elements(), key=repr)


def explanation(ours: tuple[Any, ...], theirs: tuple[Any, ...] | None) -> str:
    """The declared reason for two facts about the same to differ, or both facts."""
    if theirs:
        for reason, holds in EXPLANATIONS.items():
            if holds(ours[4:], theirs[4:]):
                return reason
    return f"{ours} is {theirs} there"


def _is_fraction(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    mine, other = days(str(ours[0])), days(str(theirs[0]))
    return "." in str(theirs[0]) and bool(mine and other) and abs(mine - other) <= 1


def days(duration: str) -> float:
    """Length of a duration of years, months and days; 0 for anything else."""
    match = DURATION.fullmatch(duration)
    lengths = (365.25, 365.25 / 12, 1)
    parts = match.groups(default="0") if match else ()
    return sum(float(part) * length for part, length in zip(parts, lengths, strict=False))


EXPLANATIONS: dict[str, Callable[[tuple[Any, ...], tuple[Any, ...]], bool]] = {
    UNIT_PREFIX: lambda ours, theirs: (
        len(ours) == 2 and ours[1] == theirs[1] and ours[0].endswith(f":{theirs[0]}")
    ),
    FRACTION: _is_fraction,
    HYPHENATED: lambda ours, theirs: ours == ("P25Y",) and theirs == ("P5Y",),
    NIL_AS_EMPTY: lambda ours, theirs: ours == (None,) and theirs == ("",),
}
