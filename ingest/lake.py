"""The lake: facts and filings of any number of filers as Parquet, by filer and year of filing.

    lake/parts/data_set-2010q2/facts/bucket=07/year=2010/data_0.parquet
    lake/parts/data_set-2010q2/filings/bucket=07/year=2010/data_0.parquet
    lake/parts/data_set-2010q2/_SUCCESS

A part is what one source delivered. It counts once its `_SUCCESS` is there, which says what it was
made from; one without is half made, and is made anew. A filer's rows are all in the bucket of its
CIK, so that whatever is derived filer by filer is derived bucket by bucket, in memory that does not
grow with the number of filers.

Belongs here: where files lie, what a part is, reading a bucket. Does not belong here: what the rows
mean (`bulk` makes them).
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import LakeError

BUCKETS = 64
"""6,000 filers are 94 a bucket. Another number needs the lake to be filled anew."""
DONE = "_SUCCESS"


@dataclass(frozen=True)
class Part:
    """What one source delivered: its rows by table, and the digest of what it was made from."""

    name: str
    directory: Path
    digest: str
    rows: Mapping[str, int]

    def files(self, table: str, bucket: int | None = None) -> list[Path]:
        """Its files of a table, of one bucket where one is given."""
        where = "bucket=*" if bucket is None else f"bucket={bucket:02d}"
        return sorted((self.directory / table).glob(f"{where}/**/*.parquet"))


class Lake:
    """A directory of parts."""

    def __init__(self, root: Path) -> None:
        self._parts = root / "parts"

    def parts(self) -> list[Part]:
        """The parts that are whole, by name."""
        return [
            part
            for directory in sorted(self._parts.glob("[!.]*"))
            if (part := _read(directory)) is not None
        ]

    def part(self, name: str) -> Part | None:
        """One part; None where it is not there or not whole."""
        return _read(self._parts / name)

    @contextmanager
    def making(self, name: str, digest: str) -> Iterator["PartInTheMaking"]:
        """A part to be filled; it counts, in place of one of that name, when the block ends well.

        Raises LakeError where the directory cannot be written.
        """
        partial, place = self._parts / f".{name}", self._parts / name
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
        except OSError as error:
            raise LakeError(
                f"{partial} cannot be made ({error.strerror}); make room, or let this user write it"
            ) from error
        made = PartInTheMaking(partial)
        yield made
        told = {"digest": digest, "buckets": BUCKETS, "rows": made.rows}
        (partial / DONE).write_text(json.dumps(told, indent=1), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        os.replace(partial, place)


class PartInTheMaking:
    """Files of a part that does not count yet."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.rows: dict[str, int] = {}

    def write(self, connection: duckdb.DuckDBPyConnection, table: str, sql: str) -> int:
        """Write the rows of a query, which has columns `bucket` and `year`; how many there were.

        Raises LakeError where they cannot be written.
        """
        place = self._directory / table
        number = self.rows.get(table, 0)
        try:
            (count,) = connection.execute(
                f"copy ({sql}) to '{place}' (format parquet, compression zstd,"
                " partition_by (bucket, year), overwrite_or_ignore,"
                f" filename_pattern 'from_{number}_{{i}}')"
            ).fetchone() or (0,)
        except duckdb.Error as error:
            raise LakeError(f"{place}: rows could not be written: {error}") from error
        self.rows[table] = number + int(count)
        return int(count)


def _read(directory: Path) -> Part | None:
    try:
        told: dict[str, Any] = json.loads((directory / DONE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise LakeError(f"{directory / DONE} cannot be read ({error}); delete the part") from error
    if told["buckets"] != BUCKETS:
        raise LakeError(
            f"{directory} has {told['buckets']} buckets, this version reads {BUCKETS}: delete the"
            " lake and load it anew"
        )
    return Part(directory.name, directory, told["digest"], told["rows"])
