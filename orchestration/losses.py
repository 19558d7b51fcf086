"""What a finished build would take from readers, held against what is published.

Filings come and restate; hardly ever do they go. Most of a company's figures gone between two
publications of the same declarations and source is a fault of the source, or of the build.
"""

import duckdb

from orchestration.build import BuildError, connect
from orchestration.settings import Settings

LEAST_KEPT_RATIO = 0.9
MADE_FROM_SQL = """
select source, registry_hash from quality.runs order by published_at desc limit 1
"""
WITHDRAWN_SQL = "select accession_number from raw.filings where withdrawn_at is not null"
FIGURES_SQL = """
select ticker, count(*) from marts.fct_metrics
where not list_has_any(accession_numbers, cast(? as varchar[]))
group by ticker
"""


def refuse_losses(
    connection: duckdb.DuckDBPyConnection, published: Settings, source: str, registry_hash: str
) -> None:
    """Raise BuildError where a company has lost more than a tenth of its published figures.

    Figures of filings that have been withdrawn since are meant to go. Nothing is compared with a
    publication of other declarations or of another source, nor where nothing is published, or it
    cannot be read, or the publication is as of the past.
    """
    if published.as_of is not None or not published.warehouse_path.exists():
        return
    withdrawn = [number for (number,) in connection.execute(WITHDRAWN_SQL).fetchall()]
    try:
        with connect(published.warehouse_path, published, read_only=True) as replaced:
            made_from = replaced.execute(MADE_FROM_SQL).fetchone()
            before = dict(replaced.execute(FIGURES_SQL, [withdrawn]).fetchall())
    except (duckdb.Error, BuildError):
        return
    if made_from != (source, registry_hash):
        return
    after = dict(connection.execute(FIGURES_SQL, [withdrawn]).fetchall())
    lost = [
        f"{ticker} has {after.get(ticker, 0):,} of {count:,} figures"
        for ticker, count in sorted(before.items())
        if after.get(ticker, 0) < LEAST_KEPT_RATIO * count
    ]
    if lost:
        raise BuildError(
            f"figures that are published would be gone: {'; '.join(lost)}; see"
            " marts.dim_filing of the build for what was not read; if they are meant to go, move"
            f" {published.versions_dir} away and refresh again"
        )
