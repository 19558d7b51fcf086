"""What a run prints: one line a step, while it runs, and nothing else of Dagster's."""

import logging
import time
from typing import Any

from dagster import DagsterEventType, InitLoggerContext, LoggerDefinition
from rich.console import Console

STEP_TITLES = {
    "load_registry": "load the declarations",
    "land_articles": "ask for followed articles",
    "load_source": "load filings, facts, prices and guidance",
    "load_articles": "load articles and claims",
    "judge_raw_tables": "judge the raw tables",
    "build_models": "build and test the models",
    "value_scenarios": "value the scenarios",
    "backtest_scenarios": "hold the method against its past",
    "draw_report": "draw the report",
    "publish_warehouse": "publish",
}


class ProgressHandler(logging.Handler):
    """Prints the end of each step with its duration, as Dagster's events arrive."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._started: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line for the events that end a step."""
        event: Any = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None or event.step_key is None:
            return
        title = STEP_TITLES.get(event.step_key, event.step_key)
        if event.event_type == DagsterEventType.STEP_START:
            self._started[event.step_key] = time.monotonic()
        elif event.event_type == DagsterEventType.STEP_SUCCESS:
            self._print("[green]done[/]", title, event.step_key)
        elif event.event_type == DagsterEventType.STEP_FAILURE:
            self._print("[red]failed[/]", title, event.step_key)

    def _print(self, outcome: str, title: str, step_key: str) -> None:
        seconds = time.monotonic() - self._started.get(step_key, time.monotonic())
        self._console.print(f"  {outcome}  {title} [dim]{seconds:.1f} s[/]")


def progress_logger(console: Console) -> LoggerDefinition:
    """A Dagster logger that prints progress to the console."""

    def progress(_context: InitLoggerContext) -> logging.Logger:
        target = logging.Logger("plumbline.progress", level=logging.DEBUG)
        target.addHandler(ProgressHandler(console))
        return target

    return LoggerDefinition(progress, description="One line a step.")
