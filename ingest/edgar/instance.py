"""XBRL instances into facts, after XBRL 2.1: those EDGAR extracts from inline documents, and those
filed as such before inline XBRL."""

from lxml import etree

from ingest.edgar.contexts import NIL, XBRLI, YES, Scope, text_of, unresolved
from ingest.edgar.decimals import decimal_text
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


def is_instance(root: etree._Element) -> bool:
    """Whether the document is an XBRL instance."""
    return bool(root.tag == ROOT)


def read_instance(
    name: str, root: etree._Element, scope: Scope, rows: Rows, *, with_text: bool
) -> None:
    """Add the facts of one instance to `rows`."""
    for element in root:
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
        _read_footnotes(name, root, rows)


def _fact_row(name: str, element: etree._Element, scope: Scope, *, is_number: bool) -> FactRow:
    get = element.get
    reference = get("contextRef")
    if reference is None:
        raise Rejected("tuple", "an element without a context; tuples are not read")
    context = scope.contexts.get(reference)
    if not isinstance(context, int):
        raise unresolved(scope.contexts, reference, "context")
    unit = scope.units.get(get("unitRef", "")) if is_number else None
    if is_number and not isinstance(unit, str):
        raise unresolved(scope.units, get("unitRef"), "unit")
    is_nil = get(NIL) in YES
    text = str(text_of(element)) if len(element) else element.text or ""
    return (
        name,
        get("id"),
        scope.names_at(element).tag(element.tag),
        context,
        unit if isinstance(unit, str) else None,
        None if is_nil else decimal_text(text) if is_number else text.strip(),
        get("decimals"),
        is_nil,
    )


def _written_name(element: etree._Element) -> str:
    return f"{element.prefix}:{etree.QName(element).localname}"


def _read_footnotes(name: str, root: etree._Element, rows: Rows) -> None:
    for link in root.iter(FOOTNOTE_LINK):
        facts: dict[str, list[str]] = {}
        for locator in link.iter(LOCATOR):
            fact_id = locator.get(HREF, "").rpartition("#")[2]
            facts.setdefault(locator.get(LABEL, ""), []).append(fact_id)
        footnotes = {footnote.get(LABEL, ""): footnote for footnote in link.iter(FOOTNOTE)}
        for arc in link.iter(FOOTNOTE_ARC):
            _read_arc(name, arc, facts, footnotes, rows)


def _read_arc(
    name: str,
    arc: etree._Element,
    facts: dict[str, list[str]],
    footnotes: dict[str, etree._Element],
    rows: Rows,
) -> None:
    footnote = footnotes.get(arc.get(TO, ""))
    if footnote is None:
        detail = f"{arc.get(TO)!r} is no footnote"
        rows.rejects.append((name, arc.get("id"), None, "unknown_footnote", detail))
        return
    text = " ".join(text_of(footnote).split())
    rows.footnotes += [
        (name, fact_id, footnote.get("id") or arc.get(TO), footnote.get(LANGUAGE), text)
        for fact_id in facts.get(arc.get(FROM, ""), [])
    ]
