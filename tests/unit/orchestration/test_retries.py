"""Every class of error, and what becomes of a step that raises it."""

import inspect

import pytest
from dagster import (
    AssetExecutionContext,
    DagsterEventType,
    Definitions,
    Failure,
    RetryRequested,
    asset,
    define_asset_job,
)

from ingest import errors
from ingest.errors import IngestError, RateLimitedError, ServerError, TransientFetchError
from orchestration.build import BuildError, BuildLockedError
from orchestration.problems import message_of, problem_of
from orchestration.retries import (
    FIRST_WAIT_SECONDS,
    JITTER_RATIO,
    LONGEST_WAIT_SECONDS,
    MAX_RETRIES,
    NO_RETRIES,
    RETRIES_TAG,
    Again,
    Ended,
    by_kind_of_error,
    decide,
)
from orchestration.settings import SettingsError
from registry.models import RegistryError

TREE = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, IngestError)
]
TRANSIENT = {"TransientFetchError", "RateLimitedError", "ServerError", "InterruptedTransferError"}


def raised(kind):
    is_of_an_address = issubclass(kind, errors.FetchError)
    return kind("http://x", "what", "to do") if is_of_an_address else kind("why")


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_of_the_tree_of_errors_the_transient_ones_alone_are_tried_again(kind):
    decision = decide(raised(kind), 0, 0.0)
    assert isinstance(decision, Again if kind.__name__ in TRANSIENT else Ended)


def test_the_tree_is_walked():
    assert {kind.__name__ for kind in TREE} > TRANSIENT
    assert len(TREE) > 20


@pytest.mark.parametrize(
    "error",
    [
        BuildError("x"), SettingsError("x"), RegistryError("x"), MemoryError(), ValueError("x"),
        OSError(5, "x"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_every_other_error_ends_the_step(error):
    assert isinstance(decide(error, 0, 0.0), Ended)


def test_another_refresh_at_work_is_waited_for():
    assert isinstance(decide(BuildLockedError("x"), 0, 0.0), Again)


def test_waits_grow_to_a_bound_and_end():
    error = ServerError("http://x", "what", "to do")
    waits = [decide(error, tried, 0.0).after_seconds for tried in range(MAX_RETRIES)]
    assert waits == sorted(waits)
    assert waits[0] == FIRST_WAIT_SECONDS
    assert max(waits) <= LONGEST_WAIT_SECONDS
    assert decide(error, MAX_RETRIES, 0.0) == Ended("ServerError: http://x: what; to do")
    assert decide(error, 0, 1.0).after_seconds == FIRST_WAIT_SECONDS * (1 + JITTER_RATIO)


def test_the_wait_a_server_asks_for_is_kept_to():
    error = RateLimitedError("http://x", "what", "to do")
    error.retry_after_seconds = 3000.0
    assert decide(error, 0, 0.0).after_seconds == 3000.0


@pytest.mark.parametrize("asked", [86_400.0, float("inf")])
def test_a_server_that_asks_for_more_than_an_hour_ends_the_step(asked):
    error = RateLimitedError("http://x", "what", "to do")
    error.retry_after_seconds = asked
    assert "asks to be left alone for" in decide(error, 0, 0.0).why


def test_an_error_is_told_in_its_own_words_and_not_in_those_of_what_caused_it():
    error = BuildError("the folder cannot be written; let this user write it")
    error.__cause__ = PermissionError(13, "no")
    why = decide(error, 0, 0.0).why
    assert why == "BuildError: the folder cannot be written; let this user write it"


def step(error, *, yields):
    if yields:

        @asset
        @by_kind_of_error
        def failing(context: AssetExecutionContext):
            raise error
            yield

    else:

        @asset
        @by_kind_of_error
        def failing():
            raise error

    job = define_asset_job("all", "*")
    return Definitions(assets=[failing], jobs=[job]).resolve_job_def("all")


@pytest.mark.parametrize("yields", [True, False])
@pytest.mark.parametrize("kind", [errors.LandingError, TransientFetchError])
def test_on_the_command_line_nothing_is_tried_again_and_the_message_is_that_of_the_error(
    kind, yields
):
    plain = raised(kind)
    job = step(plain, yields=yields)
    result = job.execute_in_process(raise_on_error=False, tags={RETRIES_TAG: NO_RETRIES})
    kinds = [event.event_type for event in result.all_events]
    assert DagsterEventType.STEP_UP_FOR_RETRY not in kinds
    (failed,) = [e for e in result.all_events if e.event_type == DagsterEventType.STEP_FAILURE]
    assert problem_of(failed.step_failure_data) == message_of(plain)


@pytest.mark.parametrize("yields", [True, False])
def test_in_a_run_nobody_waits_for_a_step_is_tried_again_a_bounded_number_of_times(
    yields, monkeypatch
):
    monkeypatch.setattr("orchestration.retries.FIRST_WAIT_SECONDS", 0.01)
    job = step(raised(ServerError), yields=yields)
    result = job.execute_in_process(raise_on_error=False)
    kinds = [event.event_type for event in result.all_events]
    assert kinds.count(DagsterEventType.STEP_UP_FOR_RETRY) == MAX_RETRIES
    assert not result.success
    (failed,) = [e for e in result.all_events if e.event_type == DagsterEventType.STEP_FAILURE]
    assert problem_of(failed.step_failure_data) == message_of(raised(ServerError))


@pytest.mark.parametrize("own", [Failure("said", allow_retries=False), RetryRequested(1, 0.01)])
def test_words_of_dagster_pass(own):
    result = step(own, yields=False).execute_in_process(raise_on_error=False)
    retried = [e for e in result.all_events if e.event_type == DagsterEventType.STEP_UP_FOR_RETRY]
    assert len(retried) == (1 if isinstance(own, RetryRequested) else 0)


def test_every_step_of_a_refresh_is_decided_by_the_kind_of_its_error():
    from orchestration.assets import dbt, landing, raw, report, valuation

    for module in (dbt, landing, raw, report, valuation):
        source = inspect.getsource(module)
        steps = (
            source.count("@multi_asset(") + source.count("@dbt_assets(") + source.count("@asset(")
        )
        assert source.count("@by_kind_of_error") == steps > 0, module.__name__
