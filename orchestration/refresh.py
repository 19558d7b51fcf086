"""One refresh, from source to publication, as the command line runs it."""

import re
from dataclasses import dataclass

from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult
from rich.console import Console

from orchestration.build import lock_builds
from orchestration.definitions import build_defs
from orchestration.guard_process import Judge
from orchestration.jobs import REFRESH
from orchestration.settings import Settings


@dataclass(frozen=True)
class RefreshResult:
    """What became of a refresh; `problems` are for a person, empty when it succeeded."""

    run_id: str
    is_success: bool
    checks_passed: int
    problems: tuple[str, ...]


def refresh(settings: Settings, judge: Judge, console: Console) -> RefreshResult:
    """Run the job in this process and tell what happened.

    With `settings.as_of`, what was known at that moment is published, beside what is published now.
    Raises BuildLockedError when another refresh is at work on the same data.
    """
    lock_builds(settings)
    definitions = build_defs(settings.known_at(None), judge, console)
    as_of = {"as_of": settings.as_of.isoformat()} if settings.as_of else {}
    with DagsterInstance.get() as instance:
        result = definitions.resolve_job_def(REFRESH).execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"progress": {}}, "ops": {"load_source": {"config": as_of}}},
        )
    evaluations = result.get_asset_check_evaluations()
    return RefreshResult(
        run_id=result.run_id,
        is_success=result.success,
        checks_passed=sum(evaluation.passed for evaluation in evaluations),
        problems=() if result.success else _problems(result),
    )


def _problems(result: ExecuteInProcessResult) -> tuple[str, ...]:
    failed_checks = [
        evaluation.description
        for evaluation in result.get_asset_check_evaluations()
        # Checks without a description are dbt's: their step fails too, and says more.
        if not evaluation.passed and evaluation.description
    ]
    errors = [
        _innermost_message(event.step_failure_data)
        for event in result.all_events
        if event.event_type == DagsterEventType.STEP_FAILURE
    ]
    return tuple(
        dict.fromkeys(line for text in [*failed_checks, *errors] for line in text.splitlines())
    )


def _innermost_message(failure: object) -> str:
    described = getattr(failure, "user_failure_data", None)
    if described is not None and described.description:
        return str(described.description)
    error = failure.error  # type: ignore[attr-defined]
    while error.cause is not None:
        error = error.cause
    # Dagster puts the class in front, with its module; people are helped by what follows.
    return re.sub(r"^(\w+\.)+(?=\w+Error: )", "", str(error.message).strip())
