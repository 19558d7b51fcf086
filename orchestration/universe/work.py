"""Pieces of work on the universe, spread over the processes of a machine.

A piece is a part of the lake to be made or a bucket to be derived; it is claimed in the lake before
it is begun, so that several machines over one file system, or several runs of Dagster, share the
work and none does it twice. Each process has one thread of DuckDB and the memory of the settings:
what they take together is that times the processes.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace
from functools import partial
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

from ingest.errors import LakeError
from ingest.lake import Lake
from orchestration.settings import Settings
from orchestration.universe.buckets import BucketBuilder, BucketChange
from registry.models import load_registry

PieceT = TypeVar("PieceT")
ResultT = TypeVar("ResultT")


def build_buckets(settings: Settings, buckets: Iterable[int]) -> Iterator[BucketChange]:
    """Each bucket as it is done: one here, more in as many processes as the settings say.

    Raises LakeError where nothing is loaded, else what `BucketBuilder.build` raises, once the
    buckets begun before are done.
    """
    lake = Lake(settings.universe_dir / "lake")
    if not lake.parts():
        raise LakeError(f"nothing is loaded in {lake.root}; run: plumbline universe load")
    with closing(BucketBuilder(settings, load_registry())) as builder:
        waiting = []
        for bucket in buckets:
            if builder.needs_work(bucket):
                waiting.append(bucket)
            else:
                yield BucketChange(bucket, is_changed=False)
        if len(waiting) == 1:
            yield builder.build(waiting[0])
            return
    of_one = replace(settings, threads=1)
    yield from in_processes(settings.processes, _build, waiting, partial(_prepare, of_one))


def in_processes(
    processes: int,
    function: Callable[[PieceT], ResultT],
    pieces: Iterable[PieceT],
    prepare: Callable[[], None] | None = None,
) -> Iterator[ResultT]:
    """The result of each piece as it is done; `prepare` is called once in each process.

    What one piece raises is raised here, once those begun before are done; the others stay undone.
    Raises LakeError where a process was ended from outside.
    """
    waiting = list(pieces)
    if not waiting:
        return
    with ProcessPoolExecutor(
        max(1, min(processes, len(waiting))), get_context("spawn"), _begin, (prepare,)
    ) as pool:
        try:
            for future in as_completed([pool.submit(function, piece) for piece in waiting]):
                yield future.result()
        except BrokenProcessPool as error:
            raise LakeError(
                "a process was ended from outside, for want of memory perhaps; run again, with"
                " fewer processes (PLUMBLINE_PROCESSES): what was done stays"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(prepare: Callable[[], None] | None) -> None:
    """Begin a process that ends with the one that started it, and not only when that is done."""
    Thread(target=_end_with_parent, daemon=True).start()
    if prepare:
        prepare()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "a process of a pool has one"
    parent.join()
    os._exit(1)


_builder: BucketBuilder | None = None


def _prepare(settings: Settings) -> None:
    global _builder
    _builder = BucketBuilder(settings, load_registry())


def _build(bucket: int) -> BucketChange:
    assert _builder is not None, "the process was prepared"
    return _builder.build(bucket)
