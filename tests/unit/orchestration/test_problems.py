"""What stopped a run, in words for a person."""

import shutil
from collections import namedtuple
from types import SimpleNamespace

import pytest

from orchestration.problems import message_of, problem_of, surroundings

Usage = namedtuple("Usage", "total used free")


def failure(*errors):
    """Dagster's account of errors, the outermost first."""
    inner = None
    for name, message in reversed(errors):
        inner = SimpleNamespace(cls_name=name, message=message, cause=inner)
    return SimpleNamespace(user_failure_data=None, error=inner)


def test_the_error_that_was_raised_is_told_not_what_caused_it():
    told = problem_of(
        failure(
            ("DagsterExecutionStepExecutionError", "Error occurred while executing step"),
            ("NotFoundError", "ingest.errors.NotFoundError: https://x: gone; look there\n"),
            ("HTTPStatusError", "httpx.HTTPStatusError: 404"),
        )
    )
    assert told == "NotFoundError: https://x: gone; look there"


def test_an_error_of_dagster_alone_is_told():
    assert problem_of(failure(("DagsterInvariantViolationError", "no such job"))) == "no such job"


def test_a_failure_that_was_described_is_told_so():
    described = SimpleNamespace(user_failure_data=SimpleNamespace(description="2 nodes failed"))
    assert problem_of(described) == "2 nodes failed"


def test_the_message_of_an_error_has_no_module():
    assert message_of(shutil.SameFileError("a and b")) == "SameFileError: a and b"
    assert message_of(ValueError("no")) == "ValueError: no"


def test_nothing_is_wrong_around(tmp_path):
    assert surroundings(tmp_path, ["a test failed"]) == ()


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 4096))
    (told,) = surroundings(tmp_path, ["OperationalError: disk I/O error"])
    assert "no room is left on the disk of" in told
    assert "make room" in told


def test_a_directory_that_cannot_be_written_is_named(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    usage = shutil.disk_usage(gone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage)
        gone.rmdir()
        (told,) = surroundings(gone, [])
    assert "cannot be written (No such file or directory)" in told


@pytest.mark.parametrize(
    "problem",
    ["MemoryError", "Out of Memory Error: failed to allocate", "std::bad_alloc",
     "OSError: [Errno 12] Cannot allocate memory", "RuntimeError: can't start new thread"],
)  # fmt: skip
def test_want_of_memory_is_named(tmp_path, problem):
    (told,) = surroundings(tmp_path, [problem])
    assert "out of memory" in told


def test_a_damaged_record_of_dagster_is_named(tmp_path):
    (told,) = surroundings(
        tmp_path, ["DatabaseError: (sqlite3.DatabaseError) file is not a database"]
    )
    assert "plumbline doctor --repair" in told
    assert surroundings(tmp_path, ["OperationalError: database is locked"]) == ()
