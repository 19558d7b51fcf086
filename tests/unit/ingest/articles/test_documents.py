from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles.documents import (
    FROM_ADDRESS,
    FROM_METADATA,
    FROM_TEXT,
    GIVEN_BY_USER,
    MAX_BYTES,
    dated,
    publication_day,
    read_document,
)
from ingest.articles.text import safe_text
from ingest.errors import (
    BinaryArticleError,
    EmptyArticleError,
    OversizedArticleError,
    UndatedArticleError,
    UnreadableArticleError,
)

SENTENCE = "Amazon spent $44.2 billion in the first quarter, up 76% on a year earlier, it said."
LATEST = date(2026, 6, 1)
MARKDOWN = """---
title: "The case, in brief"
outlet: The Brief
address: https://brief.example/case
published_at: 2026-05-14
how_dated: the day it went round
---
# The case

It spent **$44.2 billion**.
"""


def page(body=f"<p>{SENTENCE}</p>", head="", title="Amazon's bill"):
    markup = (
        f"<!doctype html><html><head><title>{title}</title>{head}</head>"
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{body}</article>"
        "</body></html>"
    )
    return markup.encode()


def read_page(content, address="", **settings):
    return read_document(
        content, address or "page.html", address=address, latest=LATEST, **settings
    )


def test_the_outlet_is_named_as_the_page_writes_it():
    head = "<meta property='og:site_name' content='plumbline brief'>"
    assert read_page(page(head=head)).outlet == "plumbline brief"


def test_plain_text_is_kept_and_titled_by_its_first_line():
    document = read_document(f"\nThe bill\n\n{SENTENCE}\n".encode(), "bill.txt")
    assert document.title == "The bill"
    assert document.body == f"\nThe bill\n\n{SENTENCE}\n"
    assert (document.published_at, document.how_dated, document.address) == (None, "", "")


def test_front_matter_says_what_it_says_and_the_rest_is_the_body():
    document = read_document(MARKDOWN.encode(), "case.md")
    assert document.title == "The case, in brief"
    assert document.outlet == "The Brief"
    assert document.address == "https://brief.example/case"
    assert document.published_at == date(2026, 5, 14)
    assert document.how_dated == "the day it went round"
    assert document.body == MARKDOWN.rpartition("---\n")[2]


def test_markdown_without_front_matter_is_titled_by_its_heading():
    document = read_document(b"Intro\n---\nnot yaml\n---\n# Heading\n", "case.md")
    assert document.title == "Intro"
    assert read_document(b"# Heading #\n\nText", "case.md").title == "Heading"
    assert read_document(b"---\njust a line\n---\nText", "case.md").body.startswith("---\n")


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_offsets_point_into_the_text_as_it_is_kept(text):
    body = f"{safe_text(text)} $44.2 billion"
    document = read_document(body.encode(), "a.txt", media_type="text/plain")
    assert document.body[document.body.rindex("$44.2") :] == "$44.2 billion"
    assert safe_text(body) == document.body


@pytest.mark.parametrize(
    "header",
    [
        "published_at: soon",
        "published_at: [2026]\ntitle: : :",
        f"x: {'[' * 5000}",
    ],
)
def test_front_matter_that_cannot_be_used_is_named(header):
    with pytest.raises(UnreadableArticleError, match=r"case\.md"):
        read_document(f"---\n{header}\n---\nIt spent $5.".encode(), "case.md")


def test_front_matter_cannot_grow_nor_lead_anywhere_but_the_web():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\ntitle: *b\naddress: javascript:alert(1)"
    document = read_document(f"---\n{bomb}\n---\nIt spent $5.".encode(), "case.md")
    assert (document.title, document.address) == ("It spent $5.", "")


def test_the_main_text_of_a_page_is_read_and_nothing_around_it():
    document = read_page(
        page(
            f"<p>Amazon spent <b>$44</b><i>.2</i> billion, up 76% on a year earlier, it said.</p>"
            f"<script>var x = '$99 billion'</script><style>.a {{ content: '$98' }}</style>"
            f"<iframe src='x'>$97 billion</iframe><noscript>$96 billion</noscript>"
            f"<p style='DISPLAY : none'>Nobody sees the sum of $95 billion on this page.</p>"
            f"<p hidden>Nor does anybody see the sum of $94 billion on this page.</p>"
            f"<p>{SENTENCE.replace('44.2', '45.1')}</p>"
        )
    )
    assert document.title == "Amazon's bill"
    assert "$44.2 billion" in document.body
    assert "$45.1 billion" in document.body
    assert "$9" not in document.body
    assert "Home" not in document.body


def test_hidden_characters_of_a_page_are_gone_however_they_are_written():
    document = read_page(
        page("<p>Amazon spent $4&#x200b;4&#8238;.2\u202c billion, it said then.</p>")
    )
    assert "$44.2 billion" in document.body


def test_a_headline_is_text_whatever_it_says():
    title = "Profit'; drop table raw.facts; -- <b>x</b> \u202e"
    document = read_page(page(title=title.replace("<", "&lt;")))
    assert document.title == "Profit'; drop table raw.facts; -- <b>x</b>"


@pytest.mark.parametrize(
    ("content", "address", "day", "how"),
    [
        (
            page(head="<meta property='article:published_time' content='2026-05-14T10:00:00Z'>"),
            "https://news.example/2025/01/02/a",
            date(2026, 5, 14),
            FROM_METADATA,
        ),
        (
            page(
                head='<script type="application/ld+json">{"@type": "NewsArticle",'
                '"datePublished": "2026-05-13", "dateModified": "2026-05-20"}</script>'
            ),
            "",
            date(2026, 5, 13),
            FROM_METADATA,
        ),
        (page(), "https://news.example/2026/05/12/a", date(2026, 5, 12), FROM_ADDRESS),
        (
            page(f"<time datetime='2026-05-11'>May 11</time><p>{SENTENCE}</p>"),
            "https://news.example/a",
            date(2026, 5, 11),
            FROM_TEXT,
        ),
    ],
)
def test_a_page_says_when_it_was_published_and_how_that_is_known(content, address, day, how):
    document = read_page(content, address)
    assert (document.published_at, document.how_dated) == (day, how)


@pytest.mark.parametrize(
    "content",
    [
        page(),
        page(f"<p>{SENTENCE}</p><footer>Copyright 2024</footer>"),
        page(head="<meta property='article:published_time' content='2031-05-14'>"),
        page(head="<link rel='canonical' href='https://news.example/2026/05/12/a'>"),
    ],
)
def test_a_date_that_is_not_stated_is_not_guessed(content):
    assert read_page(content).published_at is None


def test_an_article_without_a_date_says_what_to_do():
    document = read_page(page())
    with pytest.raises(UndatedArticleError, match=r"bill: .*--published-at"):
        publication_day(document, "bill")
    given = dated(document, date(2026, 5, 14), GIVEN_BY_USER)
    assert publication_day(given, "bill", LATEST) == date(2026, 5, 14)
    assert given.how_dated == "the user"
    future = replace(given, published_at=date(2027, 1, 1))
    with pytest.raises(UndatedArticleError, match="after it was seen on 2026-06-01"):
        publication_day(future, "bill", LATEST)


@pytest.mark.parametrize(
    ("content", "name", "media_type", "title"),
    [
        (page(), "bill.html", None, "Amazon's bill"),
        (page(), "bill.txt", "text/html; charset=utf-8", "Amazon's bill"),
        (page(), "https://news.example/bill", None, "Amazon's bill"),
        (page(), "bill.txt", None, "<!doctype html><html>"),
        (MARKDOWN.encode(), "-", None, "The case, in brief"),
        (MARKDOWN.encode(), "case", "text/plain", "---"),
    ],
)
def test_the_format_is_the_declared_one_the_suffix_or_what_it_looks_like(
    content, name, media_type, title
):
    if title == "---":
        title = 'title: "The case, in brief"'
    assert read_document(content, name, media_type=media_type).title.startswith(title)


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"x" * (MAX_BYTES + 1), "big.txt", OversizedArticleError),
        (b"", "a.txt", EmptyArticleError),
        ("\u200b\u202e \n".encode(), "a.txt", EmptyArticleError),
        (b"---\ntitle: A\n---\n", "a.md", EmptyArticleError),
        (page("<ul></ul>", title=""), "a.html", EmptyArticleError),
        (b"%PDF-1.4", "a.txt", BinaryArticleError),
        (
            b"<rss version='2.0'><channel><title>a</title></channel></rss>",
            "a",
            UnreadableArticleError,
        ),
        (b"<html><body>" + b"<b>1</b>" * 60_000, "a.html", OversizedArticleError),
        (
            b"<html><p " + b" ".join(b"a%d='x'" % i for i in range(400_000)),
            "a",
            OversizedArticleError,
        ),
    ],
)
def test_what_is_no_article_is_refused_by_name_at_once(content, name, error):
    with pytest.raises(error, match=rf"^{name}: .*[;,] "):
        read_document(content, name)


def test_a_declared_type_that_is_no_text_is_refused():
    with pytest.raises(BinaryArticleError, match="image/png"):
        read_document(b"some bytes", "a", media_type="image/png")


@pytest.mark.parametrize(
    "content",
    [
        b"<div>" * 500_000,
        b"<" * 1_000_000,
        b"<a '" * 200_000,
        b"&#x202e;" * 200_000,
        b"<html><body><p>" + b"1 " * 500_000,
        b"<html><script>" + b"x" * 4_000_000,
    ],
)
def test_megabytes_of_nonsense_are_read_or_refused_by_name(content):
    try:
        document = read_document(content, "a.html")
    except UnreadableArticleError:
        return
    assert document.body == safe_text(document.body)
