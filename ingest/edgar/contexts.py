"""What facts refer to: periods, dimensions and units, and names free of namespace versions."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

from lxml import etree

from ingest.edgar.rows import ContextRow, DimensionRow, Rejected, Rows

XBRLI = "http://www.xbrl.org/2003/instance"
XBRLDI = "http://xbrl.org/2006/xbrldi"
ISO4217 = "http://www.xbrl.org/2003/iso4217"

CONTEXT, ENTITY, IDENTIFIER, SEGMENT, SCENARIO, PERIOD, INSTANT, START, END, FOREVER = (
    f"{{{XBRLI}}}{name}"
    for name in (
        "context", "entity", "identifier", "segment", "scenario", "period", "instant",
        "startDate", "endDate", "forever",
    )
)  # fmt: skip
UNIT, MEASURE, DIVIDE, NUMERATOR, DENOMINATOR = (
    f"{{{XBRLI}}}{name}"
    for name in ("unit", "measure", "divide", "unitNumerator", "unitDenominator")
)
CONTAINERS = frozenset((ENTITY, SEGMENT, SCENARIO, PERIOD))
ENDS = (INSTANT, END)
EXPLICIT_MEMBER = f"{{{XBRLDI}}}explicitMember"
TYPED_MEMBER = f"{{{XBRLDI}}}typedMember"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
YES = ("true", "1")

# Taxonomies whose namespace carries a version: their name is the prefix everybody writes.
VERSIONED_TAXONOMY = re.compile(
    r"http://(?:(?:www\.)?fasb\.org|xbrl\.sec\.gov|xbrl\.us|xbrl\.ifrs\.org)/"
    r"(?:taxonomy/[\d-]+/)?([a-z][a-z-]*)(?:/\d{4}(?:-\d\d-\d\d)?)?$"
)
PLAIN_UNITS = (XBRLI, ISO4217)
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MIDNIGHT = re.compile(r"T00:00:00(?:\.0+)?Z?\s*$")

Referred = TypeVar("Referred")

# The text of an element and all below it; comments and processing instructions are none of it.
text_of = etree.XPath("string()")


class Names:
    """Qualified names of one document as prefix:local, whatever the taxonomy's version.

    A taxonomy with a version in its namespace takes its own name as prefix (us-gaap, srt, dei);
    any other namespace, above all the filer's extension, keeps the prefix the document gives it.
    """

    def __init__(self, declared: Mapping[str | None, str]) -> None:
        self._namespaces = dict(declared)
        self._prefixes = {uri: _prefix(prefix, uri) for prefix, uri in declared.items()}
        self._names: dict[str | None, str] = {}
        self._tags: dict[str, str] = {}

    def name(self, written: str | None) -> str:
        """The canonical form of a name as written; Rejected if its prefix is not declared."""
        known = self._names.get(written)
        if known is None:
            namespace, local = self.resolve(written)
            known = self._names[written] = f"{self._prefixes[namespace]}:{local}"
        return known

    def resolve(self, written: str | None) -> tuple[str, str]:
        """Namespace and local name of a name as written; Rejected if it cannot be one."""
        prefix, _, local = (written or "").strip().rpartition(":")
        namespace = self._namespaces.get(prefix or None)
        if not local or namespace is None:
            detail = f"{(written or '')[:200]!r} is no name of a declared namespace"
            raise Rejected("unknown_name", detail)
        return namespace, local

    def tag(self, tag: str) -> str:
        """The canonical form of an element's own name."""
        known = self._tags.get(tag)
        if known is None:
            qualified = etree.QName(tag)
            prefix = self._prefixes.get(qualified.namespace or "")
            if not prefix:
                raise Rejected("unknown_name", f"{tag[:200]} has no prefix")
            known = self._tags[tag] = f"{prefix}:{qualified.localname}"
        return known


def _prefix(prefix: str | None, namespace: str) -> str:
    versioned = VERSIONED_TAXONOMY.match(namespace)
    return versioned[1] if versioned else prefix or ""


class Scope:
    """What the ids and names in one document stand for.

    `contexts` gives the index of a context among the rows' contexts, `units` a unit's name; what
    makes no sense is kept as the reason to reject the facts that refer to it. Contexts and units
    are those below `resources`, declared prefixes those of `root`; `declarations` is the number of
    namespace declarations in the document: nearly always all are at the root, and names
    need no look at the element they stand on.
    """

    def __init__(
        self, root: etree._Element, resources: etree._Element, declarations: int, rows: Rows
    ) -> None:
        self._root_names = Names(root.nsmap)
        self._is_uniform = declarations <= len(root.nsmap)
        self._names: dict[frozenset[tuple[str | None, str]], Names] = {}
        self._rows = rows
        self.contexts: dict[str, int | Rejected] = {}
        self.units: dict[str, str | Rejected] = {}
        for element in resources.iter(CONTEXT, UNIT):
            if element.tag == CONTEXT:
                self.contexts[element.get("id", "")] = self._context(element)
            else:
                self.units[element.get("id", "")] = self._unit(element)

    def names_at(self, element: etree._Element) -> Names:
        """The names in force at an element."""
        if self._is_uniform:
            return self._root_names
        declared = element.nsmap
        return self._names.setdefault(frozenset(declared.items()), Names(declared))

    def _context(self, element: etree._Element) -> int | Rejected:
        try:
            row, dimensions = _read_context(element, self.names_at(element))
        except Rejected as rejected:
            return rejected
        for dimension in dimensions:
            self._rows.dimensions[dimension] = None
        self._rows.contexts.append(row)
        return len(self._rows.contexts) - 1

    def _unit(self, element: etree._Element) -> str | Rejected:
        try:
            return _read_unit(element, self.names_at(element))
        except Rejected as rejected:
            return rejected


def within_set(
    own: Mapping[str, Referred | Rejected], others: Iterable[Mapping[str, Referred | Rejected]]
) -> Mapping[str, Referred | Rejected]:
    """What ids mean in one document of a set: its own first, then the only other holder's."""
    meanings: dict[str, Referred | Rejected] = {}
    for other in others:
        for key, value in other.items():
            ambiguous = Rejected("ambiguous_reference", f"{key!r} is in several documents")
            meanings[key] = ambiguous if key in meanings else value
    return {**meanings, **own} if meanings else own


def unresolved(meanings: Mapping[str, Referred | Rejected], key: str | None, kind: str) -> Rejected:
    """Why an id means nothing that can be used."""
    meaning = meanings.get(key or "")
    if isinstance(meaning, Rejected):
        return meaning
    return Rejected(f"unknown_{kind}", f"{kind} {key!r} is not in the document")


def _read_context(
    context: etree._Element, names: Names
) -> tuple[ContextRow, Iterable[DimensionRow]]:
    """One pass over all elements below: a context is small, and there are hundreds of them."""
    entity = ""
    start = end = None
    is_forever = False
    members: dict[str, str | None] = {}
    axes: list[str] = []
    typed: set[str] = set()
    for element in context.iterdescendants(etree.Element):
        tag = element.tag
        if tag in CONTAINERS:
            continue
        if tag == EXPLICIT_MEMBER:
            axis = names.name(element.get("dimension"))
            axes.append(axis)
            members[axis] = names.name(element.text)
        elif tag in ENDS:
            end = _last_day(element.text)
        elif tag == START:
            start = _first_day(element.text)
        elif tag == IDENTIFIER:
            entity = (element.text or "").strip()
        elif tag == TYPED_MEMBER:
            axis = names.name(element.get("dimension"))
            axes.append(axis)
            typed.add(axis)
            members[axis] = _typed_value(element)
        elif tag == FOREVER:
            is_forever = True
        elif element.getparent().tag in (SEGMENT, SCENARIO):
            raise Rejected("segment_without_dimensions", f"{tag[:200]} is no dimension")
    if end is None and not is_forever:
        raise Rejected("malformed_period", "a context without a period")
    if len(axes) != len(members):
        raise Rejected("repeated_axis", f"an axis has two members: {sorted(axes)}"[:300])
    text = _json(members)
    return (start, end, text, entity), [
        (text, axis, member, axis in typed) for axis, member in members.items()
    ]


def _typed_value(element: etree._Element) -> str | None:
    """The text of the one element inside; nothing where it is nil."""
    value = next(element.iterchildren(etree.Element), None)
    if value is None:
        raise Rejected("malformed_typed_member", "a typed member without an element")
    return None if value.get(NIL) in YES else str(text_of(value)).strip()


def _json(members: Mapping[str, str | None]) -> str:
    """As `json.dumps` with sorted keys writes it; names repeat, so each is quoted once."""
    if not members:
        return "{}"
    pairs = (f"{_quoted(axis)}: {_quoted(member)}" for axis, member in sorted(members.items()))
    return f"{{{', '.join(pairs)}}}"


@lru_cache(maxsize=4096)
def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


def _first_day(text: str | None) -> date:
    """A start names its day; with a time, only midnight can be stated as a day."""
    return _day(MIDNIGHT.sub("", text or ""))


def _last_day(text: str | None) -> date:
    """An end is the end of its day (XBRL 2.1, 4.7.2); at midnight, the end of the day before."""
    day, at_midnight = MIDNIGHT.subn("", text or "")
    return _day(day) - timedelta(days=1) if at_midnight else _day(day)


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    stripped = text.strip()
    if not ISO_DAY.fullmatch(stripped):
        raise Rejected("malformed_period", f"{text[:80]!r} is not a day")
    try:
        return date.fromisoformat(stripped)
    except ValueError as error:
        raise Rejected("malformed_period", f"{text[:80]!r} is not a day") from error


def _read_unit(element: etree._Element, names: Names) -> str:
    divide = element.find(DIVIDE)
    if divide is None:
        return _measures(element, names)
    numerator, denominator = divide.find(NUMERATOR), divide.find(DENOMINATOR)
    if numerator is None or denominator is None:
        raise Rejected("malformed_unit", "a ratio without numerator or denominator")
    return f"{_measures(numerator, names)}/{_measures(denominator, names)}"


def _measures(element: etree._Element, names: Names) -> str:
    """Factors in alphabetical order, since their order means nothing."""
    measures = [_measure(measure.text, names) for measure in element.iterchildren(MEASURE)]
    if not measures:
        raise Rejected("malformed_unit", "a unit without a measure")
    return "*".join(sorted(measures))


def _measure(text: str | None, names: Names) -> str:
    namespace, local = names.resolve(text)
    return local if namespace in PLAIN_UNITS else names.name(text)
