"""A refresh killed at any moment: what is published stays whole, and the next run ends as if it
had never been disturbed."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.edgar.loading import TABLES
from orchestration.settings import PROJECT_ROOT
from tests.support.small_edgar import FOLLOWED, SmallEdgar, write_small_edgar

KILLS = 20
SEED = 20260807
LONGEST_RUN_SECONDS = 90

pytestmark = pytest.mark.slow

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Installation:
    """A data directory, and an archive to refresh it from with the command."""

    data_dir: Path
    archive: Path

    @property
    def warehouse(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    def start(self) -> subprocess.Popen[str]:
        """The command in a group of its own, so that all of its processes can be killed."""
        environment = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        }
        return subprocess.Popen(
            [
                sys.executable, "-c", "from orchestration.cli import app; app()",
                "refresh", "--source", f"archive:{self.archive}",
            ],
            cwd=PROJECT_ROOT,
            env={**environment, "PLUMBLINE_DATA_DIR": str(self.data_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )  # fmt: skip

    def run(self) -> float:
        """Refresh undisturbed; the seconds it took."""
        started = time.monotonic()
        process = self.start()
        try:
            output, _ = process.communicate(timeout=LONGEST_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            pytest.fail(f"not done within {LONGEST_RUN_SECONDS} seconds; it said: {output}")
        assert process.returncode == 0, output
        return time.monotonic() - started

    def run_killed(self, seconds: float) -> bool:
        """Refresh and kill it after so many seconds; whether it was still at work."""
        process = self.start()
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=LONGEST_RUN_SECONDS)
        return process.returncode == -signal.SIGKILL

    def raw_rows(self) -> Rows:
        """Every row of every raw table published, whatever their order."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            names = connection.execute(
                "select table_name from information_schema.tables where table_schema = 'raw'"
            ).fetchall()
            return {
                name: sorted(connection.execute(f"from raw.{name}").fetchall(), key=repr)
                for (name,) in sorted(names)
            }

    def landed(self) -> dict[str, list[tuple[Any, ...]]]:
        """The manifest's rows by address, oldest first, without when they were fetched."""
        manifests = list((self.data_dir / "landing").glob("*/manifest.sqlite"))
        if not manifests:
            return {}
        (path,) = manifests
        with closing(sqlite3.connect(path)) as connection:
            if not connection.execute("select count(*) from sqlite_master").fetchone()[0]:
                return {}
            fetched = connection.execute(
                "select url, sha256, size_bytes, accession_number, fetch_id, fetched_at"
                " from fetches order by fetch_id"
            ).fetchall()
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for url, *about in fetched:
            rows.setdefault(url, []).append(tuple(about))
        return rows

    def files(self) -> dict[str, bytes]:
        """Landed files by name."""
        places = (self.data_dir / "landing").glob("*/files/*/*")
        return {path.name: path.read_bytes() for path in places}


def assert_whole(installation: Installation) -> int | None:
    """The published warehouse, if there is one, opens and is that of one finished run."""
    if not installation.warehouse.exists():
        return None
    assert not installation.warehouse.with_name("warehouse.duckdb.wal").exists()
    assert (installation.data_dir / "report.html").exists()
    with duckdb.connect(str(installation.warehouse), read_only=True) as connection:
        runs = connection.execute("select run_id, raw_rows from quality.runs").fetchall()
        counts = {
            name: connection.execute(f"select count(*) from raw.{name}").fetchone()[0]
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'raw'"
            ).fetchall()
        }
        assert set(TABLES) <= set(counts)
        assert runs[-1][1] == sum(counts.values())
        orphans = connection.execute(
            "select count(*) from raw.facts anti join raw.filings using (accession_number)"
        ).fetchone()
        assert orphans == (0,)
        found = connection.execute("select accession_number from raw.filings").fetchall()
        assert {filing.accession_number for filing in FOLLOWED} <= {number for (number,) in found}
        assert connection.execute("select count(*) from marts.fct_metrics").fetchone()[0] > 0
    return len(runs)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> SmallEdgar:
    return write_small_edgar(tmp_path_factory.mktemp("small") / "edgar")


@pytest.fixture
def disturbed(archive: SmallEdgar, tmp_path: Path) -> Installation:
    return Installation(tmp_path / "disturbed", archive.directory)


def test_a_refresh_killed_at_twenty_moments_ends_as_if_undisturbed(archive, disturbed, tmp_path):
    undisturbed = Installation(tmp_path / "undisturbed", archive.directory)
    undisturbed.run()
    # The first run writes compiled modules: the second tells how long one takes.
    seconds = Installation(tmp_path / "timed", archive.directory).run()
    moments = [seconds * (place + 0.5) / KILLS for place in range(KILLS)]
    spread = random.Random(SEED)
    jitter = seconds / KILLS / 2
    moments = [moment + spread.uniform(-jitter, jitter) for moment in moments]
    spread.shuffle(moments)

    were_killed = 0
    first_fetched: dict[str, list[tuple[Any, ...]]] = {}
    for moment in moments:
        # A machine may be twice as fast as a minute ago: a run that ended is killed earlier.
        while not disturbed.run_killed(moment):
            moment *= 0.7
        were_killed += 1
        assert_whole(disturbed)
        landed = disturbed.landed()
        assert {url: landed.get(url) for url in first_fetched} == first_fetched, moment
        first_fetched = landed
    assert were_killed == KILLS
    assert first_fetched

    disturbed.run()
    assert_whole(disturbed)
    assert disturbed.raw_rows() == undisturbed.raw_rows()
    assert names_of(disturbed) == names_of(undisturbed)
    assert {url: rows for url, rows in disturbed.landed().items() if url in first_fetched} == (
        first_fetched
    )


def names_of(installation: Installation) -> dict[str, str]:
    """What each address holds, each landed file being the content its name promises."""
    files = installation.files()
    assert all(sha256(content).hexdigest() == name for name, content in files.items())
    held = {url: rows[-1][0] for url, rows in installation.landed().items()}
    assert set(held.values()) <= set(files)
    return held
