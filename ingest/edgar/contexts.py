"""What facts refer to: periods, dimensions and units, and names free of namespace versions."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

from lxml import etree

from ingest.edgar.markup import Markup
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
EXPLICIT_MEMBER = f"{{{XBRLDI}}}explicitMember"
TYPED_MEMBER = f"{{{XBRLDI}}}typedMember"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
YES = ("true", "1")

# Taxonomies whose namespace carries a version: their name is the prefix everybody writes.
VERSIONED_TAXONOMY = re.compile(
    r"http://(?:(?:www\.)?fasb\.org|xbrl\.sec\.gov|xbrl\.us|xbrl\.ifrs\.org)/"
    r"(?:taxonomy/[\d-]+/)?([a-z][a-z-]*)(?:/\d{4}(?:q[1-4]|-\d\d-\d\d)?)?$"
)
# Real documents have some thirty prefixes, and names of up to some two hundred characters.
MOST_PREFIXES = 200
LONGEST_NAME = 2000
PLAIN_UNITS = (XBRLI, ISO4217)
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MIDNIGHT = re.compile(r"T00:00:00(?:\.0+)?Z?\s*$")

Referred = TypeVar("Referred")
NamesAt = Callable[[etree._Element], "Names"]

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
            known = self._names[written] = self._canonical(*self.resolve(written))
        return known

    def resolve(self, written: str | None) -> tuple[str, str]:
        """Namespace and local name of a name as written; Rejected if it cannot be one."""
        prefix, _, local = (written or "").strip().rpartition(":")
        namespace = self._namespaces.get(prefix or None)
        if not local or len(local) > LONGEST_NAME or namespace is None:
            detail = f"{(written or '')[:200]!r} is no name of a declared namespace"
            raise Rejected("unknown_name", detail)
        return namespace, local

    def tag(self, tag: str) -> str:
        """The canonical form of an element's own name; Rejected if its namespace has no prefix."""
        known = self._tags.get(tag)
        if known is None:
            qualified = etree.QName(tag)
            namespace, local = qualified.namespace or "", qualified.localname
            known = self._tags[tag] = self._canonical(namespace, local)
        return known

    def _canonical(self, namespace: str, local: str) -> str:
        prefix = self._prefixes.get(namespace)
        if not prefix:
            raise Rejected("unknown_name", f"{local[:200]!r} has no prefix")
        if len(prefix) + len(local) > LONGEST_NAME:
            raise Rejected("unknown_name", f"{local[:200]!r}... is longer than any name")
        return f"{prefix}:{local}"


def _prefix(prefix: str | None, namespace: str) -> str:
    versioned = VERSIONED_TAXONOMY.match(namespace)
    return versioned[1] if versioned else prefix or ""


class Scope:
    """What the ids and names in one document stand for.

    `contexts` gives the index of a context among the rows' contexts, `units` a unit's name; what
    makes no sense is kept as the reason to reject the facts that refer to it.
    """

    def __init__(self, markup: Markup, rows: Rows) -> None:
        self._root = markup.root
        declared = markup.root.nsmap
        self._root_names = Names(declared)
        # Nearly always all are at the root, and names need no look at the element they stand on.
        self._is_uniform = markup.declarations == len(declared)
        self._names: dict[tuple[tuple[str | None, str], ...], Names] = {}
        self._rows = rows
        contexts, units = markup.elements[CONTEXT], markup.elements[UNIT]
        self.contexts = meanings((one.get("id"), self._context(one)) for one in contexts)
        self.units = meanings((one.get("id"), self._unit(one)) for one in units)

    def names_at(self, element: etree._Element) -> Names:
        """The names in force at an element."""
        if self._is_uniform:
            return self._root_names
        declared = element.nsmap
        if len(declared) > MOST_PREFIXES:
            raise Rejected("too_many_prefixes", f"{len(declared)} prefixes are in force")
        key = tuple(declared.items())
        known = self._names.get(key)
        if known is None:
            known = self._names[key] = Names(declared)
        return known

    def tag_of(self, element: etree._Element) -> str:
        """The canonical form of an element's own name; Rejected if its namespace has no prefix."""
        tag = element.tag
        try:
            return self._root_names.tag(tag)
        except Rejected:
            return self.names_at(element).tag(tag)

    def prefixes_of(self, namespace: str) -> frozenset[str | None]:
        """The prefixes a namespace has in the document."""
        if self._is_uniform:
            declared = self._root.nsmap.items()
            return frozenset(prefix for prefix, uri in declared if uri == namespace)
        return frozenset(element.prefix for element in self._root.iter(f"{{{namespace}}}*"))

    def _context(self, element: etree._Element) -> int | Rejected:
        try:
            row, dimensions = _read_context(element, self.names_at)
        except Rejected as rejected:
            return rejected
        for dimension in dimensions:
            self._rows.dimensions[dimension] = None
        return self._rows.contexts.setdefault(row, len(self._rows.contexts))

    def _unit(self, element: etree._Element) -> str | Rejected:
        try:
            return _read_unit(element, self.names_at)
        except Rejected as rejected:
            return rejected


def meanings(
    elements: Iterable[tuple[str | None, Referred | Rejected]],
) -> dict[str | None, Referred | Rejected]:
    """What the ids of elements mean; two elements of one id must mean the same."""
    found: dict[str | None, Referred | Rejected] = {}
    for key, meaning in elements:
        if key is None:
            continue
        first = found.setdefault(key, meaning)
        if first is not meaning and not _is_same(first, meaning):
            found[key] = Rejected("ambiguous_reference", f"{key[:200]!r} is there twice")
    return found


def _is_same(first: object, other: object) -> bool:
    if isinstance(first, etree._Element) and isinstance(other, etree._Element):
        return bool(
            etree.tostring(first, with_tail=False) == etree.tostring(other, with_tail=False)
        )
    return first == other


def within_set(
    own: Mapping[str | None, Referred | Rejected],
    others: Iterable[Mapping[str | None, Referred | Rejected]],
) -> Mapping[str | None, Referred | Rejected]:
    """What ids mean in one document of a set: its own first, then the only other holder's."""
    elsewhere: dict[str | None, Referred | Rejected] = {}
    for other in others:
        for key, meaning in other.items():
            ambiguous = Rejected("ambiguous_reference", f"{key!r} is in several documents")
            elsewhere[key] = ambiguous if key in elsewhere else meaning
    return {**elsewhere, **own} if elsewhere else own


def unresolved(
    meanings: Mapping[str | None, Referred | Rejected], key: str | None, kind: str
) -> Rejected:
    """Why an id means nothing that can be used."""
    meaning = meanings.get(key)
    if isinstance(meaning, Rejected):
        return meaning
    return Rejected(f"unknown_{kind}", f"{kind} {key!r} is not in the document")


def _read_context(
    context: etree._Element, names_at: NamesAt
) -> tuple[ContextRow, Iterable[DimensionRow]]:
    """One pass over all elements below: a context is small, and there are hundreds of them."""
    entity = ""
    period: dict[str, date | None] = {}
    members: dict[str, str | None] = {}
    typed: set[str] = set()
    for element in context.iterdescendants(etree.Element):
        tag = element.tag
        if tag in CONTAINERS:
            continue
        if tag == EXPLICIT_MEMBER:
            names = names_at(element)
            members[_new_axis(element, names, members)] = names.name(element.text)
        elif tag in PERIOD_PARTS:
            if tag in period:
                raise Rejected("malformed_period", "a context with two periods")
            period[tag] = PERIOD_PARTS[tag](element.text)
        elif tag == IDENTIFIER:
            entity = (element.text or "").strip()
        elif tag == TYPED_MEMBER:
            axis = _new_axis(element, names_at(element), members)
            typed.add(axis)
            members[axis] = _typed_value(element)
        elif element.getparent().tag in (SEGMENT, SCENARIO):
            raise Rejected("segment_without_dimensions", f"{tag[:200]} is no dimension")
    text = _json(members)
    return (*_start_and_end(period), text, entity), [
        (text, axis, member, axis in typed) for axis, member in members.items()
    ]


def _start_and_end(period: Mapping[str, date | None]) -> tuple[date | None, date | None]:
    if frozenset(period) not in PERIODS:
        raise Rejected("malformed_period", "a context without a period, or with two")
    start, end = period.get(START), period.get(END) or period.get(INSTANT)
    if start and end and start > end:
        raise Rejected("malformed_period", f"ends on {end}, before it starts on {start}")
    return start, end


def _new_axis(element: etree._Element, names: Names, members: Mapping[str, str | None]) -> str:
    axis = names.name(element.get("dimension"))
    if axis in members:
        raise Rejected("repeated_axis", f"{axis} has two members in one context")
    return axis


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
    pairs = [f"{_quoted(axis)}: {_quoted(member)}" for axis, member in sorted(members.items())]
    return f"{{{', '.join(pairs)}}}"


@lru_cache(maxsize=4096)
def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _first_day(text: str | None) -> date:
    """A start names its day; with a time, only midnight can be stated as a day."""
    return _day(MIDNIGHT.sub("", text or ""))


@lru_cache(maxsize=4096)
def _last_day(text: str | None) -> date:
    """An end is the end of its day (XBRL 2.1, 4.7.2); at midnight, the end of the day before."""
    written, at_midnight = MIDNIGHT.subn("", text or "")
    day = _day(written)
    if not at_midnight:
        return day
    if day == date.min:
        raise Rejected("malformed_period", f"{written[:80]!r} has no day before it")
    return day - timedelta(days=1)


PERIOD_PARTS: dict[str, Callable[[str | None], date | None]] = {
    INSTANT: _last_day,
    START: _first_day,
    END: _last_day,
    FOREVER: lambda _text: None,
}
PERIODS = (frozenset((INSTANT,)), frozenset((START, END)), frozenset((FOREVER,)))


def _day(text: str) -> date:
    stripped = text.strip()
    if not ISO_DAY.fullmatch(stripped):
        raise Rejected("malformed_period", f"{text[:80]!r} is not a day")
    try:
        return date.fromisoformat(stripped)
    except ValueError as error:
        raise Rejected("malformed_period", f"{text[:80]!r} is not a day") from error


def _read_unit(element: etree._Element, names_at: NamesAt) -> str:
    divide = element.find(DIVIDE)
    if divide is None:
        return _measures(element, names_at)
    numerator, denominator = divide.find(NUMERATOR), divide.find(DENOMINATOR)
    if numerator is None or denominator is None:
        raise Rejected("malformed_unit", "a ratio without numerator or denominator")
    return f"{_measures(numerator, names_at)}/{_measures(denominator, names_at)}"


def _measures(element: etree._Element, names_at: NamesAt) -> str:
    """Factors in alphabetical order, since their order means nothing."""
    measures = [
        _measure(measure.text, names_at(measure)) for measure in element.iterchildren(MEASURE)
    ]
    if not measures:
        raise Rejected("malformed_unit", "a unit without a measure")
    return "*".join(sorted(measures))


def _measure(text: str | None, names: Names) -> str:
    namespace, local = names.resolve(text)
    return local if namespace in PLAIN_UNITS else names.name(text)
