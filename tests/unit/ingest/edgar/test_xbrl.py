import json
import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.edgar.xbrl import read_document, read_documents
from ingest.errors import UnreadableDocumentError
from tests.support.xbrl_documents import (
    FOREVER,
    RESOURCES,
    USD,
    YEAR,
    by_id,
    context,
    continuation,
    duration,
    element,
    explicit,
    fact,
    inline,
    inline_text,
    instance,
    instant,
    number,
    reasons,
    schema_reference,
    text,
    typed,
    unit,
    values,
)

AXIS = "us-gaap:StatementBusinessSegmentsAxis"
AWS = "exmp:CloudMember"
TIMING = "us-gaap:RevenueRemainingPerformanceObligationExpectedTimingOfSatisfactionStartDateAxis"
TIMING_DOMAIN = f"{TIMING[:-4]}.domain"


def read(content, **options):
    return read_document("exmp.htm", content, **options)


def only(frame):
    (row,) = frame.to_dicts()
    return row


def of_both(resources, concept="us-gaap:Revenues", value="1"):
    """The same number in an inline document and in an instance."""
    yield read(inline(number(value, id="f", name=concept), resources))
    yield read(instance(fact(concept, value, id="f", unit="usd"), resources))


# Periods


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (instant("2024-12-31"), None, date(2024, 12, 31)),
        (instant(" \n2024-12-31 "), None, date(2024, 12, 31)),
        (instant("2025-01-01T00:00:00"), None, date(2024, 12, 31)),
        (instant("2024-03-01T00:00:00.000"), None, date(2024, 2, 29)),
        (instant("2025-01-01T00:00:00Z"), None, date(2024, 12, 31)),
        (duration("2024-01-01", "2024-12-31"), date(2024, 1, 1), date(2024, 12, 31)),
        (
            duration("2024-01-01T00:00:00", "2025-01-01T00:00:00"),
            date(2024, 1, 1),
            date(2024, 12, 31),
        ),
        (duration("2024-02-29", "2024-02-29"), date(2024, 2, 29), date(2024, 2, 29)),
        (FOREVER, None, None),
    ],
)
def test_a_period_is_its_first_and_last_day(period, start, end):
    for facts in of_both(context("year", period) + USD):
        row = only(facts.numeric)
        assert (row["period_start"], row["period_end"]) == (start, end)
        assert facts.rejects.is_empty()


@pytest.mark.parametrize(
    "period",
    [
        "",
        instant(""),
        instant("2024-02-30"),
        instant("31.12.2024"),
        instant("20241231"),
        instant("2024-W01-1"),
        instant("2024-12-31T17:30:00"),
        instant("\u0662\u0660\u0662\u0664-12-31"),
        duration("2024-01-01", "soon"),
        duration("soon", "2024-12-31"),
        duration("2024-01-01T09:00:00", "2024-12-31"),
        element("xbrli:startDate", "2024-01-01"),
    ],
)
def test_a_period_that_is_none_rejects_its_facts(period):
    for facts in of_both(context("year", period) + USD):
        assert facts.numeric.is_empty()
        assert reasons(facts.rejects) == {"f": "malformed_period"}


def test_midnight_before_the_first_day_rejects_its_facts():
    for facts in of_both(context("year", instant("0001-01-01T00:00:00")) + USD):
        assert reasons(facts.rejects) == {"f": "malformed_period"}


@pytest.mark.parametrize(
    "period",
    [
        element("xbrli:endDate", "2024-12-31"),
        duration("2024-12-31", "2024-01-01"),
        instant("2024-12-31") + instant("2023-12-31"),
        instant("2024-12-31") + duration("2024-01-01", "2024-06-30"),
        instant("2024-12-31") + FOREVER,
    ],
)
def test_half_a_period_or_two_or_one_backwards_is_none(period):
    for facts in of_both(context("year", period) + USD):
        assert facts.numeric.is_empty()
        assert reasons(facts.rejects) == {"f": "malformed_period"}


# Entities and dimensions


def test_a_fact_names_whom_it_is_about():
    resources = context("year", instant("2024-12-31"), entity=" 0001018724\n") + USD
    for facts in of_both(resources):
        assert only(facts.numeric)["entity"] == "0001018724"


def test_dimensions_are_json_with_sorted_axes_and_rows_of_their_own():
    members = (
        explicit("us-gaap:StatementBusinessSegmentsAxis", AWS),
        explicit("srt:ConsolidationItemsAxis", "us-gaap:OperatingSegmentsMember"),
        typed(TIMING, f"<{TIMING_DOMAIN}>2025-01-01</{TIMING_DOMAIN}>"),
    )
    expected = {
        "srt:ConsolidationItemsAxis": "us-gaap:OperatingSegmentsMember",
        TIMING: "2025-01-01",
        AXIS: AWS,
    }
    period = instant("2024-12-31")
    for order in (members, members[::-1]):
        for facts in of_both(context("year", period, *order) + USD):
            written = only(facts.numeric)["dimensions"]
            assert written == json.dumps(expected, sort_keys=True)
            assert set(facts.dimensions.rows()) == {
                (written, axis, member, axis == TIMING) for axis, member in expected.items()
            }


def test_a_context_without_members_has_empty_dimensions():
    for facts in of_both(RESOURCES):
        assert only(facts.numeric)["dimensions"] == "{}"
        assert facts.dimensions.is_empty()


def test_members_in_a_scenario_count_as_those_in_a_segment():
    scenario = element("xbrli:scenario", explicit(AXIS, AWS))
    for facts in of_both(context("year", FOREVER, scenario=scenario) + USD):
        assert json.loads(only(facts.numeric)["dimensions"]) == {AXIS: AWS}


@pytest.mark.parametrize(
    ("value", "member"),
    [
        ("<exmp:d>2025-01-01</exmp:d>", "2025-01-01"),
        ("<exmp:d>\n 2025-01-01 </exmp:d>", "2025-01-01"),
        ("<!-- a --><exmp:d>20<!-- b -->25</exmp:d>", "2025"),
        ('<exmp:d xsi:nil="true"/>', None),
        ('<exmp:d xsi:nil="1"></exmp:d>', None),
        ('<exmp:d xsi:nil="false">x</exmp:d>', "x"),
        ("<exmp:d/>", ""),
        (
            '<exmp:d>M\u00fcnchen "quoted" \\ &amp; &lt;b&gt;</exmp:d>',
            'M\u00fcnchen "quoted" \\ & <b>',
        ),
    ],
)
def test_a_typed_member_is_its_text_and_nothing_where_nil(value, member):
    for facts in of_both(context("year", FOREVER, typed("exmp:Axis", value)) + USD):
        assert json.loads(only(facts.numeric)["dimensions"]) == {"exmp:Axis": member}
        assert only(facts.dimensions)["member"] == member
        assert only(facts.dimensions)["is_typed"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([typed("exmp:Axis", "")], "malformed_typed_member"),
        ([typed("exmp:Axis", "only text")], "malformed_typed_member"),
        ([explicit(AXIS, AWS), explicit(AXIS, "exmp:OtherMember")], "repeated_axis"),
        ([explicit(AXIS, AWS), typed(AXIS, "<exmp:d>1</exmp:d>")], "repeated_axis"),
        ([explicit("none:Axis", AWS)], "unknown_name"),
        ([explicit(AXIS, "none:Member")], "unknown_name"),
        ([explicit(AXIS, "")], "unknown_name"),
        ([element("xbrldi:explicitMember", AWS)], "unknown_name"),
        (["<exmp:region>north</exmp:region>"], "segment_without_dimensions"),
    ],
)
def test_dimensions_that_make_no_sense_reject_the_facts_that_use_them(members, reason):
    resources = context("year", FOREVER, *members) + context("good", FOREVER) + USD
    facts = read(inline(number("1", id="f") + number("2", id="g", context="good"), resources))
    assert values(facts.numeric) == {"g": "2"}
    assert reasons(facts.rejects) == {"f": reason}


# Units


@pytest.mark.parametrize(
    ("defined", "name"),
    [
        (unit("usd", "iso4217:USD"), "USD"),
        (unit("usd", " iso4217:USD\n"), "USD"),
        (unit("usd", "xbrli:shares"), "shares"),
        (unit("usd", "xbrli:pure"), "pure"),
        (unit("usd", "iso4217:USD", per=["xbrli:shares"]), "USD/shares"),
        (unit("usd", "exmp:segment"), "exmp:segment"),
        (unit("usd", "us-gaap:MWh"), "us-gaap:MWh"),
        (unit("usd", "iso4217:USD", per=["exmp:MWh"]), "USD/exmp:MWh"),
        (unit("usd", "xbrli:shares", "iso4217:USD"), "USD*shares"),
        (unit("usd", "iso4217:USD", "xbrli:shares"), "USD*shares"),
        (
            unit("usd", "iso4217:USD", per=["xbrli:shares", "exmp:day"]),
            "USD/exmp:day*shares",
        ),
    ],
)
def test_a_unit_is_a_currency_or_the_name_the_filer_gave(defined, name):
    for facts in of_both(YEAR + defined):
        assert only(facts.numeric)["unit"] == name


@pytest.mark.parametrize(
    ("defined", "reason"),
    [
        ("", "unknown_unit"),
        (unit("usd"), "malformed_unit"),
        (unit("usd", ""), "unknown_name"),
        (unit("usd", "none:USD"), "unknown_name"),
        (element("xbrli:unit", "<xbrli:divide/>", id="usd"), "malformed_unit"),
    ],
)
def test_a_unit_that_makes_no_sense_rejects_its_facts(defined, reason):
    for facts in of_both(YEAR + defined):
        assert facts.numeric.is_empty()
        assert reasons(facts.rejects) == {"f": reason}


def test_a_prefix_of_ones_own_for_currencies_makes_the_same_unit():
    namespaces = {"money": "http://www.xbrl.org/2003/iso4217"}
    facts = read(inline(number("1"), YEAR + unit("usd", "money:USD"), namespaces=namespaces))
    assert only(facts.numeric)["unit"] == "USD"


# Numbers


@pytest.mark.parametrize(
    ("printed", "given", "value"),
    [
        ("637,959", {"format": "ixt:num-dot-decimal", "scale": "6"}, "637959000000"),
        ("110.4", {"scale": "9"}, "110400000000"),
        ("26.5", {"scale": "-2"}, "0.265"),
        ("2,656", {"format": "ixt:num-dot-decimal", "scale": "6", "sign": "-"}, "-2656000000"),
        ("0", {"sign": "-", "scale": "6"}, "0"),
        ("0.00", {"sign": "-"}, "0.00"),
        ("\u2014", {"format": "ixt:fixed-zero", "scale": "6", "sign": "-"}, "0"),
        ("no", {"format": "ixt-sec:numwordsen"}, "0"),
        ("Five", {"format": "ixt-sec:numwordsen"}, "5"),
        ("1.234,5", {"format": "ixt:num-comma-decimal"}, "1234.5"),
        (" 12 ", {}, "12"),
        ("1\u00a0234", {"format": "ixt:num-dot-decimal"}, "1234"),
        ("5", {"sign": ""}, "5"),
        ("5", {"format": ""}, "5"),
        ("12<!-- 99 -->34", {}, "1234"),
        ("12<?page 99?>34", {}, "1234"),
        ("<span>12</span>34<b>.<i>5</i></b>", {}, "1234.5"),
        ("<!-- all --><span><?x y?>7</span>", {}, "7"),
        ("&#49;2", {}, "12"),
        ("<![CDATA[12]]>", {}, "12"),
    ],
)
def test_a_number_is_what_its_print_format_scale_and_sign_say(printed, given, value):
    facts = read(inline(number(printed, **given)))
    assert only(facts.numeric)["value"] == value
    assert facts.rejects.is_empty()


@pytest.mark.parametrize("stated", ["-6", "-8", "0", "2", "INF", "-9", None])
def test_precision_is_kept_as_stated_and_never_applied(stated):
    # 24,900 @-8 and 24,924 @-6 stand side by side in one real filing.
    both = inline(number("24,924", scale="6", format="ixt:num-dot-decimal", decimals=stated))
    plain = instance(fact("us-gaap:Revenues", "24924000000", unit="usd", decimals=stated))
    for facts in map(read, (both, plain)):
        row = only(facts.numeric)
        assert (row["value"], row["decimals"]) == ("24924000000", stated)


def test_nil_is_no_value_and_not_zero():
    resources = RESOURCES
    documents = [
        inline(number("", id="f", nil="true") + text("", id="t", nil="1"), resources),
        instance(
            fact("us-gaap:Revenues", id="f", unit="usd", nil="true")
            + fact("us-gaap:Policy", id="t", nil="1")
        ),
    ]
    for facts in map(read, documents):
        row, words = only(facts.numeric), only(facts.text)
        assert (row["element_id"], row["value"], row["is_nil"]) == ("f", None, True)
        assert row["unit"] == "USD"
        assert (words["text_value"], words["is_nil"]) == (None, True)
        assert facts.rejects.is_empty()


def test_what_is_printed_in_a_nil_number_is_not_its_value():
    printed = number("\u2014", id="f", nil="true", format="ixt:num-dot-decimal", scale="x")
    assert only(read(inline(printed)).numeric)["value"] is None
    stated = number("3", id="f", nil="false")
    assert (only(read(inline(stated)).numeric)["value"]) == "3"


def test_numbers_in_numbers_are_facts_of_their_own():
    inner = number("15", id="d", name="us-gaap:D", scale="3")
    chain = number(
        number(number(inner, id="c", name="us-gaap:C", sign="-"), id="b", name="us-gaap:B"),
        id="a",
        name="us-gaap:A",
        scale="6",
    )
    facts = read(inline(f"<p>About {chain} million</p>"))
    expected = {"a": "15000000", "b": "15", "c": "-15", "d": "15000"}
    assert values(facts.numeric) == expected


def test_a_number_around_another_is_all_that_is_printed_in_it():
    outer = number(f"1{number('5', id='in')}0", id="out")
    assert values(read(inline(outer)).numeric) == {"in": "5", "out": "150"}


def test_hidden_facts_of_the_header_are_facts():
    hidden = number("7", id="n") + text("0001018724", id="t", name="exmp:Key")
    facts = read(inline("", hidden=hidden))
    assert values(facts.numeric) == {"n": "7"}
    assert values(facts.text, "text_value") == {"t": "0001018724"}


@pytest.mark.parametrize(
    ("printed", "given", "reason"),
    [
        ("1", {"context": "other"}, "unknown_context"),
        ("1", {"context": None}, "unknown_context"),
        ("1", {"unit": "eur"}, "unknown_unit"),
        ("1", {"unit": None}, "unknown_unit"),
        ("1", {"format": "ixt:num-of-the-beast"}, "unknown_format"),
        ("1", {"format": "exmp:num-dot-decimal"}, "unknown_format"),
        ("1", {"format": "none:num-dot-decimal"}, "unknown_name"),
        ("1", {"format": ":"}, "unknown_name"),
        ("1", {"name": "none:Revenues"}, "unknown_name"),
        ("1", {"name": None}, "unknown_name"),
        ("1", {"name": ""}, "unknown_name"),
        ("1", {"name": "us-gaap:"}, "unknown_name"),
        ("1", {"target": "other"}, "other_target"),
        ("1", {"scale": "3.5"}, "malformed_scale"),
        ("1", {"scale": "400"}, "malformed_scale"),
        ("", {}, "malformed_number"),
        ("1,234", {}, "malformed_number"),
        ("(5)", {}, "malformed_number"),
        ("\u2014", {}, "malformed_number"),
        ("NaN", {}, "malformed_number"),
        ("five", {"format": "ixt:num-dot-decimal"}, "malformed_value"),
        ("(5)", {"format": "ixt:num-dot-decimal"}, "malformed_value"),
    ],
)
def test_a_number_that_cannot_be_stated_is_rejected_with_its_reason(printed, given, reason):
    facts = read(inline(number(printed, id="f", **given) + number("2", id="g")))
    assert values(facts.numeric) == {"g": "2"}
    row = only(facts.rejects)
    assert (row["source_document"], row["element_id"], row["reason"]) == ("exmp.htm", "f", reason)
    assert row["concept"] == given.get("name", "us-gaap:Revenues")
    assert row["detail"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"context": "other"}, "unknown_context"),
        ({"context": None}, "tuple"),
        ({"unit": "eur"}, "unknown_unit"),
        ({"content": "1,234"}, "malformed_number"),
        ({"content": ""}, "malformed_number"),
    ],
)
def test_a_number_of_an_instance_that_cannot_be_stated_is_rejected(given, reason):
    given = {"unit": "usd", "content": "1", **given}
    facts = read(instance(fact("us-gaap:Revenues", id="f", **given)))
    assert facts.numeric.is_empty()
    assert reasons(facts.rejects) == {"f": reason}


def test_fractions_and_tuples_are_rejected_and_what_is_in_them_is_read():
    parts = '<ix:numerator format="ixt:num-dot-decimal">1</ix:numerator>'
    body = element("ix:fraction", parts, id="q", name="exmp:Q", context="year", unit="usd")
    body += element("ix:tuple", number("3", id="in"), id="t", name="exmp:T")
    facts = read(inline(body))
    assert values(facts.numeric) == {"in": "3"}
    assert reasons(facts.rejects) == {"q": "inline_fraction", "t": "inline_tuple"}


def test_a_tuple_of_an_instance_is_rejected_whole():
    inside = fact("us-gaap:Revenues", "1", id="in", unit="usd")
    facts = read(instance(element("exmp:Officer", inside, id="t")))
    assert facts.numeric.is_empty()
    assert reasons(facts.rejects) == {"t": "tuple"}


def test_a_fraction_of_an_instance_is_no_number():
    third = "<xbrli:numerator>1</xbrli:numerator><xbrli:denominator>3</xbrli:denominator>"
    facts = read(instance(fact("exmp:Third", third, id="f", unit="usd")))
    assert facts.numeric.is_empty()
    assert list(reasons(facts.rejects)) == ["f"]


# Names


def test_a_taxonomys_version_is_no_part_of_a_concepts_name():
    concepts = set()
    for uri in (
        "http://fasb.org/us-gaap/2022",
        "http://fasb.org/us-gaap/2024",
        "http://xbrl.us/us-gaap/2009-01-31",
        "http://fasb.org/us-gaap/2015-01-31",
    ):
        facts = read(inline(number("1"), namespaces={"us-gaap": uri}))
        concepts |= set(facts.numeric["concept"])
    assert concepts == {"us-gaap:Revenues"}


def test_an_extensions_namespace_changes_with_every_filing_and_its_concepts_do_not():
    for day in ("20221231", "20230630", "20241231"):
        namespaces = {"exmp": f"http://www.example.com/{day}"}
        pages = inline(number("1", name="exmp:Incentives"), namespaces=namespaces)
        plain = instance(fact("exmp:Incentives", "1", unit="usd"), namespaces=namespaces)
        for content in (pages, plain):
            assert only(read(content).numeric)["concept"] == "exmp:Incentives"


@pytest.mark.parametrize(
    ("uri", "standard"),
    [
        ("http://fasb.org/us-gaap/2024", "us-gaap"),
        ("http://fasb.org/srt/2023", "srt"),
        ("http://xbrl.sec.gov/dei/2024", "dei"),
        ("http://xbrl.sec.gov/dei/2014-01-31", "dei"),
        ("http://xbrl.sec.gov/country/2023", "country"),
        ("http://xbrl.ifrs.org/taxonomy/2021-03-24/ifrs-full", "ifrs-full"),
    ],
)
def test_a_taxonomy_under_an_unusual_prefix_has_its_standard_one(uri, standard):
    namespaces = {"odd": uri}
    resources = context("year", FOREVER, explicit("odd:Axis", "odd:Member")) + USD
    for content in (
        inline(number("1", name="odd:Thing"), resources, namespaces=namespaces),
        instance(fact("odd:Thing", "1", unit="usd"), resources, namespaces=namespaces),
    ):
        row = only(read(content).numeric)
        assert row["concept"] == f"{standard}:Thing"
        assert json.loads(row["dimensions"]) == {f"{standard}:Axis": f"{standard}:Member"}


@pytest.mark.parametrize("version", ["2022q4", "2023q2", "2024q3"])
def test_a_version_may_name_a_quarter(version):
    uri = f"http://xbrl.sec.gov/ecd/{version}"
    facts = read(inline(number("1", name="odd:Thing"), namespaces={"odd": uri}))
    assert only(facts.numeric)["concept"] == "ecd:Thing"


def test_an_element_of_an_instance_may_use_the_default_namespace():
    resources = context("year", FOREVER) + USD
    bare = '<Assets xmlns="http://fasb.org/us-gaap/2024" contextRef="year" unitRef="usd">5</Assets>'
    facts = read(instance(bare, resources))
    assert only(facts.numeric)["concept"] == "us-gaap:Assets"


def test_a_prefix_may_mean_something_else_deeper_in_the_document():
    inner = number("2", id="in", name="us-gaap:Thing")
    body = number("1", id="out", name="us-gaap:Thing")
    body += f'<div xmlns:us-gaap="http://fasb.org/srt/2024">{inner}</div>'
    body += number("3", id="after", name="us-gaap:Thing")
    facts = read(inline(body))
    concepts = {key: row["concept"] for key, row in by_id(facts.numeric).items()}
    assert concepts == {"out": "us-gaap:Thing", "in": "srt:Thing", "after": "us-gaap:Thing"}


def test_a_prefix_may_be_declared_where_it_is_used():
    body = (
        '<div xmlns:t="http://www.xbrl.org/inlineXBRL/transformation/2015-02-26"'
        f' xmlns:q="http://fasb.org/srt/2024">'
        f"{number('1,5', id='f', name='q:Thing', format='t:numcommadecimal')}</div>"
        f"{number('1', id='g', name='q:Thing')}"
    )
    facts = read(inline(body))
    assert by_id(facts.numeric)["f"]["concept"] == "srt:Thing"
    assert values(facts.numeric) == {"f": "1.5"}
    assert reasons(facts.rejects) == {"g": "unknown_name"}


@pytest.mark.parametrize("prefix", ["ix", "x", "ixbrl"])
def test_the_inline_namespace_may_have_any_prefix(prefix):
    content = inline_text(
        number("1,234", format="ixt:num-dot-decimal")
        + text("a<ix:exclude>b</ix:exclude>c", escape="true")
    ).replace("ix:", f"{prefix}:")
    facts = read(content.replace("xmlns:ix=", f"xmlns:{prefix}=").encode())
    assert only(facts.numeric)["value"] == "1234"
    assert only(facts.text)["text_value"] == "ac"


def test_a_name_without_prefix_is_no_name():
    body = number("1", id="f", name="Revenues") + number("1", id="g", unit="bare")
    facts = read(inline(body, RESOURCES + unit("bare", "USD")))
    assert reasons(facts.rejects) == {"f": "unknown_name", "g": "unknown_name"}


def test_a_prefix_may_be_declared_on_a_member_or_a_measure():
    member = explicit("q:Axis", "q:Member").replace(" ", ' xmlns:q="http://fasb.org/srt/2024" ', 1)
    defined = unit("usd", "m:USD").replace(
        "<xbrli:measure", '<xbrli:measure xmlns:m="http://www.xbrl.org/2003/iso4217"'
    )
    for facts in of_both(context("year", FOREVER, member) + defined):
        row = only(facts.numeric)
        assert (row["dimensions"], row["unit"]) == ('{"srt:Axis": "srt:Member"}', "USD")


def test_prefixes_deeper_in_a_document_of_another_encoding():
    body = (
        f'<div xmlns:us-gaap="http://fasb.org/srt/2024">{number("1", name="us-gaap:Thing")}</div>'
    )
    facts = read(inline_text(body).encode("utf-16"))
    assert only(facts.numeric)["concept"] == "srt:Thing"


def test_a_reject_names_the_element_as_it_is_written():
    bare = '<Thing xmlns="http://example.com/" id="f" contextRef="year" unitRef="usd">5</Thing>'
    assert only(read(instance(bare)).rejects)["concept"] == "Thing"


# Texts


def test_a_text_is_what_is_printed():
    facts = read(inline(text("  AMAZON.COM, <b>INC</b>.&#160;&amp; <i>more</i>\n", id="t")))
    row = only(facts.text)
    assert row["text_value"] == "AMAZON.COM, INC.\u00a0& more"
    assert (row["unit"], row["value"], row["decimals"]) == (None, None, None)


def test_comments_and_processing_instructions_are_no_text():
    facts = read(inline(text("a<!-- x -->b<?y z?>c")))
    assert only(facts.text)["text_value"] == "abc"


@pytest.mark.parametrize(
    ("printed", "rule", "value"),
    [
        ("3.7", "ixt-sec:duryear", "P3Y8M12D"),
        ("4.1", "ixt-sec:duryear", "P4Y1M6D"),
        ("<b>thirty</b> years", "ixt-sec:durwordsen", "P30Y"),
        ("December 31, 2024", "ixt:date-monthname-day-year-en", "2024-12-31"),
        ("\u2612", "ixt-sec:boolballotbox", "true"),
        ("", "ixt:fixed-false", "false"),
    ],
)
def test_a_text_with_a_format_is_its_value(printed, rule, value):
    assert only(read(inline(text(printed, format=rule))).text)["text_value"] == value


@pytest.mark.parametrize(
    ("printed", "rule", "reason"),
    [
        ("long", "ixt-sec:duryear", "malformed_value"),
        ("x", "ixt-sec:duration", "unknown_format"),
        ("x", "none:duryear", "unknown_name"),
    ],
)
def test_a_text_that_does_not_fit_its_format_is_rejected(printed, rule, reason):
    facts = read(inline(text(printed, id="t", format=rule)))
    assert facts.text.is_empty()
    assert reasons(facts.rejects) == {"t": reason}


def test_texts_of_an_instance_are_what_they_hold():
    facts = read(
        instance(
            fact("us-gaap:PolicyTextBlock", "&lt;p&gt;We <!-- x -->sell&lt;/p&gt;", id="t")
            + fact("exmp:Life", " P3Y8M12D\n", id="life")
        )
    )
    assert values(facts.text, "text_value") == {"t": "<p>We sell</p>", "life": "P3Y8M12D"}


def test_a_text_goes_on_where_its_continuations_say():
    body = (
        text("one ", id="t", continued_at="c1")
        + continuation("c3", "three")
        + "<p>between</p>"
        + continuation("c1", "<b>two</b> ", "c3")
    )
    assert values(read(inline(body)).text, "text_value") == {"t": "one two three"}


def test_a_continuation_inside_another_fact_belongs_to_both():
    around = text(f"[{continuation('c', 'middle')}]", id="around")
    body = text("start ", id="t", continued_at="c") + around
    facts = read(inline(body))
    assert values(facts.text, "text_value") == {"t": "start middle", "around": "[middle]"}


def test_a_number_in_a_continuation_is_read_and_is_part_of_the_text():
    body = text("we owe ", id="t", continued_at="c") + continuation(
        "c", number("1,000", id="n", format="ixt:num-dot-decimal") + " dollars"
    )
    facts = read(inline(body))
    assert values(facts.text, "text_value") == {"t": "we owe 1,000 dollars"}
    assert values(facts.numeric) == {"n": "1000"}


@pytest.mark.parametrize(
    ("continuations", "reason"),
    [
        ("", "unknown_continuation"),
        (continuation("c", "x", "gone"), "unknown_continuation"),
        (continuation("c", "x", "c"), "circular_continuation"),
        (
            continuation("c", "x", "d") + continuation("d", "y", "e") + continuation("e", "z", "c"),
            "circular_continuation",
        ),
    ],
)
def test_a_text_without_its_continuation_is_rejected(continuations, reason):
    facts = read(inline(text("a", id="t", continued_at="c") + continuations + text("b", id="u")))
    assert values(facts.text, "text_value") == {"u": "b"}
    assert reasons(facts.rejects) == {"t": reason}


def test_what_is_excluded_is_no_text():
    body = text(
        "<p>before </p><ix:exclude><p>Table of Contents</p><p>41</p></ix:exclude>after",
        id="t",
        continued_at="c",
    ) + continuation("c", "<ix:exclude>42</ix:exclude>, and on<ix:exclude>!</ix:exclude>.")
    assert only(read(inline(body)).text)["text_value"] == "before after, and on."


def test_numbers_in_what_is_excluded_are_facts():
    body = text(f"a<ix:exclude>page {number('41', id='n')}</ix:exclude>b", id="t")
    facts = read(inline(body))
    assert values(facts.numeric) == {"n": "41"}
    assert values(facts.text, "text_value") == {"t": "ab"}


def test_texts_and_continuations_in_what_is_excluded_are_facts():
    inner = text("b", id="in") + continuation("c", "d")
    body = text(f"a<ix:exclude>{inner}</ix:exclude>e", id="t") + text("c", id="u", continued_at="c")
    facts = read(inline(body))
    assert values(facts.text, "text_value") == {"t": "ae", "in": "b", "u": "cd"}


def test_an_escaped_text_is_markup_without_the_tags_of_inline_xbrl():
    inner = text("<i>c</i>", id="in", escape="true")
    body = text(
        f'<p class="x">a &amp; b {number("1,5", id="n", format="ixt:num-comma-decimal")}</p>'
        f"<ix:exclude>page 4</ix:exclude>{inner}",
        id="t",
        escape="true",
        continued_at="k",
    ) + continuation("k", "<p>d</p>" + continuation("other", "<b>e</b>"))
    facts = read(inline(body))
    markup = by_id(facts.text)["t"]["text_value"]
    assert markup == '<p class="x">a &amp; b 1,5</p><i>c</i><p>d</p><b>e</b>'
    assert by_id(facts.text)["in"]["text_value"] == "<i>c</i>"
    assert "ix:" not in markup
    assert "xmlns" not in markup


@pytest.mark.parametrize("escape", ["false", "0", None])
def test_a_text_that_is_not_escaped_is_plain(escape):
    facts = read(inline(text("<p>a &lt; b</p>", escape=escape)))
    assert only(facts.text)["text_value"] == "a < b"


@pytest.mark.parametrize("content", ["", "<br/>", "a > b", '<a title="x &gt; y">z</a>'])
def test_markup_of_any_shape_comes_out_as_it_went_in(content):
    facts = read(inline(text(content, escape="true")))
    assert only(facts.text)["text_value"] == content.replace("a > b", "a &gt; b")


def test_texts_are_left_out_if_so_asked():
    body = number("5", id="n") + text("a", id="t") + text("b", id="u", continued_at="gone")
    facts = read(inline(body), with_text=False)
    assert values(facts.numeric) == {"n": "5"}
    assert facts.text.is_empty()
    assert facts.rejects.is_empty()
    plain = fact("us-gaap:Revenues", "5", id="n", unit="usd") + fact("us-gaap:Policy", "a", id="t")
    facts = read(instance(plain), with_text=False)
    assert values(facts.numeric) == {"n": "5"}
    assert facts.text.is_empty()


# Footnotes


def test_footnotes_are_linked_to_facts():
    body = (
        number("1", id="f")
        + number("2", id="g")
        + element("ix:footnote", "Includes <b>leases</b>\n  only.", id="n1", lang="en-US")
        + element("ix:footnote", "Restated.", id="n2")
    )
    links = element("ix:relationship", from_refs="f g", to_refs="n1") + element(
        "ix:relationship", from_refs="g", to_refs="n2"
    )
    facts = read(inline(body, relationships=links))
    assert sorted(facts.footnotes.rows()) == [
        ("exmp.htm", "f", "n1", "en-US", "Includes leases only."),
        ("exmp.htm", "g", "n1", "en-US", "Includes leases only."),
        ("exmp.htm", "g", "n2", None, "Restated."),
    ]


def test_a_link_to_no_footnote_is_rejected():
    links = element("ix:relationship", id="r", from_refs="f", to_refs="n gone")
    body = number("1", id="f") + element("ix:footnote", "note", id="n")
    facts = read(inline(body, relationships=links))
    assert facts.footnotes["footnote_id"].to_list() == ["n"]
    assert reasons(facts.rejects) == {"r": "unknown_footnote"}


def test_a_footnote_goes_on_where_its_continuation_says():
    body = number("1", id="f") + continuation("c", "two")
    body += element("ix:footnote", "one ", id="n", continued_at="c")
    links = element("ix:relationship", from_refs="f", to_refs="n")
    assert only(read(inline(body, relationships=links)).footnotes)["footnote"] == "one two"


LINK = (
    '<link:footnoteLink xlink:type="extended" xlink:role="r">'
    '<link:loc xlink:type="locator" xlink:href="#f" xlink:label="fact"/>'
    '<link:loc xlink:type="locator" xlink:href="exmp.xml#g" xlink:label="fact"/>'
    '<link:footnote xlink:type="resource" xlink:label="note" xml:lang="en-US" id="n">'
    "Includes <b>leases</b>\n only.</link:footnote>"
    '<link:footnoteArc xlink:type="arc" xlink:from="fact" xlink:to="note"/>'
    '<link:footnoteArc id="arc" xlink:type="arc" xlink:from="fact" xlink:to="gone"/>'
    "</link:footnoteLink>"
)


def test_footnotes_of_an_instance_are_linked_to_facts():
    facts = read(instance(fact("us-gaap:Revenues", "1", id="f", unit="usd") + LINK))
    assert sorted(facts.footnotes.rows()) == [
        ("exmp.htm", key, "n", "en-US", "Includes leases only.") for key in ("f", "g")
    ]
    assert reasons(facts.rejects) == {"arc": "unknown_footnote"}


# Documents of one filing

SCHEMA = schema_reference("exmp-20241231.xsd")


def test_documents_of_one_set_share_what_is_defined_in_one_of_them():
    facts = read_documents(
        {
            "first.htm": inline(
                number("1", id="a") + text("begun ", id="t", continued_at="c"), references=SCHEMA
            ),
            "second.htm": inline(
                number("2", id="b") + continuation("c", "and ended"), "", references=SCHEMA
            ),
        }
    )
    assert values(facts.numeric) == {"a": "1", "b": "2"}
    assert values(facts.text, "text_value") == {"t": "begun and ended"}
    assert by_id(facts.numeric)["b"]["source_document"] == "second.htm"
    assert by_id(facts.numeric)["b"]["period_end"] == date(2024, 12, 31)
    assert facts.rejects.is_empty()


@pytest.mark.parametrize("order", [["main.htm", "exhibit.htm"], ["exhibit.htm", "main.htm"]])
def test_a_document_that_names_no_schema_joins_the_only_set(order):
    documents = {
        "main.htm": inline(number("1", id="a"), references=SCHEMA),
        "exhibit.htm": inline(number("2", id="b"), ""),
    }
    facts = read_documents({name: documents[name] for name in order})
    assert values(facts.numeric) == {"a": "1", "b": "2"}


def filing(year, value, schema):
    resources = context("year", duration(f"{year}-01-01", f"{year}-12-31")) + USD
    body = number(value, id=f"f{year}") + text("on ", id=f"t{year}", continued_at="c")
    return inline(body + continuation("c", str(year)), resources, references=schema)


def test_unrelated_documents_with_equal_ids_do_not_mix():
    facts = read_documents(
        {
            "one.htm": filing(2023, "1", schema_reference("exmp-20231231.xsd")),
            "two.htm": filing(2024, "2", schema_reference("exmp-20241231.xsd")),
            "lost.htm": inline(number("3", id="lost"), ""),
        }
    )
    rows = by_id(facts.numeric)
    assert rows["f2023"]["period_end"] == date(2023, 12, 31)
    assert rows["f2024"]["period_end"] == date(2024, 12, 31)
    assert values(facts.text, "text_value") == {"t2023": "on 2023", "t2024": "on 2024"}
    assert list(reasons(facts.rejects)) == ["lost"]


def test_an_id_means_what_the_facts_own_document_says_first():
    facts = read_documents(
        {"one.htm": filing(2023, "1", SCHEMA), "two.htm": filing(2024, "2", SCHEMA)}
    )
    rows = by_id(facts.numeric)
    assert rows["f2023"]["period_end"] == date(2023, 12, 31)
    assert rows["f2024"]["period_end"] == date(2024, 12, 31)
    assert values(facts.text, "text_value") == {"t2023": "on 2023", "t2024": "on 2024"}


def test_an_id_that_two_other_documents_hold_is_ambiguous():
    third = number("3", id="n") + text("x", id="t", continued_at="c")
    own = context("mine", FOREVER)
    third += number("4", id="m", context="mine") + text(
        "y", id="u", context="mine", continued_at="c"
    )
    facts = read_documents(
        {
            "one.htm": filing(2023, "1", SCHEMA),
            "two.htm": filing(2024, "2", SCHEMA),
            "three.htm": inline(third, own, references=SCHEMA),
        }
    )
    rejected = {row["element_id"]: row["reason"] for row in facts.rejects.to_dicts()}
    assert rejected == dict.fromkeys("ntmu", "ambiguous_reference")


def test_instances_beside_each_other_keep_their_own_contexts():
    one, two = (
        instance(
            fact("us-gaap:Revenues", value, id=f"f{year}", unit="usd"),
            context("year", duration(f"{year}-01-01", f"{year}-12-31")) + USD,
        )
        for year, value in ((2023, "1"), (2024, "2"))
    )
    facts = read_documents({"one.xml": one, "two.xml": two})
    rows = by_id(facts.numeric)
    assert rows["f2023"]["period_end"] == date(2023, 12, 31)
    assert rows["f2024"]["period_end"] == date(2024, 12, 31)


def test_one_unreadable_document_of_many_is_named():
    good = inline(number("1"), references=SCHEMA)
    with pytest.raises(UnreadableDocumentError, match=r"^bad\.htm: "):
        read_documents({"good.htm": good, "bad.htm": good[:-20]})


def test_no_documents_hold_no_facts():
    facts = read_documents({})
    assert facts.numeric.is_empty()
    assert facts.numeric.columns == facts.text.columns


def test_documents_of_one_set_share_footnotes():
    links = element("ix:relationship", from_refs="b", to_refs="n")
    facts = read_documents(
        {
            "first.htm": inline("", references=SCHEMA, relationships=links),
            "second.htm": inline(
                number("2", id="b") + element("ix:footnote", "note", id="n"), "", references=SCHEMA
            ),
        }
    )
    assert only(facts.footnotes)["source_document"] == "second.htm"


@pytest.mark.parametrize(
    "resources",
    [YEAR + context("year", instant("2023-12-31")) + USD, YEAR + USD + unit("usd", "iso4217:EUR")],
)
def test_an_id_that_stands_for_two_things_is_ambiguous(resources):
    for facts in of_both(resources):
        assert facts.numeric.is_empty()
        assert list(reasons(facts.rejects)) == ["f"]


def test_a_continuation_with_two_texts_is_ambiguous():
    body = text("a", id="t", continued_at="c") + continuation("c", "1") + continuation("c", "2")
    assert list(reasons(read(inline(body)).rejects)) == ["t"]


def test_what_has_no_id_is_never_referred_to():
    body = number("1", id="f", context=None) + text("a", id="t", context="good", continued_at="")
    resources = context(None, FOREVER) + context("good", FOREVER) + USD
    facts = read(inline(body + continuation(None, "stray"), resources))
    assert facts.numeric.is_empty()
    assert "stray" not in str(facts.text["text_value"].to_list())


def test_resources_may_be_in_several_headers():
    second = element("ix:header", element("ix:resources", USD))
    facts = read(inline(second + number("1", id="f"), YEAR))
    assert values(facts.numeric) == {"f": "1"}


# The law: every fact is a row or a reject

FACT_TAG = re.compile(rb"<ix:(?:nonFraction|nonNumeric)\b")

digits = st.text("0123456789", min_size=1, max_size=12)
plain_numbers = st.builds(
    lambda whole, part: f"{whole}.{part}" if part else whole, digits, st.just("") | digits
)
words = st.text(
    st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="<>&\u00a0"), max_size=12
)


@st.composite
def numbers(draw):
    """A number's attributes and print, and its value or None where it cannot be stated."""
    printed = draw(plain_numbers)
    scale = draw(st.none() | st.integers(-9, 12))
    sign = draw(st.none() | st.just("-"))
    fault = draw(
        st.sampled_from(["", "", "", "", "context", "unit", "format", "name", "print", "target"])
    )
    given = {"scale": None if scale is None else str(scale), "sign": sign}
    given["decimals"] = draw(st.none() | st.sampled_from(["INF", "-6", "0", "2"]))
    value = Decimal(printed).scaleb(scale or 0) * (-1 if sign else 1)
    if draw(st.booleans()):
        whole, _, part = printed.partition(".")
        printed = f"{int(whole):,}" + (f".{part}" if part else "")
        given["format"] = "ixt:num-dot-decimal"
    if fault == "print":
        printed = f"x{printed}"
    elif fault:
        given[fault] = "gone" if fault != "name" else "gone:Thing"
    return printed, given, None if fault else value


@st.composite
def trees(draw):
    """A body with facts in facts; what each must come to, by key, and the texts of texts."""
    expected = {}
    plain = {}

    def a_number():
        key = f"f{len(expected)}"
        printed, given, value = draw(numbers())
        expected[key] = value
        inner = printed
        for _ in range(draw(st.integers(0, 3))):
            # Numbers around it print the same; without format and scale they may not fit it.
            outer = f"f{len(expected)}"
            expected[outer] = Decimal(printed) if _is_plain(printed) else None
            inner_key, key = key, outer
            inner = number(inner, id=inner_key, **given)
            given = {}
        return number(inner, id=key, **given), printed

    def a_text(depth):
        key = f"f{len(expected)}"
        expected[key] = ""
        kind = draw(st.sampled_from(["plain", "plain", "nil", "lost", "continued", "unknown"]))
        parts = [draw(words)]
        body = parts[0]
        for _ in range(draw(st.integers(0, 2))):
            markup, printed = a_text(depth + 1) if depth < 3 and draw(st.booleans()) else a_number()
            body += f"<p>{markup}</p>"
            parts.append(printed)
        given = {}
        tail = ""
        told = "".join(parts)
        if kind == "nil":
            given["nil"] = "true"
        elif kind == "lost":
            given["continued_at"] = "gone"
        elif kind == "continued":
            rest = draw(words)
            given["continued_at"] = f"c{key}"
            tail = continuation(f"c{key}", rest)
        elif kind == "unknown":
            given["context"] = "gone"
        if kind in ("lost", "unknown"):
            expected[key] = None
        elif kind == "nil":
            plain[key] = None
        else:
            plain[key] = (told + (rest if kind == "continued" else "")).strip()
        return text(body, id=key, **given) + tail, told + (rest if kind == "continued" else "")

    body = ""
    for _ in range(draw(st.integers(0, 6))):
        markup, _ = a_text(0) if draw(st.booleans()) else a_number()
        body += f"<div>{markup}</div>"
    return body, expected, plain


def _is_plain(printed):
    return re.fullmatch(r"\d+(\.\d+)?", printed) is not None


@settings(max_examples=100, deadline=None)
@given(trees(), st.booleans())
def test_every_fact_is_a_row_with_its_value_or_a_reject(tree, is_split):
    body, expected, plain = tree
    first = inline(body, references=SCHEMA)
    documents = {"one.htm": first}
    if is_split:
        # The same facts in a document that has neither contexts nor units of its own.
        documents = {
            "one.htm": inline("", references=SCHEMA),
            "two.htm": inline(body, "", references=SCHEMA),
        }
    facts = read_documents(documents)
    elements = sum(len(FACT_TAG.findall(content)) for content in documents.values())
    assert elements == len(expected)
    assert facts.numeric.height + facts.text.height + facts.rejects.height == elements
    rejected = {key for key, value in expected.items() if value is None}
    assert set(facts.rejects["element_id"]) == rejected
    found = {key: Decimal(value) for key, value in values(facts.numeric).items()}
    assert found == {key: value for key, value in expected.items() if isinstance(value, Decimal)}
    assert values(facts.text, "text_value") == plain


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers(), max_size=8))
def test_an_instance_states_the_same_numbers_as_its_inline_document(given_numbers):
    pages, plain = [], []
    for place, (printed, named, value) in enumerate(given_numbers):
        pages.append(number(printed, id=f"f{place}", **named))
        if value is not None:
            plain.append(
                fact("us-gaap:Revenues", format(value, "f"), id=f"f{place}", unit="usd",
                     decimals=named["decimals"])
            )  # fmt: skip
    ours, theirs = read(inline("".join(pages))), read(instance("".join(plain)))

    def stated(facts):
        columns = ["element_id", "concept", "period_start", "period_end", "unit", "decimals"]
        rows = facts.numeric.select(columns).rows()
        return rows, [Decimal(value) for value in facts.numeric["value"]]

    assert stated(ours) == stated(theirs)
