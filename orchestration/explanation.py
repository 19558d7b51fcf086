"""How the lineage of a figure is asked for and printed on a terminal.

Belongs here: what people type and see. Does not belong here: walking the lineage.
"""

import sys
from collections.abc import Mapping
from datetime import datetime

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from orchestration.lineage import Lineage, Node

DEFAULT_BASIS = "quarter"
WIDEST_LINE = 400


def explain_figure(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    ticker: str,
    fiscal_quarter: str,
    options: Mapping[str, str | None],
    as_of: datetime | None,
) -> Node:
    """The tree of a figure, named as on the command line.

    `fct_metrics capex_gross` stands for its value where the metric is that; the figure of the
    company by quarter is meant unless the options say otherwise. Raises LineageError.
    """
    table = table.removeprefix("marts.").removesuffix("_history")
    if not table.startswith(("fct_", "dim_")):
        table = f"fct_{table}"
    keys = {name: value for name, value in options.items() if value is not None}
    if table == "fct_metrics" and column != "value":
        keys = {"metric": column, "segment": "", "basis": DEFAULT_BASIS, **keys}
        column = "value"
    return Lineage(connection, ticker.upper()).explain(
        table, column, fiscal_quarter.upper(), keys=keys, as_of=as_of
    )


def print_tree(node: Node) -> None:
    """Print the tree: folded to a terminal, with whole lines elsewhere."""
    tree = Tree(_text(node), highlight=False)
    _grow(tree, node)
    Console(width=None if sys.stdout.isatty() else WIDEST_LINE).print(tree)


def _grow(tree: Tree, node: Node) -> None:
    for child in node.inputs:
        _grow(tree.add(_text(child)), child)


def _text(node: Node) -> str:
    value = "[dim]none[/]" if node.value is None else f"[bold]{shown(node.value)}[/]"
    sign = _sign(node.coefficient)
    lines = [f"{sign}{escape(node.label)}  {value}"]
    details = [
        node.evidence,
        f"known from {node.known_from:%Y-%m-%d %H:%M:%S} UTC" if node.known_from else "",
        node.note,
    ]
    if node.formula:
        lines.append(f"= {escape(node.formula)}")
    if text := ", ".join(part for part in details if part):
        lines.append(f"[dim]{escape(text)}[/]")
    if node.accession_number:
        lines.append(f"[cyan]{node.accession_number}[/]  [dim]{node.address}[/]")
    return "\n".join(lines)


def _sign(coefficient: float | None) -> str:
    if coefficient is None or coefficient == 1:
        return ""
    return "- " if coefficient == -1 else f"{coefficient:g} x "


def shown(value: float) -> str:
    """A figure for a person: whole numbers with separators, others to six significant digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 and value == round(value) else f"{value:,.6g}"
