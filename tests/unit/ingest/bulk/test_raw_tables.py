"""Which source is believed about a filing, and which filings count."""

import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from ingest.bulk.companyfacts import load_companyfacts
from ingest.bulk.raw_tables import load_bucket
from ingest.bulk.submissions import load_submissions
from ingest.lake import Lake, bucket_of
from registry.models import load_registry

REGISTRY = load_registry()
CIK = "0000000033"
REPORT, PROXY = "0000000033-25-000004", "0000000033-25-000009"
LISTED = ("accessionNumber", "filingDate", "reportDate", "acceptanceDateTime", "form", "items",
          "size", "isXBRL", "isInlineXBRL", "primaryDocument")  # fmt: skip


def fact(number, form, filed, value):
    return {"start": "2024-01-01", "end": "2024-12-31", "val": value, "accn": number, "form": form,
            "filed": filed, "fy": 2024, "fp": "FY"}  # fmt: skip


def archive(path, member, content):
    with zipfile.ZipFile(path, "w") as written:
        written.writestr(member, json.dumps(content))
    return path


@pytest.fixture
def lake(tmp_path):
    """Net income in a report and, in thousands, in a proxy statement after it."""
    lake = Lake(tmp_path / "lake")
    stated = [fact(REPORT, "10-K", "2025-02-06", 319_066_000),
              fact(PROXY, "DEF 14A", "2025-04-10", 319_066)]  # fmt: skip
    extract = {"cik": 33, "entityName": "A FILER",
               "facts": {"us-gaap": {"NetIncomeLoss": {"units": {"USD": stated}}}}}  # fmt: skip
    facts = archive(tmp_path / "companyfacts.zip", f"CIK{CIK}.json", extract)
    load_companyfacts(lake, facts, bucket_of(CIK), REGISTRY.filing_rules, "500MB", 1)
    return lake


@pytest.fixture
def with_list(lake, tmp_path):
    """The list of the same filer beside it."""
    rows = [(REPORT, "2025-02-06", "2024-12-28", "2025-02-06T21:10:29.000Z", "10-K", "", 1, 1, 1,
             "a.htm")]  # fmt: skip
    recent = {name: [row[place] for row in rows] for place, name in enumerate(LISTED)}
    told = {"cik": CIK, "name": "A FILER", "tickers": ["A"], "sic": "5961",
            "fiscalYearEnd": "1228", "filings": {"recent": recent, "files": []}}  # fmt: skip
    lists = archive(tmp_path / "submissions.zip", f"CIK{CIK}.json", told)
    load_submissions(lake, lists, bucket_of(CIK), {CIK}, REGISTRY.filing_rules)
    return lake


@pytest.fixture
def raw(with_list):
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        held = load_bucket(connection, with_list.parts(), bucket_of(CIK), REGISTRY)
        yield connection, held


def test_what_a_proxy_statement_repeats_is_no_figure(raw):
    connection, held = raw
    assert connection.execute("select value from raw.facts").fetchall() == [(Decimal(319_066_000),)]
    assert connection.execute("select form from raw.filings").fetchall() == [("10-K",)]
    assert held.facts == 1


def test_a_filing_became_known_when_the_list_says_it_was_accepted(raw):
    """Companyfacts knows the day alone, a list the moment, and the day the period ended."""
    connection, _ = raw
    (told,) = connection.execute(
        "select known_from, known_from_basis, accepted_at, period_of_report, read_status"
        " from raw.filings"
    ).fetchall()
    accepted = datetime(2025, 2, 6, 21, 10, 29, tzinfo=UTC)
    assert told == (accepted, "accepted_at", accepted, date(2024, 12, 28), "facts_read")


def test_a_filer_nobody_tells_the_year_end_of_is_left_out(lake):
    with duckdb.connect() as connection:
        held = load_bucket(connection, lake.parts(), bucket_of(CIK), REGISTRY)
    assert (held.filers, held.facts) == ((), 0)
    assert held.left_out == {CIK: "no source tells the month its fiscal year ends in"}
