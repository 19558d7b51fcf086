"""Raw rows judged in a second process.

Importing the validation engine takes seconds. A process started before anything else imports it on
the second core while this one imports Dagster, and gives its memory back when the run ends.
This module itself must stay quick to import.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import polars as pl

from ingest.guards import GuardContext, GuardResult

Frames = dict[tuple[str, str], pl.DataFrame]
Judge = Callable[[Frames, GuardContext], tuple[GuardResult, ...]]


def judge_here(frames: Frames, context: GuardContext) -> tuple[GuardResult, ...]:
    """Judge raw rows in the calling process, which then imports the engine."""
    from ingest.validation import validate_raw

    return validate_raw(frames, context)


def _warm() -> None:
    import ingest.validation  # noqa: F401


@contextmanager
def guard_process() -> Iterator[Judge]:
    """A judge, for one judgement, in a process of its own that imports the engine from now on.

    Errors of the engine are raised from the call. The process ends with the judgement, or with the
    block, so that its memory is free again before the models are built.
    """
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        pool.submit(_warm)

        def judge(frames: Frames, context: GuardContext) -> tuple[GuardResult, ...]:
            try:
                return pool.submit(judge_here, frames, context).result()
            finally:
                pool.shutdown()

        yield judge
