"""The main text of a web page, what the page says about itself, and when it was published.

Belongs here: what trafilatura and htmldate are asked. Does not belong here: encodings (`text`),
other formats (`documents`). Importing this takes time: import it where a page is at hand.
"""

import logging
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from htmldate import find_date
from lxml import etree, html
from trafilatura import extract, extract_metadata
from trafilatura.utils import load_html

from ingest.articles.documents import FROM_ADDRESS, FROM_METADATA, FROM_TEXT
from ingest.articles.text import safe_line, safe_text
from ingest.errors import EmptyArticleError, OversizedArticleError, UnreadableArticleError

# What they log is in the errors raised here; without a handler it would be printed as well.
for library in ("trafilatura", "htmldate"):
    logging.getLogger(library).addHandler(logging.NullHandler())

EARLIEST = datetime(1995, 1, 1)

# Far above what articles have: a page beyond it would hold up a refresh for minutes.
MOST_ELEMENTS = 50_000
MOST_ATTRIBUTES = 2_000
LONGEST_TAG = 20_000
LEAST_PARAGRAPH = 40  # characters: what has no line of such length is a menu
TAG = re.compile(r"<[a-zA-Z](?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+")
QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")

STYLE = "translate(@style, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ ', 'abcdefghijklmnopqrstuvwxyz')"
NOT_SHOWN = [
    "//*[@hidden]",
    f"//*[contains({STYLE}, 'display:none') or contains({STYLE}, 'visibility:hidden')]",
    "//iframe | //object | //embed | //template | //noscript",
]


@dataclass(frozen=True)
class Page:
    """What a page holds, and the address it calls its own.

    `published_at` is None and `how_dated` empty where it has no date.
    """

    title: str
    outlet: str
    address: str
    published_at: date | None
    how_dated: str
    body: str


def read_page(markup: str, name: str, address: str, latest: date) -> Page:
    """A page's main text and what it says of itself; no date after `latest` is believed.

    Raises OversizedArticleError for markup beyond measure, EmptyArticleError where there is no main
    text, UnreadableArticleError where the page cannot be read as HTML.
    """
    _refuse_long_tags(markup, name)
    try:
        tree = _tree(markup, name)
        about = extract_metadata(tree, default_url=address or None, extensive=False)
        published_at, how_dated = _dated(tree, address, latest)
        extracted = extract(
            tree, output_format="txt", include_comments=False, prune_xpath=list(NOT_SHOWN)
        )
    except (etree.LxmlError, ValueError, RecursionError, AssertionError) as error:
        raise UnreadableArticleError(
            f"{name}: cannot be read as a web page ({type(error).__name__}); save its text"
        ) from error
    body = safe_text(extracted or "")
    if max(map(len, body.splitlines()), default=0) < LEAST_PARAGRAPH:
        raise EmptyArticleError(
            f"{name}: the page has no main text (a list, a wall, or text that a script draws); save"
            " the article's text to a file and give that"
        )
    return Page(
        title=safe_line(about.title),
        outlet=safe_line(_site_name(tree) or about.sitename),
        address=safe_line(about.url),
        published_at=published_at,
        how_dated=how_dated,
        body=body,
    )


def _site_name(tree: html.HtmlElement) -> str:
    """The outlet as the page writes it, capitals and all."""
    return str(tree.xpath("string(//meta[@property='og:site_name']/@content)")).strip()


def _tree(markup: str, name: str) -> html.HtmlElement:
    tree = load_html(XML_DECLARATION.sub("", markup))
    if tree is None:
        raise EmptyArticleError(f"{name}: holds no HTML; give the article's text instead")
    elements = attributes = 0
    for element in tree.iter():
        elements += 1
        attributes = max(attributes, len(element.attrib))
    if elements > MOST_ELEMENTS or attributes > MOST_ATTRIBUTES:
        raise _too_much_markup(name)
    return tree


def _refuse_long_tags(markup: str, name: str) -> None:
    """Parsing a tag takes the square of its attributes: told before it is parsed."""
    for tag in TAG.finditer(markup):
        if len(tag.group()) > LONGEST_TAG and len(QUOTED.sub("", tag.group())) > LONGEST_TAG:
            raise _too_much_markup(name)


def _too_much_markup(name: str) -> OversizedArticleError:
    return OversizedArticleError(
        f"{name}: more markup than a page of an article has; save the article's text to a file and"
        " give that"
    )


def _dated(tree: html.HtmlElement, address: str, latest: date) -> tuple[date | None, str]:
    """The day of publication and where it was found, the surest place first."""
    for document, url, how in _places(tree, address):
        found = find_date(
            document,
            # Thorough, it would make a day of a bare year, that of a copyright say.
            extensive_search=False,
            original_date=True,
            url=url,
            min_date=EARLIEST,
            max_date=datetime.combine(latest + timedelta(days=1), datetime.min.time()),
        )
        if found:
            return date.fromisoformat(found), how
    return None, ""


def _places(tree: html.HtmlElement, address: str) -> Iterator[tuple[html.HtmlElement, str, str]]:
    """Where a date may be, alone: an empty address keeps htmldate from the canonical link."""
    yield _metadata_alone(tree), "", FROM_METADATA
    if address:
        yield html.fromstring("<html><body><p></p></body></html>"), address, FROM_ADDRESS
    yield tree, "", FROM_TEXT


def _metadata_alone(tree: html.HtmlElement) -> html.HtmlElement:
    """The page without anything but its meta elements and its data for machines."""
    alone = html.fromstring("<html><head></head><body><p></p></body></html>")
    for element in tree.xpath("//meta | //script[@type='application/ld+json']"):
        copied = deepcopy(element)
        copied.tail = None
        alone.find("head").append(copied)
    return alone
