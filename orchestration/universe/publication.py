"""The published universe: the marts of all buckets in one warehouse that is replaced as a whole.

It holds the same tables as the warehouse of the companies under watch, as far as they are of whole
companies, and says in schema `quality` what they were made of and what was left out.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import polars as pl

from ingest.errors import LakeError
from ingest.lake import BUCKETS, Lake, Part
from ingest.registry_tables import registry_tables
from orchestration.build import BuildLockedError, connect
from orchestration.dbt_project import ParsedProject
from orchestration.settings import Settings
from orchestration.universe.buckets import (
    HISTORIES,
    READINGS,
    BucketChange,
    kept_file,
    read_state,
    state_digest,
)
from registry.models import Registry

TABLES = ("dim_company", "dim_filing", *HISTORIES)
VIEWS = (*READINGS, "stg_registry__size_classes", "path:models/marts/universe")
MOST_MOVED = 500
"""Above so many filers a new warehouse costs less than taking rows out of a copy."""

PARTS = pl.Schema(
    {
        "part": pl.String(),
        "kind": pl.String(),
        "digest": pl.String(),
        "filings": pl.Int64(),
        "facts": pl.Int64(),
        "rejects": pl.Int64(),
    }
)
LEFT_OUT = pl.Schema({"cik": pl.String(), "reason": pl.String()})
STATES = pl.Schema({"bucket": pl.Int64(), "state": pl.String()})
PUBLISHED = pl.Schema({"published_at": pl.Datetime("us", "UTC"), "registry_hash": pl.String()})


def publish_universe(
    settings: Settings, registry: Registry, changes: Sequence[BucketChange] = ()
) -> bool:
    """Replace the published universe by what the buckets hold now; whether there was a need to.

    `changes` say which filers moved where not all of a bucket did. Readers that have it open keep
    what they opened. Raises BuildLockedError where another process is publishing, LakeError,
    DbtError or BuildError where it cannot be made; what was published then stays.
    """
    with Lake(settings.universe_dir / "lake").claimed("publication") as is_mine:
        if not is_mine:
            raise BuildLockedError(
                "another process is publishing the universe; run again when it has ended"
            )
        return _published(settings, registry, changes)


def _published(settings: Settings, registry: Registry, changes: Sequence[BucketChange]) -> bool:
    marts = settings.universe_dir / "marts"
    now = {bucket: state for bucket in range(BUCKETS) if (state := state_digest(marts, bucket))}
    if not now:
        raise LakeError(f"nothing is derived in {marts}; run: plumbline universe build")
    published = _published_states(settings)
    if published == now:
        return False
    partial = settings.universe_dir / "build" / "warehouse.duckdb"
    shutil.rmtree(partial.parent, ignore_errors=True)
    partial.parent.mkdir(parents=True)
    steps = _steps(published, now, changes)
    if steps is not None:
        shutil.copyfile(settings.universe_path, partial)
        with connect(partial, settings) as connection:
            _replace_rows(connection, settings, steps)
            _tell(connection, settings, registry, now, [step.bucket for step in steps])
    else:
        with connect(partial, settings) as connection:
            _fill(connection, settings, registry)
            _tell(connection, settings, registry, now, sorted(now))
        _add_views(settings)
    os.replace(partial, settings.universe_path)
    return True


def _published_states(settings: Settings) -> dict[int, str]:
    """The state of each bucket the published universe was made of; none where there is none."""
    if not settings.universe_path.exists():
        return {}
    with connect(settings.universe_path, settings, read_only=True) as connection:
        return dict(connection.execute("select bucket, state from quality.buckets").fetchall())


def _steps(
    published: Mapping[int, str], now: Mapping[int, str], changes: Sequence[BucketChange]
) -> list[BucketChange] | None:
    """The changes that lead from what is published to now; None where they do not, or are many."""
    steps = [change for change in changes if change.ciks is not None]
    led_to = {**published, **{change.bucket: change.after for change in steps}}
    begins = all(published.get(change.bucket) == change.before for change in steps)
    moved = sum(len(change.ciks or ()) for change in steps)
    return steps if begins and led_to == now and moved <= MOST_MOVED else None


def _replace_rows(
    connection: duckdb.DuckDBPyConnection, settings: Settings, changed: Sequence[BucketChange]
) -> None:
    moved = [cik for change in changed for cik in change.ciks or ()]
    buckets = [change.bucket for change in changed]
    if not _kept(settings, buckets, "dim_company"):
        return
    rows = connection.execute(
        "select ticker from read_parquet($files) where list_contains($moved, cik)",
        {"files": _kept(settings, buckets, "dim_company"), "moved": moved},
    ).fetchall()
    tickers = [ticker for (ticker,) in rows]
    for table in TABLES:
        connection.execute(
            f"delete from marts.{table} where list_contains($tickers, ticker)",
            {"tickers": tickers},
        )
        connection.execute(
            f"insert into marts.{table} by name select * from read_parquet($files)"
            " where list_contains($tickers, ticker)",
            {"files": _kept(settings, buckets, table), "tickers": tickers},
        )


def _fill(connection: duckdb.DuckDBPyConnection, settings: Settings, registry: Registry) -> None:
    if not _kept(settings, range(BUCKETS), "dim_company"):
        raise LakeError(
            "no filer on hand can be placed: no source tells when their fiscal years end; load"
            " submissions.zip or data sets beside companyfacts.zip, and build again"
        )
    # Rows in any order, so that none has to be held back.
    connection.execute("set preserve_insertion_order = false")
    connection.execute("create schema marts; create schema raw; create schema quality")
    for table in TABLES:
        connection.execute(
            f"create table marts.{table} as from read_parquet($files)",
            {"files": _kept(settings, range(BUCKETS), table)},
        )
    classes = registry_tables(registry, ())["registry_size_classes"]
    connection.register("classes", classes.to_arrow())
    connection.execute("create table raw.registry_size_classes as from classes")


def _add_views(settings: Settings) -> None:
    """The marts as known now, their as-of macros, and what compares all filers."""
    of_universe = replace(settings, data_dir=settings.universe_dir)
    project = ParsedProject(of_universe)
    project.build(*VIEWS)
    project.run_operation("create_as_of_macros", marts=READINGS)


def _tell(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    registry: Registry,
    states: Mapping[int, str],
    changed: Sequence[int],
) -> None:
    """What the marts were made of, in schema `quality`; the parts of the changed buckets anew."""
    lake = Lake(settings.universe_dir / "lake")
    parts = {part.name: part for bucket in changed for part in lake.parts(bucket)}
    told = pl.DataFrame([_part_row(part) for part in parts.values()], PARTS, orient="row")
    connection.register("told", told.to_arrow())
    connection.execute("create table if not exists quality.parts as from told limit 0")
    connection.execute("delete from quality.parts where part in (select part from told)")
    connection.execute("insert into quality.parts from told")
    left_out = [
        (cik, why)
        for bucket in states
        if (state := read_state(settings.universe_dir / "marts", bucket))
        for cik, why in sorted(state.left_out.items())
    ]
    tables = {
        "left_out": pl.DataFrame(left_out, LEFT_OUT, orient="row"),
        "buckets": pl.DataFrame(sorted(states.items()), STATES, orient="row"),
        "universe": pl.DataFrame(
            [(datetime.now(UTC), registry.content_hash)], PUBLISHED, orient="row"
        ),
    }
    for name, frame in tables.items():
        connection.register("told", frame.to_arrow())
        connection.execute(f"create or replace table quality.{name} as from told")


def _part_row(part: Part) -> tuple[str, str, str, int, int, int]:
    counts = (part.rows.get(table, 0) for table in ("filings", "facts", "rejects"))
    filings, facts, rejects = counts
    return part.name, part.kind, part.digest, filings, facts, rejects


def _kept(settings: Settings, buckets: Iterable[int], mart: str) -> list[str]:
    """The files of a mart; a bucket whose filers were all left out has none."""
    paths = [kept_file(settings.universe_dir / "marts", bucket, mart) for bucket in buckets]
    return [str(path) for path in paths if path.exists()]
