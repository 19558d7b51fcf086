"""Bytes of filings into facts: inline XBRL documents and XBRL instances.

Every fact becomes a row or a counted, reasoned reject. Numbers stay exact decimal text. Names are
`prefix:local` whatever the version of their taxonomy, so that rows of different years compare.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from lxml import etree

from ingest.edgar.contexts import CONTEXT, UNIT, Scope
from ingest.edgar.inline import (
    INLINE_TAGS,
    InlineDocument,
    is_inline,
    read_inline,
    schema_references,
)
from ingest.edgar.instance import FOOTNOTE_LINK, is_instance, read_instance
from ingest.edgar.markup import Markup, parse_markup
from ingest.edgar.rows import DIMENSION_ROWS, FOOTNOTE_ROWS, REJECT_ROWS, Rows, frame_of
from ingest.errors import UnreadableDocumentError


@dataclass(frozen=True)
class Facts:
    """What documents state.

    `numeric` and `text` have the columns of FACT_ROWS: `value` is decimal text in `unit`,
    `text_value` the value of a fact without unit (a markup fact's is markup), `decimals` the stated
    precision (`INF` if exact), `dimensions` JSON text from axis to member or typed value with
    sorted keys, `entity` the identifier of whom the fact is about. `dimensions` lists the members
    behind each such JSON text, `footnotes` the links from facts to footnotes, `rejects` every fact
    that could not be stated, with its reason.
    """

    numeric: pl.DataFrame
    text: pl.DataFrame
    dimensions: pl.DataFrame
    footnotes: pl.DataFrame
    rejects: pl.DataFrame


def read_document(name: str, content: bytes, *, with_text: bool = True) -> Facts:
    """Facts of one inline document or instance; without text facts and footnotes if so asked.

    Raises UnreadableDocumentError for bytes that are neither.
    """
    return read_documents({name: content}, with_text=with_text)


def read_documents(documents: Mapping[str, bytes], *, with_text: bool = True) -> Facts:
    """Facts of the documents of one filing, by their names.

    Inline documents that name the same schema, or none beside those of one set, are one set and
    share contexts, units and continuations. Raises UnreadableDocumentError for bytes that are no
    inline document and no instance.
    """
    tags = (CONTEXT, UNIT, FOOTNOTE_LINK, *INLINE_TAGS)
    parsed = {name: parse_markup(name, content, tags) for name, content in documents.items()}
    return _facts_in(parsed, with_text=with_text)


def _facts_in(documents: Mapping[str, Markup], *, with_text: bool) -> Facts:
    rows = Rows()
    inline: list[tuple[InlineDocument, frozenset[str]]] = []
    for name, markup in documents.items():
        scope = Scope(markup, rows)
        if is_instance(markup):
            read_instance(name, markup, scope, rows, with_text=with_text)
        elif is_inline(markup):
            inline.append((InlineDocument(name, markup, scope), schema_references(markup)))
        else:
            raise UnreadableDocumentError(
                f"{name}: neither an inline XBRL document nor an XBRL instance"
                f" (its root is {etree.QName(markup.root).localname!r}); it holds no tagged facts"
            )
    for inline_set in _sets(inline):
        read_inline(inline_set, rows, with_text=with_text)
    return Facts(
        numeric=rows.numeric_frame(),
        text=rows.text_frame(),
        dimensions=frame_of(list(rows.dimensions), DIMENSION_ROWS),
        footnotes=frame_of(rows.footnotes, FOOTNOTE_ROWS),
        rejects=frame_of(rows.rejects, REJECT_ROWS),
    )


def _sets(
    documents: Sequence[tuple[InlineDocument, frozenset[str]]],
) -> Iterable[list[InlineDocument]]:
    """Inline sets: by the schemas named; documents that name none join the only set there is."""
    sets: dict[frozenset[str], list[InlineDocument]] = {}
    for document, schemas in documents:
        sets.setdefault(schemas, []).append(document)
    without = sets.pop(frozenset(), [])
    if len(sets) == 1:
        next(iter(sets.values())).extend(without)
        without = []
    return [*sets.values(), *([document] for document in without)]
