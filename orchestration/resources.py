"""What assets are handed: the build to work on, the judge of raw rows, the declarations."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.quality import newest_source
from ingest.warehouse import drop_other_schema_version, filing_count, row_counts
from orchestration.build import begun_build, connect, require_build, start_build
from orchestration.guard_process import Judge
from orchestration.settings import Settings, SourceKind
from orchestration.versions import bases
from registry.models import Registry


@dataclass(frozen=True)
class Project:
    """One installation's settings, declarations and judge, as assets use them."""

    settings: Settings
    registry: Registry
    judge: Judge

    @contextmanager
    def new_build(self, run_id: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """The run's private build, begun from the published warehouse when first asked for."""
        is_new = start_build(self.settings, run_id, bases(self.settings))
        with connect(self.settings.build_path, self.settings) as connection:
            if is_new:
                drop_other_schema_version(connection)
            yield connection

    @contextmanager
    def build(self, run_id: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build the run's raw loads began; BuildError in a run without them."""
        require_build(self.settings, run_id)
        with connect(self.settings.build_path, self.settings) as connection:
            yield connection

    def published_row_counts(self) -> Mapping[str, int]:
        """Rows of each raw table in what the build began from; empty if that was another source's.

        From EDGAR filings alone are counted, of registered companies: what a filing states may
        become fewer rows when the reader changes.
        """
        begun = begun_build(self.settings)
        if begun is None or begun.base is None:
            return {}
        with connect(Path(begun.base), self.settings, read_only=True) as connection:
            if newest_source(connection) != str(self.settings.source):
                return {}
            if self.settings.source.kind is SourceKind.SNAPSHOT:
                return row_counts(connection)
            return {"filings": filing_count(connection, self.registry.ciks)}
