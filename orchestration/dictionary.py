"""The data dictionary and dbt's own documentation, both made of the models' yml.

Belongs here: how they are laid out. Does not belong here: any description, they stand beside the
models.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from ingest.sql_types import sql_types
from orchestration.dbt_project import generate_docs, load_manifest
from orchestration.settings import Settings
from valuation.schema import TABLES, Table

SCHEMAS = ("marts", "quality")
HEADER = """\
# Data dictionary

Made by `make dictionary` of the descriptions beside the models; change them there. Ratios are
plain (0.36 is 36 %), dollars whole, times UTC. A mart's `_history` twin has every version of its
rows, with `known_to`, `version_number` and `version_reason` beside the columns below; the macro
`marts.<name>_as_of(moment)` gives the rows as they were known at a moment. Tables of `valuation`
have `run_id`, `registry_hash`, `code_version` and `is_current` beside the columns below.
"""


def data_dictionary(settings: Settings) -> str:
    """Every table of marts, quality and valuation in Markdown: its grain and its columns."""
    nodes = load_manifest(settings)["nodes"]
    models = {
        node["name"]: node
        for node in nodes.values()
        if node["resource_type"] == "model" and node["schema"] in SCHEMAS
    }
    sections = [HEADER]
    for schema in SCHEMAS:
        for name in sorted(models):
            is_twin = name.endswith("_history") and name != "fct_metrics_history"
            if models[name]["schema"] == schema and not is_twin:
                sections.append("\n".join(_section(models[name], models.get(f"{name}_history"))))
    sections += ["\n".join(_valued(name, table)) for name, table in TABLES.items()]
    return "\n".join(sections)


def _valued(name: str, table: Table) -> Iterator[str]:
    """A table of schema `valuation`: its columns say by their names what they hold."""
    yield f"## valuation.{name}\n"
    yield f"{table.description}\n"
    yield "| column | type |"
    yield "|---|---|"
    for column, kind in sql_types(pl.Schema(table.schema)).items():
        yield f"| `{column}` | {kind} |"
    yield ""


def _section(model: Mapping[str, Any], history: Mapping[str, Any] | None) -> Iterator[str]:
    yield f"## {model['schema']}.{model['name']}\n"
    yield f"{' '.join(model['description'].split())}\n"
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for name, column in model["columns"].items():
        meaning = " ".join(column["description"].split())
        source = _source(name, column, history)
        yield f"| `{name}` | {column['data_type']} | {meaning}{source} |"
    yield ""


def _source(name: str, column: Mapping[str, Any], history: Mapping[str, Any] | None) -> str:
    """Where a column comes from, as its history declares it."""
    if source := column["config"].get("meta", {}).get("source"):
        return f" Made as: {source}."
    meta = history["config"].get("meta", {}) if history else {}
    if given := meta.get("inputs", {}).get(name):
        return f" Shows {_shown_input(given)}."
    declared = history["columns"].get(name, {}).get("config", {}) if history else {}
    if formula := declared.get("meta", {}).get("formula"):
        return f" Formula: `{formula}`."
    return ""


def _shown_input(given: Mapping[str, Any]) -> str:
    what = (
        f"`{given['mart']}.{given['column']}`"
        if "mart" in given
        else f"metric `{given['metric']}` ({given['basis']})"
    )
    back = given.get("quarters_back", 0)
    when = f", {abs(back)} quarter(s) {'before' if back > 0 else 'after'}" if back else ""
    return what + when + (" of the company" if given.get("scope") == "company" else "")


def build_dbt_docs(settings: Settings) -> Path:
    """dbt's documentation of the published warehouse as one page under the data directory.

    Raises DbtError when dbt cannot make it.
    """
    page = settings.data_dir / "docs" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        # dbt opens the warehouse for writing; readers of the published one are not disturbed.
        copy = replace(settings, data_dir=Path(directory))
        copy.build_path.parent.mkdir(parents=True)
        shutil.copyfile(settings.warehouse_path, copy.build_path)
        shutil.copyfile(generate_docs(copy), page)
    return page
