"""One bucket of filers through the models, from the lake's parts to Parquet of its marts.

    universe/marts/bucket-07/fct_capex_intensity_history.parquet
    universe/marts/bucket-07/_SUCCESS

A bucket counts with its `_SUCCESS`, which says what it was made of: one that is of the same parts,
registry and models is left as it is, and where only parts were added their filers alone are derived
anew. The models know nothing of buckets: they are run on a warehouse that holds one bucket's raw
tables and is thrown away.

Belongs here: what makes a bucket current, what is kept of it. Does not belong here: which buckets
are built where (`work`), the warehouse people read (`publication`).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from ingest.bulk.raw_tables import RawBucket, filers_of, load_bucket
from ingest.errors import LakeError
from ingest.lake import DONE, Lake, Part, replacing, write_done
from orchestration.build import connect
from orchestration.dbt_project import ParsedProject, sources_digest
from orchestration.settings import Settings
from registry.models import Registry

READINGS = (
    "fct_company_margins", "fct_capex_intensity", "fct_backlog_coverage", "fct_revenue_growth",
)  # fmt: skip
HISTORIES = tuple(f"{mart}_history" for mart in READINGS)
KEPT = ("dim_company", "dim_filing", "fct_metrics_history", *HISTORIES)
"""Marts that are kept of each bucket; every row of them names its filer in `ticker`."""


@dataclass(frozen=True)
class BucketState:
    """What a bucket's marts were made of, and what came of it."""

    models: str
    registry: str
    parts: Mapping[str, str]
    left_out: Mapping[str, str]
    rows: Mapping[str, int]


@dataclass(frozen=True)
class BucketChange:
    """What building a bucket changed: `ciks` alone, or all of it where that is None.

    `before` and `after` are the digests of its state.
    """

    bucket: int
    is_changed: bool
    ciks: tuple[str, ...] | None = None
    before: str = ""
    after: str = ""
    is_taken: bool = False


class BucketBuilder:
    """What a process builds buckets with: the project parsed once, a place for scratch warehouses.

    The place is one of some that are used again and again, so that dbt finds the project parsed.
    """

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._given = settings
        self._lake = Lake(settings.universe_dir / "lake")
        self._marts = settings.universe_dir / "marts"
        self._registry = registry
        self._models = sources_digest()
        self._place = ExitStack()

    def needs_work(self, bucket: int) -> bool:
        """Whether a bucket's marts are of other parts, another registry or other models."""
        parts = self._lake.parts(bucket)
        return self._changed(read_state(self._marts, bucket), parts, bucket) != frozenset()

    def build(self, bucket: int) -> BucketChange:
        """Bring a bucket's marts up to its parts.

        Raises DbtError where a model fails, LakeError where something cannot be read or written;
        the bucket then stays as it was.
        """
        with self._lake.claimed(f"bucket-{bucket:02d}") as is_mine:
            if not is_mine:
                return BucketChange(bucket, is_changed=False, is_taken=True)
            parts = self._lake.parts(bucket)
            before = read_state(self._marts, bucket)
            ciks = self._changed(before, parts, bucket)
            if ciks is not None and not ciks:
                return BucketChange(bucket, is_changed=False)
            digest = state_digest(self._marts, bucket)
            try:
                self._derive(parts, bucket, before, ciks)
            except duckdb.IOException as error:
                raise LakeError(
                    f"bucket {bucket}: a file cannot be read or written ({error}); if it is being"
                    " loaded meanwhile, build again when that has ended"
                ) from error
            return BucketChange(
                bucket,
                is_changed=True,
                ciks=None if ciks is None else tuple(sorted(ciks)),
                before=digest,
                after=state_digest(self._marts, bucket),
            )

    def close(self) -> None:
        """Leave the place of scratch warehouses to others."""
        self._place.close()

    @cached_property
    def _scratch(self) -> Settings:
        """The settings of a scratch warehouse nobody else uses meanwhile."""
        for number in count():
            slot = f"scratch-{number}"
            if self._place.enter_context(self._lake.claimed(slot)):
                break
        scratch = replace(self._given, data_dir=self._given.universe_dir / slot)
        scratch.build_path.parent.mkdir(parents=True, exist_ok=True)
        return scratch

    @cached_property
    def _project(self) -> ParsedProject:
        return ParsedProject(self._scratch)

    def _changed(
        self, before: BucketState | None, parts: Sequence[Part], bucket: int
    ) -> frozenset[str] | None:
        """The filers to derive anew; None for all of them."""
        now = {part.name: part.digest for part in parts}
        if before is None and not parts:
            return frozenset()
        if before is None or (before.models, before.registry) != (
            self._models,
            self._registry.content_hash,
        ):
            return None
        if any(not kept_file(self._marts, bucket, mart).exists() for mart in before.rows):
            return None
        differing = [part for part in parts if before.parts.get(part.name) != part.digest]
        if not before.parts.keys() <= now.keys() or any(
            part.name in before.parts and part.kind != "document" for part in differing
        ):
            return None
        return filers_of(differing, bucket)

    def _derive(
        self,
        parts: Sequence[Part],
        bucket: int,
        before: BucketState | None,
        ciks: Collection[str] | None,
    ) -> None:
        scratch = self._scratch
        build = scratch.build_path
        build.unlink(missing_ok=True)
        with connect(build, scratch) as connection:
            raw = (
                load_bucket(connection, parts, bucket, self._registry, ciks)
                if parts
                else RawBucket((), 0, {})
            )
        if raw.filers:
            self._project.build(*(f"+{mart}" for mart in KEPT))
        place = self._marts / _name(bucket)
        with replacing(place) as partial, connect(build, scratch) as connection:
            rows = _keep(connection, raw, place if ciks is not None else None, partial, ciks)
            left_out = raw.left_out
            if ciks is not None and before:
                left_out = {
                    **{cik: why for cik, why in before.left_out.items() if cik not in ciks},
                    **left_out,
                }
            state = BucketState(
                models=self._models,
                registry=self._registry.content_hash,
                parts={part.name: part.digest for part in parts},
                left_out=left_out,
                rows=rows,
            )
            write_done(partial, asdict(state))
        build.unlink(missing_ok=True)


def read_state(marts: Path, bucket: int) -> BucketState | None:
    """What a bucket's marts were made of; None where there are none."""
    path = marts / _name(bucket) / DONE
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return BucketState(**told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise LakeError(f"{path} cannot be read ({error}); delete its directory") from error


def state_digest(marts: Path, bucket: int) -> str:
    """What tells one state of a bucket's marts from another; empty where there are none."""
    try:
        return sha256((marts / _name(bucket) / DONE).read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def kept_file(marts: Path, bucket: int, mart: str) -> Path:
    """Where a bucket's rows of a mart are kept."""
    return marts / _name(bucket) / f"{mart}.parquet"


def _name(bucket: int) -> str:
    return f"bucket-{bucket:02d}"


def _keep(
    connection: duckdb.DuckDBPyConnection,
    raw: RawBucket,
    earlier: Path | None,
    place: Path,
    ciks: Collection[str] | None,
) -> dict[str, int]:
    """Write the bucket's marts: the rows derived now, beside the earlier ones of other filers."""
    rows = {}
    for mart in KEPT:
        sources: list[str] = []
        given: dict[str, object] = {"target": str(place / f"{mart}.parquet")}
        if raw.filers:
            sources.append(f"select * from marts.{mart}")
        before = earlier / f"{mart}.parquet" if earlier else None
        if before and before.exists():
            sources.append(
                "select * from read_parquet($before) where not list_contains($own, ticker)"
            )
            own = connection.execute("select ticker from raw.registry_companies").fetchall()
            given |= {"before": str(before), "own": [ticker for (ticker,) in own]}
        if not sources:
            continue
        derived = " union all by name ".join(sources)
        (rows[mart],) = connection.execute(
            f"copy ({derived}) to $target (format parquet, compression zstd)", given
        ).fetchone() or (0,)
    return rows
