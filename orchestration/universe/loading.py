"""Bulk files and documents into the lake, piece by piece in several processes.

A piece becomes one part, or some: a quarter's data set, a bucket of companyfacts or of submissions,
the documents of a filer. Killed in the middle, all parts that were whole stay, and the next load
begins with the others.

Belongs here: which pieces an input has, and in what order. Does not belong here: how one is read
(`ingest.bulk`), or how processes are kept busy (`work`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from ingest.bulk.companyfacts import load_companyfacts
from ingest.bulk.data_sets import NAME, load_data_set
from ingest.bulk.documents import Rules, load_documents
from ingest.bulk.raw_tables import filers_of
from ingest.bulk.submissions import load_submissions
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.errors import IngestError, MissingInputFileError, UnreadableArchiveError
from ingest.lake import BUCKETS, Lake, Part, bucket_of
from orchestration.settings import Settings, Source, SourceKind
from orchestration.sources import open_edgar
from orchestration.universe.work import in_processes
from registry.models import Registry
from registry.universe import Filer, registry_of

COMPANYFACTS, SUBMISSIONS, DOCUMENTS, DATA_SET, UNKNOWN = (
    "companyfacts", "submissions", "documents", "data_set", "unknown",
)  # fmt: skip
LIST = "CIK??????????.json"


@dataclass(frozen=True)
class Piece:
    """One piece of an input: of which kind, from which file or directory, and which part of it."""

    kind: str
    path: Path
    bucket: int = 0
    cik: str = ""

    @property
    def name(self) -> str:
        """What it is claimed by, and called."""
        which = {
            DATA_SET: self.path.stem,
            UNKNOWN: self.path.name,
            DOCUMENTS: self.cik,
        }.get(self.kind, f"{self.bucket:02d}")
        return f"{self.kind}-{which}"

    @property
    def parts(self) -> str:
        """The pattern its parts are named by: documents have one a year."""
        return f"document-{self.cik}-*" if self.kind == DOCUMENTS else self.name


@dataclass(frozen=True)
class Loaded:
    """What became of a piece: how many parts were made, how many stay; or that it failed, and why.

    `is_taken` where another process is at work on it.
    """

    name: str
    made: int = 0
    kept: int = 0
    facts: int = 0
    rejects: int = 0
    failure: str = ""
    is_taken: bool = False


def pieces_of(paths: Sequence[Path]) -> list[Piece]:
    """The pieces of files and directories, in the order in which they are to be loaded.

    A directory is one of bulk files, or one in EDGAR's layout. A file whose name says nothing is a
    piece that fails. Raises MissingInputFileError for a directory that is neither.
    """
    found = [piece for path in paths for piece in _pieces(path)]
    # Lists are of filers with facts, so these come before.
    order = (UNKNOWN, DATA_SET, COMPANYFACTS, DOCUMENTS, SUBMISSIONS)
    return sorted(found, key=lambda piece: order.index(piece.kind))


def load_pieces(
    settings: Settings, registry: Registry, pieces: Sequence[Piece]
) -> Iterator[Loaded]:
    """Each piece as it is done. A piece that fails is told, and stops no other."""
    load_one = partial(load_piece, replace(settings, threads=1), registry)
    lists = [piece for piece in pieces if piece.kind == SUBMISSIONS]
    others = [piece for piece in pieces if piece.kind != SUBMISSIONS]
    for some in (others, lists):
        yield from in_processes(settings.processes, load_one, some)


def load_piece(settings: Settings, registry: Registry, piece: Piece) -> Loaded:
    """Bring the parts of one piece up to its file, unless another process is at it."""
    lake = Lake(settings.universe_dir / "lake")
    with lake.claimed(piece.name) as is_mine:
        if not is_mine:
            return Loaded(piece.name, is_taken=True)
        try:
            before = {part.name: part.digest for part in lake.parts_named(piece.parts)}
            parts = _parts(settings, lake, piece, registry)
        # What a reader did not foresee in one file stops no other either.
        except (IngestError, duckdb.Error, pl.exceptions.PolarsError) as error:
            return Loaded(piece.name, failure=f"{type(error).__name__}: {error}")
    made = [part for part in parts if before.get(part.name) != part.digest]
    return Loaded(
        piece.name,
        made=len(made),
        kept=len(parts) - len(made),
        facts=sum(part.rows.get("facts", 0) for part in made),
        rejects=sum(part.rows.get("rejects", 0) for part in made),
    )


def _parts(settings: Settings, lake: Lake, piece: Piece, registry: Registry) -> list[Part]:
    rules, limit, threads = registry.filing_rules, settings.memory_limit, settings.threads
    if piece.kind == UNKNOWN:
        raise UnreadableArchiveError(
            f"{piece.path}: the name says nothing of what is in it; the SEC's are 2010q2.zip,"
            " companyfacts.zip and submissions.zip"
        )
    if piece.kind == DATA_SET:
        return [load_data_set(lake, piece.path, rules, limit, threads)]
    if piece.kind == COMPANYFACTS:
        part = load_companyfacts(lake, piece.path, piece.bucket, rules, limit, threads)
        return [part] if part else []
    if piece.kind == SUBMISSIONS:
        told = [part for part in lake.parts(piece.bucket) if part.kind != SUBMISSIONS]
        ciks = filers_of(told, piece.bucket)
        part = load_submissions(lake, piece.path, piece.bucket, ciks, rules)
        return [part] if part else []
    # Reports alone are read: no word of a release is asked for.
    (filer,) = registry_of(registry, [Filer(piece.cik, piece.cik, 12)]).companies
    words = ReleaseVocabulary(registry, filer)
    archive = Source(SourceKind.ARCHIVE, piece.path)
    with open_edgar(replace(settings, source=archive)) as client:
        return load_documents(lake, client, piece.cik, Rules(registry.followed_forms, rules), words)


def _pieces(path: Path) -> Iterator[Piece]:
    if not path.exists():
        raise MissingInputFileError(
            f"{path} is not there; name a bulk file or a directory, or fetch the SEC's with"
            " `plumbline universe fetch`"
        )
    if path.is_file():
        yield from _pieces_of_file(path)
        return
    files = sorted(path.glob("*.zip"))
    lists = sorted((path / "submissions").glob(LIST))
    if not files and not lists:
        raise MissingInputFileError(
            f"{path} holds no zip of the SEC and no submissions/{LIST}: name a directory of bulk"
            " files, or one in EDGAR's layout"
        )
    for file in files:
        yield from _pieces_of_file(file)
    for file in lists:
        cik = file.stem.removeprefix("CIK")
        yield Piece(DOCUMENTS, path.resolve(), bucket_of(cik), cik)


def _pieces_of_file(path: Path) -> Iterator[Piece]:
    if NAME.fullmatch(path.stem):
        yield Piece(DATA_SET, path.resolve())
    elif path.stem in (COMPANYFACTS, SUBMISSIONS):
        for bucket in range(BUCKETS):
            yield Piece(path.stem, path.resolve(), bucket)
    else:
        yield Piece(UNKNOWN, path.resolve())
