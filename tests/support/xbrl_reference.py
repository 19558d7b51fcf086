"""Numbers and plain texts of one document, read naively after the specifications.

Inline XBRL 1.1 and XBRL 2.1, in a straight line with the standard library. Names keep the prefix
they are written with; texts with a format are left out; what a filing on EDGAR may not do fails.
"""

import io
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from tests.support.xbrl_peers import PLAIN_UNITS, XBRLI, PeerFacts, unmarked

IX = "{http://www.xbrl.org/2013/inlineXBRL}"
DI = "{http://xbrl.org/2006/xbrldi}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
X = f"{{{XBRLI}}}"
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Reference:
    """One document and the facts in it."""

    def __init__(self, content: bytes) -> None:
        events = ElementTree.iterparse(io.BytesIO(content), ("start-ns", "end"))
        self.namespaces: dict[str, str] = {}
        elements = []
        for event, item in events:
            if event == "start-ns":
                self.namespaces.setdefault(*item)
            else:
                elements.append(item)
        self.root = elements[-1]
        self.by_id = {e.get("id"): e for e in elements if e.tag != X + "unit" and e.get("id")}
        self.units = {e.get("id"): self.unit(e) for e in elements if e.tag == X + "unit"}
        self.contexts = {e.get("id"): self.context(e) for e in elements if e.tag == X + "context"}

    def unit(self, element: Any) -> str:
        measures = ["*".join(sorted(map(self.measure, element.iter(X + "measure"))))]
        if element.find(X + "divide") is not None:
            sides = [element.iter(X + f"unit{side}") for side in ("Numerator", "Denominator")]
            measures = [
                "*".join(sorted(map(self.measure, next(side).iter(X + "measure"))))
                for side in sides
            ]
        return "/".join(measures)

    def measure(self, element: Any) -> str:
        prefix, _, local = element.text.strip().rpartition(":")
        return local if self.namespaces[prefix] in PLAIN_UNITS else f"{prefix}:{local}"

    def context(self, element: Any) -> tuple[Any, ...]:
        texts = {part.tag: part.text for part in element.find(X + "period").iter()}
        start, end = texts.get(X + "startDate"), texts.get(X + "endDate", texts.get(X + "instant"))
        explicit = {e.get("dimension"): e.text.strip() for e in element.iter(DI + "explicitMember")}
        typed = {e.get("dimension"): e[0].text.strip() for e in element.iter(DI + "typedMember")}
        dimensions = tuple(sorted({**explicit, **typed}.items()))
        return *(day and date.fromisoformat(day.strip()) for day in (start, end)), dimensions

    def text(self, element: Any) -> str:
        """Text of an element, and of what continues it."""
        following = element.get("continuedAt")
        return self.below(element) + (self.text(self.by_id[following]) if following else "")

    def below(self, element: Any) -> str:
        """Text in an element, but for what is excluded."""
        parts = [element.text or ""]
        for child in element:
            parts += ["" if child.tag == IX + "exclude" else self.below(child), child.tail or ""]
        return "".join(parts)

    def number(self, element: Any) -> Decimal | None:
        if element.get(NIL) == "true":
            return None
        text = self.text(element).strip()
        rule = (element.get("format") or ":").partition(":")[2]
        if rule == "fixed-zero":
            text = "0"
        elif rule == "numwordsen":
            text = str(WORDS.index(text.lower()))
        elif rule == "num-dot-decimal":
            text = text.replace(",", "")
        sign = -1 if element.get("sign") == "-" else 1
        return sign * Decimal(text).scaleb(int(element.get("scale") or 0))


def read_with_reference(content: bytes) -> PeerFacts:
    """Facts of an inline document or an instance, `unread` counting texts with a format."""
    document = Reference(content)
    facts = PeerFacts()
    prefixes = {uri: prefix for prefix, uri in document.namespaces.items()}
    for element in document.root.iter():
        if element.get("contextRef") is None:
            continue
        namespace, _, local = element.tag[1:].partition("}")
        name = element.get("name") or f"{prefixes[namespace]}:{local}"
        about = (name, *document.contexts[element.get("contextRef")])
        if element.get("unitRef"):
            unit = document.units[element.get("unitRef")]
            facts.numeric.append((*about, unit, document.number(element)))
        elif element.get("format"):
            facts.unread.append((*about, element.get("format")))
        else:
            is_nil = element.get(NIL) == "true"
            facts.text.append((*about, None if is_nil else unmarked(document.text(element))))
    return facts
