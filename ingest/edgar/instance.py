"""XBRL instances into facts, after XBRL 2.1: those EDGAR extracts from inline documents, and those
filed as such before inline XBRL."""

from collections.abc import Collection, Iterable, Mapping

from lxml import etree

from ingest.edgar.contexts import NIL, XBRLI, YES, Scope, text_of, unresolved
from ingest.edgar.decimals import decimal_text
from ingest.edgar.markup import Markup
from ingest.edgar.rows import FactRow, Rejected, Rows

ROOT = f"{{{XBRLI}}}xbrl"
LINK = "http://www.xbrl.org/2003/linkbase"
XLINK = "http://www.w3.org/1999/xlink"
FOOTNOTE_LINK, FOOTNOTE, FOOTNOTE_ARC, LOCATOR = (
    f"{{{LINK}}}{name}" for name in ("footnoteLink", "footnote", "footnoteArc", "loc")
)
LABEL, HREF, FROM, TO = (f"{{{XLINK}}}{name}" for name in ("label", "href", "from", "to"))
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NOT_FACTS = (f"{{{XBRLI}}}", f"{{{LINK}}}")


def is_instance(markup: Markup) -> bool:
    """Whether the document is an XBRL instance."""
    return bool(markup.root.tag == ROOT)


def read_instance(name: str, markup: Markup, scope: Scope, rows: Rows, *, with_text: bool) -> None:
    """Add the facts of one instance to `rows`."""
    for element in markup.root:
        tag = element.tag
        if not isinstance(tag, str) or tag.startswith(NOT_FACTS):
            continue
        is_number = element.get("unitRef") is not None
        if not is_number and not with_text and element.get("contextRef") is not None:
            continue
        try:
            row = _fact_row(name, element, scope, is_number=is_number)
        except Rejected as rejected:
            concept = _written_name(element)
            rows.rejects.append(
                (name, element.get("id"), concept, rejected.reason, rejected.detail)
            )
            continue
        (rows.numeric if is_number else rows.text).append(row)
    if with_text:
        _read_footnotes(name, markup.elements[FOOTNOTE_LINK], rows)


def _fact_row(name: str, element: etree._Element, scope: Scope, *, is_number: bool) -> FactRow:
    get = element.get
    reference = get("contextRef")
    if reference is None:
        raise Rejected("tuple", "an element without a context; tuples are not read")
    context = scope.contexts.get(reference)
    if not isinstance(context, int):
        raise unresolved(scope.contexts, reference, "context")
    unit = scope.units.get(get("unitRef")) if is_number else None
    if is_number and not isinstance(unit, str):
        raise unresolved(scope.units, get("unitRef"), "unit")
    is_nil = get(NIL) in YES
    if is_number and next(element.iterchildren(etree.Element), None) is not None:
        raise Rejected("fraction", "a number of parts; fractions are not read")
    text = str(text_of(element)) if len(element) else element.text or ""
    return (
        name,
        get("id"),
        scope.tag_of(element),
        context,
        unit if isinstance(unit, str) else None,
        None if is_nil else decimal_text(text) if is_number else text.strip(),
        get("decimals"),
        is_nil,
    )


def _written_name(element: etree._Element) -> str:
    local = str(etree.QName(element).localname)
    return f"{element.prefix}:{local}" if element.prefix else local


def _read_footnotes(name: str, links: Iterable[etree._Element], rows: Rows) -> None:
    for link in links:
        facts: dict[str, dict[tuple[str, str], None]] = {}
        for locator in link.iter(LOCATOR):
            fact_id = locator.get(HREF, "").rpartition("#")[2]
            facts.setdefault(locator.get(LABEL, ""), {})[name, fact_id] = None
        footnotes = {footnote.get(LABEL, ""): footnote for footnote in link.iter(FOOTNOTE)}
        arcs = {(arc.get(FROM, ""), arc.get(TO, "")): arc for arc in link.iter(FOOTNOTE_ARC)}
        for (start, end), arc in arcs.items():
            try:
                _link(facts.get(start, {}), end, footnotes, rows)
            except Rejected as rejected:
                rows.rejects.append((name, arc.get("id"), None, rejected.reason, rejected.detail))


def _link(
    facts: Collection[tuple[str, str]],
    to: str,
    footnotes: Mapping[str, etree._Element],
    rows: Rows,
) -> None:
    footnote = footnotes.get(to)
    if footnote is None:
        raise Rejected("unknown_footnote", f"{to!r} is no footnote")
    text = " ".join(text_of(footnote).split())
    rows.link(facts, footnote.get("id") or to, footnote.get(LANGUAGE), text)
