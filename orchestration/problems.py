"""What stopped a run: the words of the error that stopped it, and what was wrong around it."""

import errno
import re
import shutil
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

NO_ROOM_BYTES = 2_000_000
OUT_OF_MEMORY = re.compile(
    r"MemoryError|out of memory|could not allocate|bad_alloc|cannot allocate memory"
    r"|can't start new thread|failed to map segment|OutOfMemoryException",
    re.IGNORECASE,
)

DAMAGED_RECORD = re.compile(r"sqlite3\.DatabaseError\).*(not a database|malformed)")


def problem_of(failure: object) -> str:
    """The message for a person in Dagster's account of a failed step.

    `failure` is the `step_failure_data` of an event.
    """
    described = getattr(failure, "user_failure_data", None)
    if described is not None and described.description:
        return str(described.description)
    error = getattr(failure, "error", None)
    if error is None:
        return "it ended without an error of its own"
    # Dagster's own errors lie around the one that was raised; what lies below that it has said.
    while str(error.cls_name).startswith("Dagster") and error.cause is not None:
        error = error.cause
    return without_module(str(error.message).strip())


def message_of(error: BaseException) -> str:
    """An error as people read it: its class without the module, and its text."""
    return without_module("".join(traceback.format_exception_only(error)).strip())


def without_module(text: str) -> str:
    """The text of an error without the module that Python puts before its class."""
    return re.sub(r"^(\w+\.)+(?=\w+(Error|Exception)\b)", "", text)


def surroundings(directory: Path, problems: Sequence[str]) -> tuple[str, ...]:
    """What is wrong with the machine where the directory is, which the problems may come of.

    Many errors come of a full disk, and few of them say so.
    """
    return (
        *_without_room(directory),
        *_without_leave(directory),
        *_without_memory(problems),
        *_without_record(problems),
    )


def _without_room(directory: Path) -> Iterator[str]:
    free = shutil.disk_usage(directory).free
    if free < NO_ROOM_BYTES:
        yield (
            f"no room is left on the disk of {directory} ({free:,} bytes are free); make room, then"
            " refresh again"
        )


def _without_leave(directory: Path) -> Iterator[str]:
    try:
        tempfile.TemporaryFile(dir=directory).close()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            yield (
                f"{directory} cannot be written ({error.strerror}); let this user write it, then"
                " refresh again"
            )


def _without_memory(problems: Sequence[str]) -> Iterator[str]:
    if any(OUT_OF_MEMORY.search(problem) for problem in problems):
        yield (
            "the process was out of memory; give it more, or let DuckDB spill to disk earlier with"
            " a smaller PLUMBLINE_DUCKDB_MEMORY_LIMIT, then refresh again"
        )


def _without_record(problems: Sequence[str]) -> Iterator[str]:
    if any(DAMAGED_RECORD.search(problem) for problem in problems):
        yield (
            "Dagster's record of runs is damaged; no figure is in it: `plumbline doctor --repair`"
            " puts it aside, then refresh again"
        )
