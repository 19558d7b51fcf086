"""Proposals of registry entries, on real filings where they are at hand and on small frames."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from ingest.edgar.archive import archive_client
from ingest.edgar.client import EdgarClient
from ingest.edgar.listings import Submissions, read_submissions
from ingest.edgar.proposal import (
    FilingFacts,
    identifier_of,
    propose_company,
    read_newest_filings,
)
from ingest.edgar.rows import DIMENSION_ROWS, FACT_ROWS, FOOTNOTE_ROWS, REJECT_ROWS
from ingest.edgar.xbrl import Facts, read_document
from ingest.landing import Landing
from registry.models import REGISTRY_DIR, Registry, RegistryError, load_registry
from tests.support.edgar_files import CIK, FIRST

SHARED_EDGAR = Path(__file__).resolve().parents[5] / "shared" / "edgar"
SEGMENTS = "us-gaap:StatementBusinessSegmentsAxis"
PRODUCTS = "srt:ProductOrServiceAxis"
BANDS = "us-gaap:RevenueRemainingPerformanceObligationExpectedTimingOfSatisfactionStartDateAxis"
RPO = "us-gaap:RevenueRemainingPerformanceObligation"
RPO_LIFE = "us-gaap:RevenueRemainingPerformanceObligationExpectedTimingOfSatisfactionPeriod1"
REVENUE = "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"
CLOUD = {SEGMENTS: "acme:CloudSegmentMember"}
SHOPS = {SEGMENTS: "acme:ShopsMember"}

needs_shared = pytest.mark.skipif(not SHARED_EDGAR.exists(), reason="needs ../shared/edgar")


def number(concept, value, dimensions=None, start=date(2025, 1, 1), unit="USD"):
    return {
        "concept": concept,
        "value": value,
        "dimensions": dimensions or {},
        "period_start": start,
        "period_end": date(2025, 12, 31),
        "unit": unit,
    }


def instant(concept, value, dimensions=None, unit="USD"):
    return number(concept, value, dimensions, start=None, unit=unit)


def text(concept, value, dimensions=None):
    return {**instant(concept, None, dimensions, unit=None), "text_value": value}


def filing(*facts, typed=(), number="0000000001-26-000001", form="10-K"):
    """A filing that states these facts; axes in `typed` hold values instead of members."""
    rows = [
        {"source_document": "acme.htm", "is_nil": False, **fact, "dimensions": written(fact)}
        for fact in facts
    ]
    frame = pl.DataFrame(
        [{name: row.get(name) for name in FACT_ROWS.names()} for row in rows], schema=FACT_ROWS
    )
    dimensions = {
        (written(fact), axis, member, axis in typed)
        for fact in facts
        for axis, member in fact["dimensions"].items()
    }
    return FilingFacts(
        number,
        form,
        date(2025, 12, 31),
        Facts(
            numeric=frame.filter(pl.col("unit").is_not_null()),
            text=frame.filter(pl.col("unit").is_null()),
            dimensions=pl.DataFrame(sorted(dimensions), schema=DIMENSION_ROWS, orient="row"),
            footnotes=FOOTNOTE_ROWS.to_frame(),
            rejects=REJECT_ROWS.to_frame(),
        ),
    )


def written(fact):
    pairs = ", ".join(
        f'"{axis}": "{member}"' for axis, member in sorted(fact["dimensions"].items())
    )
    return f"{{{pairs}}}"


def acme(registry, *filings, fiscal_year_end="1231", tickers=("ACME",)):
    submissions = Submissions("ACME INC", tickers, fiscal_year_end, ())
    return propose_company("acme", "0000000009", submissions, filings, registry)


def pasted(proposal, tmp_path, replacing=None):
    """The registry once the proposal is pasted at its end, a company of that ticker removed."""
    directory = tmp_path / "registry"
    shutil.copytree(REGISTRY_DIR, directory, ignore=shutil.ignore_patterns("__pycache__"))
    path = directory / "companies.yml"
    if replacing:
        content = yaml.safe_load(path.read_text())
        content["companies"] = [c for c in content["companies"] if c["ticker"] != replacing]
        lines = yaml.safe_dump(content, sort_keys=False, width=10_000).splitlines()
        path.write_text("\n".join(["companies:", *(f"  {line}" for line in lines[1:]), ""]))
    path.write_text(path.read_text() + proposal.to_yaml())
    return load_registry(directory)


def test_segments_are_those_that_carry_revenue_or_operating_income(registry):
    proposal = acme(
        registry,
        filing(
            number(REVENUE, "10", CLOUD),
            number("us-gaap:OperatingIncomeLoss", "3", CLOUD),
            number(REVENUE, "20", SHOPS),
            number("us-gaap:Depreciation", "1", {SEGMENTS: "acme:CorporateMember"}),
        ),
    )
    assert [(part.id, part.name, part.members) for part in proposal.segments] == [
        ("cloud", "Cloud", ("acme:CloudSegmentMember",)),
        ("shops", "Shops", ("acme:ShopsMember",)),
    ]
    assert proposal.segments[0].evidence.fact_count == 2


def test_a_member_that_changed_its_prefix_is_one_segment(registry):
    proposal = acme(
        registry,
        filing(number(REVENUE, "10", {SEGMENTS: "fb:AppsMember"})),
        filing(number(REVENUE, "11", {SEGMENTS: "meta:AppsMember"}), number="0000000001-26-000002"),
    )
    assert [part.members for part in proposal.segments] == [("fb:AppsMember", "meta:AppsMember")]
    assert proposal.segments[0].evidence.filing_count == 2


def test_product_lines_beside_their_segment_are_told_and_not_proposed(registry):
    proposal = acme(
        registry, filing(number(REVENUE, "7", {**CLOUD, PRODUCTS: "acme:StorageMember"}))
    )
    assert proposal.product_lines == ()
    assert [signature for signature, _ in proposal.entangled] == [
        f"{PRODUCTS}=acme:StorageMember;{SEGMENTS}=acme:CloudSegmentMember"
    ] * 2
    assert "not declarable" in proposal.to_yaml()


def test_what_no_fact_states_is_listed_as_not_found(registry):
    proposal = acme(registry, filing(number(REVENUE, "10")))
    assert "net_sales" not in proposal.not_found
    assert {"capex_gross", "operating_cash_flow", "backlog"} <= set(proposal.not_found)
    content = proposal.to_yaml()
    assert "segments: []  # not found" in content
    assert "formulas:" not in content


def test_a_metric_is_only_found_in_its_own_unit_period_and_dimensions(registry):
    proposal = acme(
        registry,
        filing(
            instant("us-gaap:NetCashProvidedByUsedInOperatingActivities", "1"),
            number("us-gaap:ShareBasedCompensation", "1", CLOUD),
            number("us-gaap:NetIncomeLoss", "1", unit="EUR"),
        ),
    )
    assert {"operating_cash_flow", "stock_compensation", "net_income"} <= set(proposal.not_found)


def test_the_filers_own_tag_is_hinted_at_where_no_known_concept_states_a_metric(registry):
    proposal = acme(registry, filing(number("acme:PurchasesOfPropertyAndEquipment", "5")))
    assert "capex_gross" in proposal.not_found
    assert "perhaps acme:PurchasesOfPropertyAndEquipment" in proposal.to_yaml()


def test_a_concept_outside_the_common_list_is_declared(registry):
    line = {PRODUCTS: "acme:ChipsMember"}
    proposal = acme(registry, filing(number("us-gaap:Revenues", "5", line)))
    entry = yaml.safe_load(proposal.to_yaml())[0]
    assert entry["concepts"] == {"product_revenue": ["us-gaap:Revenues"]}


def test_backlog_under_a_typed_axis_alone_declares_its_dimensions(registry):
    day = {BANDS: "2026-01-01"}
    proposal = acme(
        registry, filing(instant(RPO, "9", day), text(RPO_LIFE, "P4Y", day), typed=[BANDS])
    )
    entry = yaml.safe_load(proposal.to_yaml())[0]
    assert entry["dimensions"] == {
        "backlog": [f"{BANDS}=*"],
        "backlog_remaining_life": [f"{BANDS}=*"],
    }
    assert entry["backlog"] is None


def test_bands_of_backlog_are_left_to_a_person(registry):
    bands = [{BANDS: "2026-01-01"}, {BANDS: "2028-01-01"}]
    proposal = acme(registry, filing(*(instant(RPO, "4", b) for b in bands), typed=[BANDS]))
    assert "several a period: bands" in proposal.to_yaml()
    assert "dimensions" not in yaml.safe_load(proposal.to_yaml())[0]


def test_the_length_of_a_band_is_no_life_of_the_backlog(registry):
    day = {BANDS: "2026-01-01"}
    proposal = acme(registry, filing(instant(RPO, "9"), text(RPO_LIFE, "P12M", day), typed=[BANDS]))
    assert "dimensions" not in yaml.safe_load(proposal.to_yaml())[0]


def test_a_split_is_hinted_at_and_never_declared(registry):
    ratio = "us-gaap:StockholdersEquityNoteStockSplitConversionRatio1"
    proposal = acme(registry, filing(number(ratio, "20", unit="pure")))
    assert "TODO decide: split ratio 20" in proposal.to_yaml()
    assert yaml.safe_load(proposal.to_yaml())[0]["splits"] == []


@pytest.mark.parametrize(
    ("listed", "cover", "month"),
    [
        ("1231", "--12-31", 12),
        ("0131", "--01-28", 1),
        ("0131", "--02-01", 1),
        (None, "--06-30", 6),
        ("1231", "--06-30", None),
        (None, "--13-01", None),
        (None, None, None),
    ],
)
def test_the_month_of_the_fiscal_year_end_is_the_one_all_sources_agree_on(
    registry, listed, cover, month
):
    facts = [text("dei:CurrentFiscalYearEndDate", cover)] if cover else []
    assert acme(registry, filing(*facts), fiscal_year_end=listed).fiscal_year_end_month == month


def test_an_annual_report_that_ends_elsewhere_is_a_disagreement(registry):
    report = filing(
        text("dei:CurrentFiscalYearEndDate", "--12-31"),
        text("dei:DocumentPeriodEndDate", "2025-06-30"),
    )
    assert acme(registry, report).fiscal_year_end_month is None


def test_an_entry_with_an_undecided_month_is_refused_until_someone_decides(registry, tmp_path):
    proposal = acme(registry, filing(), fiscal_year_end=None)
    with pytest.raises(RegistryError, match=r"fiscal_year_end\.month"):
        pasted(proposal, tmp_path)


def test_a_proposal_can_be_pasted_into_the_registry(registry, tmp_path):
    cover = "dei:EntityCommonStockSharesOutstanding"
    classes = [{"us-gaap:StatementClassOfStockAxis": f"us-gaap:CommonClass{c}Member"} for c in "AB"]
    proposal = acme(
        registry,
        filing(
            number(REVENUE, "10", CLOUD),
            number("us-gaap:NetCashProvidedByUsedInOperatingActivities", "4"),
            number("us-gaap:PaymentsToAcquireProductiveAssets", "2"),
            *(instant(cover, "100", c, unit="shares") for c in classes),
        ),
    )
    company = pasted(proposal, tmp_path).company("ACME")
    assert company.cik == "0000000009"
    assert company.fiscal_year_end.month == 12
    assert [part.id for part in company.segments] == ["cloud"]
    assert set(company.formulas) == {"shares_outstanding", "free_cash_flow"}
    assert (company.cloud_segment, company.backlog, company.capex) == (None, None, None)


def test_a_company_without_any_filing_at_hand_says_so(registry, tmp_path):
    proposal = acme(registry)
    assert set(proposal.not_found) == {m.name for m in registry.metrics if m.concepts}
    assert pasted(proposal, tmp_path).company("ACME").segments == ()


def test_another_ticker_in_edgars_list_is_for_a_person_to_settle(registry):
    assert "EDGAR lists the tickers ACMEA" in acme(registry, tickers=("ACMEA",)).to_yaml()


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("nvda:ComputeAndNetworkingMember", "compute_and_networking"),
        ("nvda:OEMAndOtherMember", "oem_and_other"),
        ("amzn:AmazonWebServicesSegmentMember", "amazon_web_services"),
        ("us-gaap:AllOtherSegmentsMember", "all_other"),
        ("x:SegmentsMember", "segments"),
        ("x:365Member", "part_365"),
    ],
)
def test_ids_are_made_of_the_members_name(member, expected):
    assert identifier_of(member) == expected


def test_newest_reports_are_read_and_those_that_cannot_be_are_named(edgar, registry, archive):
    submissions = edgar.submissions(CIK)
    folder = archive / "Archives" / "edgar" / "data" / "42" / FIRST.replace("-", "")
    (folder / "main.htm").write_bytes(b"<html><body>no facts</body></html>")
    filings, unread = read_newest_filings(edgar, CIK, submissions, 4)
    assert filings == ()
    assert [words[:27] for words in unread] == [f"{FIRST} (10-K)"]
    proposal = propose_company("xmpl", CIK, submissions, filings, registry, unread)
    assert "#   not read: " + FIRST in proposal.to_yaml()


def test_reports_the_source_has_not_are_counted(edgar, archive):
    shutil.rmtree(archive / "Archives" / "edgar" / "data" / "42")
    filings, unread = read_newest_filings(edgar, CIK, edgar.submissions(CIK), 4)
    assert (filings, unread) == ((), (f"1 listed reports the source has not, newest {FIRST}",))


@needs_shared
def test_older_reports_are_read_where_a_source_lacks_the_newest(tmp_path):
    client = EdgarClient(
        archive_client(SHARED_EDGAR), Landing(tmp_path / "landing"), is_partial=True
    )
    submissions = client.submissions("1045810")
    filings, unread = read_newest_filings(client, "1045810", submissions, 2)
    assert [filing.accession_number for filing in filings] == [
        "0001045810-24-000029",
        "0001045810-23-000175",
    ]
    assert len(unread) == 1


def real_proposal(registry: Registry, ticker: str, cik: str, documents: dict[str, str]):
    """What real filings propose to a registry that does not know the company yet."""
    others = tuple(company for company in registry.companies if company.ticker != ticker)
    content = (SHARED_EDGAR / "submissions" / f"CIK{cik}.json").read_bytes()
    submissions, _ = read_submissions(content, "submissions")
    folder = SHARED_EDGAR / "Archives" / "edgar" / "data" / str(int(cik))
    filings = []
    for path, form in documents.items():
        number, name = path.split("/")
        facts = read_document(name, (folder / path).read_bytes())
        accession_number = f"{number[:10]}-{number[10:12]}-{number[12:]}"
        filings.append(FilingFacts(accession_number, form, None, facts))
    without = registry.model_copy(update={"companies": others})
    return propose_company(ticker, cik, submissions, filings, without)


@needs_shared
def test_nvidia_is_proposed_as_it_is_declared(registry, tmp_path):
    proposal = real_proposal(
        registry,
        "NVDA",
        "0001045810",
        {
            "000104581023000175/nvda-20230730.htm": "10-Q",
            "000104581024000029/nvda-20240128.htm": "10-K",
        },
    )
    declared = registry.company("NVDA")
    company = pasted(proposal, tmp_path, replacing="NVDA").company("NVDA")
    assert company.fiscal_year_end == declared.fiscal_year_end
    for proposed, known in (
        (company.segments, declared.segments),
        (company.product_lines, declared.product_lines),
    ):
        assert {(part.id, part.members) for part in proposed} == {
            (part.id, part.members) for part in known
        }
    assert company.concepts["product_revenue"][0] == declared.concepts["product_revenue"][0]
    assert company.formulas["free_cash_flow"] == declared.formulas["free_cash_flow"]
    capex = next(metric for metric in proposal.metrics if metric.metric == "capex_gross")
    assert capex.silent_filings == ("0001045810-23-000175",)
    assert "nvda:PurchasesOfPropertyAndEquipmentAndIntangibleAssets" in capex.own_tags
    assert "finance_lease_principal" in proposal.not_found
    assert company.dimensions == {}


@needs_shared
def test_alphabet_is_proposed_as_it_is_declared(registry, tmp_path):
    proposal = real_proposal(
        registry,
        "GOOGL",
        "0001652044",
        {
            "000165204423000070/goog-20230630.htm": "10-Q",
            "000165204425000014/goog-20241231.htm": "10-K",
        },
    )
    declared = registry.company("GOOGL")
    company = pasted(proposal, tmp_path, replacing="GOOGL").company("GOOGL")
    for proposed, known in (
        (company.segments, declared.segments),
        (company.share_classes, declared.share_classes),
    ):
        assert {part.members for part in proposed} == {part.members for part in known}
    assert set(company.formulas) == set(declared.formulas)
    # Which band of time is the first only a person can say.
    bands = {"backlog_band_share", "backlog_band_years"}
    assert company.dimensions == {
        metric: axes for metric, axes in declared.dimensions.items() if metric not in bands
    }
    assert proposal.product_lines == ()


@needs_shared
def test_meta_is_proposed_as_it_is_declared(registry, tmp_path):
    proposal = real_proposal(
        registry,
        "META",
        "0001326801",
        {
            "000132680123000093/meta-20230630.htm": "10-Q",
            "000132680125000017/meta-20241231.htm": "10-K",
        },
    )
    declared = registry.company("META")
    company = pasted(proposal, tmp_path, replacing="META").company("META")
    assert {part.id for part in company.segments} == {part.id for part in declared.segments}
    assert {part.members[0] for part in company.segments} <= {
        member for part in declared.segments for member in part.members
    }
    assert set(company.formulas) == set(declared.formulas)
    assert proposal.backlog_dimensions == ()
    assert "backlog: null  # no remaining performance obligations found" in proposal.to_yaml()
