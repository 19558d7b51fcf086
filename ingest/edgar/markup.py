"""Bytes of a filing into an element tree, with nothing a hostile document could use.

No entity is expanded, no file or network is read, and size and depth are bounded; whatever is wrong
is an UnreadableDocumentError with the document's name and line.
"""

from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from ingest.errors import UnreadableDocumentError

# The largest inline documents on EDGAR are near 60 MB.
LARGEST_DOCUMENT_BYTES = 128 * 2**20

# The wrapper around a document in a full submission text file.
WRAPPER, WRAPPED, WRAPPED_END = b"<DOCUMENT>", b"<XBRL>", b"</XBRL>"
# What every document with XBRL names, in the namespaces it declares.
XBRL_NAMES = (b"xbrl.org/2013/inlineXBRL", b"xbrl.org/2003/instance")
BLANKS = b" \t\r\n"
# End of file, as DOS had it.
END_OF_FILE = b"\x1a"


@dataclass(frozen=True)
class Markup:
    """A document's tree, with what one walk through it found: to walk costs a fifth of parsing.

    `elements` are those of the tags asked for, by tag, in the order of the document;
    `declarations` is how often its bytes say xmlns.
    """

    root: etree._Element
    elements: Mapping[str, list[etree._Element]]
    declarations: int


def parse_markup(name: str, content: bytes, tags: Iterable[str]) -> Markup:
    """An XML or XHTML document, with its elements of the given tags.

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
        root = etree.fromstring(text, safe_parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        if b"\0" not in text[:4] and not any(named in text for named in XBRL_NAMES):
            raise UnreadableDocumentError(
                f"{name}: holds no tagged facts and is not well-formed XML: {_one_line(error)};"
                " plain HTML is not read; if it was downloaded and should hold XBRL, the address"
                " may have answered with an error page: download it again"
            ) from error
        raise UnreadableDocumentError(
            f"{name}: not well-formed XML: {_one_line(error)}; if it was downloaded, the address"
            " may have answered with an error page or a part of the document: download it again"
        ) from error
    if declares_entities(root):
        raise UnreadableDocumentError(
            f"{name}: declares or uses entities of its own, which no filing needs; it is not read"
        )
    elements: dict[str, list[etree._Element]] = {tag: [] for tag in tags}
    for element in root.iter(*elements):
        elements[element.tag].append(element)
    return Markup(root, elements, text.count(b"xmlns"))


def declares_entities(root: etree._Element) -> bool:
    """Whether a document declares entities of its own, or uses any."""
    declarations = root.getroottree().docinfo.internalDTD
    if declarations is None:
        return False
    used = next(root.iter(etree.Entity), None)
    return used is not None or any(True for _ in declarations.iterentities())


class _NothingElse(etree.Resolver):  # type: ignore[misc]
    """Answers for every file and address that a document names."""

    def resolve(self, _url: str, _public_id: str, context: object) -> object:
        """A comment, always; for `resolve_empty` lxml 6.1 opens the file all the same."""
        return self.resolve_string("<!-- nothing -->", context)


def safe_parser() -> etree.XMLParser:
    """A parser that expands no entity and opens no file or address, within libxml2's limits."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        # Ids are looked up among facts and contexts alone. Without this table libxml2 asks for the
        # document type whatever load_dtd says; the resolver has nothing to give.
        collect_ids=False,
    )
    parser.resolvers.add(_NothingElse())
    return parser


def _unwrapped(content: bytes) -> bytes:
    """The document without its wrapper, nor blanks where XML has no place for them."""
    mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
    text = content.removeprefix(BOM_UTF8).lstrip(BLANKS)
    if text.startswith(WRAPPER):
        document, end, _ = text.partition(WRAPPED)[2].rpartition(WRAPPED_END)
        if end:
            text = document.lstrip(BLANKS)
    if END_OF_FILE in text[-4:]:
        text = text.rstrip(BLANKS + END_OF_FILE)
    return mark + text if mark else text


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
