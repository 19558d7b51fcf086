"""Refresh after refresh under the servers people leave running, with a reader beside them.

Three minutes, or as many seconds as PLUMBLINE_SOAK_SECONDS says: an hour with `make soak`. Memory
and open files of the servers and the reader, and what lies on the disk, are the same at the end as
in the middle.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.test_deployed import BIN, LAUNCH, ROOT, STATUS, answers, ask, environment_in
from tests.support.processes import descendants_of, free_port, running, wait_until
from tests.support.snapshot_edgar import write_snapshot_edgar

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("PLUMBLINE_SOAK_SECONDS", "180"))
PAUSE_SECONDS = SECONDS / 120
SECONDS_TO_START = 300
SECONDS_TO_REST = 20
LONGEST_RUN_SECONDS = 300
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
JOB = {
    "repositoryName": "__repository__",
    "repositoryLocationName": "plumbline",
    "jobName": "refresh",
}
# Allocators keep what they freed, and a cache fills once: what grows goes on growing.
MEMORY_MAY_GROW_BY = 0.10
HANDLES_MAY_GROW_BY = 8
DISK_MAY_GROW_BY = 0.10
FEWEST_RUNS = 4


@dataclass
class Sample:
    """What the servers, the reader and the disk hold after one more refresh."""

    server_bytes: int
    server_handles: int
    reader_bytes: int
    reader_handles: int
    disk_bytes: int
    record_bytes: int


@dataclass
class Soak:
    """The whole time: outcomes of runs, samples after each, and what the reader saw."""

    outcomes: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    seen: list[dict[str, str | None]] = field(default_factory=list)


def memory_of(process: int) -> int:
    """Bytes that are the process's alone."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def handles_of(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def size_of(directory: Path) -> int:
    files = (path for path in directory.rglob("*") if not path.is_symlink() and path.is_file())
    return sum(path.stat().st_size for path in files)


def sample(server: int, reader: int, data_dir: Path) -> Sample:
    alive = descendants_of(server)
    records = size_of(data_dir / "dagster")
    return Sample(
        sum(memory_of(each) for each in alive),
        sum(handles_of(each) for each in alive),
        memory_of(reader),
        handles_of(reader),
        size_of(data_dir) - records,
        records,
    )


@pytest.fixture(scope="module")
def soak(tmp_path_factory: pytest.TempPathFactory) -> Soak:
    directory = tmp_path_factory.mktemp("soak")
    data_dir, seen, log = directory / "data", directory / "seen.jsonl", directory / "ui.log"
    edgar = write_snapshot_edgar(directory / "edgar")
    edgar.publish_until(BEGINS)
    port = free_port()
    environment = environment_in(data_dir, PLUMBLINE_SOURCE=f"archive:{edgar.directory}")
    found = Soak()
    command = [str(BIN / "plumbline"), "ui", "--port", str(port)]
    watching = [sys.executable, "-m", "tests.support.reader", str(data_dir), str(seen)]
    with running(command, environment, ROOT, log) as server:
        assert wait_until(lambda: answers(port), SECONDS_TO_START), log.read_text()
        reader = subprocess.Popen(watching, cwd=ROOT)
        at_rest = 0
        started = time.monotonic()
        while time.monotonic() - started < SECONDS or len(found.samples) < FEWEST_RUNS:
            if edgar.to_come:
                edgar.publish_until(edgar.to_come[0][0])
            found.outcomes.append(_refresh(port))
            at_rest = at_rest or _processes_at_rest(server.pid)
            _wait_for_rest(server.pid, at_rest)
            found.samples.append(sample(server.pid, reader.pid, data_dir))
            time.sleep(PAUSE_SECONDS)
        seen.with_name(f"{seen.name}.stop").touch()
        assert reader.wait(60) == 0
    found.seen = [json.loads(line) for line in seen.read_text().splitlines()]
    return found


def _processes_at_rest(server: int) -> int:
    """How many servers there are when no run is at work."""
    time.sleep(SECONDS_TO_REST)
    return len(descendants_of(server))


def _wait_for_rest(server: int, processes: int) -> None:
    """The process of a run lives a little longer than the run, and holds as much as a server."""
    wait_until(lambda: len(descendants_of(server)) <= processes, SECONDS_TO_REST)


def _refresh(port: int) -> str:
    """Start the job as the UI does, and wait until it has ended; while the sensor's own runs go."""
    launched = ask(port, LAUNCH, job=JOB)["launchRun"]
    run_id = launched["run"]["runId"]

    def status() -> str:
        return str(ask(port, STATUS, id=run_id)["runOrError"]["status"])

    wait_until(lambda: status() in {"SUCCESS", "FAILURE", "CANCELED"}, LONGEST_RUN_SECONDS)
    return status()


def middle_and_end(values: list[float]) -> tuple[float, float]:
    """Medians of the second third and of the last: the first is for caches to fill."""
    third = max(1, len(values) // 3)
    return statistics.median(values[-2 * third : -third]), statistics.median(values[-third:])


def test_every_refresh_ends_well(soak: Soak):
    assert set(soak.outcomes) == {"SUCCESS"}


def test_no_reader_fails(soak: Soak):
    assert [look for look in soak.seen if look["problem"]] == []
    assert soak.seen


@pytest.mark.parametrize("what", ["server_bytes", "reader_bytes"])
def test_memory_is_flat(soak: Soak, what: str):
    middle, end = middle_and_end([getattr(each, what) for each in soak.samples])
    sys.stdout.write(f"\n{what}: {middle / 1e6:.0f} MB, then {end / 1e6:.0f} MB\n")
    assert end < middle * (1 + MEMORY_MAY_GROW_BY)


@pytest.mark.parametrize("what", ["server_handles", "reader_handles"])
def test_open_files_are_flat(soak: Soak, what: str):
    middle, end = middle_and_end([getattr(each, what) for each in soak.samples])
    sys.stdout.write(f"\n{what}: {middle:.0f}, then {end:.0f}\n")
    assert end <= middle + HANDLES_MAY_GROW_BY


def test_the_disk_is_flat_but_for_the_record_of_runs(soak: Soak):
    """Records of runs are removed after 90 days; each is told in bytes."""
    middle, end = middle_and_end([each.disk_bytes for each in soak.samples])
    runs = len(soak.samples)
    a_run = (soak.samples[-1].record_bytes - soak.samples[0].record_bytes) / max(1, runs - 1)
    sys.stdout.write(
        f"\ndisk: {middle / 1e6:.0f} MB, then {end / 1e6:.0f} MB; Dagster's record of a run:"
        f" {a_run / 1e3:.0f} kB; {runs} runs\n"
    )
    if runs > 3 * FEWEST_RUNS:
        assert end < middle * (1 + DISK_MAY_GROW_BY)
