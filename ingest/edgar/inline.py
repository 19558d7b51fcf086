"""Inline XBRL documents into facts, after Inline XBRL 1.1 (XBRL International, 2013-11-18).

The documents of one set share contexts, units, continuations and footnotes; an id is looked for in
the fact's own document first.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from ingest.edgar.contexts import NIL, YES, Names, Scope, text_of, unresolved, within_set
from ingest.edgar.decimals import decimal_text
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
SCHEMA = "{http://www.xbrl.org/2003/linkbase}schemaRef"
HREF = "{http://www.w3.org/1999/xlink}href"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

INNER_TAG = re.compile(r"</?[\w.-]+:(?:nonNumeric|continuation|footnote)\b[^>]*>")


@dataclass(frozen=True)
class InlineDocument:
    """One document of an inline set."""

    name: str
    root: etree._Element
    scope: Scope


def is_inline(root: etree._Element) -> bool:
    """Whether the document holds any inline XBRL element."""
    return next(root.iter(f"{{{IX}}}*"), None) is not None


def header_of(root: etree._Element) -> etree._Element:
    """The header, which holds contexts and units; the root where there is none."""
    return next(root.iter(HEADER), root)


def schema_references(header: etree._Element) -> frozenset[str]:
    """The schemas a header's references name: documents of one set name the same ones."""
    links = header.iterfind(f"{REFERENCES}/{SCHEMA}")
    return frozenset(link.get(HREF, "") for link in links)


def read_inline(documents: Sequence[InlineDocument], rows: Rows, *, with_text: bool) -> None:
    """Add the facts of one inline set to `rows`; the trees are used up by reading texts."""
    readers = [_Reader(document, documents, rows) for document in documents]
    for reader in readers:
        reader.read_numbers()
        reader.reject_unread()
    if with_text:
        for document in documents:
            _keep_only_text(document.root)
        for reader in readers:
            reader.read_texts()
            reader.read_footnotes()


def _keep_only_text(root: etree._Element) -> None:
    etree.strip_elements(root, EXCLUDE, with_tail=False)
    etree.strip_tags(root, NON_FRACTION, FRACTION, TUPLE)


class _Reader:
    """Reads one document's facts, knowing the rest of its set."""

    def __init__(
        self, document: InlineDocument, documents: Sequence[InlineDocument], rows: Rows
    ) -> None:
        others = [other for other in documents if other is not document]
        self._name = document.name
        self._root = document.root
        self._scope = document.scope
        self._contexts = within_set(
            document.scope.contexts, (other.scope.contexts for other in others)
        )
        self._units = within_set(document.scope.units, (other.scope.units for other in others))
        self._others = others
        self._transforms: dict[tuple[str, Names], Transform] = {}
        self._rows = rows

    def read_numbers(self) -> None:
        """Every ix:nonFraction."""
        self._read(NON_FRACTION, self._number_row, self._rows.numeric)

    def read_texts(self) -> None:
        """Every ix:nonNumeric."""
        self._continuations = within_set(
            _by_id(self._root, CONTINUATION),
            (_by_id(other.root, CONTINUATION) for other in self._others),
        )
        self._read(NON_NUMERIC, self._text_row, self._rows.text)

    def reject_unread(self) -> None:
        """Every ix:fraction and ix:tuple: no filing on EDGAR may hold one, so none is read."""
        for element in self._root.iter(FRACTION, TUPLE):
            kind = etree.QName(element).localname
            self._reject(element, Rejected(f"inline_{kind}", f"ix:{kind} is not read"))

    def read_footnotes(self) -> None:
        """Every link of ix:relationship from a fact to a footnote."""
        footnotes = _by_id(self._root, FOOTNOTE)
        for link in self._root.iter(RELATIONSHIP):
            for to in link.get("toRefs", "").split():
                footnote = footnotes.get(to)
                if footnote is None:
                    unknown = Rejected("unknown_footnote", f"{to!r} is no footnote")
                    self._reject(link, unknown)
                    continue
                text = " ".join(text_of(footnote).split())
                self._rows.footnotes += [
                    (self._name, fact_id, to, footnote.get(LANGUAGE), text)
                    for fact_id in link.get("fromRefs", "").split()
                ]

    def _read(
        self, tag: str, read: Callable[[etree._Element], FactRow], into: list[FactRow]
    ) -> None:
        for element in self._root.iter(tag):
            try:
                into.append(read(element))
            except Rejected as rejected:
                self._reject(element, rejected)

    def _reject(self, element: etree._Element, rejected: Rejected) -> None:
        self._rows.rejects.append(
            (self._name, element.get("id"), element.get("name"), rejected.reason, rejected.detail)
        )

    def _number_row(self, element: etree._Element) -> FactRow:
        unit = self._units.get(element.get("unitRef", ""))
        if not isinstance(unit, str):
            raise unresolved(self._units, element.get("unitRef"), "unit")
        return self._row(element, unit, self._number)

    def _text_row(self, element: etree._Element) -> FactRow:
        return self._row(element, None, self._text)

    def _row(
        self,
        element: etree._Element,
        unit: str | None,
        read: Callable[[etree._Element, Names], str],
    ) -> FactRow:
        get = element.get
        context = self._contexts.get(get("contextRef", ""))
        if not isinstance(context, int):
            raise unresolved(self._contexts, get("contextRef"), "context")
        if get("target"):
            raise Rejected("other_target", f"belongs to target document {get('target')!r}")
        names = self._scope.names_at(element)
        is_nil = get(NIL) in YES
        return (
            self._name,
            get("id"),
            names.name(get("name")),
            context,
            unit,
            None if is_nil else read(element, names),
            get("decimals"),
            is_nil,
        )

    def _number(self, element: etree._Element, names: Names) -> str:
        get = element.get
        printed = text_of(element) if len(element) else element.text or ""
        written = get("format")
        lexical = self._transform(written, names)(printed) if written else printed
        return decimal_text(lexical, get("scale"), is_negative=get("sign") == "-")

    def _text(self, element: etree._Element, names: Names) -> str:
        read = _markup if element.get("escape") in YES else text_of
        text = "".join(read(part) for part in self._parts(element)).strip()
        written = element.get("format")
        return self._transform(written, names)(text) if written else text

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


def _by_id(root: etree._Element, tag: str) -> dict[str, etree._Element]:
    return {element.get("id", ""): element for element in root.iter(tag)}


def _markup(element: etree._Element) -> str:
    """The content of an element as markup, inline XBRL's own tags left out (1.1, 10.1.2)."""
    outer = etree.tostring(element, encoding="unicode", with_tail=False)
    content = outer[outer.index(">") + 1 : max(outer.rfind("</"), 0)]
    inner = ":nonNumeric" in content or ":continuation" in content or ":footnote" in content
    return INNER_TAG.sub("", content) if inner else content
