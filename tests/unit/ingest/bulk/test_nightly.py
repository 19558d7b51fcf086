"""companyfacts.zip and submissions.zip, member by member, into the buckets of their filers."""

import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from ingest.bulk.companyfacts import load_companyfacts
from ingest.bulk.submissions import load_submissions
from ingest.errors import UnreadableArchiveError
from ingest.lake import Lake
from registry.models import load_registry

CIK, NUMBER = "0001018724", "0001018724-25-000004"
BUCKET = 4
FACT = {"start": "2024-01-01", "end": "2024-12-31", "val": 637959000000, "accn": NUMBER,
        "form": "10-K", "filed": "2025-02-07", "fy": 2024, "fp": "FY"}  # fmt: skip
EXTRACT = {
    "cik": 1018724,
    "entityName": "AMAZON.COM, INC.",
    "facts": {
        "us-gaap": {
            "RevenueFromContractWithCustomerExcludingAssessedTax": {"units": {"USD": [FACT]}},
            "Cash": {"units": {"USD": [{**FACT, "start": None, "val": None}]}},
        }
    },
}
RULES = load_registry().filing_rules


def columns(*rows):
    names = ("accessionNumber", "filingDate", "reportDate", "acceptanceDateTime", "form", "items",
             "size", "isXBRL", "isInlineXBRL", "primaryDocument")  # fmt: skip
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


ANNUAL = (NUMBER, "2025-02-06", "2024-12-31", "2025-02-06T21:10:29.000Z", "10-K", "", 100, 1, 1,
          "amzn-20241231.htm")  # fmt: skip
OWNERSHIP = ("0001018724-25-000005", "2025-02-08", "", "2025-02-08T10:00:00.000Z", "4", "", 1, 0,
             0, "x.xml")  # fmt: skip
OLDER = ("0001018724-12-000002", "2012-02-01", "2011-12-31", "2012-01-31T21:05:00.000Z", "10-K",
         "", 100, 1, 0, "amzn.htm")  # fmt: skip
LIST = {
    "cik": "0001018724",
    "name": "AMAZON COM INC",
    "tickers": ["AMZN"],
    "sic": "5961",
    "fiscalYearEnd": "1231",
    "filings": {
        "recent": columns(ANNUAL, OWNERSHIP),
        "files": [{"name": f"CIK{CIK}-submissions-001.json", "filingTo": "2012-03-01"}],
    },
}


def archive(path, **members):
    with zipfile.ZipFile(path, "w") as written:
        for name, content in members.items():
            text = content if isinstance(content, str) else json.dumps(content)
            written.writestr(zipfile.ZipInfo(f"{name.replace('_', '-')}.json"), text)
    return path


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


@pytest.fixture
def facts_zip(tmp_path):
    return archive(
        tmp_path / "companyfacts.zip",
        **{f"CIK{CIK}": EXTRACT, "CIK0000000001": {**EXTRACT, "cik": 1}},
    )


def load(lake, path, bucket=BUCKET):
    return load_companyfacts(lake, path, bucket, RULES, "500MB", 1)


def rows(part, table):
    return pl.concat([pl.read_parquet(file) for file in part.files(table)]).to_dicts()


def test_facts_have_their_days_and_their_evidence(lake, facts_zip):
    part = load(lake, facts_zip)
    assert part.rows["facts"] == 2
    stated, nil = sorted(rows(part, "facts"), key=lambda fact: fact["is_nil"])
    assert (stated["value"], stated["unit"]) == (Decimal(637_959_000_000), "USD")
    assert (stated["period_start"], stated["period_end"]) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (stated["evidence"], stated["dimensions"], stated["cik"]) == ("companyfacts", "{}", CIK)
    assert nil["value"] is None
    (filing,) = rows(part, "filings")
    assert (filing["accession_number"], filing["form"], filing["known_from_basis"]) == (
        NUMBER, "10-K", "filed_at",
    )  # fmt: skip
    assert filing["evidence_ref"] == "Archives/edgar/data/1018724/000101872425000004"


def test_only_the_members_of_a_bucket_are_read(lake, facts_zip):
    assert load(lake, facts_zip, bucket=9) is None
    assert {fact["cik"] for fact in rows(load(lake, facts_zip, bucket=1), "facts")} == {
        "0000000001"
    }


def test_a_bucket_is_made_again_when_a_member_changed_and_only_then(lake, facts_zip, tmp_path):
    before = load(lake, facts_zip)
    assert load(lake, facts_zip) == before
    others = archive(
        tmp_path / "others.zip", **{f"CIK{CIK}": EXTRACT, "CIK0000000001": {**EXTRACT, "cik": 2}}
    )
    assert load(lake, others).digest == before.digest
    changed = {**EXTRACT, "facts": {}}
    after = load(lake, archive(tmp_path / "changed.zip", **{f"CIK{CIK}": changed}))
    assert after.digest != before.digest
    assert after.rows["facts"] == 0


@pytest.mark.parametrize("content", ["{", {"facts": {}}, {**EXTRACT, "facts": {"dei": 3}}])
def test_a_member_that_is_no_extract_is_a_reject(lake, tmp_path, content):
    path = archive(tmp_path / "c.zip", **{f"CIK{CIK}": content, "CIK0000000036": EXTRACT})
    part = load(lake, path)
    (reject,) = rows(part, "rejects")
    assert (reject["file"], reject["reason"]) == (f"CIK{CIK}.json", "unreadable_extract")
    assert part.rows["facts"] == 2


def test_lists_say_when_reports_were_accepted_and_who_filed_them(lake, tmp_path):
    path = archive(
        tmp_path / "submissions.zip",
        **{f"CIK{CIK}": LIST, f"CIK{CIK}_submissions_001": columns(OLDER)},
    )
    part = load_submissions(lake, path, BUCKET, {CIK}, RULES)
    annual, older = sorted(rows(part, "filings"), key=lambda each: each["filed_at"], reverse=True)
    assert annual["accepted_at"] == datetime(2025, 2, 6, 21, 10, 29, tzinfo=UTC)
    assert annual["known_from"] == annual["accepted_at"]
    assert (annual["ticker"], annual["sic"], annual["year_end_month"]) == ("AMZN", "5961", 12)
    assert (annual["read_status"], annual["evidence"]) == ("documents_missing", "submissions")
    assert older["accession_number"] == OLDER[0]
    assert part.rows == {"facts": 0, "filings": 2, "rejects": 0}


def test_lists_of_filers_without_facts_are_passed_over(lake, tmp_path):
    path = archive(tmp_path / "submissions.zip", **{f"CIK{CIK}": LIST})
    assert load_submissions(lake, path, BUCKET, set(), RULES) is None


def test_a_list_that_cannot_be_read_is_a_reject(lake, tmp_path):
    path = archive(tmp_path / "submissions.zip", **{f"CIK{CIK}": {"name": "x"}})
    part = load_submissions(lake, path, BUCKET, {CIK}, RULES)
    (reject,) = rows(part, "rejects")
    assert (reject["table_name"], reject["reason"]) == ("filings", "unreadable_list")


def test_what_is_no_zip_is_named(lake, tmp_path):
    path = tmp_path / "companyfacts.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(UnreadableArchiveError, match="fetch it again"):
        load(lake, path)
    with pytest.raises(UnreadableArchiveError, match="fetch it again"):
        load(lake, tmp_path / "missing.zip")
