"""What a run took and made, read from Dagster's own record of it.

Belongs here: durations, rows, checks, memory. Does not belong here: keeping them (`ingest.quality`
does), figures of companies.
"""

import resource
import sys
from collections.abc import Iterable, Iterator

from dagster import (
    DagsterEventType,
    DagsterInstance,
    IntMetadataValue,
)

from ingest.quality import RunMetric

WHOLE_RUN = ""
UNITS = {"seconds": "s", "bytes_fetched": "bytes"}
BYTES_IN_MEGABYTE = 1_000_000
BYTES_IN_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def measure_run(instance: DagsterInstance, run_id: str) -> list[RunMetric]:
    """Every number of the run so far: seconds a step, counts a table, checks, peak memory.

    A step is a step of the job, or a table as `schema/name`. The step that asks is still at work,
    and so has no duration.
    """
    return [
        *_durations(instance, run_id),
        *_tables(instance, run_id),
        *_checks(instance, run_id),
        RunMetric(WHOLE_RUN, "peak_memory", float(_peak_memory_bytes()), "bytes"),
    ]


def cost_of(metrics: Iterable[RunMetric]) -> dict[str, float]:
    """What a whole run took: time of its steps, memory, requests, megabytes fetched."""
    found = list(metrics)
    sums = {
        name: sum(each.value for each in found if each.metric == metric) / divisor
        for name, metric, divisor in (
            ("requests (count)", "requests", 1),
            ("fetched (MB)", "bytes_fetched", BYTES_IN_MEGABYTE),
            ("peak memory (MB)", "peak_memory", BYTES_IN_MEGABYTE),
        )
    }
    steps = sum(each.value for each in found if each.metric == "seconds" and "/" not in each.step)
    return {"time of the steps before (s)": steps, **sums}


def _durations(instance: DagsterInstance, run_id: str) -> Iterator[RunMetric]:
    for step in instance.get_run_step_stats(run_id):
        if step.start_time and step.end_time:
            yield RunMetric(step.step_key, "seconds", step.end_time - step.start_time, "s")


def _tables(instance: DagsterInstance, run_id: str) -> Iterator[RunMetric]:
    """Numbers that assets told of themselves; the last word of each counts."""
    found: dict[tuple[str, str], RunMetric] = {}
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION):
        event = entry.dagster_event
        if event is None or event.asset_key is None:
            continue
        table = "/".join(event.asset_key.path)
        for name, value in event.step_materialization_data.materialization.metadata.items():
            metric = name.removeprefix("dagster/")
            is_number = isinstance(value, IntMetadataValue) or metric in UNITS
            if is_number and isinstance(value.value, int | float):
                unit = UNITS.get(metric, "count")
                found[table, metric] = RunMetric(table, metric, float(value.value), unit)
    yield from found.values()


def _checks(instance: DagsterInstance, run_id: str) -> Iterator[RunMetric]:
    outcomes = [
        entry.dagster_event.asset_check_evaluation_data.passed
        for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
        if entry.dagster_event
    ]
    yield RunMetric(WHOLE_RUN, "checks_passed", float(sum(outcomes)), "count")
    yield RunMetric(WHOLE_RUN, "checks_failed", float(len(outcomes) - sum(outcomes)), "count")


def _peak_memory_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_IN_RSS_UNIT
