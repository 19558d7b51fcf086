"""Small inline documents and instances, put together from parts, and a reader to be hurt by them.

    document = inline(number("1,234", id="f1", scale="6", format="ixt:num-dot-decimal"))

Without more said, a fact is us-gaap:Revenues of the year 2024 in US dollars.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import quoteattr

import polars as pl

ROOT = Path(__file__).resolve().parents[2]

IX = "http://www.xbrl.org/2013/inlineXBRL"
IXT = "http://www.xbrl.org/inlineXBRL/transformation/2020-02-12"
IXT_SEC = "http://www.sec.gov/inlineXBRL/transformation/2015-08-31"
US_GAAP = "http://fasb.org/us-gaap/2024"

NAMESPACES: Mapping[str, str] = {
    "xbrli": "http://www.xbrl.org/2003/instance",
    "xbrldi": "http://xbrl.org/2006/xbrldi",
    "link": "http://www.xbrl.org/2003/linkbase",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "iso4217": "http://www.xbrl.org/2003/iso4217",
    "us-gaap": US_GAAP,
    "srt": "http://fasb.org/srt/2024",
    "exmp": "http://www.example.com/20241231",
}
INLINE_NAMESPACES: Mapping[str, str] = {
    "": "http://www.w3.org/1999/xhtml",
    "ix": IX,
    "ixt": IXT,
    "ixt-sec": IXT_SEC,
    **NAMESPACES,
}
XML_NAMES = {
    "context": "contextRef",
    "unit": "unitRef",
    "nil": "xsi:nil",
    "continued_at": "continuedAt",
    "from_refs": "fromRefs",
    "to_refs": "toRefs",
    "lang": "xml:lang",
}


def attributes(given: Mapping[str, str | None]) -> str:
    """As in a start tag; None leaves one out."""
    return "".join(
        f" {XML_NAMES.get(name, name)}={quoteattr(value)}"
        for name, value in given.items()
        if value is not None
    )


def element(tag: str, content: str = "", **given: str | None) -> str:
    return f"<{tag}{attributes(given)}>{content}</{tag}>"


# Periods, contexts and units


def instant(day: str) -> str:
    return element("xbrli:instant", day)


def duration(start: str, end: str) -> str:
    return element("xbrli:startDate", start) + element("xbrli:endDate", end)


FOREVER = "<xbrli:forever/>"


def explicit(axis: str, member: str) -> str:
    return element("xbrldi:explicitMember", member, dimension=axis)


def typed(axis: str, value: str) -> str:
    return element("xbrldi:typedMember", value, dimension=axis)


def context(
    key: str | None, period: str, *members: str, scenario: str = "", entity: str = "0000000042"
) -> str:
    """A context with members in its segment."""
    who = element("xbrli:identifier", entity, scheme="http://www.sec.gov/CIK")
    segment = element("xbrli:segment", "".join(members)) if members else ""
    about = element("xbrli:entity", who + segment) + element("xbrli:period", period)
    return element("xbrli:context", about + scenario, id=key)


def measures(*names: str) -> str:
    return "".join(element("xbrli:measure", name) for name in names)


def unit(key: str, *names: str, per: Sequence[str] = ()) -> str:
    """A unit: the product of measures, over the product of those in `per`."""
    if not per:
        return element("xbrli:unit", measures(*names), id=key)
    top = element("xbrli:unitNumerator", measures(*names))
    bottom = element("xbrli:unitDenominator", measures(*per))
    return element("xbrli:unit", element("xbrli:divide", top + bottom), id=key)


YEAR = context("year", duration("2024-01-01", "2024-12-31"))
USD = unit("usd", "iso4217:USD")
RESOURCES = YEAR + USD


# Inline documents


def number(content: str, **given: str | None) -> str:
    named = {"name": "us-gaap:Revenues", "context": "year", "unit": "usd", **given}
    return element("ix:nonFraction", content, **named)


def text(content: str, **given: str | None) -> str:
    return element(
        "ix:nonNumeric", content, **{"name": "us-gaap:Policy", "context": "year", **given}
    )


def continuation(key: str | None, content: str, continued_at: str | None = None) -> str:
    return element("ix:continuation", content, id=key, continued_at=continued_at)


def schema_reference(href: str) -> str:
    return f'<link:schemaRef xlink:type="simple" xlink:href={quoteattr(href)}/>'


def inline_text(
    body: str,
    resources: str = RESOURCES,
    *,
    references: str = "",
    hidden: str = "",
    namespaces: Mapping[str, str] = {},
    relationships: str = "",
) -> str:
    """An inline document; `namespaces` change or add to the usual ones."""
    declared = {**INLINE_NAMESPACES, **namespaces}
    header = element(
        "ix:header",
        (element("ix:hidden", hidden) if hidden else "")
        + (element("ix:references", references) if references else "")
        + element("ix:resources", resources + relationships),
    )
    hidden_header = element("div", header, style="display:none")
    page = element("body", hidden_header + body)
    return f"<html{declarations(declared)}>{page}</html>"


def inline(body: str, resources: str = RESOURCES, **given: Any) -> bytes:
    return inline_text(body, resources, **given).encode()


def declarations(namespaces: Mapping[str, str]) -> str:
    return "".join(
        f" xmlns{':' if prefix else ''}{prefix}={quoteattr(uri)}"
        for prefix, uri in namespaces.items()
    )


# Instances


def fact(tag: str, content: str = "", **given: str | None) -> str:
    return element(tag, content, **{"context": "year", **given})


def instance(
    facts: str, resources: str = RESOURCES, *, namespaces: Mapping[str, str] = {}
) -> bytes:
    declared = declarations({**NAMESPACES, **namespaces})
    return f"<xbrli:xbrl{declared}>{resources}{facts}</xbrli:xbrl>".encode()


# Facts read


def by_id(frame: pl.DataFrame) -> dict[str | None, dict[str, Any]]:
    """Rows by the id of their element."""
    return {row["element_id"]: row for row in frame.iter_rows(named=True)}


def values(frame: pl.DataFrame, column: str = "value") -> dict[str | None, str | None]:
    return {key: row[column] for key, row in by_id(frame).items()}


def reasons(frame: pl.DataFrame) -> dict[str | None, str]:
    """Why each element is rejected, by its id."""
    return {row["element_id"]: row["reason"] for row in frame.iter_rows(named=True)}


# Reading in a process of its own, which may die of it

MEMORY_LIMIT_BYTES = 2 * 2**30

READER = """
import json, sys
from pathlib import Path
from ingest.edgar.xbrl import read_document
from ingest.errors import UnreadableDocumentError
for path in sys.argv[1:]:
    try:
        facts = read_document("hostile.htm", Path(path).read_bytes())
        frames = ("numeric", "text", "footnotes", "rejects")
        told = {name: getattr(facts, name).height for name in frames}
        told["values"] = facts.numeric["value"].head(5).to_list()
    except UnreadableDocumentError as error:
        told = {"refused": str(error)}
    print(json.dumps(told), flush=True)
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one reading: counts of rows, or the refusal, or neither and a reason."""

    told: Mapping[str, Any]
    failure: str = ""

    @property
    def refusal(self) -> str:
        """The message of the UnreadableDocumentError, if there was one."""
        return str(self.told.get("refused", ""))


def read_guarded(
    documents: Mapping[str, Callable[[], bytes]], seconds: float = 20
) -> dict[str, Outcome]:
    """Read documents one after another in a process that may use 2 GiB and so many seconds.

    Of a process that dies or is stopped, the first document without an outcome is to blame.
    """
    with TemporaryDirectory() as directory:
        paths = [Path(directory) / str(place) for place in range(len(documents))]
        for path, build in zip(paths, documents.values(), strict=True):
            path.write_bytes(build())
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, *map(str, paths)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "POLARS_MAX_THREADS": "1"},
            preexec_fn=_limit_memory,
        )
        try:
            told, complaint = reader.communicate(timeout=seconds)
            failure = f"exit {reader.returncode}: {complaint[-300:]}"
        except subprocess.TimeoutExpired:
            reader.kill()
            told, _ = reader.communicate()
            failure = f"not read within {seconds} seconds"
    outcomes = [Outcome(json.loads(line)) for line in told.splitlines()]
    missing = len(documents) - len(outcomes)
    outcomes += [Outcome({}, failure)] * missing
    return dict(zip(documents, outcomes, strict=True))


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
