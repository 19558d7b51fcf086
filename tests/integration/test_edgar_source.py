"""Filings from EDGAR, or a directory that stands for it, into the raw tables: what is asked for,
what is written, and what a server that misbehaves does to either.

Loads ask a server on the loopback, or a directory, without waiting for turns.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from ingest.edgar.loading import TABLES
from ingest.edgar.schema import REJECTS
from ingest.errors import (
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransientFetchError,
    UnexpectedContentError,
)
from ingest.http import Backoff, PoliteClient, Timeouts
from ingest.snapshot.client import SOURCE as SNAPSHOT
from ingest.snapshot.client import read_prices
from ingest.warehouse import LoadResult, load_table
from orchestration import guard_process, sources
from orchestration.cli import EXIT_STOPPED, EXIT_WRONG_USE, app
from orchestration.guard_process import judge_here
from orchestration.settings import (
    EdgarAccess,
    Settings,
    SettingsError,
    Source,
    SourceKind,
    parse_source,
)
from orchestration.sources import load_filings
from registry.models import Registry
from tests.conftest import Refreshed, run_refresh, settings_in
from tests.support.edgar_server import EdgarServer, Fault
from tests.support.small_edgar import (
    AMENDMENT,
    AMZN,
    ANNUAL,
    BILLION,
    CASH,
    FOLLOWED,
    MSFT,
    NEXT_QUARTER,
    OLD,
    OPERATING_INCOME,
    OTHER_COMPANY,
    QUARTER,
    RECAST,
    RELEASE,
    SEGMENT_MEMBERS,
    UNREADABLE,
    UNTAGGED,
    Figure,
    SmallEdgar,
    SmallFiling,
    companyfacts_path,
    list_path,
    write_small_edgar,
)

# Each loads from a server, and some refresh.
pytestmark = pytest.mark.slow

IDENTITY = "Jane Doe jane@example.com"
RUN = CliRunner()
IMPATIENT = partial(
    PoliteClient,
    backoff=Backoff(initial_seconds=0.001, max_seconds=0.01, jitter_seconds=0.001),
    timeouts=Timeouts(connect_seconds=5, read_seconds=0.3, total_seconds=0.3),
    attempts=3,
)

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Load:
    """A warehouse and a source to load it from, as often as wanted."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    registry: Registry

    def __call__(self, source: Source | None = None) -> dict[str, LoadResult]:
        chosen = replace(self.settings, source=source) if source else self.settings
        changes, _ = load_filings(self.connection, chosen, self.registry, REJECTS.to_frame())
        return changes

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, list(parameters)).fetchall()

    def contents(self) -> Rows:
        return {
            table: sorted(self.rows(f"select * from raw.{table}"), key=repr) for table in TABLES
        }

    def filing(self, filing: SmallFiling) -> dict[str, Any]:
        (row,) = self.connection.execute(
            "select * from raw.filings where accession_number = ?", [filing.accession_number]
        ).to_arrow_table().to_pylist()  # fmt: skip
        return dict(row)

    def figures(self, filing: SmallFiling) -> set[tuple[Any, ...]]:
        """What a filing states: concept, period, segment, US dollars."""
        rows = self.rows(
            "select concept, period_start, period_end, member, value"
            " from raw.facts left join raw.fact_dimensions using (fact_id)"
            " where accession_number = ?",
            filing.accession_number,
        )
        return {
            (concept, *(str(day) for day in (start, end) if day), member or "", int(value))
            for concept, start, end, member, value in rows
        }


def stated(filing: SmallFiling) -> set[tuple[Any, ...]]:
    return {(each.concept, *each.period, each.segment, each.dollars) for each in filing.figures}


def of_filings(rows: Rows, *filings: SmallFiling) -> Rows:
    """The rows that are not about these filings."""
    numbers = {filing.accession_number for filing in filings}
    own = {row[0] for row in rows["facts"] if numbers & set(row[1:4])}
    return {
        table: [row for row in kept if not numbers & set(row[:4]) and row[0] not in own]
        for table, kept in rows.items()
    }


def lists(ciks: Sequence[str]) -> list[str]:
    return [path for cik in ciks for path in (list_path(cik), companyfacts_path(cik))]


def read_of(filing: SmallFiling, *names: str) -> list[str]:
    """What a filing costs that has not been read before."""
    chosen = names or tuple(filing.documents)
    return [
        filing.index_path, *(f"{filing.folder}/{name}" for name in chosen), filing.header_path
    ]  # fmt: skip


@pytest.fixture
def edgar(tmp_path: Path) -> SmallEdgar:
    return write_small_edgar(tmp_path / "edgar")


@pytest.fixture
def server(edgar: SmallEdgar, monkeypatch: pytest.MonkeyPatch) -> Iterator[EdgarServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with EdgarServer(edgar.directory) as server:
        yield server


@pytest.fixture
def open_warehouse(
    tmp_path: Path, registry: Registry
) -> Iterator[Callable[[Source, EdgarAccess], Load]]:
    connections = []

    def opened(source: Source, access: EdgarAccess) -> Load:
        directory = tmp_path / f"data{len(connections)}"
        connections.append(duckdb.connect(config={"threads": 1}))
        connections[-1].execute("set TimeZone = 'UTC'")
        settings = replace(settings_in(directory), source=source, edgar=access)
        return Load(connections[-1], settings, registry)

    yield opened
    for connection in connections:
        connection.close()


@pytest.fixture
def load(
    server: EdgarServer, open_warehouse: Callable[..., Load], monkeypatch: pytest.MonkeyPatch
) -> Load:
    """Loads from the server, with a client that waits for nothing."""
    monkeypatch.setattr(
        sources,
        "PoliteClient",
        lambda identity, **_: IMPATIENT(identity, requests_per_second=None),
    )
    access = EdgarAccess(IDENTITY, data_url=server.url, www_url=server.url)
    return open_warehouse(Source(SourceKind.EDGAR), access)


@pytest.fixture
def load_archive(edgar: SmallEdgar, open_warehouse: Callable[..., Load]) -> Load:
    return open_warehouse(Source(SourceKind.ARCHIVE, edgar.directory), EdgarAccess())


# What is asked for and what is written


def test_the_first_load_asks_for_the_followed_filings_and_nothing_else(load, server, registry):
    load()
    read = {
        AMZN: [
            *read_of(RECAST, "amzn-20250520_htm.xml"),
            *read_of(QUARTER),
            # Of a release the exhibit, and not its cover.
            *read_of(RELEASE, "amzn-20250501xex991.htm"),
            *(path for filing in (AMENDMENT, ANNUAL) for path in read_of(filing)),
        ],
        MSFT: read_of(OTHER_COMPANY),
    }
    assert server.paths() == [
        path
        for cik in registry.ciks
        for path in (list_path(cik), *read.get(cik, ()), companyfacts_path(cik))
    ]
    assert {request.headers["User-Agent"] for request in server.requests} == {IDENTITY}
    assert RELEASE.document_path not in server.paths()
    assert {row[0] for row in load.contents()["filings"]} == {
        filing.accession_number for filing in (*FOLLOWED, RELEASE)
    }


def test_filings_state_their_figures_and_when_they_were_known(load_archive):
    load_archive()
    for filing in FOLLOWED:
        assert load_archive.figures(filing) == stated(filing)
        row = load_archive.filing(filing)
        assert (row["form"], row["read_status"], row["read_detail"]) == (
            filing.form, "facts_read", None
        )  # fmt: skip
        assert str(row["filed_at"]) == filing.filed_at
        assert row["known_from_basis"] == "accepted_at"
        assert row["known_from"] == row["accepted_at"]
    # The header's New York time, in winter and in summer.
    in_winter = datetime(2025, 2, 6, 23, 40, 29, tzinfo=UTC)
    in_summer = datetime(2025, 5, 1, 22, 8, 42, tzinfo=UTC)
    assert load_archive.filing(ANNUAL)["known_from"] == in_winter
    assert load_archive.filing(QUARTER)["known_from"] == in_summer
    # The cover page's own words, beside them.
    row = load_archive.filing(QUARTER)
    assert (row["fiscal_year"], row["fiscal_period"]) == (2025, "Q1")


def test_without_a_header_the_list_says_when_a_filing_was_known(load_archive, edgar):
    (edgar.directory / ANNUAL.header_path[1:]).unlink()
    load_archive()
    row = load_archive.filing(ANNUAL)
    assert row["known_from_basis"] == "index_acceptance"
    assert row["known_from"] == datetime(2025, 2, 6, 23, 40, 29, tzinfo=UTC)


def test_a_second_load_asks_for_lists_alone_and_only_if_they_changed(load, server, registry):
    load()
    before = load.contents()
    first = len(server.requests)
    changes = load()
    again = server.requests[first:]
    assert [request.path for request in again] == lists(registry.ciks)
    there = {path for path in lists(registry.ciks) if (server.directory / path[1:]).exists()}
    assert {request.path for request in again if "If-None-Match" in request.headers} == there
    assert load.contents() == before
    assert {table: (c.inserted, c.deleted) for table, c in changes.items()} == dict.fromkeys(
        TABLES, (0, 0)
    )


def test_a_new_filing_costs_its_own_files_and_adds_its_own_rows(load, server, edgar, registry):
    load()
    before = load.contents()
    first = len(server.requests)
    edgar.add(NEXT_QUARTER)
    changes = load()
    asked = server.paths()[first:]
    assert sorted(asked) == sorted([*lists(registry.ciks), *read_of(NEXT_QUARTER)])
    assert load.figures(NEXT_QUARTER) == stated(NEXT_QUARTER)
    assert of_filings(load.contents(), NEXT_QUARTER) == before
    assert {table: (c.inserted, c.deleted) for table, c in changes.items()} == {
        "filings": (1, 0),
        "facts": (len(NEXT_QUARTER.figures), 0),
        "text_facts": (3, 0),
        "fact_dimensions": (sum(bool(each.segment) for each in NEXT_QUARTER.figures), 0),
        "companyfacts": (0, 0),
        "rejects": (0, 0),
    }


def test_an_amendment_and_a_recast_stand_beside_the_report(load_archive):
    load_archive()
    rows = load_archive.rows(
        "select accession_number, value / 1000000000 from raw.facts where concept = ?"
        " and dimensions = '{}' and period_end = '2024-12-31' order by 1",
        OPERATING_INCOME,
    )
    assert rows == [
        (ANNUAL.accession_number, 60),
        (AMENDMENT.accession_number, 58),
        (RECAST.accession_number, 58),
    ]
    # The recast is in an exhibit: the instance EDGAR extracted, and not the cover page.
    assert load_archive.figures(RECAST) == stated(RECAST)
    assert (CASH, "2024-12-31", "", 80 * BILLION) not in load_archive.figures(RECAST)
    reference = load_archive.filing(RECAST)["evidence_ref"]
    assert reference == f"{RECAST.folder[1:]}/amzn-20250520_htm.xml"
    references = load_archive.rows(
        "select distinct split_part(evidence_ref, '#', 1) from raw.facts"
        " where accession_number = ?",
        RECAST.accession_number,
    )
    assert references == [(reference,)]


def test_older_pages_of_a_list_are_followed_back_to_the_first_tagged_filings(load, edgar, server):
    older, untagged = (f"CIK{AMZN}-submissions-00{page}.json" for page in (1, 2))
    edgar.add_older_page(older, "2020-12-31", OLD)
    edgar.add_older_page(untagged, "2008-12-31", UNTAGGED)
    load()
    assert load.figures(OLD) == stated(OLD)
    assert f"/submissions/{older}" in server.paths()
    assert f"/submissions/{untagged}" not in server.paths()
    first = len(server.requests)
    load()
    again = [request for request in server.requests[first:] if older in request.path]
    assert ["If-None-Match" in request.headers for request in again] == [True]


# Filings that go and come


def test_a_filing_that_leaves_the_list_keeps_its_rows_and_is_marked(load, edgar):
    load()
    before = load.contents()
    edgar.remove(AMENDMENT)
    load()
    assert load.contents() == before, "a list may be short for a moment"

    shutil.rmtree(edgar.directory / AMENDMENT.folder[1:])
    started = datetime.now(UTC)
    load()
    marked = load.filing(AMENDMENT)["withdrawn_at"]
    assert started <= marked <= datetime.now(UTC)
    others = of_filings(before, AMENDMENT)
    assert of_filings(load.contents(), AMENDMENT) == others
    assert load.figures(AMENDMENT) == stated(AMENDMENT)
    load()
    assert load.filing(AMENDMENT)["withdrawn_at"] == marked
    edgar.add(AMENDMENT)
    load()
    assert load.contents() == before


def test_figures_of_a_withdrawn_filing_end_and_the_rest_is_published(edgar, tmp_path):
    settings = settings_in(tmp_path / "data")
    settings = replace(settings, source=Source(SourceKind.ARCHIVE, edgar.directory))
    first = run_refresh(settings)
    assert first.result.is_success, first.result.problems
    for filing in (AMENDMENT, QUARTER):
        edgar.remove(filing)
        shutil.rmtree(edgar.directory / filing.folder[1:])
    second = run_refresh(settings)
    assert second.result.is_success, second.result.problems
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        for filing in (AMENDMENT, QUARTER):
            versions = connection.execute(
                "select count(*), count(known_to) from marts.fct_metrics_history"
                " where list_contains(accession_numbers, ?) and basis <> 'ttm'",
                [filing.accession_number],
            ).fetchone()
            assert versions is not None
            assert versions[0] == versions[1] > 0


def test_an_empty_list_withdraws_nothing(load, edgar):
    load()
    before = load.contents()
    for filing in list(edgar.listed):
        edgar.remove(filing)
    load()
    assert load.contents() == before


# Requests of a load without news: Amazon's list, its extract, the next company's list and so on.
@pytest.mark.parametrize(("after", "is_taken"), [(0, True), (1, False), (2, False), (13, False)])
def test_a_filing_that_appears_in_the_middle_of_a_load_is_taken_whole_or_not_yet(
    load, edgar, server, after, is_taken
):
    load()
    before = load.contents()
    server.after(len(server.requests) + after, partial(edgar.add, NEXT_QUARTER))
    load()
    assert load.figures(NEXT_QUARTER) == (stated(NEXT_QUARTER) if is_taken else set())
    load()
    assert load.figures(NEXT_QUARTER) == stated(NEXT_QUARTER)
    assert of_filings(load.contents(), NEXT_QUARTER) == before


def test_a_filing_listed_before_its_files_are_there_is_read_when_they_are(load_archive, edgar):
    edgar.add(NEXT_QUARTER, with_files=False)
    load_archive()
    row = load_archive.filing(NEXT_QUARTER)
    assert row["read_status"] == "documents_missing"
    assert row["read_detail"] == "the filing's folder holds no document of facts"
    assert load_archive.figures(NEXT_QUARTER) == set()
    edgar.write_files(NEXT_QUARTER)
    load_archive()
    assert load_archive.filing(NEXT_QUARTER)["read_status"] == "facts_read"
    assert load_archive.figures(NEXT_QUARTER) == stated(NEXT_QUARTER)


# Servers that misbehave


def test_an_error_page_in_place_of_a_document_is_told_and_the_others_are_read(load, edgar):
    load()
    before = load.contents()
    edgar.add(UNREADABLE)
    load()
    row = load.filing(UNREADABLE)
    assert row["read_status"] in ("unreadable", "no_tagged_facts")
    assert "amzn-20250630.htm" in row["read_detail"]
    assert of_filings(load.contents(), UNREADABLE) == before
    assert load.figures(UNREADABLE) == set()


def test_a_document_that_was_an_error_page_is_read_once_it_is_there(load, server, edgar):
    server.misbehave(ANNUAL.document_path, Fault.error_page(), times=1)
    load()
    assert load.filing(ANNUAL)["read_status"] in ("unreadable", "no_tagged_facts")
    load()
    assert load.filing(ANNUAL)["read_status"] == "facts_read"
    assert load.figures(ANNUAL) == stated(ANNUAL)


def test_a_filing_that_cannot_be_read_is_loaded_again_without_a_change(load_archive, edgar):
    edgar.add(UNREADABLE)
    load_archive()
    before = load_archive.contents()
    changes = load_archive()
    assert load_archive.contents() == before
    assert {(c.inserted, c.deleted) for c in changes.values()} == {(0, 0)}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        pytest.param(ANNUAL.document_path, Fault.too_many("0"), id="429"),
        pytest.param(ANNUAL.document_path, Fault.status(503), id="503"),
        pytest.param(ANNUAL.document_path, Fault.throttle_page(), id="throttle page"),
        pytest.param(ANNUAL.document_path, Fault.drip(0.1), id="drip"),
        pytest.param(ANNUAL.document_path, Fault.truncated(), id="truncated"),
        pytest.param(ANNUAL.document_path, Fault.wrong_length(), id="wrong length"),
        pytest.param(ANNUAL.index_path, Fault.truncated(), id="truncated index"),
        pytest.param(ANNUAL.header_path, Fault.status(503), id="header 503"),
    ],
)
def test_what_fails_twice_is_asked_a_third_time_and_read_whole(load, server, fault, path):
    server.misbehave(path, fault, times=2)
    load()
    assert server.paths().count(path) == 3
    assert load.figures(ANNUAL) == stated(ANNUAL)
    assert load.filing(ANNUAL)["known_from_basis"] == "accepted_at"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.status(503), ServerError),
        (Fault.too_many("0"), RateLimitedError),
        (Fault.status(404), NotFoundError),
        (Fault.error_page(), UnexpectedContentError),
        (Fault.malformed(), UnexpectedContentError),
    ],
    ids=["503", "429", "404", "error page", "malformed"],
)
def test_a_list_that_never_comes_stops_the_load(load, server, fault, error):
    server.misbehave(list_path(MSFT), fault)
    with pytest.raises(error, match=f"{list_path(MSFT)}: "):
        load()
    attempts = 3 if issubclass(error, TransientFetchError) else 1
    assert server.paths().count(list_path(MSFT)) == attempts


def test_the_load_after_one_that_stopped_is_whole_and_fetches_no_document_again(
    load, server, open_warehouse
):
    server.misbehave(list_path(MSFT), Fault.status(404), times=1)
    with pytest.raises(NotFoundError):
        load()
    load()
    assert server.paths().count(ANNUAL.document_path) == 1
    undisturbed = open_warehouse(load.settings.source, load.settings.edgar)
    undisturbed()
    assert load.contents() == undisturbed.contents()


def test_a_list_that_never_comes_leaves_what_is_published(
    refreshed: Refreshed, tmp_path, server, load, registry
):
    settings = replace(settings_in(tmp_path / "published"), source=load.settings.source)
    settings = replace(settings, edgar=load.settings.edgar)
    settings.data_dir.mkdir()
    settings.warehouse_path.write_bytes(refreshed.settings.warehouse_path.read_bytes())
    settings.report_path.write_bytes(refreshed.settings.report_path.read_bytes())
    before = digests(settings)
    server.misbehave(list_path(registry.ciks[-1]), Fault.status(503))
    stopped = run_refresh(settings)
    assert not stopped.result.is_success
    assert list_path(registry.ciks[-1]) in "\n".join(stopped.result.problems)
    assert digests(settings) == before
    assert server.paths().count(ANNUAL.document_path) == 1


def digests(settings: Settings) -> list[str]:
    paths = (settings.warehouse_path, settings.report_path)
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


# Other sources


def test_another_source_replaces_filings_and_facts_and_keeps_prices(load_archive, edgar):
    prices, _ = read_prices(load_archive.settings.snapshot_dir)
    load_table(load_archive.connection, "prices", prices, SNAPSHOT)
    kept = load_archive.rows("select * from raw.prices order by all")
    assert kept

    load_archive(Source(SourceKind.SNAPSHOT))
    embedded = load_archive.contents()
    load_archive()
    archived = load_archive.contents()
    for table in TABLES:
        found = load_archive.rows(f"select distinct source from raw.{table}")
        assert set(found) <= {(load_archive.settings.source.name,)}, table
    assert {row[0] for row in archived["filings"]} == {
        each.accession_number for each in (*FOLLOWED, RELEASE)
    }
    load_archive(Source(SourceKind.SNAPSHOT))
    assert load_archive.contents() == embedded
    load_archive()
    assert load_archive.contents() == archived
    assert load_archive.rows("select * from raw.prices order by all") == kept


def test_the_server_and_the_directory_give_the_same_rows(load, load_archive):
    load()
    load_archive()

    sources = (load.settings.source.name, load_archive.settings.source.name)

    def without_source(rows):
        return {
            table: [
                tuple(
                    "" if value in sources else value
                    for value in row
                )
                for row in kept
            ]
            for table, kept in rows.items()
        }  # fmt: skip

    assert without_source(load.contents()) == without_source(load_archive.contents())


def test_another_archive_replaces_the_filings_of_the_first(load_archive, edgar, tmp_path):
    load_archive()
    other = SmallEdgar(tmp_path / "other", [OTHER_COMPANY], ciks=edgar.ciks)
    other.write_files(OTHER_COMPANY)
    other.write_lists()
    load_archive(Source(SourceKind.ARCHIVE, other.directory))
    numbers = {row[0] for row in load_archive.contents()["filings"]}
    assert numbers == {OTHER_COMPANY.accession_number}


def test_an_index_that_names_more_than_the_directory_holds_stops_nothing(load_archive, edgar):
    names = (*QUARTER.documents, f"{QUARTER.accession_number}.hdr.sgml")
    items = [{"name": name, "size": "9", "last-modified": "2025-05-02 00:00:00"} for name in names]
    edgar.write(QUARTER.index_path, json.dumps({"directory": {"item": items}}).encode())
    (edgar.directory / QUARTER.document_path[1:]).unlink()
    load_archive()
    assert load_archive.filing(QUARTER)["read_status"] == "documents_missing"
    assert load_archive.figures(ANNUAL) == stated(ANNUAL)


def test_a_folder_no_list_names_is_told_once_and_forgotten_when_it_is_listed(load_archive, edgar):
    edgar.write_files(NEXT_QUARTER)
    for _ in range(2):
        load_archive()
        found = load_archive.rows("select file, reason from raw.rejects")
        assert found == [(NEXT_QUARTER.folder[1:], "not_in_the_list_of_filings")]
    edgar.add(NEXT_QUARTER)
    load_archive()
    assert load_archive.rows("select file, reason from raw.rejects") == []


def test_what_a_directory_lacks_is_told_and_forgotten_when_it_is_there(load_archive, edgar):
    content = (edgar.directory / list_path(MSFT)[1:]).read_bytes()
    (edgar.directory / list_path(MSFT)[1:]).unlink()
    load_archive()
    rejects = load_archive.rows("select file, reason from raw.rejects")
    assert rejects == [(f"CIK{MSFT}.json", "no_list_of_filings")]
    edgar.write(list_path(MSFT), content)
    load_archive()
    assert load_archive.figures(OTHER_COMPANY) == stated(OTHER_COMPANY)
    assert load_archive.rows("select file, reason from raw.rejects") == []


# A whole refresh


def planted(figure: Figure) -> float:
    """One figure of EDGAR's extract differs from the filing."""
    return 81 if figure.concept == CASH and figure.period == ("2024-12-31",) else figure.billions


@pytest.fixture(scope="module")
def small_refresh(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    directory = tmp_path_factory.mktemp("small")
    edgar = write_small_edgar(directory / "edgar").write_companyfacts(AMZN, planted)
    source = Source(SourceKind.ARCHIVE, edgar.directory)
    outcome = run_refresh(replace(settings_in(directory / "data"), source=source))
    assert outcome.result.is_success, outcome.result.problems
    return outcome


@pytest.fixture
def published(small_refresh: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    path = str(small_refresh.settings.warehouse_path)
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def test_where_edgars_extract_differs_from_the_filing_is_published(published):
    rows = published.execute(
        "select ticker, accession_number, concept, period_start, cast(period_end as varchar), unit,"
        " filed_value / 1000000000, extracted_value / 1000000000, disagreement"
        " from quality.companyfacts_disagreements"
    ).fetchall()
    assert rows == [
        ("AMZN", ANNUAL.accession_number, CASH, None, "2024-12-31", "USD", 80, 81, "values_differ")
    ]


def test_restated_figures_are_versions_each_of_its_own_filing(published):
    rows = published.execute(
        "select metric, value / 1000000000, accession_numbers, version_number, known_to is null"
        " from marts.fct_metrics_history where ticker = 'AMZN' and basis = 'fiscal_year'"
        " and fiscal_quarter = '2024Q4' and ((metric = 'operating_income' and segment = '')"
        " or (metric = 'segment_revenue' and segment = 'aws')) order by metric, version_number"
    ).fetchall()
    assert rows == [
        ("operating_income", 60, [ANNUAL.accession_number], 1, False),
        ("operating_income", 58, [AMENDMENT.accession_number], 2, True),
        ("segment_revenue", 100, [ANNUAL.accession_number], 1, False),
        ("segment_revenue", 110, [RECAST.accession_number], 2, True),
    ]


def test_too_few_filings_of_an_archive_are_published_without_a_value(published, small_refresh):
    (reason,) = published.execute("select reason from valuation.gaps where is_current").fetchall()[
        0
    ]
    assert "AMZN" in reason
    assert "No scenario was valued" in small_refresh.settings.report_path.read_text()
    assert published.execute("select count(*) from valuation.scenarios").fetchone() == (0,)


def test_too_few_filings_of_edgar_stop_the_run(load):
    stopped = run_refresh(load.settings)
    assert not stopped.result.is_success
    assert not load.settings.warehouse_path.exists()
    assert stopped.result.problems


# The command line


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs the command on an empty data directory, with the judge in this process."""
    monkeypatch.setattr(guard_process, "guard_process", lambda: nullcontext(judge_here))
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path / "own"))
    monkeypatch.delenv("SEC_USER_AGENT", raising=False)
    monkeypatch.delenv("PLUMBLINE_SOURCE", raising=False)
    return lambda *words: RUN.invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("identity", ["", "Jane Doe", "jane@", "Jane Doë jane@example.com"])
def test_edgar_is_not_asked_by_nobody(command, tmp_path, monkeypatch, identity):
    if identity:
        monkeypatch.setenv("SEC_USER_AGENT", identity)
    result = command("refresh", "--source", "edgar")
    assert result.exit_code == EXIT_STOPPED
    assert "SEC_USER_AGENT" in result.stderr
    assert "Refreshing" not in result.output
    assert not (tmp_path / "own" / "dagster").exists()
    assert not (tmp_path / "own" / "build").exists()


def test_a_company_is_not_proposed_by_nobody(command):
    result = command("companies", "add", "AMZN")
    assert (result.exit_code, "SEC_USER_AGENT" in result.stderr) == (EXIT_STOPPED, True)


@pytest.mark.parametrize(
    "text", ["", "EDGAR", "edgar:x", "snapshot:x", "archive", "archive:", "archive:/nowhere", "x:y"]
)
def test_a_source_that_is_none_is_refused(text):
    with pytest.raises(SettingsError, match="source '"):
        parse_source(text)


def test_the_command_refuses_a_source_that_is_none(command, tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_SOURCE", "ledger")
    for words in (["--source", "archive:/nowhere"], ["--source", "snapshot:x"], []):
        result = command("refresh", *words)
        assert result.exit_code == EXIT_WRONG_USE, words
        assert "source '" in result.stderr
    assert not (tmp_path / "own" / "dagster").exists()


def test_facts_of_files_and_directories_are_written_as_csv_and_parquet(command, edgar, tmp_path):
    folder = edgar.directory / QUARTER.folder[1:]
    document = edgar.directory / ANNUAL.document_path[1:]
    frames = []
    for name, read in (("facts.csv", pl.read_csv), ("facts.parquet", pl.read_parquet)):
        result = command("facts", folder, document, "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
        frames.append(read(tmp_path / name))
        assert result.output.startswith(f"{frames[-1].height} facts in ")
    numbers = [frame.filter(pl.col("concept") == CASH)["value"].to_list() for frame in frames]
    assert sorted(map(float, numbers[0])) == sorted(map(float, numbers[1])) == [7e10, 8e10]
    assert frames[0].height == len(QUARTER.figures) + len(ANNUAL.figures) + 6
    assert frames[0].columns == frames[1].columns


def test_a_bad_file_is_named_and_the_rest_is_written(command, edgar, tmp_path):
    folder = edgar.directory / ANNUAL.folder[1:]
    (folder / "broken.htm").write_bytes(
        ANNUAL.documents[ANNUAL.document_path.rpartition("/")[2]][:900]
    )
    (folder / "untagged.htm").write_bytes(b"<html><body>nothing is tagged</body></html>")
    out = tmp_path / "facts.parquet"
    result = command("facts", folder, "--out", out)
    assert result.exit_code == EXIT_STOPPED
    assert "broken.htm" in result.stderr
    assert "documents without tagged facts: 1" in result.stderr
    assert pl.read_parquet(out).filter(pl.col("value").is_not_null()).height == len(ANNUAL.figures)


@pytest.mark.parametrize("name", ["facts.json", "facts", "facts.CSV"])
def test_facts_are_written_as_csv_or_parquet_alone(command, edgar, tmp_path, name):
    document = edgar.directory / ANNUAL.document_path[1:]
    result = command("facts", document, "--out", tmp_path / name)
    assert result.exit_code == EXIT_WRONG_USE
    assert ".parquet or .csv" in result.stderr
    assert not (tmp_path / name).exists()


def test_a_path_that_is_not_there_is_named(command, edgar, tmp_path):
    result = command("facts", tmp_path / "nowhere.htm", "--out", tmp_path / "facts.csv")
    assert (result.exit_code, "nowhere.htm" in result.stderr) == (EXIT_STOPPED, True)
    out = tmp_path / "no" / "facts.csv"
    result = command("facts", edgar.directory / ANNUAL.document_path[1:], "--out", out)
    assert (result.exit_code, "cannot be written" in result.stderr) == (EXIT_STOPPED, True)


def test_a_good_file_is_left_alone_when_nothing_could_be_read(command, tmp_path):
    (tmp_path / "a.xml").write_bytes(b"<a/>")
    out = tmp_path / "facts.csv"
    out.write_text("kept")
    result = command("facts", tmp_path / "a.xml", "--out", out)
    assert (result.exit_code, "is left as it was" in result.stderr) == (EXIT_STOPPED, True)
    assert out.read_text() == "kept"


def test_rejected_facts_are_counted_and_written(command, edgar, tmp_path):
    document = edgar.directory / ANNUAL.document_path[1:]
    document.write_bytes(document.read_bytes().replace(b">80,000<", b">eighty thousand<"))
    rejects = tmp_path / "rejects.csv"
    result = command("facts", document, "--out", tmp_path / "facts.csv", "--rejects", rejects)
    assert result.exit_code == 0
    (row,) = pl.read_csv(rejects).to_dicts()
    assert row["concept"] == CASH
    assert f"1 facts could not be stated: {row['reason']}" in result.stderr


def test_a_company_is_proposed_from_its_filings(command, edgar):
    result = command("companies", "add", "AMZN", "--source", f"archive:{edgar.directory}")
    assert result.exit_code == 0, result.output
    (company,) = yaml.safe_load(result.stdout)
    assert (company["ticker"], company["cik"]) == ("AMZN", AMZN)
    members = [member for part in company["segments"] for member in part["members"]]
    assert sorted(members) == sorted(SEGMENT_MEMBERS.values())
    assert ANNUAL.accession_number in result.stdout
    assert "TODO" in result.stdout


def test_a_company_nobody_knows_is_named(command, edgar):
    result = command("companies", "add", "NOBODY", "--source", f"archive:{edgar.directory}")
    assert (result.exit_code, "NOBODY" in result.stderr) == (EXIT_STOPPED, True)
