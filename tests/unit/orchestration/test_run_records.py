"""What became of runs, as the journal tells it."""

import json

import pytest

from orchestration.run_records import last_run, outcome_of, runs

STARTED = {"at": "2026-11-27T20:00:00+00:00", "event": "run_started"}
LOADED = {"at": "2026-11-27T20:00:05+00:00", "event": "step_ended", "step": "load_source"}
FAILED = {
    "at": "2026-11-27T20:00:06+00:00",
    "event": "step_failed",
    "step": "build_models",
    "problem": "a test failed",
}
STOPPED = {"at": "2026-11-27T20:00:07+00:00", "event": "run_failed"}
ENDED = {"at": "2026-11-27T20:00:07+00:00", "event": "run_ended"}


@pytest.fixture
def journal(tmp_path):
    def write(*lines, run_id="a", job="refresh", tail=""):
        path = tmp_path / "journal.jsonl"
        told = [json.dumps({**line, "run_id": run_id, "job": job}) for line in lines]
        with path.open("a") as file:
            file.write("".join(f"{line}\n" for line in told) + tail)
        return path

    return write


def test_no_journal_tells_of_no_run(tmp_path):
    assert last_run(tmp_path / "journal.jsonl") is None


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((STARTED, LOADED, ENDED), "started 2026-11-27 20:00:00 UTC, ended well"),
        ((STARTED, LOADED, FAILED, STOPPED), "stopped: a test failed"),
        ((STARTED, LOADED), "ended from outside after step load_source"),
        ((STARTED,), "ended from outside in its first step"),
    ],
)
def test_the_outcome_of_a_run(journal, lines, told):
    assert told in outcome_of(last_run(journal(*lines)), has_published=False)


@pytest.mark.parametrize("lines", [(STARTED, LOADED), (STARTED, LOADED, FAILED, STOPPED)])
def test_a_run_that_ended_after_it_published_says_so(journal, lines):
    run = last_run(journal(*lines))
    assert "what it built is published" in outcome_of(run, has_published=True)
    assert "nothing it did was published" in outcome_of(run, has_published=False)


def test_the_newest_run_is_the_last_that_started(journal):
    journal(STARTED, ENDED, run_id="a")
    assert last_run(journal(STARTED, run_id="b")).run_id == "b"


def test_runs_of_other_jobs_are_not_told(journal):
    assert runs(journal(STARTED, job="land_filings")) == []


def test_a_line_that_was_cut_off_is_passed_over(journal):
    path = journal(STARTED, LOADED, tail='{"at": "2026-11')
    assert last_run(path).last_step == "load_source"


def test_lines_that_are_none_of_ours_are_passed_over(journal):
    path = journal(STARTED, tail="[]\nno json\n{}\n")
    assert len(runs(path)) == 1
