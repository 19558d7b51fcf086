"""Commands of the universe: bulk files fetched and loaded, every filer derived, what there is."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from orchestration.exits import EXIT_STOPPED, EXIT_WRONG_USE, explained, stop, universe_settings

STATUS_SQL = """
select 'published (UTC)', strftime(published_at, '%Y-%m-%d %H:%M:%S') from quality.universe
union all
select 'buckets of filers', format('{:,} of {:,}', count(*), $buckets) from quality.buckets
union all
select 'filers', format('{:,}', count(*)) from marts.dim_company
union all
select 'filings', format('{:,}', count(*)) from marts.dim_filing
union all
select 'filings ' || replace(read_status, '_', ' '), format('{:,}', count(*))
from marts.dim_filing group by read_status
union all
select 'newest filing (UTC)', strftime(max(known_from), '%Y-%m-%d %H:%M:%S') from marts.dim_filing
union all
select kind || ', parts', format('{:,}', count(*)) from quality.parts group by kind
union all
select 'facts loaded', format('{:,}', cast(sum(facts) as bigint)) from quality.parts
union all
select 'rejects', format('{:,}', cast(sum(rejects) as bigint)) from quality.parts
union all
select 'filers left out: ' || reason, format('{:,}', count(*)) from quality.left_out group by reason
"""

app = typer.Typer(
    help="Every filer: the SEC's bulk files through the same models.", no_args_is_help=True
)


@app.command()
def fetch(
    since: Annotated[str, typer.Option(help="First quarter of data sets.")] = "2009q2",
    nightly: Annotated[
        bool, typer.Option(help="companyfacts.zip and submissions.zip as well.")
    ] = True,
) -> None:
    """Fetch the SEC's bulk files, those that changed, into the data directory.

    All data sets since 2009 are some 6 GB, the two nightly files some 3 GB.
    """
    from ingest.bulk.fetching import DATA_SET, NIGHTLY, data_set_names, fetch_bulk
    from ingest.edgar.client import WWW_URL
    from orchestration.settings import load_settings
    from orchestration.sources import bulk_client

    quarter = DATA_SET.fullmatch(since)
    if quarter is None:
        raise stop(f"{since!r} is no quarter; write it as 2010q2", EXIT_WRONG_USE)
    first = (int(quarter[1]), int(quarter[2]))
    names = [*data_set_names(first, date.today()), *(NIGHTLY if nightly else ())]
    with explained():
        settings = load_settings()
        www_url = settings.edgar.www_url or WWW_URL
        with bulk_client(settings) as client:
            for file in fetch_bulk(client, www_url, names, settings.universe_dir / "bulk"):
                state = "not there yet" if file.is_missing else "unchanged"
                typer.echo(f"{file.name}: {'fetched' if file.is_changed else state}")


@app.command()
def load(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Bulk files (2010q2.zip, companyfacts.zip, submissions.zip), directories of them,"
            " or directories of filings in EDGAR's layout. Default: what was fetched."
        ),
    ] = None,
) -> None:
    """Load bulk files and filings' documents into the lake; what is there and unchanged stays.

    Exit code 1 if a piece could not be loaded; the others are loaded all the same.
    """
    from orchestration.settings import load_settings, make_data_dir
    from orchestration.universe.loading import load_pieces, pieces_of
    from registry.models import load_registry

    with explained():
        settings = load_settings()
        make_data_dir(settings)
        pieces = pieces_of(paths or [settings.universe_dir / "bulk"])
        failures, made, kept, facts, rejects = [], 0, 0, 0, 0
        for loaded in load_pieces(settings, load_registry(), pieces):
            if loaded.failure:
                failures.append(f"  {loaded.name}: {loaded.failure}")
            elif loaded.is_taken:
                typer.echo(f"{loaded.name}: another process is at it")
            elif loaded.made:
                typer.echo(f"{loaded.name}: {loaded.facts:,} facts, {loaded.rejects:,} rejects")
            made, kept = made + loaded.made, kept + loaded.kept
            facts, rejects = facts + loaded.facts, rejects + loaded.rejects
    typer.echo(f"{made} parts made of {facts:,} facts ({rejects:,} rejects), {kept} as they were")
    if failures:
        raise stop("Not loaded:\n" + "\n".join(failures), EXIT_STOPPED)


@app.command()
def build() -> None:
    """Derive what changed, bucket by bucket, and publish the marts of all filers."""
    from ingest.lake import BUCKETS
    from orchestration.settings import load_settings, make_data_dir
    from orchestration.universe.publication import publish_universe
    from orchestration.universe.work import build_buckets
    from registry.models import load_registry

    with explained():
        settings = load_settings()
        make_data_dir(settings)
        registry = load_registry()
        changes = []
        for change in build_buckets(settings, range(BUCKETS)):
            changes.append(change)
            if change.is_taken:
                typer.echo(f"bucket {change.bucket}: another process is at it")
            elif change.is_changed:
                which = "all filers" if change.ciks is None else f"{len(change.ciks)} of its filers"
                typer.echo(f"bucket {change.bucket}: {which}")
        is_new = publish_universe(settings, registry, changes)
    typer.echo(f"{'Published' if is_new else 'Unchanged:'} {settings.universe_path}")


@app.command()
def raw(
    directory: Annotated[Path, typer.Argument(help="A directory that is to be made.")],
) -> None:
    """Write the raw tables of all filers as Parquet, for an engine beside DuckDB such as Spark.

    They are what the models read: of the facts those the registry names; the lake holds all.
    """
    from orchestration.settings import load_settings
    from orchestration.universe.raw import write_raw_universe
    from registry.models import load_registry

    with explained():
        rows = write_raw_universe(load_settings(), load_registry(), directory)
    for table, count in sorted(rows.items()):
        typer.echo(f"{table}: {count:,} rows")


@app.command()
def status() -> None:
    """Say what the published universe holds, and what was left out of it."""
    from rich.console import Console
    from rich.table import Table

    from ingest.lake import BUCKETS
    from orchestration.build import connect

    with explained():
        settings = universe_settings()
        with connect(settings.universe_path, settings, read_only=True) as connection:
            rows = connection.execute(STATUS_SQL, {"buckets": BUCKETS}).fetchall()
    table = Table("", "")
    for what, value in rows:
        table.add_row(what, value)
    Console().print(table)
