import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.exits import EXIT_NOT_PUBLISHED, EXIT_STOPPED, EXIT_WRONG_USE

RUN = CliRunner()


@pytest.fixture
def published(refreshed, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(refreshed.settings.data_dir))
    return refreshed.settings


@pytest.fixture
def nothing_published(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path))


def test_sql_prints_json(published):
    result = RUN.invoke(app, ["sql", "select 1 as a, ['x', 'y'] as b", "--format", "json"])
    assert json.loads(result.output) == [{"a": 1, "b": ["x", "y"]}]


def test_sql_prints_csv_with_lists_joined(published):
    result = RUN.invoke(app, ["sql", "select 1 as a, ['x', 'y'] as b", "--format", "csv"])
    assert result.output == "a,b\n1,x y\n"


def test_sql_reads_a_query_from_input(published):
    result = RUN.invoke(app, ["sql", "-"], input="select 41 + 1 as answer")
    assert "42" in result.output


def test_sql_may_begin_with_a_comment_and_is_one_query(published):
    result = RUN.invoke(app, ["sql", "-- the answer\nselect 41 + 1 as answer"])
    assert (result.exit_code, "42" in result.output) == (0, True)
    result = RUN.invoke(app, ["sql", "select 1; select 2"])
    assert (result.exit_code, "one query" in result.output) == (EXIT_WRONG_USE, True)


@pytest.mark.parametrize(
    "query", ["select nonsense", "delete from raw.facts", "drop table raw.facts"]
)
def test_sql_that_fails_or_writes_is_refused(published, query):
    before = published.warehouse_path.read_bytes()
    assert RUN.invoke(app, ["sql", query]).exit_code == EXIT_STOPPED
    assert published.warehouse_path.read_bytes() == before


def test_status_names_the_newest_filings(published):
    result = RUN.invoke(app, ["status"])
    assert result.exit_code == 0
    assert "AMZN" in result.output
    assert "2026-11-23" in result.output


def test_report_writes_a_copy(published, tmp_path):
    copy = tmp_path / "copy.html"
    assert RUN.invoke(app, ["report", "--out", str(copy)]).exit_code == 0
    assert copy.read_bytes() == published.report_path.read_bytes()


@pytest.mark.parametrize("command", [["status"], ["report"], ["sql", "select 1"]])
def test_before_the_first_refresh_every_reader_says_so(nothing_published, command):
    result = RUN.invoke(app, command)
    assert result.exit_code == EXIT_NOT_PUBLISHED
    assert "plumbline refresh" in result.output


def test_the_command_starts_without_the_heavy_imports():
    check = (
        "import sys, orchestration.cli;"
        "heavy = {'dagster', 'dbt', 'duckdb', 'polars', 'great_expectations', 'altair'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    result = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
