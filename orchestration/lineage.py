"""From a published figure to the facts it is made of, as a tree.

Belongs here: walking `marts.lineage` of a published warehouse. Does not belong here: any formula
(they are read from the warehouse), or how the tree is printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb

from ingest.edgar.schema import EVIDENCE_LEVELS, PRELIMINARY

# What tells the rows of a mart apart beside company and quarter, as lineage writes it.
ITEMS: Mapping[str, str] = {
    "fct_thesis_signals": "thesis || '/' || claim",
    "fct_valuation_inputs": "input",
    "fct_claim_checks": "claim_key",
}
KEYS = ("segment", "metric", "basis")
REASON_SEPARATOR = " | "
CHOICES_SHOWN = 40
WITHOUT_HISTORY = ("fct_valuation_inputs", "fct_claim_checks")


class LineageError(Exception):
    """The figure asked for is not there: says what is, and how to ask."""


@dataclass(frozen=True)
class Figure:
    """One version of one figure: where it stands, for what, and since when it is known (UTC)."""

    table: str
    column: str
    ticker: str
    fiscal_quarter: str
    known_from: datetime | None
    segment: str = ""
    metric: str = ""
    basis: str = ""
    item: str = ""

    @property
    def label(self) -> str:
        """The figure in words: what it is, of whom, of when."""
        what = f"{self.metric} ({self.basis})" if self.metric else f"{self.table}.{self.column}"
        about = [self.ticker, self.segment, self.item, self.fiscal_quarter]
        return " ".join([what, *(part for part in about if part)])


@dataclass(frozen=True)
class Node:
    """A step of the tree: a figure or fact, its value, and what it is made of."""

    label: str
    value: float | None
    formula: str = ""
    coefficient: float | None = None
    evidence: str = ""
    known_from: datetime | None = None
    accession_number: str = ""
    address: str = ""
    note: str = ""
    inputs: tuple["Node", ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The tree as plain values; times in ISO 8601, empty fields left out."""
        fields = {
            "label": self.label,
            "value": self.value,
            "formula": self.formula,
            "coefficient": self.coefficient,
            "evidence": self.evidence,
            "known_from": self.known_from.isoformat() if self.known_from else None,
            "accession_number": self.accession_number,
            "address": self.address,
            "note": self.note,
            "inputs": [node.as_dict() for node in self.inputs],
        }
        return {
            name: value
            for name, value in fields.items()
            if value or (name == "value" and not value)
        }


@dataclass
class Lineage:
    """The lineage of one company's figures in a published warehouse."""

    connection: duckdb.DuckDBPyConnection
    ticker: str
    _nodes: dict[Figure, Node] = field(default_factory=dict)

    def explain(
        self,
        table: str,
        column: str,
        fiscal_quarter: str,
        *,
        keys: Mapping[str, str] | None = None,
        as_of: datetime | None = None,
    ) -> Node:
        """The tree under one figure, as known now or at a moment.

        `keys` gives segment, metric, basis or item where the table has several rows a quarter.
        Raises LineageError when there is no such figure, or several.
        """
        figure, row = self._find(table, column, fiscal_quarter, keys or {}, as_of)
        if row[column] is None:
            return Node(
                figure.label,
                None,
                formula=self._declared(table)[column]["formula"],
                known_from=figure.known_from,
                note=self._why_missing(table, column, row),
            )
        return self._node(figure)

    def _why_missing(self, table: str, column: str, row: Mapping[str, Any]) -> str:
        """The reasons given for those inputs the column rests on."""
        if "missing_reason" in row:
            return str(row["missing_reason"] or "")
        behind = self._declared(table)[column]["inputs"].split(", ")
        reasons = str(row.get("missing_reasons") or "").split(REASON_SEPARATOR)
        return "; ".join(reason for reason in reasons if reason.partition(":")[0] in behind)

    def _find(
        self,
        table: str,
        column: str,
        fiscal_quarter: str,
        keys: Mapping[str, str],
        as_of: datetime | None,
    ) -> tuple[Figure, dict[str, Any]]:
        declared = self._declared(table)
        columns = self._columns(table)
        if column not in declared:
            raise LineageError(
                f"marts.{table} has no figure {column!r}; it has {', '.join(declared)}"
            )
        conditions = ["ticker = ?", "fiscal_quarter = ?"]
        parameters: list[Any] = [self.ticker, fiscal_quarter]
        for name, value in keys.items():
            conditions.append(self._condition(table, name))
            parameters.append(value.lower())
        is_of_today = self._is_of_today(table, column)
        if as_of is not None and is_of_today:
            raise LineageError(f"marts.{table}.{column} has no history: leave the moment out")
        if not is_of_today and not self._columns(f"{table}_history"):
            raise LineageError(
                f"marts.{table} keeps no history to explain; explain the mart it is made of, as"
                " fct_company_margins"
            )
        source = f"marts.{table}" if is_of_today else f"marts.{table}_history"
        if not is_of_today:
            in_force = "known_to is null"
            if as_of is not None:
                in_force = "known_from <= ? and (known_to is null or known_to > ?)"
                parameters += [as_of, as_of]
            conditions.append(in_force)
        rows = self._rows(f"select * from {source} where {' and '.join(conditions)}", parameters)
        shown = [name for name in KEYS if name in columns]
        if not rows:
            raise LineageError(self._nothing_found(source, table, fiscal_quarter, keys, as_of))
        if len(rows) > 1:
            raise LineageError(self._several_found(table, rows, shown))
        row = rows[0]
        item = self._item(table, row)
        figure = Figure(
            table,
            column,
            self.ticker,
            fiscal_quarter,
            # A claim about the future is known with the figure that came.
            row["known_from"] or row.get("known_from_now"),
            item=item,
            **{name: row[name] or "" for name in shown},
        )
        return figure, row

    def _condition(self, table: str, name: str) -> str:
        if name == "item" and table in ITEMS:
            # Its last part names an item too: C2 of amzn-three-trillion/C2.
            return f"'/' || lower({ITEMS[table]}) like '%/' || ?"
        if name in self._columns(table):
            return f"lower({name}) = ?"
        raise LineageError(f"the rows of marts.{table} have no {name}")

    def _several_found(
        self, table: str, rows: Sequence[Mapping[str, Any]], shown: Sequence[str]
    ) -> str:
        names = [*shown, *(["item"] if table in ITEMS else [])]
        return (
            f"marts.{table} has {len(rows)} such rows; say which by"
            f" {', '.join(f'--{name}' for name in names)}: {self._choices(table, rows, shown)}"
        )

    def _choices(self, table: str, rows: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> str:
        choices = {
            " ".join([*(str(row[name]) or "''" for name in shown), self._item(table, row)]).strip()
            for row in rows
        }
        more = f" and {len(choices) - CHOICES_SHOWN} more" if len(choices) > CHOICES_SHOWN else ""
        return "; ".join(sorted(choices)[:CHOICES_SHOWN]) + more

    def _nothing_found(
        self,
        source: str,
        table: str,
        fiscal_quarter: str,
        keys: Mapping[str, str],
        as_of: datetime | None,
    ) -> str:
        moment = f" known at {as_of:%Y-%m-%d %H:%M:%S} UTC" if as_of else ""
        known = " and known_from <= ?" if as_of else ""
        rows = self._rows(
            f"select * from {source} where ticker = ? and fiscal_quarter = ?{known}",
            [self.ticker, fiscal_quarter, *([as_of] if as_of else [])],
        )
        if rows and keys:
            shown = [name for name in KEYS if name in self._columns(table)]
            given = ", ".join(f"{name} {value!r}" for name, value in keys.items())
            return (
                f"marts.{table} has no row of {self.ticker} in {fiscal_quarter}{moment} with"
                f" {given}; it has {self._choices(table, rows, shown)}"
            )
        (span,) = self._rows(
            f"select min(fiscal_quarter) as first, max(fiscal_quarter) as last from {source}"
            f" where ticker = ?{known}",
            [self.ticker, *([as_of] if as_of else [])],
        )
        quarters = (
            f"its quarters are {span['first']} to {span['last']}"
            if span["first"]
            else "no quarter of the company is"
        )
        wanted = f"{self.ticker} in {fiscal_quarter}{moment}"
        return f"marts.{table} has no row of {wanted}; {quarters}{moment}"

    def _item(self, table: str, row: Mapping[str, Any]) -> str:
        if table == "fct_thesis_signals":
            return f"{row['thesis']}/{row['claim']}"
        return str(row.get("input") or row.get("claim_key") or "") if table in ITEMS else ""

    def _node(self, figure: Figure) -> Node:
        if figure not in self._nodes:
            self._nodes[figure] = self._build(figure)
        return self._nodes[figure]

    def _build(self, figure: Figure) -> Node:
        row = self._row_of(figure)
        steps = self._steps.get(figure, [])
        inputs = tuple(self._input(step, figure) for step in steps)
        return Node(
            label=figure.label,
            value=_number(row[figure.column]),
            formula=(steps[0] if steps else self._declared(figure.table)[figure.column])["formula"],
            # A row's own evidence is that of all its columns; a figure is as strong as its inputs.
            evidence=_weakest(inputs) or row.get("evidence") or "",
            # A row becomes known with the last of its columns, a figure with that of its inputs.
            known_from=max(
                (node.known_from for node in inputs if node.known_from), default=figure.known_from
            ),
            note=_version_note(row),
            inputs=inputs,
        )

    def _input(self, step: Mapping[str, Any], parent: Figure) -> Node:
        if step["input_kind"] == "fact":
            return self._fact(step)
        if step["input_kind"] == "price":
            return Node(
                f"close of {step['input_known_from']:%Y-%m-%d}",
                step["input_value"],
                evidence=step["evidence"],
                known_from=step["input_known_from"],
            )
        figure = Figure(
            step["input_table"],
            step["input_column"],
            self.ticker,
            step["input_fiscal_quarter"],
            step["input_known_from"],
            step["input_segment"],
            step["input_metric"],
            step["input_basis"],
        )
        node = self._node(figure)
        is_of_same_row = (figure.table, figure.known_from) == (parent.table, parent.known_from)
        label = figure.column if is_of_same_row and not figure.metric else node.label
        return replace(node, label=label, coefficient=step["coefficient"])

    def _fact(self, step: Mapping[str, Any]) -> Node:
        fact = self._facts[step["fact_id"]]
        start = f"{fact['period_start']} to " if fact["period_start"] else ""
        dimensions = "" if fact["dimensions"] == "{}" else f" {fact['dimensions']}"
        return Node(
            label=f"fact {fact['concept']}{dimensions}, {start}{fact['period_end']}",
            value=step["input_value"],
            coefficient=step["coefficient"],
            evidence=fact["evidence"],
            known_from=fact["known_from"],
            accession_number=fact["accession_number"],
            address=step["edgar_address"],
            note=_fact_note(fact),
        )

    def _row_of(self, figure: Figure) -> dict[str, Any]:
        is_of_today = self._is_of_today(figure.table, figure.column)
        source = figure.table if is_of_today else f"{figure.table}_history"
        conditions = ["ticker = ?"]
        parameters: list[Any] = [self.ticker]
        if figure.table not in WITHOUT_HISTORY:
            conditions += ["fiscal_quarter = ?", "known_from = ?"]
            parameters += [figure.fiscal_quarter, figure.known_from]
        for name in KEYS:
            if name in self._columns(figure.table):
                conditions.append(f"{name} = ?")
                parameters.append(getattr(figure, name))
        if figure.item:
            conditions.append(f"{ITEMS[figure.table]} = ?")
            parameters.append(figure.item)
        return self._rows(
            f"select * from marts.{source} where {' and '.join(conditions)}", parameters
        )[0]

    def _is_of_today(self, table: str, column: str) -> bool:
        """Whether a column has no history: a rank is among the companies known together."""
        return table in WITHOUT_HISTORY or self._declared(table)[column]["kind"] == "rank"

    @cached_property
    def _steps(self) -> dict[Figure, list[dict[str, Any]]]:
        steps: dict[Figure, list[dict[str, Any]]] = {}
        rows = self._rows(
            "select * from marts.lineage where ticker = ?"
            " order by coefficient desc, input_column, input_metric, input_fiscal_quarter desc",
            [self.ticker],
        )
        for row in rows:
            figure = Figure(
                row["table_name"],
                row["column_name"],
                row["ticker"],
                row["fiscal_quarter"],
                row["known_from"],
                row["segment"],
                row["metric"],
                row["basis"],
                row["item"],
            )
            steps.setdefault(figure, []).append(row)
        return steps

    @cached_property
    def _facts(self) -> dict[str, dict[str, Any]]:
        rows = self._rows(
            "select facts.*, filings.form, filings.period_of_report, filings.known_from"
            " from raw.facts as facts inner join marts.dim_filing as filings"
            " on facts.accession_number = filings.accession_number where filings.ticker = ?",
            [self.ticker],
        )
        return {row["fact_id"]: row for row in rows}

    def _declared(self, table: str) -> dict[str, dict[str, Any]]:
        if table not in self._declarations:
            known = ", ".join(sorted(self._declarations))
            raise LineageError(f"no mart {table!r} with figures; there are {known}")
        return self._declarations[table]

    @cached_property
    def _declarations(self) -> dict[str, dict[str, dict[str, Any]]]:
        declarations: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self._rows("select * from marts.dim_figure_column order by column_name", []):
            declarations.setdefault(row["table_name"], {})[row["column_name"]] = row
        return declarations

    def _columns(self, table: str) -> set[str]:
        return {
            row["column_name"]
            for row in self._rows(
                "select column_name from information_schema.columns"
                " where table_schema = 'marts' and table_name = ?",
                [table],
            )
        }

    def _rows(self, sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _weakest(nodes: Sequence[Node]) -> str:
    levels = [node.evidence for node in nodes if node.evidence]
    return max(levels, key=EVIDENCE_LEVELS.index, default="")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _fact_note(fact: Mapping[str, Any]) -> str:
    """The filing of a fact; of one printed in a release, the page and the row as well."""
    filing = f"{fact['form']} of {fact['period_of_report']}"
    is_printed = fact["evidence"] == PRELIMINARY
    return f"{filing}, {fact['evidence_ref']}" if is_printed else filing


def _version_note(row: Mapping[str, Any]) -> str:
    reason = row.get("version_reason") or ""
    if reason in ("", "first_known", "completed"):
        return str(row.get("version_note") or "")
    note = f": {row['version_note']}" if row.get("version_note") else ""
    return f"version {row['version_number']}, {reason}{note}"
