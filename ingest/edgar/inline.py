"""Inline XBRL documents into facts, after Inline XBRL 1.1 (XBRL International, 2013-11-18).

The documents of one set share contexts, units, continuations and footnotes; an id is looked for in
the fact's own document first.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lxml import etree

from ingest.edgar.contexts import (
    NIL,
    YES,
    Names,
    Referred,
    Scope,
    meanings,
    text_of,
    unresolved,
    within_set,
)
from ingest.edgar.decimals import decimal_text
from ingest.edgar.markup import Markup
from ingest.edgar.rows import FactRow, Rejected, Rows
from ingest.edgar.transforms import Transform, find_transform

IX = "http://www.xbrl.org/2013/inlineXBRL"
HEADER, REFERENCES, NON_FRACTION, NON_NUMERIC, FRACTION, TUPLE = (
    f"{{{IX}}}{name}"
    for name in ("header", "references", "nonFraction", "nonNumeric", "fraction", "tuple")
)
CONTINUATION, EXCLUDE, FOOTNOTE, RELATIONSHIP = (
    f"{{{IX}}}{name}" for name in ("continuation", "exclude", "footnote", "relationship")
)
INLINE_TAGS = (
    HEADER, NON_FRACTION, NON_NUMERIC, CONTINUATION, EXCLUDE, FRACTION, TUPLE, FOOTNOTE,
    RELATIONSHIP,
)  # fmt: skip
SCHEMA = "{http://www.xbrl.org/2003/linkbase}schemaRef"
HREF = "{http://www.w3.org/1999/xlink}href"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

# Texts may hold one another, or go on in one that is large: megabytes could become gigabytes.
MOST_TEXT_CHARACTERS = 2**27
# What can stand in a text without being a part of it.
OWN_NAMES = "nonFraction|nonNumeric|continuation|fraction|footnote|tuple"


@dataclass(frozen=True)
class InlineDocument:
    """One document of an inline set."""

    name: str
    markup: Markup
    scope: Scope

    @cached_property
    def fact_ids(self) -> frozenset[str | None]:
        """The ids of the document's facts."""
        facts = (*self.markup.elements[NON_FRACTION], *self.markup.elements[NON_NUMERIC])
        return frozenset(element.get("id") for element in facts)

    def by_id(self, tag: str) -> dict[str | None, etree._Element | Rejected]:
        """The continuations or footnotes of the document."""
        return meanings((element.get("id"), element) for element in self.markup.elements[tag])


def is_inline(markup: Markup) -> bool:
    """Whether the document holds any inline XBRL element."""
    return any(markup.elements[tag] for tag in INLINE_TAGS)


def schema_references(markup: Markup) -> frozenset[str]:
    """The schemas that a document's headers name: documents of one set name the same ones."""
    return frozenset(
        link.get(HREF, "")
        for header in markup.elements[HEADER]
        for link in header.iterfind(f"{REFERENCES}/{SCHEMA}")
    )


def read_inline(documents: Sequence[InlineDocument], rows: Rows, *, with_text: bool) -> None:
    """Add the facts of one inline set to `rows`."""
    readers = [_Reader(document, documents, rows) for document in documents]
    for reader in readers:
        reader.read_numbers()
        reader.reject_unread()
    if with_text:
        for reader in readers:
            reader.read_texts()
            reader.read_footnotes()


class _Reader:
    """Reads one document's facts, knowing the rest of its set."""

    def __init__(
        self, document: InlineDocument, documents: Sequence[InlineDocument], rows: Rows
    ) -> None:
        self._document = document
        self._others = [other for other in documents if other is not document]
        self._name = document.name
        self._names_at = document.scope.names_at
        self._contexts = self._within_set(lambda one: one.scope.contexts)
        self._units = self._within_set(lambda one: one.scope.units)
        self._transforms: dict[tuple[str, Names], Transform] = {}
        self._text_characters = 0
        self._rows = rows

    def read_numbers(self) -> None:
        """Every ix:nonFraction."""
        numbers = self._document.markup.elements[NON_FRACTION]
        self._read(numbers, self._rows.numeric, is_number=True)

    def reject_unread(self) -> None:
        """Every ix:fraction and ix:tuple: no filing on EDGAR may hold one, so none is read."""
        for kind, tag in (("fraction", FRACTION), ("tuple", TUPLE)):
            for element in self._document.markup.elements[tag]:
                self._reject(element, Rejected(f"inline_{kind}", f"ix:{kind} is not read"))

    def read_texts(self) -> None:
        """Every ix:nonNumeric."""
        documents = (self._document, *self._others)
        self._has_excluded = any(document.markup.elements[EXCLUDE] for document in documents)
        self._continuations = self._within_set(lambda one: one.by_id(CONTINUATION))
        prefixes = [document.scope.prefixes_of(IX) for document in documents]
        self._own_tags = _tags_with(frozenset().union(*prefixes))
        texts = self._document.markup.elements[NON_NUMERIC]
        self._read(texts, self._rows.text, is_number=False)

    def read_footnotes(self) -> None:
        """Every link of ix:relationship from a fact to a footnote."""
        footnotes = self._within_set(lambda one: one.by_id(FOOTNOTE))
        for link in self._document.markup.elements[RELATIONSHIP]:
            linked = dict.fromkeys(link.get("fromRefs", "").split())
            facts = [(self._document_of(fact_id), fact_id) for fact_id in linked]
            for to in dict.fromkeys(link.get("toRefs", "").split()):
                try:
                    self._link(facts, to, footnotes)
                except Rejected as rejected:
                    self._reject(link, rejected)

    def _link(
        self,
        facts: Sequence[tuple[str, str]],
        to: str,
        footnotes: Mapping[str | None, etree._Element | Rejected],
    ) -> None:
        footnote = footnotes.get(to)
        if footnote is None or isinstance(footnote, Rejected):
            raise unresolved(footnotes, to, "footnote")
        text = "".join(text_of(self._without_excluded(part)) for part in self._parts(footnote))
        self._rows.link(facts, to, footnote.get(LANGUAGE), " ".join(text.split()))

    def _document_of(self, fact_id: str) -> str:
        """The name of the document that holds a fact: its own document's facts go first."""
        holders = (other.name for other in self._others if fact_id in other.fact_ids)
        return self._name if fact_id in self._document.fact_ids else next(holders, self._name)

    def _within_set(
        self, own: Callable[[InlineDocument], Mapping[str | None, Referred | Rejected]]
    ) -> Mapping[str | None, Referred | Rejected]:
        return within_set(own(self._document), [own(other) for other in self._others])

    def _read(
        self, elements: Iterable[etree._Element], into: list[FactRow], *, is_number: bool
    ) -> None:
        for element in elements:
            try:
                into.append(self._row(element, is_number))
            except Rejected as rejected:
                self._reject(element, rejected)

    def _reject(self, element: etree._Element, rejected: Rejected) -> None:
        self._rows.rejects.append(
            (self._name, element.get("id"), element.get("name"), rejected.reason, rejected.detail)
        )

    def _row(self, element: etree._Element, is_number: bool) -> FactRow:
        get = element.get
        context = self._contexts.get(get("contextRef"))
        if not isinstance(context, int):
            raise unresolved(self._contexts, get("contextRef"), "context")
        unit = self._unit(get("unitRef")) if is_number else None
        if get("target"):
            raise Rejected("other_target", f"belongs to target document {get('target')!r}")
        names = self._names_at(element)
        concept = names.name(get("name"))
        value = None
        is_nil = get(NIL) in YES
        if not is_nil:
            value = self._number(element, names) if is_number else self._text(element, names)
        return self._name, get("id"), concept, context, unit, value, get("decimals"), is_nil

    def _unit(self, reference: str | None) -> str:
        unit = self._units.get(reference)
        if not isinstance(unit, str):
            raise unresolved(self._units, reference, "unit")
        return unit

    def _number(self, element: etree._Element, names: Names) -> str:
        get = element.get
        printed = text_of(element) if len(element) else element.text or ""
        written = get("format")
        lexical = self._transform(written, names)(printed) if written else printed
        return decimal_text(lexical, get("scale"), is_negative=get("sign") == "-")

    def _text(self, element: etree._Element, names: Names) -> str:
        if self._text_characters > MOST_TEXT_CHARACTERS:
            detail = f"above {MOST_TEXT_CHARACTERS:,} characters in the texts of a document"
            raise Rejected("too_much_text", detail)
        read = self._markup if element.get("escape") in YES else text_of
        parts = [read(self._without_excluded(part)) for part in self._parts(element)]
        text = "".join(parts).strip()
        self._text_characters += len(text)
        written = element.get("format")
        return self._transform(written, names)(text) if written else text

    def _markup(self, element: etree._Element) -> str:
        """The content of an element as markup, inline XBRL's own tags left out (1.1, 10.1.2)."""
        outer = etree.tostring(element, encoding="unicode", with_tail=False)
        return self._own_tags.sub("", outer[outer.index(">") + 1 : max(outer.rfind("</"), 0)])

    def _without_excluded(self, element: etree._Element) -> etree._Element:
        """The element, or a copy of it without any ix:exclude."""
        if not self._has_excluded or next(element.iter(EXCLUDE), None) is None:
            return element
        copy = deepcopy(element)
        etree.strip_elements(copy, EXCLUDE, with_tail=False)
        return copy

    def _parts(self, element: etree._Element) -> Iterator[etree._Element]:
        """The element and its continuations."""
        seen: set[str] = set()
        yield element
        while (following := element.get("continuedAt")) is not None:
            if following in seen:
                raise Rejected("circular_continuation", f"{following!r} continues itself")
            seen.add(following)
            continuation = self._continuations.get(following)
            if continuation is None or isinstance(continuation, Rejected):
                raise unresolved(self._continuations, following, "continuation")
            element = continuation
            yield element

    def _transform(self, written: str, names: Names) -> Transform:
        known = self._transforms.get((written, names))
        if known is None:
            known = find_transform(*names.resolve(written))
            self._transforms[written, names] = known
        return known


@lru_cache(maxsize=64)
def _tags_with(prefixes: frozenset[str | None]) -> re.Pattern[str]:
    """Start and end tags of inline XBRL's elements, as written by a serialiser."""
    written = "|".join(sorted(f"{re.escape(prefix)}:" if prefix else "" for prefix in prefixes))
    return re.compile(rf"</?(?:{written})(?:{OWN_NAMES})\b[^>]*>")
