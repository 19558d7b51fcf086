"""What becomes of a step that fails: tried again, or ended for good, by the kind of its error.

Belongs here: that one decision, and the decorator that puts it round a step. Does not belong here:
retries of one request (`ingest.http` has them), what is told about a failure (`notices`).

A permanent error that is tried again is a run every minute for ever: one public platform counted
368,000 failed runs in 14 days so. Only what may pass by itself is tried again, and not often.
"""

import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from dagster import AssetExecutionContext, Failure, RetryRequested

from ingest.errors import TransientFetchError
from orchestration.build import BuildLockedError
from orchestration.problems import message_of
from orchestration.run_tags import NO_RETRIES, RETRIES_TAG

# The client has tried each request five times by then, over two minutes or so.
TRANSIENT = (TransientFetchError, BuildLockedError)
MAX_RETRIES = 4
FIRST_WAIT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 900.0
# Up to so much of the wait is added, so that two runs that failed together do not return together.
JITTER_RATIO = 0.25
LONGEST_WAITING_SECONDS = (1 + JITTER_RATIO) * sum(
    min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**tries) for tries in range(MAX_RETRIES)
)
"""How long a step waits in all its retries, unless a server asks for more."""
# A step that waits keeps its place: a server that asks for more is asked again by a later run.
LONGEST_ASKED_SECONDS = 3600.0

StepT = TypeVar("StepT", bound=Callable[..., Any])


@dataclass(frozen=True)
class Again:
    """The step is tried again after so many seconds."""

    after_seconds: float


@dataclass(frozen=True)
class Ended:
    """The step has failed for good; `why` is what people are told."""

    why: str


def decide(error: BaseException, earlier_tries: int, chance: float) -> Again | Ended:
    """What becomes of a step that raised `error` after so many earlier tries.

    `chance`, from 0 to 1, places the wait within its jitter. A wait that the server asked for is
    kept to; where it is a long one, the step ends.
    """
    if not isinstance(error, TRANSIENT) or earlier_tries >= MAX_RETRIES:
        return Ended(message_of(error))
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**earlier_tries)
    asked = getattr(error, "retry_after_seconds", None) or 0.0
    if asked > LONGEST_ASKED_SECONDS:
        return Ended(f"{message_of(error)}; it asks to be left alone for {asked / 60:,.0f} minutes")
    return Again(max(wait, asked) + chance * JITTER_RATIO * wait)


def by_kind_of_error(step: StepT) -> StepT:
    """Put the decision round an asset's function, whether it returns or yields its results.

    Dagster's own words (Failure, RetryRequested) pass as they are. A run with the tag that says so
    tries nothing again.
    """
    if inspect.isgeneratorfunction(step):

        @wraps(step)
        def yielding(*arguments: Any, **named: Any) -> Iterator[Any]:
            with _decided():
                yield from step(*arguments, **named)

        return cast(StepT, yielding)

    @wraps(step)
    def returning(*arguments: Any, **named: Any) -> Any:
        with _decided():
            return step(*arguments, **named)

    return cast(StepT, returning)


@contextmanager
def _decided() -> Iterator[None]:
    try:
        yield
    except (Failure, RetryRequested):
        raise
    except Exception as error:
        context = AssetExecutionContext.get()
        is_last = context.run.tags.get(RETRIES_TAG) == NO_RETRIES
        tried = MAX_RETRIES if is_last else context.retry_number
        decision = decide(error, tried, random.random())
        if isinstance(decision, Again):
            raise RetryRequested(MAX_RETRIES, decision.after_seconds) from error
        raise Failure(decision.why, allow_retries=False) from error
