"""What the project promises about itself, held as tests."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ingest", "orchestration", "registry", "report", "spark", "valuation")
MODELS = sorted((ROOT / "dbt" / "models").rglob("*.sql"))
TRACKED_TEXT = {".py", ".md", ".sql", ".yml", ".yaml", ".toml", ".lock", ".j2", ""}


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


DECLARED = {
    path.stem.removesuffix("_history")
    for path in (ROOT / "dbt/models/marts/history").glob("*.sql")
    if "declared_versions(" in path.read_text()
}


def names_of_tests(path):
    (declared,) = yaml.safe_load(path.read_text())["models"]
    return {next(iter(test)) for test in declared["data_tests"]}


def test_every_declared_mart_is_among_those_whose_rows_are_tested():
    macro = (ROOT / "dbt/macros/declared_marts.sql").read_text()
    listed = re.search(r"macro declared_marts\(\).*?endmacro", macro, flags=re.DOTALL)[0]
    assert set(re.findall(r"'(fct_\w+)'", listed)) == DECLARED
    assert {"unique_combination", "versions_do_not_overlap", "cites_public_filings"} <= (
        names_of_tests(ROOT / "dbt/models/intermediate/int_declared_rows.yml")
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_every_model_has_its_yml_with_grain_and_key(model):
    beside = model.with_suffix(".yml")
    assert beside.exists(), f"{model.stem}.sql has no yml beside it"
    (declared,) = yaml.safe_load(beside.read_text())["models"]
    assert declared["name"] == model.stem
    last_sentence = re.split(r"(?<=\.)\s+", declared["description"].strip())[-1]
    assert last_sentence.startswith("One row per "), last_sentence
    tests = [*declared.get("data_tests", [])]
    tests += [test for column in declared["columns"] for test in column.get("data_tests", [])]
    names = {next(iter(test)) if isinstance(test, dict) else test for test in tests}
    if model.stem.removesuffix("_history") in DECLARED:
        # Their rows are tested together, in the one relation that holds all of them.
        names |= names_of_tests(ROOT / "dbt/models/intermediate/int_declared_rows.yml")
    assert names & {"unique", "unique_combination"}, f"{model.stem} has no key test"
    assert all(column.get("description") for column in declared["columns"])


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_model_names_say_their_layer(model):
    layer = model.relative_to(ROOT / "dbt" / "models").parts[0]
    pattern = {
        "staging": r"stg_[a-z]+__[a-z_]+",
        "intermediate": r"int_[a-z_]+",
        "marts": r"(dim|fct)_[a-z_]+|lineage",
        "quality": r"[a-z_]+_(disagreements|conflicts|failures)",
    }[layer]
    assert re.fullmatch(pattern, model.stem)


def test_marts_enforce_their_contracts():
    project = yaml.safe_load((ROOT / "dbt" / "dbt_project.yml").read_text())
    on_duckdb = {"enforced": "{{ target.type == 'duckdb' }}"}
    for layer in ("marts", "quality"):
        assert project["models"]["plumbline"][layer]["+contract"] == on_duckdb


def test_no_model_asks_which_engine_it_runs_on():
    asking = re.compile(r"target\.(type|name)|adapter\.type")
    assert [path.name for path in MODELS if asking.search(path.read_text())] == []


def test_dbt_is_no_python_package():
    assert not list((ROOT / "dbt").rglob("__init__.py"))


def test_import_rules_hold():
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_says_what_belongs_in_it(room):
    for path in (ROOT / room).rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path.relative_to(ROOT)


def test_no_absolute_path_of_a_machine_is_written_down():
    pattern = re.compile(r"(?<![\w.:/])/(?:home|root|Users|work)/\w")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix in TRACKED_TEXT
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_locks_carry_hashes_and_no_address():
    for name in ("requirements.lock", "requirements-dev.lock", "spark/requirements.lock"):
        text = (ROOT / name).read_text()
        pins = re.findall(r"^[\w.,\[\]-]+==", text, flags=re.MULTILINE)
        assert len(pins) > 50
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text


def test_the_development_lock_contains_the_other():
    runtime, development = (
        set(re.findall(r"^[\w.,\[\]-]+==\S+", (ROOT / name).read_text(), flags=re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime <= development


def test_workers_of_spark_read_filings_with_what_a_refresh_reads_them_with():
    here, there = (
        dict(re.findall(r"^([\w-]+)(?:\[.*?\])?==(\S+)", (ROOT / name).read_text(), flags=re.M))
        for name in ("requirements.lock", "spark/requirements.lock")
    )
    readers = ("dbt-core", "lxml", "polars", "pyarrow")
    assert {name: there[name] for name in readers} == {name: here[name] for name in readers}
