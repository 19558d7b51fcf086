"""Documentation that cannot rot: its commands run or say why not, and print what is shown.

`test_readme` holds the README's queries and names; the site itself is `test_site`'s; what is asked
of a lake is `test_moving`'s.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import duckdb
import pytest
import yaml
from rich.console import Console
from typer.main import get_command
from typer.testing import CliRunner

import spark.variables
from orchestration.cli import app
from orchestration.summary import print_summary
from tests.conftest import settings_in
from tests.support.documents import Block, blocks, commands_of, documents, missing_lines, plain
from tests.support.small_edgar import write_small_edgar
from tests.support.small_universe import publish_small_universe

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = documents()
BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
COMMANDS = [
    (block, text)
    for block in BLOCKS
    if block.language in ("sh", "console")
    for text in commands_of(block)
]

REFRESH = "the refresh these tests run on, whose output is compared"
NETWORK = "asks the network"
LONG = "takes more than a minute, and is what continuous integration does"
PROOF = "a proof of its own that takes up to an hour"
SLOW = "runs in the slow suite"
SERVER = "serves until it is ended"
SYSTEM = "needs root, a container engine or another machine"
JAVA = "needs Java and minutes; test_spark_parity does it"
OTHER_PROGRAM = "a program that is no part of plumbline"

# Which commands of the documents are not run here, and why. Each is parsed all the same.
UNRUN: tuple[tuple[str, str], ...] = (
    (r"(make run|plumbline refresh( --wait \d+)?)( *#.*)?", REFRESH),
    (r"plumbline refresh --as-of .*", SLOW),
    (r"plumbline audit.*", SLOW),
    (r"make dictionary.*", "writes into docs/; test_readme compares it"),
    (r"make reference.*", "writes into docs/; test_reference compares it"),
    (r"make site.*", "test_site builds it"),
    (r"make (test|lint|bench)\b.*", LONG),
    (r"make (fault-matrix|year|soak)\b.*", PROOF),
    (r"make (spark-env|parity)\b.*", JAVA),
    (r"\S*python -m (spark|ingest)\..*", JAVA),
    (r"pytest .*", "is a test itself"),
    (r"(PLUMBLINE_SOURCE=edgar )?plumbline ui.*", SERVER),
    (r"plumbline refresh --source edgar.*", NETWORK),
    (r"plumbline refresh --source archive:.*", "test_archive_refresh does it, in minutes"),
    (r"plumbline universe fetch.*", NETWORK),
    (r"plumbline universe build( *#.*)?", "test_universe does it, in half a minute"),
    (r"plumbline companies add NVDA( *#.*)?", NETWORK),
    (r"plumbline articles add (--feed )?https://.*", NETWORK),
    (r"plumbline articles fetch.*", NETWORK),
    (r"plumbline articles remove news-example.*", "of an article that is on the network"),
    (r"plumbline universe fetch.*", NETWORK),
    (r"plumbline universe load", "of what was fetched; test_moving asks what is loaded"),
    (r"duckdb .*", OTHER_PROGRAM),
    (r"dagster job backfill .*", NETWORK),
    (r"(docker|kubectl|helm) .*", SYSTEM),
    (r"(sudo|useradd|install|systemctl) .*", SYSTEM),
    (r"cp deploy/systemd/.*", SYSTEM),
)

# Files the documents speak of as the reader's own.
STORY = "Amazon's capital spending was $44.2 billion in the first quarter of 2026.\n"
DATED = "---\ntitle: A story\noutlet: The Brief\npublished_at: 2026-05-14\n---\n" + STORY
PAGE = (
    '<html><head><meta property="article:published_time" content="2026-05-15T08:00:00Z">'
    f"<title>A page</title></head><body><article><h1>A page</h1>{f'<p>{STORY}</p>' * 5}"
    "</article></body></html>"
)
# Asked of a lake, which the embedded data do not make.
OF_A_LAKE = ("docs/how-to-move-from-secfsdstools.md",)
# Rows are no part of what the embedded data hold.
NOT_EMBEDDED = ("'NVDA'",)


@pytest.fixture(scope="module")
def summary(refreshed):
    """What the command prints after a refresh, beside what the refresh itself printed."""
    console = Console(file=StringIO(), width=200)
    print_summary(console, refreshed.settings, refreshed.result.checks_passed)
    return refreshed.output + console.file.getvalue()


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    """A data directory in which a universe of one filer is published."""
    settings = settings_in(tmp_path_factory.mktemp("universe"))
    publish_small_universe(settings)
    return settings.universe_dir


@pytest.fixture
def reader(refreshed, universe, tmp_path, monkeypatch):
    """Where a reader stands: the repository's directories, and a data directory of their own."""
    here = tmp_path / "plumbline"
    here.mkdir()
    for name in ("docs", "ingest", "registry", "tests", "dbt"):
        (here / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "deploy", here / "deploy")
    shutil.copytree(refreshed.settings.data_dir, here / "data", symlinks=True)
    shutil.copytree(universe, here / "data" / "universe")
    for day in ("20261030", "20261029"):
        add_version(here / "data" / "versions", day)
    for name, text in (("story.txt", STORY), ("story.md", DATED), ("page.html", PAGE)):
        (here / name).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "registry/scenarios/amzn_bull.yml", here / "my_scenario.yml")
    archive = write_small_edgar(here / "DIR").directory
    document = next(archive.rglob("*.htm"))
    shutil.copy(document, here / "amzn-20241231.htm")
    monkeypatch.chdir(here)
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(here / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return here


def add_version(kept: Path, day: str) -> None:
    """The published version once more, as if it had been published on that day."""
    (current,) = (each for each in kept.iterdir() if not each.name.startswith("202610"))
    earlier = kept / f"{day}T203104Z-1a2b3c4d"
    shutil.copytree(current, earlier, copy_function=os.link)
    about = json.loads((earlier / "version.json").read_text(encoding="utf-8"))
    about["published_at"] = f"{day[:4]}-{day[4:6]}-{day[6:]}T20:31:04+00:00"
    (earlier / "version.json").unlink()
    (earlier / "version.json").write_text(json.dumps(about), encoding="utf-8")


def why_not_run(command: str) -> str | None:
    why = next((why for pattern, why in UNRUN if re.fullmatch(pattern, command, re.DOTALL)), None)
    return None if why == OTHER_PROGRAM and shutil.which(command.split()[0]) else why


class Shell:
    """Runs commands of a document one after another: plumbline in this process, others in bash."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}

    def run(self, command: str) -> str:
        """What the command prints; it has to succeed."""
        words = shlex.split(command, comments=True)
        if words[0] == "export":
            told = (word.partition("=") for word in words[1:])
            self.environment |= {name: os.path.expandvars(value) for name, _, value in told}
            return ""
        if words[0] != "plumbline":
            ran = subprocess.run(
                ["bash", "-euc", command], capture_output=True, text=True, env={**os.environ}
            )
            assert ran.returncode == 0, f"{command}: {ran.stderr}"
            return ran.stdout
        return self._plumbline(words[1:], command)

    def _plumbline(self, words: list[str], command: str) -> str:
        given, written = None, None
        if "<" in words:
            given = Path(words.pop(words.index("<") + 1)).read_text(encoding="utf-8")
            words.remove("<")
        if ">" in words:
            written = Path(words.pop(words.index(">") + 1))
            words.remove(">")
        result = CliRunner().invoke(app, words, input=given, env=self.environment)
        assert result.exit_code == 0, f"{command}: {result.output} {result.exception}"
        if written is not None:
            written.write_text(result.stdout, encoding="utf-8")
            return ""
        return result.output


DOCUMENTS_WITH_COMMANDS = sorted({block.document for block, _ in COMMANDS})


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS_WITH_COMMANDS)
def test_commands_run_and_print_what_is_shown(document, reader, summary):
    shell = Shell()
    for block in (block for block in BLOCKS if block.document == document):
        if block.language not in ("sh", "console"):
            continue
        printed = ""
        for command in commands_of(block):
            why = why_not_run(command)
            printed += summary if why == REFRESH else "" if why else shell.run(command)
        if why_not_run(command) in (None, REFRESH) or printed:
            assert missing_lines(block.shown, printed) == [], f"{block}: {printed}"


def parsed(words: list[str]) -> None:
    """Hold what follows `plumbline` against what it knows; raises if an option is unknown."""
    node = get_command(app)
    while hasattr(node, "commands"):
        node, words = node.commands[words[0]], words[1:]
    node.make_context(node.name, words)


def of_plumbline(words: list[str]) -> list[str]:
    """What follows `plumbline` in a command, wherever that is run; nothing where it is a name."""
    known = get_command(app).commands
    for place, word in enumerate(words[:-1], start=1):
        if Path(word).name == "plumbline" and words[place] in known:
            return words[place:]
    return []


@pytest.mark.parametrize(
    ("block", "command"),
    [(block, command) for block, command in COMMANDS if why_not_run(command)],
    ids=lambda each: str(each).splitlines()[0],
)
def test_commands_that_are_not_run_could_be(block, command, tmp_path, monkeypatch):
    words = shlex.split(command, comments=True)
    if asked := of_plumbline(words):
        parsed(asked)
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        assert set(words[1:]) - {"SLOW=1"} <= set(targets)
    elif words[0] == "pytest":
        assert all((ROOT / word).exists() for word in words[1:] if not word.startswith("-"))
    named = [word for word in words if re.fullmatch(r"deploy/[\w./-]+", word)]
    assert all((ROOT / word).exists() for word in named)


def test_every_reason_not_to_run_is_of_some_command():
    idle = [
        pattern
        for pattern, _ in UNRUN
        if not any(re.fullmatch(pattern, text, re.DOTALL) for _, text in COMMANDS)
    ]
    assert idle == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [text for _, text in COMMANDS if why_not_run(text) == SLOW], ids=str
)
def test_slow_commands_run(command, reader):
    Shell().run(command)


@pytest.mark.parametrize(
    "block",
    [
        each
        for each in BLOCKS
        if each.language == "sql" and each.document not in ("README.md", *OF_A_LAKE)
    ],
    ids=str,
)
def test_queries_find_rows(block: Block, warehouse: duckdb.DuckDBPyConnection):
    for query in duckdb.extract_statements(block.text):
        rows = warehouse.execute(query).fetchall()
        assert rows or any(name in block.text for name in NOT_EMBEDDED)
    printed = "\n".join(" ".join(str(cell) for cell in row) for row in rows)
    assert missing_lines(block.shown, printed) == []


@pytest.mark.parametrize(
    "block",
    [each for each in BLOCKS if each.language == "python" and each.document not in OF_A_LAKE],
    ids=str,
)
def test_programs_run(block: Block, reader):
    ran = subprocess.run([sys.executable, "-c", block.text], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.language == "yaml"], ids=str)
def test_declarations_can_be_read(block: Block):
    assert yaml.safe_load(block.text)


def test_every_decision_is_in_the_index():
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", index, flags=re.MULTILINE)
    told = [
        path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        for path in sorted((ROOT / "docs/decisions").glob("0*.md"))
    ]
    assert [f"{number}. {title}" for number, title, _ in listed] == told


def test_make_targets_that_documents_name_exist():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    named = {
        (document.name, target)
        for document in DOCUMENTS
        for target in re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8"))
    }
    assert [each for each in sorted(named) if each[1] not in targets] == []


def test_output_that_was_not_printed_is_found_out():
    printed = "┏━━┓\n┃ AWS ┃ 39.36% ┃\n│ free cash │\n│ flow      │\n"
    assert plain(printed) == "AWS 39.36% free cash flow"
    assert missing_lines("AWS  39.36%\n…\nfree cash flow\n", printed) == []
    assert missing_lines("AWS  39.37%\n", printed) == ["AWS 39.37%"]
    assert missing_lines("free cash flow\nAWS 39.36%", printed) == ["AWS 39.36%"]


def test_no_document_speaks_of_a_variable_that_is_not_there():
    from orchestration.variables import DEFAULTS, VARIABLES

    declared = {each.name for each in VARIABLES} | set(DEFAULTS) | set(spark.variables.DEFAULTS)
    for document in DOCUMENTS:
        named = set(re.findall(r"\bPLUMBLINE_[A-Z_]*[A-Z]\b", document.read_text(encoding="utf-8")))
        assert named <= declared, document.name
