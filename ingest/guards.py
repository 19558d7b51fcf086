"""What a guard on raw rows is, and what it found: plain data, so that naming guards costs nothing.

The engine that runs them is in `validation.py`: importing that takes seconds, importing this none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class GuardContext:
    """What a guard may judge the rows against.

    `gathered_on` is the day prices and articles were gathered, `filings_gathered_on` the day the
    filings were. `previous_rows` holds the row count of each raw table in the last published
    warehouse, where that was of the same source, `current_rows` those being judged,
    `rejected_facts` how many of the rejects are facts.
    """

    ciks: tuple[str, ...]
    tickers: tuple[str, ...]
    gathered_on: date
    filings_gathered_on: date
    previous_rows: Mapping[str, int] = field(default_factory=dict)
    current_rows: Mapping[str, int] = field(default_factory=dict)
    rejected_facts: int = 0


Arguments = Callable[[GuardContext], Mapping[str, Any]]


@dataclass(frozen=True)
class Guard:
    """One expectation on one raw table.

    `name` is a sentence and unique; `expectation` names a class of great_expectations.expectations;
    `where` restricts it to rows with `column == value`; `about` is `rows` of the table, or its
    `columns` as (column_name, column_type) rows.
    """

    name: str
    table: str
    expectation: str
    arguments: Arguments
    where: tuple[str, str | bool] | None = None
    about: str = "rows"


@dataclass(frozen=True)
class GuardResult:
    """What one guard found; `examples` are whole rows, as text, of a handful of offenders."""

    guard: str
    table: str
    expectation: str
    is_success: bool
    element_count: int | None
    unexpected_count: int | None
    observed: str | None
    examples: tuple[str, ...]

    def message(self) -> str:
        """The result in one line, for a person."""
        if self.is_success:
            return f"{self.guard}: holds"
        count = "" if self.unexpected_count is None else f" {self.unexpected_count} row(s)"
        observed = f" observed {self.observed}" if self.observed else ""
        examples = f"; for example {'; '.join(self.examples)}" if self.examples else ""
        return f"{self.guard}: fails in raw.{self.table}:{count}{observed}{examples}"


def always(**arguments: object) -> Arguments:
    """Arguments that need no context."""
    return lambda context: arguments


def not_null(table: str, *columns: str) -> tuple[Guard, ...]:
    """One guard a column: the key column is never empty."""
    return tuple(
        Guard(
            name=f"{table}_have_{column}",
            table=table,
            expectation="ExpectColumnValuesToNotBeNull",
            arguments=always(column=column),
        )
        for column in columns
    )


def one_of(name: str, table: str, column: str, values: tuple[str, ...]) -> Guard:
    """The column holds only declared values."""
    return Guard(
        name, table, "ExpectColumnValuesToBeInSet", always(column=column, value_set=list(values))
    )


def unique(name: str, table: str, *columns: str) -> Guard:
    """No two rows share the key."""
    return Guard(
        name, table, "ExpectCompoundColumnsToBeUnique", always(column_list=list(columns))
    ) if len(columns) > 1 else Guard(
        name, table, "ExpectColumnValuesToBeUnique", always(column=columns[0])
    )  # fmt: skip


def declared_columns(table: str, sql_types: Mapping[str, str]) -> Guard:
    """The stored table has exactly the declared columns and types."""
    pairs = list(sql_types.items())
    return Guard(
        name=f"{table}_have_the_declared_columns_and_types",
        table=table,
        expectation="ExpectColumnPairValuesToBeInSet",
        arguments=always(
            column_A="column_name", column_B="column_type", value_pairs_set=pairs,
            ignore_row_if="neither",
        ),
        about="columns",
    )  # fmt: skip


def not_shrinking(table: str) -> Guard:
    """No fewer rows than the last published warehouse holds."""
    return Guard(
        name=f"{table}_are_no_fewer_than_before",
        table=table,
        expectation="ExpectTableRowCountToBeBetween",
        arguments=lambda context: {"min_value": context.previous_rows.get(table, 0)},
    )
