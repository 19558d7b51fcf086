"""The lake: filings and facts of any number of filers as Parquet, by filer and year of filing.

    lake/parts/data_set-2010q2/facts/bucket=7/year=2010/from_0.parquet
    lake/parts/data_set-2010q2/filings-0.parquet
    lake/parts/data_set-2010q2/_SUCCESS
    lake/work/data_set-2010q2.lock

A part is what one source delivered. It counts once its `_SUCCESS` is there, which says what it was
made from; one without is half made, and is made anew. A filer's rows are all in the bucket of its
CIK, so that whatever is derived filer by filer is derived bucket by bucket, in memory that does not
grow with the number of filers. Facts lie in a file of their own by bucket and year; the other
tables are small, and have a column `bucket`.

Belongs here: where files lie, what a part is, who is at work on what. Does not belong here: what
the rows mean (`bulk` makes them).
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from pyarrow import parquet

from ingest.errors import LakeError

BUCKETS = 32
"""6,000 filers are 188 a bucket. Another number needs the lake to be filled anew."""
DONE = "_SUCCESS"
PARTITIONED = "facts"


def bucket_of(cik: str | int) -> int:
    """The bucket a filer's rows lie in."""
    return int(cik) % BUCKETS


def bucket_column(cik: str = "cik") -> pl.Expr:
    """The same for a column of CIKs, which may have leading zeros."""
    return (pl.col(cik).cast(pl.Int64) % BUCKETS).cast(pl.Int32).alias("bucket")


@dataclass(frozen=True)
class Part:
    """What one source delivered: its rows by table, and the digest of what it was made from."""

    name: str
    directory: Path
    digest: str
    rows: Mapping[str, int]

    @property
    def kind(self) -> str:
        """What it was read from: the word before the first dash of its name."""
        return self.name.partition("-")[0]

    def files(self, table: str, bucket: int | None = None) -> list[Path]:
        """Its files of a table; of facts those of one bucket, where one is given."""
        if table != PARTITIONED:
            return sorted(self.directory.glob(f"{table}-*.parquet"))
        where = "bucket=*" if bucket is None else f"bucket={bucket}"
        return sorted((self.directory / table).glob(f"{where}/**/*.parquet"))


class Lake:
    """A directory of parts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._parts = root / "parts"
        self._work = root / "work"

    def parts(self, bucket: int | None = None) -> list[Part]:
        """The parts that are whole, by name; those that concern a bucket, where one is given."""
        places = sorted(self._parts.glob("[!.]*"))
        return _whole(place for place in places if bucket is None or _concerns(place.name, bucket))

    def parts_named(self, pattern: str) -> list[Part]:
        """The parts that are whole and whose names are of a pattern, by name."""
        return _whole(sorted(self._parts.glob(pattern)))

    @contextmanager
    def database(self, memory_limit: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
        """DuckDB in memory for one piece of work; what does not fit is spilled beside the parts."""
        limits: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": str(self._work / "spilled"),
        }
        with duckdb.connect(config=limits) as connection:
            yield connection

    def part(self, name: str) -> Part | None:
        """One part; None where it is not there or not whole."""
        return _read(self._parts / name)

    @contextmanager
    def claimed(self, work: str) -> Iterator[bool]:
        """Whether a piece of work is this process's alone until the block ends.

        The claim is a lock of the system, on the file system of the lake: it ends with the process
        or its machine, so that none is left behind by one that was killed. Raises LakeError where
        the directory cannot be written.
        """
        path = self._work / f"{work}.lock"
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = path.open("a")
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @contextmanager
    def making(self, name: str, digest: str) -> Iterator["PartInTheMaking"]:
        """A part to be filled; it counts, in place of one of that name, when the block ends well.

        Raises LakeError where the directory cannot be written.
        """
        place = self._parts / name
        with replacing(place) as partial:
            made = PartInTheMaking(partial)
            yield made
            write_done(partial, {"digest": digest, "buckets": BUCKETS, "rows": made.rows})


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """An empty directory that takes the place of another when the block ends well.

    At every moment the place is the earlier directory as it was, nothing, or the new one. Raises
    LakeError where it cannot be written.
    """
    partial, earlier = place.with_name(f".{place.name}"), place.with_name(f".{place.name}.earlier")
    with _writing(partial):
        for left in (partial, earlier):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir(parents=True)
    yield partial
    with _writing(place):
        if place.exists():
            os.replace(place, earlier)
        os.replace(partial, place)
    shutil.rmtree(earlier, ignore_errors=True)


def write_done(directory: Path, told: Mapping[str, object]) -> None:
    """Say that a directory is whole, and of what it was made. Raises LakeError as `replacing`."""
    with _writing(directory / DONE):
        (directory / DONE).write_text(json.dumps(told, indent=1), encoding="utf-8")


class PartInTheMaking:
    """Files of a part that does not count yet."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._counting = Lock()
        self.rows: dict[str, int] = {PARTITIONED: 0}

    def write_facts_of(self, bucket: int, year: int, facts: pa.Table) -> None:
        """Add facts of one bucket and year; threads may do so at once.

        Raises LakeError where they cannot be written.
        """
        with self._counting:
            number = self.rows[PARTITIONED]
            self.rows[PARTITIONED] = number + facts.num_rows
        if not facts.num_rows:
            return
        place = self._directory / PARTITIONED / f"bucket={bucket}" / f"year={year}"
        _write_numbered(facts, place / f"from_{number}.parquet")

    def write(self, table: str, rows: pl.DataFrame | pa.Table) -> None:
        """Add rows to another table. Raises LakeError where they cannot be written."""
        number = self.rows.get(table, 0)
        if not len(rows) and number:
            return
        path = self._directory / f"{table}-{number}.parquet"
        if isinstance(rows, pa.Table):
            _write_numbered(rows, path)
        else:
            with _writing(path):
                rows.write_parquet(path, compression="zstd", compression_level=1)
        self.rows[table] = number + len(rows)


def _write_numbered(rows: pa.Table, path: Path) -> None:
    """Write rows whose repeated texts are dictionaries: Parquet takes them as they are."""
    own = pa.table({name: _own_words(rows[name]) for name in rows.column_names})
    numbered = [field.name for field in own.schema if pa.types.is_dictionary(field.type)]
    dates = [field.name for field in own.schema if pa.types.is_date(field.type)]
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(
            own,
            path,
            compression="zstd",
            compression_level=1,
            use_dictionary=numbered + dates,
            write_statistics=dates,
            store_schema=False,
        )


def _own_words(column: pa.ChunkedArray) -> pa.Array:
    """A column of a file; a dictionary of the words that occur in it."""
    values = column.combine_chunks()
    if not pa.types.is_dictionary(values.type) or len(values.dictionary) == 1:
        return values
    numbered = values.indices.dictionary_encode()
    words = values.dictionary.take(numbered.dictionary)
    return pa.DictionaryArray.from_arrays(numbered.indices, words, safe=False)


def _concerns(name: str, bucket: int) -> bool:
    """As names of parts tell: companyfacts-07 is a bucket's, document-0001018724-2026 a filer's."""
    kind, _, what = name.partition("-")
    if kind == "data_set":
        return True
    number = what.partition("-")[0]
    return (bucket_of(number) if kind == "document" else int(number)) == bucket


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the system refuses meanwhile is a LakeError that names the path."""
    try:
        yield
    except OSError as error:
        raise LakeError(
            f"{path} cannot be written ({error.strerror}); make room, or let this user write it"
        ) from error


def _whole(places: Iterable[Path]) -> list[Part]:
    return [part for place in places if (part := _read(place)) is not None]


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
