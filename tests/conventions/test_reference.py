"""The reference pages are in step with the code, and what they say of it is so."""

import os
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.reference import commands, exit_codes, reference_pages
from orchestration.repairs import REPAIRS, TREES, errors_under, repair_of
from orchestration.settings import load_settings
from orchestration.variables import DEFAULTS, VARIABLES

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ingest", "orchestration", "registry", "report", "valuation")
# Set by plumbline itself for dbt, and for nobody else to set.
OF_DBT = {"PLUMBLINE_BUILD_PATH", "PLUMBLINE_DBT_THREADS"}
DECLARED = {each.name: each for each in VARIABLES}
# What the command line needs beside the name of the command, for those that need something.
NEEDED = {
    "plumbline check": ["article.txt"],
    "plumbline diff": ["a", "b"],
    "plumbline explain": ["fct_metrics", "capex", "--company", "AMZN", "--quarter", "2024Q4"],
    "plumbline solve": ["--target", "3T"],
    "plumbline sql": ["select 1"],
}


@pytest.mark.parametrize("name", sorted(reference_pages()))
def test_the_pages_are_in_step_with_the_code(name):
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == reference_pages()[name], "run: make reference"


def test_every_variable_of_the_code_is_declared():
    named = {
        name
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"\b(?:PLUMBLINE_[A-Z_]+|SEC_USER_AGENT)\b", path.read_text())
    }
    assert named - OF_DBT == set(DECLARED)


def test_the_example_shows_every_variable_with_its_default():
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", "\n".join(lines), flags=re.MULTILINE))
    assert set(shown) == set(DECLARED)
    wrong = {
        name: (value, DEFAULTS[name])
        for name, value in shown.items()
        if f"{name}={value}" in lines and value != DEFAULTS.get(name)
    }
    assert wrong == {}


def test_an_empty_environment_gives_the_declared_defaults(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3, 4}, raising=False)
    settings = load_settings({})
    assert settings.threads == int(DEFAULTS["PLUMBLINE_DUCKDB_THREADS"])
    assert settings.processes == 5
    assert load_settings({"PLUMBLINE_PROCESSES": "3"}).processes == 3
    assert settings.memory_limit == DEFAULTS["PLUMBLINE_DUCKDB_MEMORY_LIMIT"]
    assert settings.edgar.requests_per_second == float(DEFAULTS["PLUMBLINE_REQUESTS_PER_SECOND"])
    assert str(settings.source) == DEFAULTS["PLUMBLINE_SOURCE"]


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_value_that_stops_a_command_does_so_as_declared(name, monkeypatch):
    if "ends with 2" not in DECLARED[name].otherwise or name == "PLUMBLINE_EXTRACTOR":
        pytest.skip("nothing stops when settings are loaded")
    unusable = str(ROOT) if name == "PLUMBLINE_DATA_DIR" else "?"
    monkeypatch.setenv(name, unusable)
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 2
    assert name in result.output or "source '?'" in result.output


def test_every_error_of_the_rooms_stands_in_a_tree():
    raised = {
        name
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"^class (\w+Error)\(", path.read_text(), flags=re.MULTILINE)
    }
    told = {
        each.__name__ for bases in TREES.values() for base in bases for each in errors_under(base)
    }
    # The reader's own: it becomes a reject of one fact and never leaves the room.
    assert raised - told == {"TransformError"}


def test_every_error_says_what_to_do():
    for bases in TREES.values():
        for base in bases:
            for error in errors_under(base):
                assert repair_of(error).endswith(".")
                assert error.__doc__
    assert all(
        any(issubclass(each, base) for bases in TREES.values() for base in bases)
        for each in REPAIRS
    )


def test_commands_that_need_a_published_warehouse_end_with_4_without(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path))
    ended = {}
    for name, command in commands().items():
        if 4 in exit_codes(command):
            arguments = [*name.split()[1:], *NEEDED.get(name, [])]
            ended[name] = CliRunner().invoke(app, arguments).exit_code
    assert set(ended.values()) == {4}, ended
    assert len(ended) >= 9
