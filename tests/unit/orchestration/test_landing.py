"""One company's filings of one year landed by itself, and what the refresh asks for after that."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import duckdb
import pytest
from dagster import DagsterInstance, MultiPartitionKey

from ingest.edgar.schema import REJECTS
from orchestration.definitions import build_defs
from orchestration.jobs import LAND_FILINGS
from orchestration.partitions import companies_and_years, years
from orchestration.settings import EdgarAccess, Source, SourceKind
from orchestration.sources import load_filings
from tests.conftest import settings_in
from tests.support.edgar_server import EdgarServer, Fault
from tests.support.small_edgar import AMENDMENT, ANNUAL, QUARTER, RECAST, RELEASE, write_small_edgar

# Each has an instance of Dagster of its own.
pytestmark = pytest.mark.slow

AMAZON_2025 = MultiPartitionKey({"company": "AMZN", "year": "2025"})
MICROSOFT_2025 = MultiPartitionKey({"company": "MSFT", "year": "2025"})
NOTHING = MultiPartitionKey({"company": "AMZN", "year": "2019"})


@pytest.fixture
def edgar(tmp_path):
    return write_small_edgar(tmp_path / "edgar")


@pytest.fixture
def server(edgar):
    with EdgarServer(edgar.directory) as running:
        yield running


@pytest.fixture
def settings(server, tmp_path):
    access = EdgarAccess(
        "Jane Doe jane@example.com", 10.0, tmp_path / "turns.sqlite", server.url, server.url
    )
    online = replace(settings_in(tmp_path / "data"), source=Source(SourceKind.EDGAR))
    return replace(online, edgar=access)


@pytest.fixture
def land(settings):
    job = build_defs(settings).resolve_job_def(LAND_FILINGS)

    def land(part):
        with DagsterInstance.ephemeral() as instance:
            return job.execute_in_process(
                instance=instance, partition_key=part, raise_on_error=False
            )

    return land


def told(result):
    (event,) = result.get_asset_materialization_events()
    return {name: each.value for name, each in event.materialization.metadata.items()}


def test_a_company_and_year_is_landed_and_nothing_else_is_touched(land, settings, server):
    result = land(AMAZON_2025)
    assert result.success
    facts = told(result)
    assert facts["filings"] >= len((ANNUAL, AMENDMENT, QUARTER, RECAST))
    assert facts["bytes"] > 0
    assert not settings.warehouse_path.exists()
    assert not settings.build_path.exists()
    assert not [path for path in server.paths() if "789019" in path]


def test_the_refresh_reads_what_has_landed_without_asking_again(land, settings, server, registry):
    land(AMAZON_2025)
    server.requests.clear()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        load_filings(connection, settings, registry, REJECTS.to_frame())
        read = connection.execute(
            "select count(*) from raw.filings where read_status = 'facts_read'"
        ).fetchone()
    documents = {path for filing in (ANNUAL, AMENDMENT, QUARTER, RECAST) for path in paths(filing)}
    documents |= paths(RELEASE) - {RELEASE.document_path}
    assert not documents & set(server.paths())
    assert read[0] >= 4


def paths(filing):
    return {f"{filing.folder}/{name}" for name in filing.documents} | {filing.header_path}


def test_two_parts_may_land_at_the_same_time_and_again_without_harm(land):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(land, (AMAZON_2025, MICROSOFT_2025))
    assert (first.success, second.success) == (True, True)
    assert told(land(AMAZON_2025)) == told(first)


def test_a_year_without_filings_lands_none(land):
    assert told(land(NOTHING)) == {"filings": 0, "files": 0, "files_absent": 0, "bytes": 0}


def test_a_file_that_is_not_there_is_counted_and_stops_nothing(land, server):
    server.misbehave(QUARTER.document_path, Fault.status(404))
    facts = told(land(AMAZON_2025))
    assert facts["files_absent"] == 1


def test_the_snapshot_says_that_there_is_nothing_to_land(tmp_path):
    job = build_defs(settings_in(tmp_path)).resolve_job_def(LAND_FILINGS)
    result = job.execute_in_process(
        instance=DagsterInstance.ephemeral(), partition_key=AMAZON_2025, raise_on_error=False
    )
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "not EDGAR nor an archive" in failed.step_failure_data.user_failure_data.description


def test_parts_are_companies_and_years_since_facts_are_tagged(registry):
    parts = companies_and_years(registry, 2026)
    assert len(parts.get_partition_keys()) == len(registry.companies) * 18
    assert (years(2026)[0], years(2026)[-1]) == ("2009", "2026")
