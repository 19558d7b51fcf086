"""The machine fails at every stage: killed, no room, no leave to write, no memory, no clock."""

import random
import signal
from datetime import timedelta

import pytest

from tests.support.fault_lab import (
    STEPS,
    Moment,
    Strike,
    fill_disk,
    kill,
    make_read_only,
    may_mount,
    starve,
)
from tests.support.fault_matrix import (
    NOW,
    PUBLISHED_AT,
    Bench,
    Fault,
    Line,
    bench,
    hold_to_the_document,
    try_fault,
)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not may_mount(), reason="a disk that can be full takes a user who may mount"
    ),
]

TITLE = "The machine"
KILLS = 30
SEED = 20260807
HUNGRY_STEPS = ("load_source", "judge_raw_tables", "build_models", "value_scenarios",
                "backtest_scenarios", "draw_report")  # fmt: skip
FROM_OUTSIDE = "was ended from outside"

FAULTS = [
    *(
        Fault(step, "SIGKILL as it begins", FROM_OUTSIDE, Strike(kill, Moment(step)))
        for step in STEPS
    ),
    *(
        Fault(step, "SIGKILL as it ends", FROM_OUTSIDE, Strike(kill, Moment(step, "STEP_SUCCESS")))
        for step in STEPS
    ),
    *(
        Fault(
            step, "the disk is full", "no room is left.*make room",
            Strike(fill_disk, Moment(step)),
        )
        for step in STEPS
    ),
    *(
        Fault(
            step, "nothing can be written", "cannot be written.*let this user write it",
            Strike(make_read_only, Moment(step)),
        )
        for step in STEPS
    ),
    *(
        Fault(
            step, "no more memory", f"out of memory|{FROM_OUTSIDE}", Strike(starve, Moment(step))
        )
        for step in HUNGRY_STEPS
    ),
    Fault(
        "before", "the clock is set back by a week", "the clock says.*set the clock right",
        changes=lambda _: {"now": PUBLISHED_AT - timedelta(days=7)},
    ),
    Fault(
        "before", "DuckDB may use next to no memory", "out of memory",
        changes=lambda _: {"memory_limit": "10MB"},
    ),
]  # fmt: skip

LINES: list[Line] = []


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory):
    with bench(tmp_path_factory.mktemp("machine")) as prepared:
        yield prepared


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_what_is_published_stays_whole_and_the_next_run_heals(machine: Bench, fault: Fault):
    LINES.append(try_fault(machine, fault))


def test_the_matrix_is_written_down():
    hold_to_the_document(TITLE, LINES, FAULTS)


def test_killed_at_thirty_moments_nothing_is_lost_or_doubled(machine: Bench):
    """One installation, killed again and again; only the last run is left alone."""
    machine.lab.restore(machine.saved)
    seconds = _seconds_of_a_run(machine)
    machine.lab.restore(machine.saved)
    spread = random.Random(SEED)
    killed = 0
    while killed < KILLS:
        moment = seconds * spread.uniform(0.02, 0.98)
        outcome = machine.lab.refresh(Strike(kill, Moment(seconds=moment)))
        killed += outcome.signal == signal.SIGKILL
        assert machine.lab.published() in (machine.before, machine.after)
    assert machine.lab.refresh().is_success
    assert machine.lab.published() == machine.after
    assert machine.doctor() == []


def _seconds_of_a_run(machine: Bench) -> float:
    import time

    started = time.monotonic()
    assert machine.lab.refresh(now=NOW).is_success
    return time.monotonic() - started
