"""Bytes that are broken, mean, or no filing at all: facts or UnreadableDocumentError, soon."""

import io
import json
import os
import socket
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest

from ingest.edgar.xbrl import read_document
from ingest.errors import UnreadableDocumentError
from tests.support.xbrl_documents import (
    RESOURCES,
    Outcome,
    by_id,
    context,
    continuation,
    duration,
    element,
    fact,
    inline,
    inline_text,
    instance,
    number,
    read_guarded,
    reasons,
    text,
    unit,
    values,
)

DECLARATION = '<?xml version="1.0" encoding="{}"?>\n'
UTF_8 = DECLARATION.format("UTF-8").encode()
SECONDS = 5.0


def refusal(content: bytes) -> str:
    started = time.monotonic()
    with pytest.raises(UnreadableDocumentError) as caught:
        read_document("exmp-20241231.htm", content)
    message = str(caught.value)
    assert message.startswith("exmp-20241231.htm: ")
    assert len(message) < 1000
    assert "\n" not in message
    assert time.monotonic() - started < SECONDS
    return message


def guarded(content: bytes, seconds: float = 4) -> Outcome:
    """Facts or a refusal, in a process that must neither swell nor hang."""
    (outcome,) = read_guarded({"document": lambda: content}, seconds).values()
    assert outcome.told, outcome.failure
    return outcome


# Not a filing


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("exmp-20241231.htm", inline(number("1")))
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \r\n\t ", id="blank"),
        pytest.param(b"\xef\xbb\xbf", id="byte order mark alone"),
        pytest.param(b"\0" * 1000, id="zeros"),
        pytest.param(bytes(range(256)) * 20, id="every byte"),
        pytest.param(zipped(), id="zip"),
        pytest.param(b"\x1f\x8b\x08\x00" + os.urandom(64), id="gzip"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", id="pdf"),
        pytest.param(json.dumps({"cik": 42, "facts": {}}).encode(), id="json"),
        pytest.param(b"Undeclared Automated Tool", id="words"),
        pytest.param(UTF_8, id="declaration alone"),
        pytest.param(b"<!-- only a comment -->", id="comment"),
    ],
)
def test_what_is_no_xml_is_refused(content):
    assert "download it again" in refusal(content)


def test_an_error_page_is_refused():
    refusal(b"<html><body><p>This page is temporarily unavailable<br></body></html>")


@pytest.mark.parametrize(
    "content",
    [
        b"<html><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head></html>",
        b"<!DOCTYPE html><html><body>This page is temporarily unavailable</body></html>",
        b'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Revenue 15,077</p></body></html>',
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        b'<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"/>',
        b"<xbrl/>",
    ],
)
def test_a_page_without_tags_says_that_it_holds_no_tagged_facts(content):
    assert "holds no tagged facts" in refusal(content)


def test_a_filing_in_plain_html_says_that_it_holds_no_tagged_facts():
    page = (
        b"<DOCUMENT>\n<TYPE>10-Q\n<SEQUENCE>1\n<FILENAME>exmp.htm\n<TEXT>\n<!DOCTYPE html PUBLIC"
        b' "-//W3C//DTD HTML 4.01 Transitional//EN"><html>\n<head><title>Document</title></head>'
        b"<body><p>Revenue<br>$15,077&nbsp;</p></body></html>\n</TEXT>\n</DOCUMENT>\n"
    )
    assert "holds no tagged facts" in refusal(page)


# Where a document begins and ends


@pytest.mark.parametrize(
    "before",
    [b"", b"\n", b"\r\n \t", b"\xef\xbb\xbf", b"\n\xef\xbb\xbf"],
    ids=["nothing", "newline", "blanks", "byte order mark", "newline and byte order mark"],
)
@pytest.mark.parametrize("after", [b"", b"\n", b"\r\n\x1a", b"\n\n<!-- made by a tool -->\n"])
@pytest.mark.parametrize("declaration", [b"", UTF_8])
def test_what_stands_around_a_document_does_not_matter(before, declaration, after):
    content = before + declaration + inline(number("5", id="f")) + after
    assert values(read_document("exmp.htm", content).numeric) == {"f": "5"}


@pytest.mark.parametrize("declaration", [b"", UTF_8, b"\n" + UTF_8, b"\xef\xbb\xbf" + UTF_8])
@pytest.mark.parametrize("blank", [b"\n", b"\r\n"])
def test_the_wrapper_of_a_submission_is_taken_off(declaration, blank):
    head = blank.join(
        [b"<DOCUMENT>", b"<TYPE>10-K", b"<SEQUENCE>1", b"<FILENAME>exmp.htm", b"<TEXT>"]
    )
    tail = blank.join([b"</XBRL>", b"</TEXT>", b"</DOCUMENT>", b""])
    for document in (
        inline(number("5", id="f")),
        instance(fact("us-gaap:Revenues", "5", id="f", unit="usd")),
    ):
        content = blank.join([head, b"<XBRL>", declaration + document, tail])
        assert values(read_document("exmp.htm", content).numeric) == {"f": "5"}


def test_a_wrapper_without_an_end_is_refused():
    refusal(b"<DOCUMENT>\n<TEXT>\n<XBRL>\n" + inline(number("5")))


@pytest.mark.parametrize("between", [b"\n", b"<DOCUMENT>\n<TEXT>\n<XBRL>\n"])
def test_a_byte_order_mark_may_stand_before_blanks_or_a_wrapper(between):
    content = b"\xef\xbb\xbf" + between + UTF_8 + inline(number("5", id="f"))
    if between != b"\n":
        content += b"\n</XBRL>\n</TEXT>\n</DOCUMENT>\n"
    assert values(read_document("exmp.htm", content).numeric) == {"f": "5"}


def test_a_document_cut_off_anywhere_is_refused():
    whole = UTF_8 + inline(number("5", id="f") + text("words", escape="true"), hidden=number("7"))
    for part in range(50):
        refusal(whole[: len(whole) * part // 50])
    assert read_document("exmp.htm", whole).numeric.height == 2


def test_a_second_document_after_the_first_is_refused():
    refusal(inline(number("5")) * 2)
    refusal(inline(number("5")) + b"and words")


# Encodings

NAMED = "M\u00fcller \u20ac \u2014 \u2611"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_in_any_encoding_of_unicode_is_read(encoding):
    declared = DECLARATION.format(encoding.partition("-l")[0].partition("-b")[0].upper())
    mark = "\ufeff" if encoding[6:] else ""
    content = (mark + declared + inline_text(text(NAMED) + number("5"))).encode(encoding)
    facts = read_document("exmp.htm", content)
    assert facts.text["text_value"].to_list() == [NAMED]
    assert facts.numeric["value"].to_list() == ["5"]


def test_a_document_in_latin_1_that_says_so_is_read():
    for name in ("ISO-8859-1", "windows-1252", "US-ASCII"):
        words = "M\u00fcller" if name != "US-ASCII" else "Mueller"
        content = (DECLARATION.format(name) + inline_text(text(words))).encode(name)
        assert read_document("exmp.htm", content).text["text_value"].to_list() == [words]


def test_a_newline_at_the_end_of_utf_16():
    content = "\ufeff" + DECLARATION.format("UTF-16") + inline_text(number("5", id="f")) + "\n"
    facts = read_document("exmp.htm", content.encode("utf-16-be"))
    assert values(facts.numeric) == {"f": "5"}


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "latin-1"),
        ("UTF-8", "cp1252"),
        ("US-ASCII", "utf-8"),
        ("UTF-16", "utf-8"),
        ("klingon", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_bytes_that_are_not_in_the_declared_encoding_are_refused(declared, encoding):
    content = (DECLARATION.format(declared) + inline_text(text("M\u00fcller \u00a0"))).encode(
        encoding
    )
    if declared == "UTF-16":
        # libxml2 believes the bytes of the declaration itself; then facts must be right.
        try:
            facts = read_document("exmp.htm", content)
        except UnreadableDocumentError:
            return
        assert facts.text["text_value"].to_list() == ["M\u00fcller"]
        return
    refusal(content)


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\x0b", b"\xf5\x80\x80\x80"]
)
def test_a_byte_that_is_no_text_is_refused(bad):
    refusal(inline(text("a~b")).replace(b"~", bad))


# Entities


def with_dtd(declarations: str, body: str) -> bytes:
    return f"<!DOCTYPE html [{declarations}]>{inline_text(body)}".encode()


def laughs(depth: int = 12, width: int = 10) -> str:
    levels = "".join(
        f'<!ENTITY l{level} "{f"&l{level - 1};" * width}">' for level in range(1, depth)
    )
    return f'<!ENTITY l0 "lol">{levels}'


@pytest.mark.parametrize(
    ("declarations", "body"),
    [
        pytest.param(laughs(), text("&l11;"), id="billion laughs"),
        pytest.param(laughs(), element("p", title="~").replace("~", "&l11;"), id="in an attribute"),
        pytest.param(f'<!ENTITY a "{"a" * 100_000}">', text("&a;" * 20_000), id="quadratic"),
        pytest.param('<!ENTITY a "&b;"><!ENTITY b "&a;">', text("&a;"), id="endless"),
        pytest.param('<!ENTITY one "1">', number("&one;"), id="harmless"),
        pytest.param('<!ENTITY one "1">', number("1"), id="unused"),
        pytest.param('<!ENTITY % one "1">', number("1"), id="parameter"),
        pytest.param("<!ENTITY % a '<!ENTITY b \"1\">'> %a;", number("&b;"), id="from a parameter"),
    ],
)
def test_entities_are_refused_and_never_expanded(declarations, body):
    refusal(with_dtd(declarations, body))


XHTML = (
    b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"'
    b' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
)


def test_an_unknown_entity_is_refused():
    refusal(inline(text("a&nbsp;b")))


def test_an_entity_of_the_document_type_is_refused():
    refusal(XHTML + inline(number("1&nbsp;2")))


def test_a_document_type_without_entities_is_no_harm():
    facts = read_document("exmp.htm", b"<!DOCTYPE html>" + inline(number("5", id="f")))
    assert values(facts.numeric) == {"f": "5"}


def test_the_document_type_of_xhtml_is_no_harm():
    facts = read_document("exmp.htm", XHTML + inline(number("5", id="f")))
    assert values(facts.numeric) == {"f": "5"}


@pytest.fixture
def no_network(monkeypatch):
    """A listening port, sockets that cannot be opened, and the list of those asked for."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        asked = []

        def refuse(*given, **_):
            asked.append(given)
            raise AssertionError(f"a socket was opened: {given}")

        for name in ("socket", "create_connection", "getaddrinfo"):
            monkeypatch.setattr(socket, name, refuse)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/entity"
        # libxml2 is C and would not ask Python.
        with pytest.raises(BlockingIOError):
            listening.accept()
        assert asked == []


ENTITIES = {
    "general": ('[<!ENTITY x SYSTEM "{}">]', "&x;"),
    "public": ('[<!ENTITY x PUBLIC "-//X//EN" "{}">]', "&x;"),
    "unparsed": ('[<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "{}" NDATA n>]', ""),
    "unused parameter": ('[<!ENTITY % x SYSTEM "{}">]', ""),
}
LOADED = {
    "parameter": ('[<!ENTITY % x SYSTEM "{}"> %x;]', ""),
    "external subset": ('SYSTEM "{}"', ""),
    "public external subset": ('PUBLIC "-//X//EN" "{}"', ""),
}
EXTERNAL = {**ENTITIES, **LOADED}


def naming(kind: str, address: str) -> bytes:
    declared, use = EXTERNAL[kind]
    return f"<!DOCTYPE html {declared.format(address)}>{inline_text(text(f'a{use}b'))}".encode()


@pytest.fixture
def pipe(tmp_path):
    """Whoever opens a pipe that nobody writes to waits for ever."""
    os.mkfifo(tmp_path / "pipe")
    return (tmp_path / "pipe").as_uri()


def test_no_file_is_opened_for_an_entity(pipe):
    outcomes = read_guarded({kind: partial(naming, kind, pipe) for kind in ENTITIES})
    assert all(outcome.refusal for outcome in outcomes.values()), outcomes


@pytest.mark.slow
@pytest.mark.parametrize("kind", LOADED)
def test_no_file_is_opened_for_a_part_of_the_document_type(kind, pipe):
    guarded(naming(kind, pipe), seconds=3)


@pytest.mark.parametrize("kind", ENTITIES)
def test_what_declares_an_external_entity_is_refused(kind, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    assert "the secret" not in refusal(naming(kind, secret.as_uri()))


def test_nothing_of_another_file_gets_into_facts(tmp_path):
    secret = tmp_path / "secret.dtd"
    secret.write_text(
        '<!ENTITY x "the secret"><!ATTLIST ix:nonFraction sign CDATA "-" scale CDATA "9">'
    )
    page = inline_text(text("a &x; b") + number("5"))
    try:
        facts = read_document("exmp.htm", f'<!DOCTYPE html SYSTEM "{secret}">{page}'.encode())
    except UnreadableDocumentError:
        return
    assert "the secret" not in str(facts.text["text_value"].to_list())
    assert facts.numeric["value"].to_list() == ["5"]


@pytest.mark.slow
def test_an_endless_file_is_not_read():
    guarded(naming("parameter", "/dev/zero"), seconds=3)


@pytest.mark.parametrize("kind", EXTERNAL)
def test_nobody_is_asked_for_an_entity(kind, no_network):
    try:
        facts = read_document("exmp.htm", naming(kind, no_network))
    except UnreadableDocumentError:
        return
    assert facts.text["text_value"].to_list() == ["ab"]


@pytest.mark.usefixtures("no_network")
def test_includes_and_style_sheets_are_not_followed(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude"'
        f' href="{secret.as_uri()}" parse="text"/>'
    )
    sheet = f'<?xml-stylesheet type="text/xsl" href="{secret.as_uri()}"?>'
    content = sheet + inline_text(text(f"a{include}b", id="t"))
    facts = read_document("exmp.htm", content.encode())
    assert values(facts.text, "text_value") == {"t": "ab"}


# Size and depth: read, or refused, within 2 GiB and some seconds

MILLION = 10**6


def nested(levels: int, tag: str = "div") -> bytes:
    return inline(f"<{tag}>" * levels + number("5") + f"</{tag}>" * levels)


def attribute_of(size: int) -> bytes:
    return inline(f'<p title="{"x" * size}"/>' + number("5"))


def text_of(size: int) -> bytes:
    return inline(text("x" * size) + number("5"))


def texts_of(size: int) -> bytes:
    return inline(
        text("".join(f"<p>{'x' * 10_000}</p>" for _ in range(size // 10_000))) + number("5")
    )


def attributes_of(count: int) -> bytes:
    return inline("<p" + "".join(f' a{place}="x"' for place in range(count)) + "/>" + number("5"))


def chain_of(links: int) -> bytes:
    parts = "".join(continuation(f"c{place}", "x", f"c{place + 1}") for place in range(links))
    return inline(
        text("x", continued_at="c0") + parts + continuation(f"c{links}", "x") + number("5")
    )


def digits_of(size: int) -> bytes:
    return inline(number("1" * size, format="ixt:num-dot-decimal") + number("5"))


REFUSED = {
    "100,000 levels": lambda: nested(100_000),
    "100,000 levels without end": lambda: b"<a>" * 100_000,
    "attribute of 50 MB": lambda: attribute_of(50 * MILLION),
    "text node of 30 MB": lambda: text_of(30 * MILLION),
    "10 MB of angle brackets": lambda: b"<" * (10 * MILLION),
    "comment of 20 MB without end": lambda: b"<!--" + b"-" * (20 * MILLION),
    "a thousand wrappers": lambda: b"<DOCUMENT><XBRL>" * 1000,
    "billion laughs": lambda: with_dtd(laughs(), text("&l11;")),
    "billion laughs in an attribute": lambda: with_dtd(laughs(), '<p title="&l11;"/>'),
    "quadratic blow-up": lambda: with_dtd(f'<!ENTITY a "{"a" * 100_000}">', text("&a;" * 20_000)),
}
READ = {
    "200 levels": lambda: nested(200),
    "attribute of 9 MB": lambda: attribute_of(9 * MILLION),
    "text node of 9 MB": lambda: text_of(9 * MILLION),
    "100,000 attributes": lambda: attributes_of(100_000),
    "number of 9 MB": lambda: digits_of(9 * MILLION),
}
LARGER = {
    "100 MB of blanks": lambda: b" " * (100 * MILLION) + b"x",
    "200 MB": lambda: b"\n" * (200 * MILLION),
    "text of 40 MB in pieces": lambda: texts_of(40 * MILLION),
    "100,000 continuations in a chain": lambda: chain_of(100_000),
}


@pytest.fixture(scope="module")
def outcomes():
    return read_guarded({**REFUSED, **READ}, seconds=60)


@pytest.mark.parametrize("name", REFUSED)
def test_a_monstrous_document_is_refused_in_bounded_memory(name, outcomes):
    assert outcomes[name].refusal.startswith("hostile.htm: "), outcomes[name]


@pytest.mark.parametrize("name", READ)
def test_a_large_document_is_read_in_bounded_memory(name, outcomes):
    assert "5" in outcomes[name].told.get("values", []), outcomes[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGER)
def test_a_larger_one_is_read_or_refused_in_bounded_memory(name):
    guarded(LARGER[name](), seconds=20)


# What breaks it today. Each is small enough to end; a limit of seconds stands in for for ever.


@pytest.mark.slow
def test_many_wrappers_without_an_end():
    guarded(b"<DOCUMENT><XBRL>" * 400_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("printed", "rule"),
    [
        ("a" + " " * 2_000 + "a", "ixt-sec:durwordsen"),
        ("a" * 60_000, "ixt-sec:durwordsen"),
    ],
)
def test_a_long_text_with_a_format_takes_no_longer_than_it_is_long(printed, rule):
    guarded(inline(text(printed, format=rule)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("printed", "rule"),
    [
        ("1" * 100_000 + "x", "ixt:num-dot-decimal"),
        ("1" * 100_000 + "x", "ixt:num-comma-decimal"),
        ("1" + "," * 100_000, "ixt:num-unit-decimal"),
    ],
)
def test_a_long_number_with_a_format_takes_no_longer_than_it_is_long(printed, rule):
    guarded(inline(number(printed, format=rule)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "build",
    [
        pytest.param(
            lambda: inline(
                text("x", continued_at="c") * 1000
                + continuation("c", f"<p>{'x' * 10_000}</p>" * 300)
            ),
            id="one continuation of a thousand texts",
        ),
        pytest.param(
            lambda: inline(
                text("~").replace("~</ix:nonNumeric>", "") * 240
                + f"<p>{'x' * 10_000}</p>" * 800
                + "</ix:nonNumeric>" * 240
            ),
            id="240 texts in one another",
        ),
    ],
)
def test_a_document_of_some_megabytes_does_not_become_gigabytes(build):
    guarded(build(), seconds=20)


def footnotes_of_an_instance(count: int) -> bytes:
    locators = '<link:loc xlink:href="#f" xlink:label="a"/>' * count
    arcs = '<link:footnoteArc xlink:from="a" xlink:to="n"/>' * count
    note = '<link:footnote xlink:label="n">note</link:footnote>'
    return instance(f"<link:footnoteLink>{locators}{note}{arcs}</link:footnoteLink>")


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            inline(
                element("ix:footnote", "note", id="n"),
                relationships=element(
                    "ix:relationship", from_refs="f " * 5000, to_refs="n " * 5000
                ),
            ),
            id="inline",
        ),
        pytest.param(footnotes_of_an_instance(5000), id="instance"),
    ],
)
def test_footnote_links_are_bounded(content):
    guarded(content)


@pytest.mark.slow
def test_many_prefixes_and_many_facts():
    many = {f"p{place}": f"http://www.example.com/{place}" for place in range(2000)}
    body = '<p xmlns:other="http://www.example.com/other"/>' + number("1") * 20_000
    guarded(inline(body, namespaces=many))


@pytest.mark.slow
def test_many_facts_with_one_bad_context_are_many_rejects():
    bad = context("year", duration("soon", "late")) + unit("usd", "iso4217:USD")
    outcome = guarded(inline(number("1") * 100_000, bad), seconds=20)
    assert outcome.told["rejects"] == 100_000


def test_attributes_by_default_are_attributes():
    # Part of XML: a reader that left them out would read another number than everybody else.
    content = with_dtd('<!ATTLIST ix:nonFraction sign CDATA "-">', number("5", id="f"))
    try:
        facts = read_document("exmp.htm", content)
    except UnreadableDocumentError:
        return
    assert values(facts.numeric) == {"f": "-5"}


def test_names_and_ids_may_be_anything_that_xml_allows():
    strange = "'; drop table facts; --\u202e\U0001f4a9"
    resources = RESOURCES.replace('id="year"', f'id="{strange}"')
    facts = read_document(
        f"../{strange}.htm", inline(number("5", id=strange, context=strange), resources)
    )
    row = by_id(facts.numeric)[strange]
    assert (row["source_document"], row["value"]) == (f"../{strange}.htm", "5")


def test_a_document_does_not_change_how_the_next_is_read():
    bad = inline(number("5", id="f", context="gone"), RESOURCES)
    good = inline(number("5", id="f"))
    for content, rejected in ((good, {}), (bad, {"f": "unknown_context"}), (good, {})):
        assert reasons(read_document("exmp.htm", content).rejects) == rejected


SHARED = Path(__file__).resolve().parents[5] / "shared" / "edgar"
PLAIN = SHARED / "Archives/edgar/data/1326801/000132680119000037/fb-03312019x10q.htm"


@pytest.mark.skipif(not PLAIN.exists(), reason=f"needs the real filing {PLAIN.name} in {SHARED}")
def test_a_real_filing_in_plain_html_says_that_it_holds_no_tagged_facts():
    assert "holds no tagged facts" in refusal(PLAIN.read_bytes())
