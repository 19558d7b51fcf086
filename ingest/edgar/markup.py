"""Bytes of a filing into an element tree, with nothing a hostile document could use.

No entity is expanded, no file or network is read, and size and depth are bounded; whatever is wrong
is an UnreadableDocumentError with the document's name and line.
"""

import re

from lxml import etree

from ingest.errors import UnreadableDocumentError

# The largest inline documents on EDGAR are near 60 MB.
LARGEST_DOCUMENT_BYTES = 128 * 2**20

# The wrapper around a document in a full submission text file.
SUBMISSION_WRAPPER = re.compile(rb"\A\s*<DOCUMENT>.*?<XBRL>\s*(.*)</XBRL>", re.DOTALL)


def parse_markup(name: str, content: bytes) -> etree._Element:
    """The root element of an XML or XHTML document.

    Raises UnreadableDocumentError for bytes that are not well-formed XML in their declared
    encoding, declare entities, or are larger or nested deeper than any real filing.
    """
    if len(content) > LARGEST_DOCUMENT_BYTES:
        raise UnreadableDocumentError(
            f"{name}: {len(content):,} bytes, above the limit of {LARGEST_DOCUMENT_BYTES:,}"
        )
    text = _unwrapped(content)
    if not text:
        raise UnreadableDocumentError(f"{name}: empty document; download it again")
    try:
        root = etree.fromstring(text, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise UnreadableDocumentError(
            f"{name}: not well-formed XML: {_one_line(error)}; if it was downloaded, the address"
            " may have answered with an error page or a part of the document: download it again"
        ) from error
    if _declares_entities(root):
        raise UnreadableDocumentError(
            f"{name}: declares or uses entities of its own, which no filing needs; it is not read"
        )
    return root


def _declares_entities(root: etree._Element) -> bool:
    declarations = root.getroottree().docinfo.internalDTD
    if declarations is None:
        return False
    return any(declarations.iterentities()) or any(root.iter(etree.Entity))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        # Ids are looked up among facts and contexts alone.
        collect_ids=False,
    )


def _unwrapped(content: bytes) -> bytes:
    wrapped = SUBMISSION_WRAPPER.match(content[:LARGEST_DOCUMENT_BYTES])
    return (wrapped[1] if wrapped else content).lstrip(b" \t\r\n").rstrip(b" \t\r\n\x1a")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
