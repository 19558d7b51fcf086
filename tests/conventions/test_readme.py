"""Documentation that cannot rot: its commands exist and its queries run."""

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.dictionary import build_dbt_docs, data_dictionary

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = sorted(set(re.findall(r"`plumbline (\w+)", README)))


def test_the_readme_names_every_command():
    assert sorted(get_command(app).commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_make_targets_of_the_documents_exist():
    documents = README + (ROOT / "CONTRIBUTING.md").read_text()
    targets = set(re.findall(r"^(\S+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", documents, flags=re.MULTILINE))
    assert named
    assert named <= targets


def test_links_lead_somewhere():
    for document in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text()):
            assert (ROOT / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_readme_finds_rows(query, warehouse):
    assert warehouse.sql(query.strip().rstrip(";")).fetchall()


def test_every_mart_is_named_in_the_readme_and_there(warehouse):
    named = set(re.findall(r"`((?:fct|dim)_[a-z_]+|lineage)`", README))
    stored = {
        name
        for (name,) in warehouse.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' and table_name not like '%_history'"
        ).fetchall()
    }
    assert named == stored


def test_the_data_dictionary_is_in_step_with_the_models(refreshed):
    written = (ROOT / "docs" / "data-dictionary.md").read_text()
    assert written == data_dictionary(refreshed.settings), "run: make dictionary"


def test_every_table_and_column_people_open_has_its_comment(warehouse):
    uncommented = warehouse.execute(
        """
        select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
        where schema_name = 'marts' and comment is null
        union all
        select schema_name || '.' || table_name from duckdb_tables()
        where schema_name = 'marts' and comment is null
        union all
        select schema_name || '.' || view_name from duckdb_views()
        where schema_name = 'marts' and comment is null
        """
    ).fetchall()
    assert uncommented == []


@pytest.mark.slow
def test_dbt_documents_the_published_warehouse_in_one_page(refreshed):
    page = build_dbt_docs(refreshed.settings).read_text()
    assert "fct_segment_margins_history" in page
    assert "operating_income_usd / nullif(revenue_usd, 0)" in page
