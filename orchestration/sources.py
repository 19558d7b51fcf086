"""Where filings come from, as the settings say: the one place that knows all three sources.

Whatever the source, the same raw tables hold its filings and facts, and only its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import polars as pl

from ingest.edgar.archive import archive_client
from ingest.edgar.client import DATA_URL, WWW_URL, EdgarClient
from ingest.edgar.loading import TABLES, load_companies
from ingest.edgar.release_words import release_words
from ingest.http import PoliteClient, Timeouts, Traffic
from ingest.landing import Landing
from ingest.new_york import NEW_YORK_ZONE
from ingest.snapshot.client import SOURCE as SNAPSHOT
from ingest.snapshot.client import read_filings, read_gathered_on
from ingest.warehouse import LoadResult, drop_other_sources, load_table, newest_filing_day
from orchestration.settings import Settings, SettingsError, SourceKind
from registry.models import Registry


@dataclass(frozen=True)
class Patience:
    """How long EDGAR is asked for one thing: how often, and how many seconds each time."""

    attempts: int
    timeouts: Timeouts


PATIENT = Patience(5, Timeouts())
SECONDS_FOR_BULK = 7200.0


@contextmanager
def open_edgar(settings: Settings, patience: Patience = PATIENT) -> Iterator[EdgarClient]:
    """EDGAR, or the archive that stands for it.

    Raises IdentityError where EDGAR would be asked by nobody, FetchSettingsError for a rate that
    EDGAR forbids.
    """
    if settings.source.kind is SourceKind.ARCHIVE and settings.source.directory:
        http = archive_client(settings.source.directory)
    elif settings.source.kind is SourceKind.EDGAR:
        http = PoliteClient(
            settings.edgar.identity,
            requests_per_second=settings.edgar.requests_per_second,
            limit_state_path=settings.edgar.limit_state_path,
            timeouts=patience.timeouts,
            attempts=patience.attempts,
        )
    else:
        raise SettingsError(f"source {settings.source}: not EDGAR nor an archive of it")
    with http:
        yield edgar_client(settings, http, is_partial=settings.source.is_partial)


def bulk_client(settings: Settings) -> PoliteClient:
    """Who fetches the SEC's bulk files, as patient as gigabytes need; errors as `open_edgar`."""
    return PoliteClient(
        settings.edgar.identity,
        requests_per_second=settings.edgar.requests_per_second,
        limit_state_path=settings.edgar.limit_state_path,
        timeouts=Timeouts(total_seconds=SECONDS_FOR_BULK),
    )


def edgar_client(settings: Settings, http: PoliteClient, *, is_partial: bool) -> EdgarClient:
    """EDGAR behind a client of HTTP, what comes from it kept in the landing directory."""
    return EdgarClient(
        http,
        Landing(settings.landing_dir),
        settings.edgar.data_url or DATA_URL,
        settings.edgar.www_url or WWW_URL,
        is_partial=is_partial,
    )


def require_identity(settings: Settings) -> None:
    """Refuse to ask EDGAR as nobody before a run begins; raises as `open_edgar`."""
    with open_edgar(settings):
        pass


def load_filings(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    registry: Registry,
    other_rejects: pl.DataFrame,
) -> tuple[dict[str, LoadResult], Traffic]:
    """Bring the raw tables of filings and facts up to what the source holds now.

    What changed in each, and what was asked for. `other_rejects` are those of the other inputs: the
    table of rejects holds both.
    """
    drop_other_sources(connection, TABLES, settings.source.name)
    if settings.source.kind is SourceKind.SNAPSHOT:
        return _load_snapshot(connection, settings, registry, other_rejects), Traffic()
    load_table(connection, "rejects", other_rejects, SNAPSHOT)
    with open_edgar(settings) as client:
        changes = load_companies(
            connection,
            client,
            registry.ciks,
            source=settings.source.name,
            followed_forms=registry.followed_forms,
            filing_rules=registry.filing_rules,
            words=release_words(registry),
            now=datetime.now(UTC),
        )
    return {table: _total(connection, table, changes) for table in TABLES}, client.traffic


def filings_gathered_on(connection: duckdb.DuckDBPyConnection, settings: Settings) -> date:
    """The day the filings on hand are as of: an archive's is that of its newest filing."""
    if settings.source.kind is SourceKind.SNAPSHOT:
        return read_gathered_on(settings.snapshot_dir)
    today = datetime.now(NEW_YORK_ZONE).date()
    if settings.source.kind is SourceKind.ARCHIVE:
        return newest_filing_day(connection) or today
    return today


def _load_snapshot(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    registry: Registry,
    other_rejects: pl.DataFrame,
) -> dict[str, LoadResult]:
    filings = read_filings(settings.snapshot_dir, registry.filing_rules)
    frames: dict[str, pl.DataFrame] = {table: getattr(filings, table) for table in TABLES}
    frames["rejects"] = pl.concat([frames["rejects"], other_rejects])
    return {
        table: load_table(connection, table, frame, SNAPSHOT) for table, frame in frames.items()
    }


def _total(
    connection: duckdb.DuckDBPyConnection, table: str, changes: list[LoadResult]
) -> LoadResult:
    own = [change for change in changes if change.table.endswith(f".{table}")]
    row = connection.execute(f"select count(*) from raw.{table}").fetchone()
    return LoadResult(
        f"raw.{table}",
        int(row[0]) if row else 0,
        sum(change.inserted for change in own),
        sum(change.deleted for change in own),
    )
