"""Shared fixtures: one refresh of the embedded data for the session, and folders to corrupt."""

import gzip
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from ingest.snapshot.client import SNAPSHOT_DIR
from orchestration.guard_process import judge_here
from orchestration.refresh import RefreshResult, refresh
from orchestration.settings import Settings
from registry.models import Registry, load_registry

SHARED_SNAPSHOT = Path(__file__).resolve().parents[2] / "shared" / "snapshot"


@dataclass(frozen=True)
class Refreshed:
    """A finished refresh: where it is and what it printed."""

    settings: Settings
    result: RefreshResult
    output: str


def settings_in(directory: Path, snapshot_dir: Path = SNAPSHOT_DIR) -> Settings:
    return Settings(directory, snapshot_dir, memory_limit="1GB", threads=2)


def run_refresh(settings: Settings) -> Refreshed:
    console = Console(file=StringIO(), width=200)
    result = refresh(settings, judge_here, console)
    return Refreshed(settings, result, console.file.getvalue())


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry()


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """The embedded data, refreshed once from nothing."""
    outcome = run_refresh(settings_in(tmp_path_factory.mktemp("data")))
    assert outcome.result.is_success, outcome.result.problems
    return outcome


@pytest.fixture
def warehouse(refreshed: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse, read only, in UTC."""
    connection = duckdb.connect(str(refreshed.settings.warehouse_path), read_only=True)
    connection.execute("set TimeZone = 'UTC'")
    yield connection
    connection.close()


def copy_snapshot(target: Path) -> Path:
    """The embedded snapshot, unpacked into a new folder."""
    target.mkdir()
    for packed in SNAPSHOT_DIR.glob("*.csv.gz"):
        (target / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    for plain in ("snapshot.yml", "guidance.csv"):
        shutil.copy(SNAPSHOT_DIR / plain, target)
    shutil.copytree(SNAPSHOT_DIR / "articles", target / "articles")
    return target


@pytest.fixture
def snapshot_copy(tmp_path: Path) -> Path:
    """The embedded snapshot, unpacked into a folder of its own."""
    return copy_snapshot(tmp_path / "snapshot")


@pytest.fixture
def edit_lines(snapshot_copy: Path) -> Callable[[str, Callable[[list[str]], list[str]]], Path]:
    """Rewrite one file of the copied snapshot, line by line."""

    def edit(name: str, change: Callable[[list[str]], list[str]]) -> Path:
        path = snapshot_copy / name
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
        return snapshot_copy

    return edit
