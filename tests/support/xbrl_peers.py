"""Other people's readers of the same documents, and their facts in the shape ours have.

edgartools reads inline documents by its XBRLExtractor, which its document route uses as well, and
instances by its XBRLParser. Arelle reads both offline. Of an instance it reads only facts whose
concepts it knows, so a stub taxonomy declares those the instance uses.
"""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import quoteattr

import lxml.html
import polars as pl
from lxml import etree

Dimensions = tuple[tuple[str, str | None], ...]
NumericFact = tuple[str, date | None, date | None, Dimensions, str, Decimal | None]
TextFact = tuple[str, date | None, date | None, Dimensions, str | None]

XSD = "http://www.w3.org/2001/XMLSchema"
XBRLI = "http://www.xbrl.org/2003/instance"
LINK = "http://www.xbrl.org/2003/linkbase"
HREF = "{http://www.w3.org/1999/xlink}href"
PLAIN_UNITS = (XBRLI, "http://www.xbrl.org/2003/iso4217")


@dataclass
class PeerFacts:
    """What one reader states; `unread` are facts it found but could not state, with the format."""

    numeric: list[NumericFact] = field(default_factory=list)
    text: list[TextFact] = field(default_factory=list)
    unread: list[tuple[Any, ...]] = field(default_factory=list)


def unmarked(text: str | None) -> str | None:
    """Text free of tags and white space: readers put blocks together differently in both."""
    if text is None:
        return None
    if "<" in text or "&" in text:
        text = str(lxml.html.fragment_fromstring(text, create_parent=True).text_content())
    return "".join(text.split())


def our_facts(numeric: pl.DataFrame, text: pl.DataFrame) -> PeerFacts:
    """Our frames in the shape of the others."""
    return PeerFacts(
        [
            (
                *_our_context(row),
                row["unit"],
                None if row["value"] is None else Decimal(row["value"]),
            )
            for row in numeric.iter_rows(named=True)
        ],
        [(*_our_context(row), unmarked(row["text_value"])) for row in text.iter_rows(named=True)],
    )


def _our_context(row: dict[str, Any]) -> tuple[Any, ...]:
    dimensions = tuple(json.loads(row["dimensions"]).items())
    return row["concept"], row["period_start"], row["period_end"], dimensions


# edgartools


def edgartools_inline(content: bytes) -> list[Any]:
    """Facts of edgartools' XBRLExtractor, parsed as its document route parses."""
    from edgar.documents.strategies.xbrl_extraction import XBRLExtractor

    extractor = XBRLExtractor()
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    facts = []
    for element in lxml.html.document_fromstring(content, parser=parser).iter():
        tag = element.tag
        is_fact = isinstance(tag, str) and tag.rpartition(":")[2] in XBRLExtractor.FACT_TAGS
        if is_fact and (fact := extractor.extract_fact(element)):
            facts.append(fact)
    return facts


def read_inline_with_edgartools(content: bytes) -> PeerFacts:
    """An inline document by edgartools; nil facts come as empty ones."""
    facts = PeerFacts()
    for fact in edgartools_inline(content):
        about = _edgartools_context(fact.concept, fact.context)
        if fact.metadata and "format_issue" in fact.metadata:
            facts.unread.append((*about, fact.format))
        elif fact.unit_ref:
            facts.numeric.append((*about, fact.unit, Decimal(fact.value) if fact.value else None))
        else:
            facts.text.append((*about, unmarked(fact.value)))
    return facts


def _edgartools_context(concept: str, context: dict[str, Any]) -> tuple[Any, ...]:
    dimensions = tuple(sorted(context.get("dimensions", {}).items()))
    start, end = context.get("start_date"), context.get("end_date") or context.get("instant")
    return concept, _date(start), _date(end), dimensions


def read_instance_with_edgartools(content: bytes) -> PeerFacts:
    """An instance by edgartools; nil facts come as empty ones."""
    from edgar.xbrl.parsers import XBRLParser

    parser = XBRLParser()
    parser.parse_instance_content(content)
    facts = PeerFacts()
    for fact in parser.facts.values():
        context = parser.contexts[fact.context_ref]
        dates = {"end_date": context.period.get("endDate") or context.period.get("instant")}
        start = {"start_date": context.period.get("startDate")}
        about = _edgartools_context(
            fact.element_id, {"dimensions": context.dimensions, **dates, **start}
        )
        if fact.unit_ref:
            unit = _edgartools_unit(parser.units[fact.unit_ref])
            facts.numeric.append((*about, unit, Decimal(fact.value) if fact.value else None))
        else:
            facts.text.append((*about, unmarked(fact.value)))
    return facts


def _edgartools_unit(unit: dict[str, Any]) -> str:
    if unit["type"] == "simple":
        return _plain_measure(unit["measure"])
    return "/".join(
        "*".join(sorted(map(_plain_measure, unit[side]))) for side in ("numerator", "denominator")
    )


def _plain_measure(measure: str) -> str:
    prefix, _, local = measure.rpartition(":")
    return local if prefix in ("iso4217", "xbrli") else measure


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# Arelle


@cache
def _arelle() -> Any:
    from arelle.Cntlr import Cntlr

    controller = Cntlr(logFileName="logToBuffer", disable_persistent_config=True)
    controller.webCache.workOffline = True
    logging.getLogger("arelle").setLevel(logging.CRITICAL)
    return controller


def read_inline_with_arelle(path: Path) -> PeerFacts:
    """An inline document by Arelle, without any taxonomy: facts are typed by their element."""
    return _read_with_arelle(path)


def read_instance_with_arelle(path: Path) -> PeerFacts:
    """An instance by Arelle, beside a stub taxonomy for the concepts it uses."""
    with TemporaryDirectory() as directory:
        copy = Path(directory) / path.name
        shutil.copyfile(path, copy)
        write_stub_taxonomy(copy)
        return _read_with_arelle(copy)


@contextmanager
def arelle_facts(path: Path) -> Iterator[list[Any]]:
    """Facts of a document as Arelle has them while it is open."""
    manager = _arelle().modelManager
    model = manager.load(str(path))
    yield model.facts
    manager.close(model)


def _read_with_arelle(path: Path) -> PeerFacts:
    from arelle.ModelValue import INVALIDixVALUE

    facts = PeerFacts()
    with arelle_facts(path) as found:
        for fact in found:
            about = _arelle_context(fact)
            value = None if fact.isNil else fact.value
            if value == INVALIDixVALUE:
                facts.unread.append((*about, fact.get("format")))
            elif fact.unitID:
                number = None if value is None else Decimal(value)
                facts.numeric.append((*about, _arelle_unit(fact.unit), number))
            else:
                facts.text.append((*about, unmarked(value)))
    return facts


def _arelle_context(fact: Any) -> tuple[Any, ...]:
    context = fact.context
    start = context.startDatetime.date() if context.isStartEndPeriod else None
    # Arelle's ends are the midnight after.
    end = None if context.isForeverPeriod else (context.endDatetime - timedelta(days=1)).date()
    dimensions = {
        str(axis): str(value.memberQname) if value.isExplicit else value.typedMember.stringValue
        for axis, value in context.qnameDims.items()
    }
    return str(fact.qname), start, end, tuple(sorted(dimensions.items()))


def _arelle_unit(unit: Any) -> str:
    sides = (
        "*".join(
            sorted(
                measure.localName if measure.namespaceURI in PLAIN_UNITS else str(measure)
                for measure in side
            )
        )
        for side in unit.measures
    )
    return "/".join(filter(None, sides))


def write_stub_taxonomy(instance: Path) -> None:
    """Schemas beside an instance that declare each concept, axis and typed member it uses."""
    root = etree.parse(instance).getroot()
    schemas: dict[str, dict[str, str]] = {}
    for tag, declaration in _declarations(root):
        name = etree.QName(tag)
        schemas.setdefault(name.namespace or "", {})[name.localname] = declaration
    entry = root.find(f"{{{LINK}}}schemaRef").get(HREF)
    files = {namespace: f"stub-{number}.xsd" for number, namespace in enumerate(schemas)}
    for namespace, declarations in schemas.items():
        text = _schema(namespace, "".join(declarations.values()))
        instance.with_name(files[namespace]).write_text(text)
    imports = "".join(
        f"<xs:import namespace={quoteattr(namespace)} schemaLocation={quoteattr(file)}/>"
        for namespace, file in files.items()
    )
    instance.with_name(entry).write_text(_schema("urn:stub", imports))


def _declarations(root: Any) -> Iterator[tuple[str, str]]:
    for element in root.iter("{*}*"):
        name = f"name={quoteattr(etree.QName(element).localname)}"
        if element.get("contextRef"):
            kind = "decimal" if element.get("unitRef") else "string"
            yield (
                element.tag,
                f'<xs:element {name} type="xbrli:{kind}ItemType" substitutionGroup="xbrli:item"'
                ' xbrli:periodType="duration" nillable="true"/>',
            )
        elif element.getparent() is not None and element.getparent().tag.endswith("typedMember"):
            yield element.tag, f'<xs:element {name} type="xs:string"/>'


def _schema(namespace: str, content: str) -> str:
    return (
        f'<xs:schema xmlns:xs="{XSD}" xmlns:xbrli="{XBRLI}" targetNamespace={quoteattr(namespace)}>'
        f'<xs:import namespace="{XBRLI}"'
        ' schemaLocation="http://www.xbrl.org/2003/xbrl-instance-2003-12-31.xsd"/>'
        f"{content}</xs:schema>"
    )
