"""What a refresh costs, step by step, beside the floor: its SQL run by DuckDB alone.

Run with `make bench`. Everything is measured in one run, in a temporary data directory, from the
command a user types. Times are medians; memory is the peak of all processes of a refresh together
(proportional set size, where the system tells it) and of the largest one.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

RUNS = 5
POLL_SECONDS = 0.05
PLUMBLINE = Path(sys.executable).with_name("plumbline")
STEP_LINE = re.compile(r"done\s+(?P<step>.+?) (?P<seconds>[\d.]+) s")


@dataclass
class Measurement:
    """One refresh: seconds as a whole and by step, MiB of all processes and of the largest."""

    wall: float
    largest_process: float
    all_processes: float
    steps: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "PLUMBLINE_DATA_DIR": directory, "COLUMNS": "200"}
        first = refresh(environment)
        runs = [refresh(environment) for _ in range(RUNS)]
        floors = [floor(Path(directory)) for _ in range(RUNS)]
        helps = [timed([str(PLUMBLINE), "--help"], environment) for _ in range(RUNS)]
    wall = statistics.median(run.wall for run in runs)
    base = statistics.median(floors)
    print(f"{'first refresh (dbt parses)':<36}{first.wall:8.2f} s")
    print(f"{'refresh, warm':<36}{wall:8.2f} s")
    steps = {step: statistics.median(run.steps[step] for run in runs) for step in runs[0].steps}
    print(f"{'  imports and start':<36}{wall - sum(steps.values()):8.2f} s")
    for step, seconds in steps.items():
        print(f"  {step:<34}{seconds:8.2f} s")
    print(f"{'floor: the models SQL in DuckDB alone':<36}{base:7.2f} s")
    print(f"{'refresh / floor':<36}{wall / base:8.1f}")
    print(f"{'plumbline --help':<36}{statistics.median(helps):8.2f} s")
    largest = max(run.largest_process for run in runs)
    together = max(run.all_processes for run in runs)
    print(f"{'peak memory, largest process':<36}{largest:8.0f} MiB")
    print(f"{'peak memory, all processes':<36}{together:8.0f} MiB")


def refresh(environment: dict[str, str]) -> Measurement:
    """Run one refresh and watch it."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [PLUMBLINE, "refresh"], env=environment, stdout=subprocess.PIPE, text=True
    )
    peak = 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        peak = max(peak, sum(map(proportional_mib, descendants(process.pid))))
        time.sleep(POLL_SECONDS)
    wall = time.perf_counter() - started
    output = process.stdout.read() if process.stdout else ""
    if status:
        sys.exit(f"refresh failed:\n{output}")
    steps = {match["step"]: float(match["seconds"]) for match in STEP_LINE.finditer(output)}
    return Measurement(wall, usage.ru_maxrss / 1024, peak, steps)


def descendants(pid: int) -> list[int]:
    """The process and all it started."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += descendants(int(child))
    except OSError:
        pass
    return found


def proportional_mib(pid: int) -> float:
    """Memory of a process, shared pages divided among their users; 0 once it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    match = re.search(r"^Pss:\s+(\d+) kB", text, flags=re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0


def floor(data_dir: Path) -> float:
    """Seconds DuckDB alone takes for the SQL of every model, on a copy of the warehouse."""
    results = json.loads((data_dir / "dbt" / "run_results.json").read_text())["results"]
    models = [row for row in results if row["unique_id"].startswith("model.")]
    nodes = json.loads((data_dir / "dbt" / "manifest.json").read_text())["nodes"]
    copy = data_dir / "floor" / "warehouse.duckdb"
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(data_dir / "warehouse.duckdb", copy)
    started = time.perf_counter()
    with duckdb.connect(str(copy), config={"threads": 2}) as connection:
        for model in models:
            kind = nodes[model["unique_id"]]["config"]["materialized"]
            connection.execute(
                f"create or replace {kind} {model['relation_name']} as {model['compiled_code']}"
            )
    return time.perf_counter() - started


def timed(command: list[str], environment: dict[str, str]) -> float:
    """Wall seconds of a command whose output nobody reads."""
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
