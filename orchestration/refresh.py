"""One refresh, from source to publication, as the command line runs it."""

from dataclasses import dataclass

from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult
from rich.console import Console

from orchestration.build import begun_build, lock_builds
from orchestration.definitions import build_defs
from orchestration.guard_process import Judge
from orchestration.problems import message_of, problem_of, surroundings
from orchestration.run_records import REFRESH
from orchestration.run_tags import NO_RETRIES, RETRIES_TAG
from orchestration.settings import Settings


@dataclass(frozen=True)
class RefreshResult:
    """What became of a refresh, for a person: `problems` stopped it, `damaged` was found and passed
    over."""

    run_id: str
    is_success: bool
    checks_passed: int
    problems: tuple[str, ...]
    damaged: tuple[str, ...] = ()


def refresh(
    settings: Settings, judge: Judge, console: Console, wait_seconds: float = 0.0
) -> RefreshResult:
    """Run the job in this process and tell what happened.

    With `settings.as_of`, what was known at that moment is published, beside what is published now.
    Raises BuildLockedError when another refresh is at work on the same data and does not end within
    `wait_seconds`. Whatever else stops it is told in the result.
    """
    lock_builds(settings, wait_seconds)
    try:
        return _run(settings, judge, console)
    except Exception as error:
        # Dagster's own record of the run could not be kept, or not even begun.
        return _stopped(settings, (message_of(error).splitlines()[0],))


def _run(settings: Settings, judge: Judge, console: Console) -> RefreshResult:
    definitions = build_defs(settings.known_at(None), judge, console)
    as_of = {"as_of": settings.as_of.isoformat()} if settings.as_of else {}
    with DagsterInstance.get() as instance:
        result = definitions.resolve_job_def(REFRESH).execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags={RETRIES_TAG: NO_RETRIES},
            run_config={"loggers": {"progress": {}}, "ops": {"load_source": {"config": as_of}}},
        )
    evaluations = result.get_asset_check_evaluations()
    if not result.success:
        return _stopped(settings, _problems(result), result.run_id)
    return RefreshResult(
        run_id=result.run_id,
        is_success=True,
        checks_passed=sum(evaluation.passed for evaluation in evaluations),
        problems=(),
        damaged=_passed_over(settings),
    )


def _stopped(settings: Settings, problems: tuple[str, ...], run_id: str = "") -> RefreshResult:
    """What stopped a run: first what is wrong around it, then the errors that followed."""
    around = surroundings(settings.data_dir, problems)
    return RefreshResult(run_id, False, 0, (*around, *problems), _passed_over(settings))


def _passed_over(settings: Settings) -> tuple[str, ...]:
    begun = begun_build(settings)
    return begun.damaged if begun else ()


def _problems(result: ExecuteInProcessResult) -> tuple[str, ...]:
    failed_checks = [
        evaluation.description
        for evaluation in result.get_asset_check_evaluations()
        # Checks without a description are dbt's: their step fails too, and says more.
        if not evaluation.passed and evaluation.description
    ]
    errors = [
        problem_of(event.step_failure_data)
        for event in result.all_events
        if event.event_type == DagsterEventType.STEP_FAILURE
    ]
    return tuple(
        dict.fromkeys(line for text in [*failed_checks, *errors] for line in text.splitlines())
    )
