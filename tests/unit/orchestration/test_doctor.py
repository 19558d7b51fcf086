"""Each thing that can be wrong with an installation is found, explained, and mended with leave."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from ingest.http import Download
from ingest.landing import Landing
from orchestration.build import start_build
from orchestration.cli import app
from orchestration.doctor import examine, mend
from orchestration.versions import bases, publish, rollback, versions
from tests.conftest import settings_in
from tests.unit.orchestration.test_build import read, write


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)


@pytest.fixture
def installed(settings):
    """Two versions published."""
    for value in ("one", "two"):
        start_build(settings, value, bases(settings))
        write(settings.build_path, value)
        settings.built_report_path.write_text(value)
        publish(settings, {"run_id": value})
    return settings


def wrong(settings):
    return [finding for finding in examine(settings) if not finding.is_note]


def mended(settings):
    (finding,) = wrong(settings)
    finding.mend()
    return finding


def test_a_sound_installation(installed):
    assert examine(installed) == []


def test_a_damaged_published_warehouse(installed):
    installed.warehouse_path.resolve().write_bytes(b"broken" * 1000)
    found = mended(installed)
    assert "is not what was published" in found.what
    assert read(installed.warehouse_path) == "one"


def test_a_missing_published_warehouse(installed):
    installed.warehouse_path.unlink()
    found = mended(installed)
    assert "is missing" in found.what
    assert read(installed.warehouse_path) == "two"
    assert wrong(installed) == []


def test_an_unfinished_write(installed):
    log = installed.warehouse_path.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"log")
    assert "stops refreshes" in mended(installed).what
    assert not log.exists()


def test_a_damaged_version(installed):
    _, older = versions(installed)
    older.warehouse.write_bytes(b"broken")
    assert "nobody can go back to it" in mended(installed).what
    assert len(versions(installed)) == 1


def test_a_clock_set_back_is_for_a_person(installed):
    path = versions(installed)[0].directory / "version.json"
    told = json.loads(path.read_text())
    told["published_at"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    path.write_text(json.dumps(told))
    (found,) = wrong(installed)
    assert found.where == "the clock"
    assert found.mend is None


def landed(settings):
    landing = Landing(settings.landing_dir)
    download = Download("https://host/a", b"content", None, None, datetime.now(UTC))
    return landing, landing.store(download)


def test_a_damaged_landed_file(installed):
    landing, file = landed(installed)
    path = landing.path(file)
    path.chmod(0o644)
    path.write_bytes(b"c0ntent")
    assert "is not the bytes that were fetched" in mended(installed).what
    assert landing.newest(file.url) is None
    assert wrong(installed) == []


def test_a_damaged_manifest(installed):
    landed(installed)
    (installed.landing_dir / "manifest.sqlite").write_bytes(b"no database" * 1000)
    assert "fetches what it needs anew" in mended(installed).cure
    assert not installed.landing_dir.exists()


def test_a_damaged_record_of_dagster(installed):
    path = installed.dagster_home / "history" / "runs.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1000)
    assert "no figure is in it" in mended(installed).what
    assert not path.exists()


def test_a_manifest_in_use_is_no_damage(installed, monkeypatch):
    landed(installed)
    monkeypatch.setattr("ingest.landing.LOCK_WAIT_SECONDS", 0.0)
    with closing(sqlite3.connect(installed.landing_dir / "manifest.sqlite")) as another:
        another.execute("begin exclusive")
        (found,) = wrong(installed)
    assert "locked" in found.what
    assert found.mend is None


def test_a_published_file_that_is_whole_and_cannot_be_opened_is_for_a_person(installed):
    (found,) = wrong(replace(installed, memory_limit="no size"))
    assert "is what was published, and cannot be opened" in found.what
    assert found.mend is None


def test_mending_that_fails_is_told_and_the_rest_is_mended(installed):
    for version in versions(installed):
        version.warehouse.write_bytes(b"broken")
    findings = examine(installed)
    tried = mend(installed, findings)
    assert {each.problem is None for each in tried.values()} == {True, False}
    (failed,) = [each.told for each in tried.values() if each.problem]
    assert "not mended: no version kept is whole" in failed


def test_a_hold_is_a_note(installed):
    rollback(installed)
    assert wrong(installed) == []
    (note,) = examine(installed)
    assert "held at version" in note.what


def test_a_build_left_behind_is_a_note(installed):
    start_build(installed, "three", bases(installed))
    (note,) = examine(installed)
    assert "did not publish" in note.what
    note.mend()
    assert not installed.build_path.parent.exists()


def test_a_run_ended_from_outside_is_told(installed):
    installed.journal_path.parent.mkdir()
    run = {"job": "refresh", "run_id": "a"}
    lines = [
        {"at": "2026-11-27T20:00:00+00:00", "event": "run_started", **run},
        {"at": "2026-11-27T20:00:05+00:00", "event": "step_ended", "step": "load_source", **run},
    ]
    installed.journal_path.write_text(
        "\n".join(json.dumps(line) for line in lines) + '\n{"at": "20'
    )
    (note,) = examine(installed)
    assert "ended from outside after step load_source" in note.what


@pytest.fixture
def run(installed, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(installed.data_dir))

    def invoke(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return invoke


def test_the_command_mends_with_leave_alone(installed, run):
    installed.warehouse_path.resolve().write_bytes(b"broken" * 1000)
    asked = run("doctor")
    assert asked.exit_code == 1
    assert "plumbline doctor --repair mends 1" in asked.output
    assert run("doctor", "--repair").exit_code == 0
    # What was damaged is a version nobody can go back to.
    assert run("doctor", "--repair").exit_code == 0
    sound = run("doctor")
    assert sound.exit_code == 0
    assert "sound" in sound.output


def test_the_command_prints_json(installed, run):
    installed.warehouse_path.resolve().write_bytes(b"broken" * 1000)
    told = json.loads(run("doctor", "--json", "--repair").stdout)
    assert told[0]["mended"].startswith("version ")


def test_versions_and_rollback_as_commands(installed, run):
    listed = json.loads(run("versions", "--json").output)
    assert [row["is_current"] for row in listed] == [True, False]
    back = run("rollback")
    assert back.exit_code == 0
    assert listed[1]["version"] in back.output
    assert read(installed.warehouse_path) == "one"
    assert [row["is_held"] for row in json.loads(run("versions", "--json").output)] == [False, True]
    assert run("rollback", "--release").exit_code == 0
    assert run("rollback", "nothing").exit_code == 1
