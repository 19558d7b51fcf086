"""The raw tables of all filers as Parquet: what an engine beside DuckDB makes the same marts of.

    raw/facts/bucket-07.parquet
    raw/registry_companies/rows.parquet

Belongs here: which raw tables the lake fills, and which are empty for want of a source. Does not
belong here: how one bucket's are made (`ingest.bulk.raw_tables`), what an engine does with them.
"""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.articles.schema import ARTICLES, CLAIMS
from ingest.bulk.raw_tables import load_bucket, load_declarations
from ingest.edgar.schema import COMPANYFACTS
from ingest.errors import LakeError
from ingest.guidance.schema import GUIDANCE
from ingest.lake import BUCKETS, Lake, replacing
from ingest.parquet import write_raw_tables
from ingest.prices.schema import PRICES
from ingest.warehouse import load_table
from orchestration.build import connect
from orchestration.settings import Settings
from registry.models import Registry
from registry.universe import Filer, registry_of

OF_FILERS = ("filings", "facts", "fact_dimensions")
# Nothing of the lake fills these; the models read them all the same.
WITHOUT_SOURCE = {
    "articles": ARTICLES,
    "claims": CLAIMS,
    "companyfacts": COMPANYFACTS,
    "guidance": GUIDANCE,
    "prices": PRICES,
}


def write_raw_universe(settings: Settings, registry: Registry, directory: Path) -> dict[str, int]:
    """Write the raw tables of every filer of the lake to a directory a table; rows by table.

    Bucket by bucket, so that memory does not grow with the number of filers. Raises LakeError where
    nothing is loaded, the directory is there already, or cannot be written.
    """
    lake = Lake(settings.universe_dir / "lake")
    if not lake.parts():
        raise LakeError(f"nothing is loaded in {lake.root}; run: plumbline universe load")
    if directory.exists():
        raise LakeError(f"{directory} is there already; name a directory that is to be made")
    rows: Counter[str] = Counter()
    filers: list[Filer] = []
    with TemporaryDirectory(dir=settings.universe_dir) as scratch, replacing(directory) as partial:
        for bucket in range(BUCKETS):
            if parts := lake.parts(bucket):
                name = f"bucket-{bucket:02d}"
                with connect(Path(scratch) / f"{name}.duckdb", settings) as connection:
                    raw = load_bucket(connection, parts, bucket, registry)
                    rows.update(write_raw_tables(connection, partial, OF_FILERS, name))
                filers += raw.filers
                (Path(scratch) / f"{name}.duckdb").unlink()
        with connect(Path(scratch) / "declarations.duckdb", settings) as connection:
            connection.execute("create schema raw")
            load_declarations(connection, registry_of(registry, filers))
            for table, schema in WITHOUT_SOURCE.items():
                load_table(connection, table, schema.to_frame())
            rows.update(write_raw_tables(connection, partial))
    return dict(rows)
