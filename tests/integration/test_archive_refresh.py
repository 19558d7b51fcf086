"""The real filings at hand, read from an archive in EDGAR's layout, beside the embedded figures.

The archive holds three of Amazon's filings (the years 2022 and 2024, the second quarter of 2023), a
few of others, and nothing of Oracle and CoreWeave: what can be stated of them equals what the
embedded snapshot states, and what cannot is named.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.edgar.loading import TABLES
from ingest.edgar.schema import REJECTS
from orchestration.build import connect
from orchestration.settings import Source, SourceKind
from orchestration.sources import load_filings
from registry.models import Registry
from tests.conftest import Refreshed, run_refresh, settings_in

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "edgar"
MILLION = 10**6
YEAR_2022, SECOND_QUARTER_2023, YEAR_2024 = AMZN_READ = (
    "0001018724-23-000004", "0001018724-23-000012", "0001018724-25-000004",
)  # fmt: skip
KEY = "ticker, metric, segment, basis, fiscal_quarter"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not ARCHIVE.is_dir(), reason=f"needs the archive of real filings in {ARCHIVE}"
    ),
]


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """A refresh from the archive, from nothing."""
    settings = settings_in(tmp_path_factory.mktemp("archived"))
    outcome = run_refresh(replace(settings, source=Source(SourceKind.ARCHIVE, ARCHIVE)))
    assert outcome.result.is_success, outcome.result.problems
    return outcome


@pytest.fixture(scope="module")
def both(archived: Refreshed, refreshed: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    """The archive's warehouse as `archive` and the embedded figures' as `embedded`, read only."""
    with duckdb.connect() as connection:
        for name, outcome in (("archive", archived), ("embedded", refreshed)):
            path = outcome.settings.warehouse_path
            connection.execute(f"attach '{path}' as {name} (read_only)")
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("use archive")
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str, *given: object) -> list[Any]:
    return connection.execute(query, list(given)).fetchall()


def figure(connection: duckdb.DuckDBPyConnection, metric: str, quarter: str, **given: str) -> Any:
    chosen = {"ticker": "AMZN", "basis": "fiscal_year", "segment": "", **given}
    found = rows(
        connection,
        "select value from archive.marts.fct_metrics where metric = ? and fiscal_quarter = ?"
        " and ticker = ? and basis = ? and segment = ?",
        metric, quarter, chosen["ticker"], chosen["basis"], chosen["segment"],
    )  # fmt: skip
    return found[0][0] if found else None


# Facts and figures beside the embedded ones


@pytest.mark.parametrize(
    ("accession_number", "count"),
    [(YEAR_2022, 220), (YEAR_2024, 222), (SECOND_QUARTER_2023, 234)],
)
def test_every_embedded_fact_of_a_filing_is_read_from_its_document(both, accession_number, count):
    embedded = rows(
        both,
        "select fact_id, value, unit, decimals, cik, period_start, period_end"
        " from embedded.raw.facts where evidence = 'xbrl' and accession_number = ?",
        accession_number,
    )
    read = rows(
        both,
        "select fact_id, value, unit, decimals, cik, period_start, period_end"
        " from archive.raw.facts where accession_number = ?",
        accession_number,
    )
    assert len(embedded) == count
    assert set(embedded) <= set(read)


def test_every_figure_of_both_is_equal(both):
    compared = rows(
        both,
        f"select fiscal_quarter, basis, archive.value, embedded.value, {KEY}"
        " from archive.marts.fct_metrics as archive"
        f" inner join embedded.marts.fct_metrics as embedded using ({KEY})"
        " where ticker = 'AMZN'",
    )
    assert [row for row in compared if row[2] != row[3]] == []
    assert len(compared) > 500
    for quarter, basis in (
        ("2022Q4", "fiscal_year"), ("2023Q2", "quarter"), ("2024Q4", "fiscal_year")
    ):  # fmt: skip
        assert sum(row[:2] == (quarter, basis) for row in compared) > 25, quarter


def test_a_figure_of_one_alone_needs_a_filing_the_other_lacks(both):
    # All figures of the archive's filings are embedded, those of newer filings stated again too.
    alone = "archive.marts.fct_metrics anti join embedded.marts.fct_metrics"
    assert rows(both, f"from {alone} using ({KEY}) where ticker = 'AMZN'") == []
    embedded_alone = rows(
        both,
        f"select {KEY}, accession_numbers from embedded.marts.fct_metrics"
        f" anti join archive.marts.fct_metrics using ({KEY}) where ticker = 'AMZN'",
    )
    assert embedded_alone
    assert [row for row in embedded_alone if set(row[-1]) <= set(AMZN_READ)] == []


def test_a_figure_is_known_from_the_same_moment_or_a_later_one_where_a_filing_lacks(both):
    compared = rows(
        both,
        "select archive.known_from, embedded.known_from, archive.accession_numbers,"
        " embedded.accession_numbers"
        " from archive.marts.fct_metrics_history as archive"
        " inner join embedded.marts.fct_metrics_history as embedded"
        f" using ({KEY}, value) where ticker = 'AMZN'"
    )  # fmt: skip
    same = [row for row in compared if row[2] == row[3]]
    assert len(same) > 200
    assert [row for row in same if row[0] != row[1]] == []
    assert [row for row in compared if row[0] < row[1]] == []


def test_filings_are_known_from_the_same_moment(both):
    compared = rows(
        both,
        "select accession_number, archive.known_from, archive.known_from_basis"
        " from archive.raw.filings as archive"
        " inner join embedded.raw.filings as embedded using (accession_number, known_from)"
        " where list_contains(?, accession_number) order by 1",
        list(AMZN_READ),
    )
    assert compared == [
        (YEAR_2022, datetime(2023, 2, 2, 23, 27, 34, tzinfo=UTC), "accepted_at"),
        (SECOND_QUARTER_2023, datetime(2023, 8, 3, 22, 24, 35, tzinfo=UTC), "accepted_at"),
        (YEAR_2024, datetime(2025, 2, 6, 23, 40, 29, tzinfo=UTC), "accepted_at"),
    ]


def test_no_filing_of_both_is_known_earlier_than_embedded(both):
    earlier = rows(
        both,
        "select accession_number from archive.raw.filings as archive"
        " inner join embedded.raw.filings as embedded using (accession_number)"
        " where archive.known_from < embedded.known_from",
    )
    assert earlier == []


# The traps, on documents instead of rows typed off them


def test_the_years_of_one_report_stand_each_in_its_own_slot(both):
    found = rows(
        both,
        "select fiscal_year, value / 1000000 from marts.fct_metrics_history"
        " where ticker = 'AMZN' and metric = 'capex_gross' and basis = 'fiscal_year'"
        " and list_contains(accession_numbers, ?) and known_to is null order by 1",
        YEAR_2024,
    )
    assert found == [(2023, 52_729), (2024, 82_999)]
    assert figure(both, "capex_gross", "2022Q4") == 63_645 * MILLION


@pytest.mark.parametrize(
    ("quarter", "backlog", "life"), [("2022Q4", "110.4", "3.7"), ("2024Q4", "177", "4.1")]
)
def test_backlog_and_its_life_are_found_on_their_moving_axis(both, quarter, backlog, life):
    assert figure(both, "backlog", quarter, basis="instant") == Decimal(backlog) * 10**9
    found = figure(both, "backlog_remaining_life", quarter, basis="instant")
    assert found == Decimal(life)


def test_capital_spending_is_gross_and_net_each_as_defined(both):
    assert figure(both, "capex_gross", "2024Q4") == 82_999 * MILLION
    assert figure(both, "capex_net", "2024Q4") == 77_658 * MILLION


def test_a_loss_keeps_its_sign(both):
    found = figure(both, "segment_operating_income", "2023Q4", segment="international")
    assert found == -2_656 * MILLION


def test_revenue_is_not_multiplied_by_its_axes(both):
    on_all_axes = rows(
        both,
        "select sum(value) from raw.facts where accession_number = ?"
        " and concept = 'us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax'"
        " and period_start = '2024-01-01' and period_end = '2024-12-31'",
        YEAR_2024,
    )[0][0]
    total = figure(both, "net_sales", "2024Q4")
    segments = [
        figure(both, "segment_revenue", "2024Q4", segment=segment)
        for segment in ("north_america", "international", "aws")
    ]
    assert total == sum(segments) == 637_959 * MILLION
    assert on_all_axes > 3 * total


def test_a_fiscal_year_of_weeks_has_its_quarters(both):
    found = rows(
        both,
        "select fiscal_quarter, cast(period_end as varchar), value / 1000000 from marts.fct_metrics"
        " where ticker = 'NVDA' and metric = 'net_sales' and basis in ('quarter', 'fiscal_year')"
        " and fiscal_quarter in ('2024Q2', '2024Q4') order by 1",
    )
    assert found == [("2024Q2", "2023-07-30", 13_507), ("2024Q4", "2024-01-28", 60_922)]


# What the archive lacks


def test_a_company_the_archive_lacks_is_a_reject(both, registry):
    ciks = {company.ticker: company.cik for company in registry.companies}
    found = rows(
        both, "select file from raw.rejects where reason = 'no_list_of_filings' order by 1"
    )
    assert found == [(f"CIK{ciks[ticker]}.json",) for ticker in ("ORCL", "CRWV")]
    lacking = rows(both, "select count(*) from raw.filings where cik in (?, ?)",
                   ciks["ORCL"], ciks["CRWV"])  # fmt: skip
    assert lacking == [(0,)]


def test_a_filing_the_archive_lacks_is_listed_without_facts(both):
    found = rows(
        both,
        "select read_status, count(*) > 0, count(facts.accession_number) > 0"
        " from raw.filings left join raw.facts using (accession_number) group by 1 order by 1",
    )
    assert found == [("documents_missing", True, False), ("facts_read", True, True)]


def test_edgars_extract_agrees_with_the_documents(both):
    compared = rows(
        both,
        "select count(distinct facts.fact_id) from raw.companyfacts as extracts"
        " inner join raw.facts as facts using (accession_number, concept, period_end, value)"
        " where facts.dimensions = '{}'"
        " and extracts.period_start is not distinct from facts.period_start",
    )[0][0]
    assert compared > 2_000
    assert rows(both, "from quality.companyfacts_disagreements") == []


def test_the_missing_figure_is_named_and_nothing_is_valued(both, archived):
    (gap,) = rows(
        both,
        "select ticker, thesis, reason from valuation.gaps where is_current and thesis is not null",
    )
    assert gap[:2] == ("AMZN", "amzn_3t")
    named = re.match(r"AMZN: (\w+) is not known as of ", gap[2])
    assert named
    assert rows(both, "select count(*) from valuation.scenarios") == [(0,)]
    page = archived.settings.report_path.read_text()
    assert "No scenario was valued" in page
    assert named[1] in page


# Again


def test_a_second_load_changes_no_row(
    archived: Refreshed, registry: Registry, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(archived.settings.warehouse_path.read_bytes())
    with connect(copy, archived.settings) as connection:
        before = contents(connection)
        changes, _ = load_filings(connection, archived.settings, registry, REJECTS.to_frame())
        assert contents(connection) == before
    assert {table: (c.inserted, c.deleted) for table, c in changes.items()} == dict.fromkeys(
        TABLES, (0, 0)
    )


def contents(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Of every raw table its rows, whatever their order."""
    names = rows(
        connection, "select table_name from information_schema.tables where table_schema = 'raw'"
    )
    return {
        name: rows(connection, f"select count(*), sum(hash(t)), bit_xor(hash(t)) from raw.{name} t")
        for (name,) in sorted(names)
    }


@pytest.mark.parametrize(("time", "is_known"), [("18:00:00", False), ("19:00:00", True)])
def test_trap_14_a_filing_is_known_from_its_acceptance_in_new_york(both, time, is_known):
    known = both.execute(
        "select accession_number from archive.marts.dim_filing"
        " where accession_number = '0001018724-24-000161'"
        f" and known_from <= timestamptz '2024-10-31 {time} America/New_York'"
    ).fetchall()
    assert bool(known) is is_known


@pytest.mark.parametrize(("time", "value"), [("18:40:00", None), ("18:41:00", 637_959_000_000)])
def test_trap_14_a_figure_is_known_from_the_acceptance_of_its_filing(both, time, value):
    moment = f"timestamptz '2025-02-06 {time} America/New_York'"
    known = both.execute(
        "select value from archive.marts.fct_metrics_history where ticker = 'AMZN'"
        " and metric = 'net_sales' and basis = 'fiscal_year' and fiscal_quarter = '2024Q4'"
        f" and known_from <= {moment} and (known_to is null or known_to > {moment})"
    ).fetchone()
    assert (known[0] if known else None) == value
