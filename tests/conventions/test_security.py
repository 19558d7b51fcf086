"""What is promised about safety: no dangerous call, no text in SQL, no claim without its test."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from orchestration.cli import app

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ingest", "orchestration", "registry", "report", "spark", "valuation")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
# exec, pickle, eval, unsafe yaml, no check of certificates, a shell, unescaped templates, archives
# unpacked anywhere, parsers of the standard library that expand entities.
DANGEROUS = (
    "S102,S301,S302,S306,S307,S313,S314,S315,S316,S317,S318,S319,S323,S501,S506,S602,S604,S605,"
    "S202,S701,S702,S103,S104,S105,S106,S107"
)
SQL = re.compile(
    r"\b(select\b.*\bfrom|insert\s+into|delete\s+from|update\s+\w+\s+set|attach|copy\s*\(|create\s+"
    r"(or\s+replace\s+)?(temp\w*\s+)?(table|view|schema|macro))\b",
    flags=re.IGNORECASE | re.DOTALL,
)
# Between quotes in SQL: what may stand there, and why.
BETWEEN_QUOTES = {
    ("orchestration/audit.py", "path"): "a path of the settings, its quotes doubled",
    ("orchestration/judging.py", "path"): "a path of the settings, its quotes doubled",
    ("orchestration/valuation_store.py", "ended_by"): "a date, which no text can be",
}
EVIDENCE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
THREAT_MODEL = (ROOT / "docs" / "threat-model.md").read_text()


def test_no_module_makes_a_dangerous_call_whatever_it_says_beside_it():
    checked = subprocess.run(
        [
            Path(sys.executable).with_name("ruff"), "check", "--isolated", "--ignore-noqa",
            "--select", DANGEROUS, "--output-format", "json", *ROOMS,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )  # fmt: skip
    found = [f"{each['filename']}:{each['location']['row']}" for each in json.loads(checked.stdout)]
    assert found == []


def test_the_linter_looks_for_the_rest():
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    left_out = {rule for rule in lint["ignore"] if rule.startswith("S")}
    assert left_out == {"S101", "S311", "S603", "S607", "S608"}


def between_quotes(module: Path):
    """Values put between single quotes by an f-string of SQL: text there would need escaping."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.JoinedStr):
            continue
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        if not SQL.search("".join(parts)):
            continue
        for place, part in enumerate(node.values):
            if isinstance(part, ast.FormattedValue) and "".join(parts[:place]).count("'") % 2:
                yield str(module.relative_to(ROOT)), ast.unparse(part.value)


def test_no_value_is_put_between_quotes_in_sql():
    found = {each for module in MODULES for each in between_quotes(module)}
    assert found <= BETWEEN_QUOTES.keys(), "hand values over as parameters"


def test_the_ui_cannot_be_told_to_listen_elsewhere():
    parameters = {each.name for each in get_command(app).commands["ui"].params}
    assert parameters == {"port"}
    source = (ROOT / "orchestration/cli.py").read_text()
    assert '"--host", "127.0.0.1"' in source


def test_every_test_that_the_threat_model_names_is_there():
    named = EVIDENCE.findall(THREAT_MODEL)
    assert len(named) > 30
    missing = []
    for path, name in named:
        tree = (
            ast.parse((ROOT / path).read_text()) if (ROOT / path).exists() else ast.Module([], [])
        )
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        if name not in functions:
            missing.append(f"{path}::{name}")
    assert missing == []


def test_every_threat_has_its_evidence_and_what_remains():
    threats = re.split(r"^### ", THREAT_MODEL, flags=re.MULTILINE)[1:]
    assert len(threats) > 10
    for threat in threats:
        title = threat.splitlines()[0]
        for part in ("Stops it:", "Proved by:", "Remains:"):
            assert part in threat, f"{title}: says nothing under {part!r}"
        assert EVIDENCE.search(threat), f"{title}: names no test"


@pytest.mark.parametrize(
    "document", ["SECURITY.md", "docs/threat-model.md", "docs/how-to-deploy.md"]
)
def test_links_of_the_documents_lead_somewhere(document):
    path = ROOT / document
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{document} links to {target}"


@pytest.fixture(scope="module")
def auditor():
    """The script of `make audit-dependencies`."""
    spec = importlib.util.spec_from_file_location("audits", ROOT / ".ci/audit_dependencies.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["audits"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["audits"]


HOLE = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.0"]}
AUDITED = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "holed", "version": "1.0", "vulns": [HOLE]},
        {"name": "unknown", "skip_reason": "not found"},
    ]
}


def audited(auditor, monkeypatch, told, weighed=""):
    """The exit code of an audit in which the service says `told`."""

    def ask(command, **_):
        return subprocess.CompletedProcess(command, 0, stdout=told, stderr="no network")

    monkeypatch.setattr(auditor.subprocess, "run", ask)
    monkeypatch.setattr(auditor, "read_weighed", lambda text: dict([weighed] if weighed else []))
    return auditor.main()


def test_a_known_vulnerability_fails_and_says_what_to_do(auditor, monkeypatch, capsys):
    assert audited(auditor, monkeypatch, json.dumps(AUDITED)) == 1
    printed = capsys.readouterr().out
    assert "holed 1.0: PYSEC-2026-1, CVE-2026-1; fixed in 2.0" in printed
    assert "2 versions looked up, 1 unknown" in printed


def test_one_that_was_weighed_does_not(auditor, monkeypatch):
    weighed = ("CVE-2026-1", "the part is not used")
    assert audited(auditor, monkeypatch, json.dumps(AUDITED), weighed) == 0


@pytest.mark.parametrize(
    "told", ["", "no json", '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}']
)
def test_a_service_that_knows_nothing_is_called_that_and_is_no_failure(
    auditor, monkeypatch, capsys, told
):
    assert audited(auditor, monkeypatch, told) == 0
    assert "NOT AUDITED" in capsys.readouterr().out


def test_an_advisory_is_weighed_with_its_reason_or_not_at_all(auditor):
    assert auditor.read_weighed("# a comment\n\nCVE-1  not used\n") == {"CVE-1": "not used"}
    with pytest.raises(ValueError, match="CVE-2 has no reason"):
        auditor.read_weighed("CVE-2\n")
    auditor.read_weighed((ROOT / auditor.WEIGHED).read_text())


def test_ci_audits_what_is_locked():
    assert "make audit-dependencies" in (ROOT / ".ci/run").read_text().splitlines()
