"""Facts of documents on disk, without a warehouse.

The files of one folder are read together, since the inline documents of a filing may refer to each
other; folders are independent, and may be read in several processes.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from ingest.edgar.rows import FACT_ROWS, REJECT_ROWS
from ingest.edgar.xbrl import Facts, read_documents
from ingest.errors import MissingInputFileError, UnreadableDocumentError

COLUMNS = tuple(name for name in FACT_ROWS.names() if name != "entity")
DOCUMENT_SUFFIXES = (".htm", ".html", ".xhtml", ".xml")
NO_FACTS = "holds no tagged facts"
EXTRACTED = "_htm.xml"
NOT_DOCUMENTS = ("_cal.xml", "_def.xml", "_lab.xml", "_pre.xml", "FilingSummary.xml")

# Below this many folders a second process costs more than it saves.
FOLDERS_WORTH_PROCESSES = 4


@dataclass(frozen=True)
class FileFacts:
    """Facts of files in `COLUMNS`, rejected facts, and why which files could not be read.

    `untagged` counts documents without tagged facts that a directory held beside others.
    """

    facts: pl.DataFrame
    rejects: pl.DataFrame
    unreadable: Mapping[str, str]
    untagged: int = 0


def read_files(paths: Iterable[Path], processes: int | None = None) -> FileFacts:
    """Facts of files, and of all documents below directories, numeric ones before text.

    Of an inline document and the instance extracted from it, both in one directory, the document is
    read. `source_document` is the file's name, or its path where two files share a name. Raises
    MissingInputFileError for a path that is not there, or a directory without documents.
    """
    paths = list(paths)
    files = _files(paths)
    names = _names(files)
    folders = [
        [(names[file], file) for file in group]
        for _, group in groupby(sorted(files), key=lambda file: file.parent)
    ]
    results = _mapped(_read_folder, folders, processes)
    named = {names[path] for path in paths if path in names}
    failures = {name: why for each in results for name, why in each.unreadable.items()}
    # A directory of a filing holds pages and exhibits that nobody tagged.
    untagged = {name for name, why in failures.items() if NO_FACTS in why} - named
    return FileFacts(
        facts=pl.concat([FACT_ROWS.to_frame(), *(each.facts for each in results)]).select(COLUMNS),
        rejects=pl.concat([REJECT_ROWS.to_frame(), *(each.rejects for each in results)]),
        unreadable={name: why for name, why in failures.items() if name not in untagged},
        untagged=len(untagged),
    )


def _files(paths: Iterable[Path]) -> list[Path]:
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = sorted(file for file in path.rglob("*") if _is_document(file))
            if not below:
                raise MissingInputFileError(f"{path}: holds no .htm or .xml document")
            files.update(dict.fromkeys(below))
        elif path.is_file():
            files[path] = None
        else:
            raise MissingInputFileError(f"{path}: no such file or directory")
    return list(files)


def _is_document(file: Path) -> bool:
    if file.suffix not in DOCUMENT_SUFFIXES or file.name.endswith(NOT_DOCUMENTS):
        return False
    inline = file.with_name(file.name.replace(EXTRACTED, ".htm"))
    is_extract_beside_it = file.name.endswith(EXTRACTED) and inline.is_file()
    return not is_extract_beside_it


def _names(files: Sequence[Path]) -> dict[Path, str]:
    names = [file.name for file in files]
    return {file: file.name if names.count(file.name) == 1 else file.as_posix() for file in files}


def _mapped(
    read: Callable[[list[tuple[str, Path]]], FileFacts],
    folders: list[list[tuple[str, Path]]],
    processes: int | None,
) -> list[FileFacts]:
    enough = len(folders) >= FOLDERS_WORTH_PROCESSES
    workers = processes or (min(os.cpu_count() or 1, len(folders)) if enough else 1)
    if workers == 1:
        return [read(folder) for folder in folders]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(read, folders))


def _read_folder(folder: list[tuple[str, Path]]) -> FileFacts:
    contents = {name: file.read_bytes() for name, file in folder}
    try:
        return _file_facts([read_documents(contents)], {})
    except UnreadableDocumentError as error:
        if len(contents) == 1:
            return _file_facts([], {folder[0][0]: str(error)})
    # One bad file must not cost the others of its folder: each is then read by itself.
    read: list[Facts] = []
    unreadable: dict[str, str] = {}
    for name, content in contents.items():
        try:
            read.append(read_documents({name: content}))
        except UnreadableDocumentError as error:
            unreadable[name] = str(error)
    return _file_facts(read, unreadable)


def _file_facts(read: Sequence[Facts], unreadable: Mapping[str, str]) -> FileFacts:
    frames = [frame for each in read for frame in (each.numeric, each.text)]
    return FileFacts(
        facts=pl.concat([FACT_ROWS.to_frame(), *frames]),
        rejects=pl.concat([REJECT_ROWS.to_frame(), *(each.rejects for each in read)]),
        unreadable=unreadable,
    )
