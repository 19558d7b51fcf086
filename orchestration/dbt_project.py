"""dbt, parsed and run in this process: a second process would import everything again."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult

from orchestration.build import BuildError
from orchestration.settings import DBT_PROJECT_DIR, Settings

SOURCE_PATTERNS = ("*.sql", "*.yml", "*.csv", "*.md")
# Unit tests prove the arithmetic of the code, not of the data: the test suite runs them.
BUILD_ARGUMENTS = ("build", "--exclude-resource-type", "unit_test")
MODEL_ARGUMENTS = (
    "build",
    "--exclude-resource-type",
    "unit_test",
    "--exclude-resource-type",
    "test",
)
UNIT_TEST_ARGUMENTS = ("test", "--select", "test_type:unit")


class DbtError(BuildError):
    """dbt could not parse or run the project: says which node failed, and why."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one dbt node; `failures` counts the rows a test found."""

    unique_id: str
    name: str
    resource_type: str
    status: str
    seconds: float
    failures: int | None
    message: str | None
    compiled_sql: str | None

    @property
    def is_success(self) -> bool:
        """Whether the node did what it should: warnings count as success."""
        return self.status in {"success", "pass", "warn", "no-op"}


def manifest_path(settings: Settings) -> Path:
    """The parsed project, parsed anew when a source of it changed.

    A copy of dbt's own file, which dbt writes over in every build: a run killed meanwhile would
    leave half of it to all later ones.
    """
    manifest = settings.dbt_target_dir / "parsed_manifest.json"
    stamp = settings.dbt_target_dir / "manifest.sha256"
    digest = sources_digest()
    if not (manifest.exists() and stamp.exists() and stamp.read_text() == digest):
        settings.dbt_target_dir.mkdir(parents=True, exist_ok=True)
        _invoke(settings, ["parse"])
        written = shutil.copyfile(
            settings.dbt_target_dir / "manifest.json", manifest.with_suffix(".partial")
        )
        os.replace(written, manifest)
        stamp.write_text(digest)
    return manifest


def run_build(settings: Settings) -> tuple[NodeResult, ...]:
    """Build every model and run every data test, in order of dependency.

    A failing node is in the results; raises DbtError only when dbt itself could not run.
    """
    return _run(settings, BUILD_ARGUMENTS)


def run_models(settings: Settings) -> tuple[NodeResult, ...]:
    """Build every model and test none; errors as above."""
    return _run(settings, MODEL_ARGUMENTS)


class ParsedProject:
    """The project parsed once, for a process that builds it more than once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._manifest = _invoke(settings, ["parse"]).result

    def build(self, *models: str) -> None:
        """Build the models and all they rest on, seeds included; raises DbtError where one fails.

        A name without a plus before it stands for itself alone.
        """
        # What dbt writes of each run is read by nobody here, and takes as long as the models do.
        arguments = [*MODEL_ARGUMENTS, "--no-write-json", "--select", *models]
        result = _invoke(
            self._settings, arguments, allow_failed_nodes=True, manifest=self._manifest
        )
        failed = [node for node in _nodes(result) if not node.is_success]
        if failed:
            raise DbtError(f"dbt could not build {failed[0].name}: {failed[0].message}")

    def run_operation(self, macro: str, **arguments: object) -> None:
        """Call a macro; raises DbtError where it fails."""
        _invoke(
            self._settings,
            ["run-operation", macro, "--args", json.dumps(arguments)],
            manifest=self._manifest,
        )


def declared_formulas(settings: Settings) -> Mapping[tuple[str, str], str]:
    """Formula of each computed column of the declared marts, by mart and column."""
    return {
        (node["name"].removesuffix("_history"), name): column["config"]["meta"]["formula"]
        for node in load_manifest(settings)["nodes"].values()
        if node["resource_type"] == "model"
        for name, column in node["columns"].items()
        if column["config"].get("meta", {}).get("formula")
    }


def run_unit_tests(settings: Settings) -> tuple[NodeResult, ...]:
    """Run the unit tests of the models; they read the types of a build's columns, not its rows."""
    return _run(settings, UNIT_TEST_ARGUMENTS)


def _run(settings: Settings, arguments: Sequence[str]) -> tuple[NodeResult, ...]:
    return _nodes(_invoke(settings, arguments, allow_failed_nodes=True))


def _nodes(result: dbtRunnerResult) -> tuple[NodeResult, ...]:
    executed = cast(RunExecutionResult, result.result)
    return tuple(
        NodeResult(
            unique_id=node_result.node.unique_id,
            name=node_result.node.name,
            resource_type=str(node_result.node.resource_type),
            status=str(node_result.status),
            seconds=node_result.execution_time,
            failures=node_result.failures,
            message=node_result.message,
            compiled_sql=getattr(node_result.node, "compiled_code", None),
        )
        for node_result in executed.results
    )


def between(manifest: Mapping[str, Any], sources: str, model: str) -> frozenset[str]:
    """Unique ids of the models that stand between the tables of a source and one model."""
    parents: Mapping[str, Sequence[str]] = manifest["parent_map"]
    last = next(key for key in parents if key.startswith("model.") and key.endswith(f".{model}"))

    def descends(key: str) -> bool:
        is_source = key.startswith("source.") and key.split(".")[2] == sources
        return is_source or any(descends(parent) for parent in parents.get(key, ()))

    ancestors, waiting = set(), [last]
    while waiting:
        key = waiting.pop()
        if key not in ancestors and descends(key):
            ancestors.add(key)
            waiting += parents.get(key, ())
    return frozenset(key for key in ancestors if key.startswith("model."))


def generate_docs(settings: Settings) -> Path:
    """dbt's documentation as one static page; DbtError when it cannot be made."""
    _invoke(settings, ["docs", "generate", "--static"])
    return settings.dbt_target_dir / "static_index.html"


def load_manifest(settings: Settings) -> Mapping[str, Any]:
    """The manifest as a mapping."""
    content: Mapping[str, Any] = json.loads(manifest_path(settings).read_text(encoding="utf-8"))
    return content


def _invoke(
    settings: Settings,
    arguments: Sequence[str],
    *,
    allow_failed_nodes: bool = False,
    manifest: Any = None,
) -> dbtRunnerResult:
    with _told_to_dbt(settings):
        try:
            result = dbtRunner(manifest=manifest).invoke(
                [
                    *arguments,
                    "--project-dir", str(DBT_PROJECT_DIR),
                    "--profiles-dir", str(DBT_PROJECT_DIR),
                    "--target-path", str(settings.dbt_target_dir.resolve()),
                    "--log-path", str(settings.dbt_target_dir.resolve() / "logs"),
                    "--log-level", "none",
                    "--no-use-colors",
                ]
            )  # fmt: skip
        finally:
            # dbt keeps its connection open, and DuckDB then lets nobody else open the file.
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if result.exception is not None:
        raise DbtError(
            f"dbt {arguments[0]} could not run: {result.exception}"
        ) from result.exception
    if not result.success and not allow_failed_nodes:
        raise DbtError(f"dbt {arguments[0]} failed; see {settings.dbt_target_dir / 'logs'}")
    return result


@contextmanager
def _told_to_dbt(settings: Settings) -> Iterator[None]:
    """The variables that `profiles.yml` reads, as these settings have them, until the block ends.

    A process may build in several places; what it was told itself stays.
    """
    told = {
        "PLUMBLINE_BUILD_PATH": str(settings.build_path.resolve()),
        "PLUMBLINE_DUCKDB_MEMORY_LIMIT": settings.memory_limit,
        "PLUMBLINE_DUCKDB_THREADS": str(settings.threads),
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def sources_digest() -> str:
    """What tells one state of the project's sources from another."""
    digest = sha256()
    files = sorted(path for pattern in SOURCE_PATTERNS for path in DBT_PROJECT_DIR.rglob(pattern))
    for path in files:
        digest.update(path.relative_to(DBT_PROJECT_DIR).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
