"""Facts of real filings, beside their figures and beside counts made without the reader."""

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from ingest.edgar.filings import READER_VERSION
from ingest.edgar.listings import read_header_acceptance
from ingest.edgar.xbrl import Facts, read_document, read_documents
from ingest.errors import UnreadableDocumentError
from ingest.snapshot.client import SNAPSHOT_DIR

SHARED = Path(__file__).resolve().parents[3] / "shared" / "edgar"
DATA = SHARED / "Archives" / "edgar" / "data"
AMAZON = DATA / "1018724"

FY2022 = AMAZON / "000101872423000004" / "amzn-20221231_htm.xml"
Q2_2023 = AMAZON / "000101872423000012" / "amzn-20230630.htm"
FY2024 = AMAZON / "000101872425000004" / "amzn-20241231.htm"
PLAIN_HTML = "fb-03312019x10q.htm"

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="needs the real filings in shared/edgar beside the checkout"
)

INLINE = sorted(path for path in DATA.rglob("*.htm") if path.name != PLAIN_HTML)
INSTANCES = sorted([*DATA.rglob("*_htm.xml"), *DATA.rglob("msft-20150630.xml")])
each_document = pytest.mark.parametrize("path", [*INLINE, *INSTANCES], ids=lambda path: path.name)
each_page = pytest.mark.parametrize("path", INLINE, ids=lambda path: path.name)

INCOME = "us-gaap:OperatingIncomeLoss"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
REVENUE = "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"
BACKLOG = "us-gaap:RevenueRemainingPerformanceObligation"
LIFE = "us-gaap:RevenueRemainingPerformanceObligationExpectedTimingOfSatisfactionPeriod1"
TIMING = "us-gaap:RevenueRemainingPerformanceObligationExpectedTimingOfSatisfactionStartDateAxis"
SEGMENTS = "us-gaap:StatementBusinessSegmentsAxis"


@cache
def facts_of(path: Path) -> Facts:
    return read_document(path.name, path.read_bytes())


def year(number: int) -> tuple[date, date]:
    return date(number, 1, 1), date(number, 12, 31)


def figures(
    frame: pl.DataFrame,
    concept: str,
    period: tuple[date | None, date],
    dimensions: dict[str, str] | None = None,
) -> list[tuple[str | None, str | None, str | None]]:
    """Values, texts and precisions of one concept, period and set of members, each once."""
    start, end = period
    found = frame.filter(
        pl.col("concept") == concept,
        pl.col("period_start").eq_missing(pl.lit(start)),
        pl.col("period_end") == end,
        pl.col("dimensions") == json.dumps(dimensions or {}, sort_keys=True),
    )
    return sorted(set(found.select("value", "text_value", "decimals").rows()), key=str)


# Counts, made without the reader


@each_page
def test_every_tagged_fact_of_a_page_is_a_row_or_a_reject(path):
    content = re.sub(rb"<!--.*?-->", b"", path.read_bytes(), flags=re.DOTALL)
    facts = facts_of(path)
    assert facts.numeric.height == len(re.findall(rb"<ix:nonFraction[\s>]", content))
    assert facts.text.height == len(re.findall(rb"<ix:nonNumeric[\s>]", content))
    assert facts.rejects.rows() == []
    ids = re.findall(rb'<ix:non(?:Fraction|Numeric)[^>]* id="([^"]*)"', content)
    read = [*facts.numeric["element_id"], *facts.text["element_id"]]
    assert Counter(read) == Counter(key.decode() for key in ids)


@pytest.mark.parametrize("path", INSTANCES, ids=lambda path: path.name)
def test_every_fact_of_an_instance_is_a_row_or_a_reject(path):
    stated = [child for child in ElementTree.parse(path).getroot() if child.get("contextRef")]
    numbers = [child for child in stated if child.get("unitRef")]
    facts = facts_of(path)
    assert facts.numeric.height == len(numbers)
    assert facts.text.height == len(stated) - len(numbers)
    assert facts.rejects.rows() == []
    ours = Counter(facts.numeric["decimals"])
    assert ours == Counter(child.get("decimals") for child in numbers)
    nil = sum(
        child.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true" for child in stated
    )
    assert facts.numeric["is_nil"].sum() + facts.text["is_nil"].sum() == nil
    # An instance states plain values: ours are the same numbers, in the same order.
    theirs = [Decimal(child.text) for child in numbers if child.text]
    assert [Decimal(value) for value in facts.numeric["value"].drop_nulls()] == theirs


@each_document
def test_rows_are_what_the_columns_promise(path):
    facts = facts_of(path)
    numeric, text = facts.numeric, facts.text
    for frame in (numeric, text):
        assert frame["source_document"].unique().to_list() == [path.name]
        assert frame["entity"].unique().to_list() == [path.parent.parent.name.zfill(10)]
        assert frame["concept"].str.contains(r"^[a-z-]+:[A-Za-z0-9_]+$").all()
        assert frame["period_end"].null_count() == 0
        assert (frame["period_start"] <= frame["period_end"]).all()
        dimensions = {written: json.loads(written) for written in frame["dimensions"].unique()}
        for written, members in dimensions.items():
            assert written == json.dumps(members, sort_keys=True, ensure_ascii=False)
    valued = numeric.filter(~pl.col("is_nil"))
    assert valued["value"].str.contains(r"^-?\d+(\.\d+)?$").all()
    assert not valued["value"].str.contains(r"^-0*\.?0*$").any()
    assert numeric.filter(pl.col("is_nil"))["value"].null_count() == numeric["is_nil"].sum()
    assert numeric["text_value"].null_count() == numeric.height
    assert numeric["unit"].null_count() == 0
    assert text["value"].null_count() == text.height
    listed = facts.dimensions.group_by("dimensions").agg(pl.col("axis"), pl.col("member"))
    for written, axes, members in listed.iter_rows():
        assert json.loads(written) == dict(zip(axes, members, strict=True))


@each_document
def test_numbers_are_the_same_without_texts(path):
    alone = read_document(path.name, path.read_bytes(), with_text=False)
    assert alone.numeric.equals(facts_of(path).numeric)
    assert alone.text.is_empty()


@each_page
def test_no_tag_of_inline_xbrl_is_left_in_markup(path):
    texts = facts_of(path).text["text_value"].drop_nulls()
    assert not texts.str.contains(r"</?ix:").any()


def test_a_whole_archive_read_at_once_does_not_mix():
    documents = {path.name: path.read_bytes() for path in (FY2022, Q2_2023, FY2024)}
    together = read_documents(documents)
    for path in (FY2022, Q2_2023, FY2024):
        rows = together.numeric.filter(pl.col("source_document") == path.name)
        assert rows.equals(facts_of(path).numeric)
    assert together.rejects.is_empty()


# The traps


def test_trap_2_the_backlog_stands_on_a_typed_axis_with_its_remaining_life():
    day = date(2022, 12, 31)
    on_axis = {TIMING: "2023-01-01"}
    facts = facts_of(FY2022)
    assert figures(facts.numeric, BACKLOG, (None, day), on_axis) == [("110400000000", None, "-8")]
    assert figures(facts.text, LIFE, (None, day), on_axis) == [(None, "P3Y8M12D", None)]
    typed = facts.dimensions.filter(pl.col("axis") == TIMING)
    assert typed["is_typed"].all()
    day = date(2024, 12, 31)
    on_axis = {TIMING: "2025-01-01"}
    facts = facts_of(FY2024)
    assert figures(facts.numeric, BACKLOG, (None, day), on_axis) == [("177000000000", None, "-9")]
    assert figures(facts.text, LIFE, (None, day), on_axis) == [(None, "P4Y1M6D", None)]


def test_trap_1_revenue_adds_up_on_each_axis_and_to_nonsense_over_all():
    sums: dict[str, Decimal] = defaultdict(Decimal)
    start, end = year(2024)
    rows = facts_of(FY2024).numeric.filter(
        pl.col("concept") == REVENUE,
        pl.col("period_start") == start,
        pl.col("period_end") == end,
    )
    for written, value in set(rows.select("dimensions", "value").rows()):
        sums[",".join(json.loads(written))] += Decimal(value) / 10**6
    total = Decimal("637959")
    assert sums.pop("srt:ProductOrServiceAxis") == 2 * total
    assert sums == {"": total, SEGMENTS: total, "srt:StatementGeographicalAxis": total}
    assert 2 * total + sum(sums.values()) == 5 * total == 3_189_795


def test_trap_6_precision_is_no_scale():
    numeric = facts_of(FY2024).numeric
    assert figures(numeric, REVENUE, year(2024)) == [("637959000000", None, "-6")]
    # The page prints 637,959 with scale 6: the instance the SEC made of FY2022 states it plainly.
    assert figures(facts_of(FY2022).numeric, REVENUE, year(2022)) == [("513983000000", None, "-6")]
    par = figures(
        numeric, "us-gaap:CommonStockParOrStatedValuePerShare", (None, date(2024, 12, 31))
    )
    assert par == [("0.01", None, "INF")]
    exact = numeric.filter(pl.col("decimals") == "INF")
    assert exact.height > 0
    assert exact["value"].null_count() == 0


def test_trap_7_both_roundings_of_one_figure_are_there():
    found = figures(facts_of(FY2022).numeric, "us-gaap:Depreciation", year(2022))
    assert found == [("24900000000", None, "-8"), ("24924000000", None, "-6")]


def test_trap_8_signs_dashes_and_nil():
    facts = facts_of(FY2024)
    income = {
        member: figures(
            facts.numeric, "us-gaap:OperatingIncomeLoss", year(2023), {SEGMENTS: member}
        )
        for member in ("amzn:InternationalSegmentMember", "amzn:NorthAmericaSegmentMember")
    }
    assert [value for ((value, _, _),) in income.values()] == ["-2656000000", "14877000000"]
    commitments = facts.numeric.filter(pl.col("concept") == "us-gaap:CommitmentsAndContingencies")
    assert commitments.select("value", "is_nil").unique().rows() == [(None, True)]
    zeros = re.findall(rb'<ix:nonFraction[^>]*:fixed-zero"[^>]* id="([^"]*)"', FY2024.read_bytes())
    assert len(zeros) == 37
    rows = facts.numeric.filter(pl.col("element_id").is_in([key.decode() for key in zeros]))
    assert rows["value"].unique().to_list() == ["0"]


def test_trap_9_facts_in_facts():
    content = FY2024.read_bytes()
    tag = "{http://www.xbrl.org/2013/inlineXBRL}nonFraction"
    depths: dict[str, int] = {}

    def walk(element: ElementTree.Element, depth: int) -> None:
        if element.tag == tag:
            depth += 1
            depths[element.attrib["id"]] = depth
        for child in element:
            walk(child, depth)

    walk(ElementTree.fromstring(content), 0)
    numeric = facts_of(FY2024).numeric
    assert numeric.height == len(depths) == 1261
    assert sum(depth > 1 for depth in depths.values()) == 18
    assert max(depths.values()) == 4
    nested = numeric.filter(
        pl.col("element_id").is_in([key for key, depth in depths.items() if depth > 1])
    )
    assert nested.height == 18
    assert nested["value"].null_count() == 0


def test_trap_11_an_extension_keeps_its_prefix_from_filing_to_filing():
    uris = set()
    for path in (FY2022, Q2_2023, FY2024):
        (uri,) = re.findall(rb'xmlns:amzn="([^"]*)"', path.read_bytes())
        uris.add(uri)
        segments = facts_of(path).dimensions.filter(pl.col("axis") == SEGMENTS)["member"]
        assert "amzn:AmazonWebServicesSegmentMember" in set(segments)
        concept = "amzn:ProceedsFromPropertyPlantAndEquipmentSalesAndIncentives"
        assert concept in set(facts_of(path).numeric["concept"])
    assert len(uris) == 3


def test_trap_14_a_filing_is_known_from_its_acceptance():
    header = AMAZON / "000101872424000161" / "0001018724-24-000161.hdr.txt"
    accepted_at = read_header_acceptance(header.read_bytes())
    assert accepted_at == datetime(2024, 10, 31, 22, 44, 54, tzinfo=UTC)


def test_a_filing_in_plain_html_is_refused_by_name():
    (path,) = DATA.rglob(PLAIN_HTML)
    with pytest.raises(UnreadableDocumentError, match=f"^{re.escape(PLAIN_HTML)}: "):
        read_document(path.name, path.read_bytes())


@pytest.mark.parametrize("suffix", ["_cal.xml", "_def.xml", "_lab.xml", "_pre.xml", ".xsd"])
def test_the_taxonomy_beside_an_instance_holds_no_facts(suffix):
    path = FY2022.with_name(f"amzn-20221231{suffix}")
    with pytest.raises(UnreadableDocumentError, match="holds no tagged facts"):
        read_document(path.name, path.read_bytes())


# The embedded snapshot, made by other means from the same documents

# The snapshot drops zeros at the end of a number: -0.2 for -0.20. Values are compared as numbers.
# Meta's members carry the prefix of its older filings there: fb:FamilyOfAppsMember.
SNAPSHOT_ALIASES = {'"meta:': '"fb:'}


@cache
def snapshot_rows() -> dict[str, list[dict[str, str]]]:
    rows = defaultdict(list)
    with gzip.open(SNAPSHOT_DIR / "facts.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["evidence"] == "xbrl":
                rows[row["evidence_ref"].partition(" ")[0]].append(row)
    return rows


def as_in_snapshot(facts: Facts) -> set[tuple[object, ...]]:
    stated = set()
    for row in pl.concat([facts.numeric, facts.text]).iter_rows(named=True):
        if row["is_nil"]:
            continue
        dimensions = row["dimensions"]
        for ours, theirs in SNAPSHOT_ALIASES.items():
            dimensions = dimensions.replace(ours, theirs)
        value = row["text_value"] if row["unit"] is None else Decimal(row["value"])
        stated.add(
            (
                row["entity"],
                row["concept"],
                str(row["period_start"] or ""),
                str(row["period_end"] or ""),
                dimensions,
                row["unit"] or "duration",
                value,
                row["decimals"] or "",
            )
        )
    return stated


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("amzn-20221231_htm.xml", 220),
        ("amzn-20230630.htm", 234),
        ("amzn-20241231.htm", 222),
        ("goog-20230630.htm", 197),
        ("goog-20231231.htm", 175),
        ("goog-20241231.htm", 202),
        ("meta-20230630.htm", 177),
        ("meta-20241231.htm", 129),
        ("msft-20150630.xml", 191),
    ],
)
def test_every_fact_of_the_snapshot_is_a_fact_of_its_document(name, rows):
    ((reference, of_document),) = [
        (reference, given)
        for reference, given in snapshot_rows().items()
        if reference.endswith(f"/{name}")
    ]
    assert len(of_document) == rows
    stated = as_in_snapshot(facts_of(SHARED / reference))
    missing = []
    for row in of_document:
        value = row["value"] if row["unit"] == "duration" else Decimal(row["value"])
        key = (
            row["cik"],
            row["concept"],
            row["period_start"],
            row["period_end"],
            row["dimensions"],
            row["unit"],
            value,
            row["decimals"],
        )
        if key not in stated:
            missing.append(key)
    assert missing == []


# What the reader states of a real document. Whoever changes it on purpose counts READER_VERSION up,
# so that every warehouse reads its filings again, and replaces the digest.
STATED = {
    (1, "amzn-20241231.htm"): "8ad1c704e4cc6491",
    (1, "amzn-20221231_htm.xml"): "1249dcba3b4efe48",
}


@pytest.mark.parametrize("name", ["amzn-20241231.htm", "amzn-20221231_htm.xml"])
def test_a_reader_that_states_facts_differently_has_another_version(name):
    (path,) = DATA.rglob(name)
    read = read_document(name, path.read_bytes())
    stated = pl.concat([read.numeric, read.text]).sort(pl.all()).write_csv()
    digest = sha256(stated.encode()).hexdigest()[:16]
    assert digest == STATED.get((READER_VERSION, name)), "count READER_VERSION up, pin the digest"
