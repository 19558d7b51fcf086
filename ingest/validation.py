"""Runs guards with Great Expectations; the only module that imports it.

Great Expectations has no Polars engine and its SQL engine does not work on DuckDB, so each frame
becomes an Arrow-backed pandas frame here and nowhere else. An exception raised inside an
expectation comes back from the engine as an unsuccessful result: it is told apart and raised, since
it says nothing about the data.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.row_conditions import Column

from ingest.errors import GuardEngineError
from ingest.guards import Guard, GuardContext, GuardResult
from ingest.raw_guards import RAW_GUARDS

EXAMPLES_KEPT = 5
EXAMPLE_COLUMNS = (
    "file", "source_line", "accession_number", "concept", "period_start", "period_end",
    "dimensions", "unit", "value", "detail", "ticker", "date", "close_usd", "article_id",
    "claim_id", "column_name", "column_type",
)  # fmt: skip

RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES_KEPT}

Frames = Mapping[tuple[str, str], pl.DataFrame]


def validate(
    frames: Frames, guards: Sequence[Guard], context: GuardContext
) -> tuple[GuardResult, ...]:
    """Run every guard on its frame, keyed by (table, rows|columns).

    Raises GuardEngineError, naming the guard, when the engine itself fails.
    """
    engine = gx.get_context(mode="ephemeral")
    engine.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = engine.data_sources.add_pandas("raw")
    results: dict[str, GuardResult] = {}
    for (table, about), frame in frames.items():
        chosen = [guard for guard in guards if (guard.table, guard.about) == (table, about)]
        if not chosen:
            continue
        asset = source.add_dataframe_asset(f"{table}_{about}")
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
            {"dataframe": _pandas(frame)}
        )
        suite = gx.ExpectationSuite(
            name=f"{table}_{about}", expectations=[_expectation(guard, context) for guard in chosen]
        )
        outcome = batch.validate(suite, result_format=RESULT_FORMAT)
        for result in _results(outcome.results, chosen, frame):
            results[result.guard] = result
    missing = [guard.name for guard in guards if guard.name not in results]
    if missing:
        raise GuardEngineError(f"guards without a result: {', '.join(missing)}")
    return tuple(results[guard.name] for guard in guards)


def validate_raw(frames: Frames, context: GuardContext) -> tuple[GuardResult, ...]:
    """Run all declared guards of the raw tables."""
    return validate(frames, RAW_GUARDS, context)


def _pandas(frame: pl.DataFrame) -> Any:
    # Dates as nanosecond times: the engine compares them with its own time type.
    return frame.with_columns(
        pl.selectors.date().cast(pl.Datetime("ns")),
        pl.selectors.decimal().cast(pl.Float64),
    ).to_pandas(use_pyarrow_extension_array=True)


def _expectation(guard: Guard, context: GuardContext) -> Any:
    arguments = dict(guard.arguments(context))
    for name, value in arguments.items():
        if isinstance(value, date):
            arguments[name] = datetime.combine(value, time())
    if guard.where:
        column, value = guard.where
        arguments["row_condition"] = Column(column) == value
    return getattr(gxe, guard.expectation)(**arguments, meta={"guard": guard.name})


def _results(
    outcomes: Iterable[Any], guards: Sequence[Guard], frame: pl.DataFrame
) -> Iterable[GuardResult]:
    by_name = {guard.name: guard for guard in guards}
    for outcome in outcomes:
        guard = by_name[outcome.expectation_config.meta["guard"]]
        _raise_engine_failure(guard, outcome)
        found = outcome.result
        yield GuardResult(
            guard=guard.name,
            table=guard.table,
            expectation=guard.expectation,
            is_success=bool(outcome.success),
            element_count=found.get("element_count"),
            unexpected_count=found.get("unexpected_count"),
            observed=str(found["observed_value"]) if "observed_value" in found else None,
            examples=_examples(found, frame),
        )


def _raise_engine_failure(guard: Guard, outcome: Any) -> None:
    # A clean result carries a false flag; a failure carries a true one, or is keyed by metric.
    info = dict(outcome.exception_info or {})
    if outcome.success or info.get("raised_exception") is False:
        return
    causes = [info, *(value for value in info.values() if isinstance(value, dict))]
    cause = next((c["exception_message"] for c in causes if c.get("exception_message")), info)
    raise GuardEngineError(
        f"{guard.name} on raw.{guard.table}: Great Expectations raised instead of judging: {cause}"
    )


def _examples(found: Mapping[str, Any], frame: pl.DataFrame) -> tuple[str, ...]:
    positions = found.get("partial_unexpected_index_list") or []
    if not positions:
        return tuple(str(value) for value in found.get("partial_unexpected_list") or [])
    columns = [column for column in EXAMPLE_COLUMNS if column in frame.columns]
    return tuple(
        ", ".join(
            f"{name}={value}"
            for name, value in frame[int(position)].select(columns).to_dicts()[0].items()
            if value is not None
        )
        for position in positions[:EXAMPLES_KEPT]
    )
