"""Reads what a valuation is made from, and keeps its results in schema `valuation`.

A run is identified by what went into it: the same inputs, declarations and code give the same
run_id, and valuing them again replaces the run's own rows. Earlier runs stay; `is_current` marks
the newest, `valuation.runs` their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

import valuation
from orchestration.build import BuildError
from valuation.history import HISTORY_BASES, HISTORY_METRICS, History
from valuation.inputs import ValuationInputs
from valuation.reverse import Population

SCHEMA = "valuation"
RUN_COLUMNS = ("run_id", "registry_hash", "code_version", "is_current")
INPUTS_ORDER = "order by ticker, input, segment"
HISTORY_SQL = """
select
    ticker, metric, segment, basis, fiscal_quarter, period_end, value, unit, evidence,
    accession_numbers
from {figures}
where list_contains(?, metric) and list_contains(?, basis)
order by ticker, metric, segment, basis, fiscal_quarter
"""
CLOSES_SQL = """
select ticker, close_date, close_usd from staging.stg_prices__closes
where known_from <= ? order by ticker, close_date
"""
SIGNALS_SQL = "select * from marts.fct_thesis_signals order by thesis, claim, fiscal_quarter"
RUNS_SQL = f"""
create table if not exists {SCHEMA}.runs (
    run_id varchar primary key, place integer, registry_hash varchar, code_version varchar,
    known_at timestamp with time zone
)
"""


@dataclass(frozen=True)
class ValuationRun:
    """What a set of results rests on."""

    run_id: str
    registry_hash: str
    code_version: str
    known_at: datetime


@dataclass(frozen=True)
class Knowledge:
    """Every company's valuation inputs, quarters and closes as known at one moment (UTC)."""

    moment: datetime
    inputs: pl.DataFrame
    quarters: pl.DataFrame
    closes: pl.DataFrame

    def tickers(self) -> tuple[str, ...]:
        """Companies with valuation inputs."""
        return tuple(self.inputs["ticker"].unique().sort().to_list())

    def history(self, ticker: str) -> History:
        """The quarters and closes of a company."""
        return History.from_rows(_own(self.quarters, ticker), ticker, _own(self.closes, ticker))

    def known_at(self, ticker: str) -> datetime:
        """When the last of a company's inputs became known; the moment itself where none is."""
        own: list[datetime] = (
            self.inputs.filter(pl.col("ticker") == ticker)["known_from"].drop_nulls().to_list()
        )
        return max(own, default=self.moment)

    def of(self, ticker: str) -> ValuationInputs:
        """The inputs of a company and its history."""
        rows = _own(self.inputs, ticker)
        return ValuationInputs.from_rows(rows, ticker, self.known_at(ticker), self.history(ticker))


def _own(frame: pl.DataFrame, ticker: str) -> list[dict[str, Any]]:
    return frame.filter(pl.col("ticker") == ticker).to_dicts()


def read_today(connection: duckdb.DuckDBPyConnection) -> Knowledge:
    """Everything the warehouse knows.

    Raises BuildError when not one valuation input is known.
    """
    inputs = connection.sql(f"select * from marts.fct_valuation_inputs {INPUTS_ORDER}").pl()
    known_from: list[datetime] = inputs["known_from"].drop_nulls().to_list()
    if not known_from:
        raise BuildError("no valuation input of any company is known; see fct_valuation_inputs")
    moment = max(known_from)
    return Knowledge(
        moment=moment,
        inputs=inputs,
        quarters=_quarters(connection, "marts.fct_metrics"),
        closes=_frame(connection, CLOSES_SQL, [moment]),
    )


def read_as_of(
    connection: duckdb.DuckDBPyConnection, moment: datetime, ended_by: date | None = None
) -> Knowledge:
    """What was known at a moment, of quarters ended by a day if one is given."""
    figures, own = "marts.metrics_as_of(?)", [moment]
    inputs = "select * from marts.valuation_inputs_as_of(?)"
    given: list[datetime | date] = [moment]
    if ended_by is not None:
        figures = f"(select * from {figures} where period_end <= date '{ended_by}')"
        inputs = "select * from marts.valuation_inputs_restated(?, ?)"
        given.append(ended_by)
    return Knowledge(
        moment=moment,
        inputs=_frame(connection, f"{inputs} {INPUTS_ORDER}", given),
        quarters=_quarters(connection, figures, own),
        closes=_frame(connection, CLOSES_SQL, [moment]),
    )


def read_signals(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of `marts.fct_thesis_signals`."""
    return connection.sql(SIGNALS_SQL).pl().to_dicts()


def _quarters(
    connection: duckdb.DuckDBPyConnection, figures: str, given: list[datetime] | None = None
) -> pl.DataFrame:
    wanted = [list(HISTORY_METRICS), list(HISTORY_BASES)]
    return _frame(connection, HISTORY_SQL.format(figures=figures), [*(given or []), *wanted])


def _frame(connection: duckdb.DuckDBPyConnection, sql: str, given: list[Any]) -> pl.DataFrame:
    return connection.sql(sql, params=given).pl()


@cache
def code_version() -> str:
    """The version of the package, and a digest of the code that values."""
    digest = sha256()
    for path in sorted(Path(valuation.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    return f"{version('plumbline')}+{digest.hexdigest()[:8]}"


def describe_run(known: Knowledge, registry_hash: str, population: Population) -> ValuationRun:
    """The run that this knowledge, these declarations and this code make, and this population.

    Base rates are of the population: with another one it is another run.
    """
    digest = sha256(f"{registry_hash}{code_version()}{population.name}".encode())
    for frame in (known.inputs, known.quarters, known.closes):
        digest.update(frame.write_json().encode())
    for each in sorted(
        (achieved.company, achieved.fiscal_quarter, achieved.horizon_years, achieved.growth.value)
        for achieved in population.achieved
    ):
        digest.update(repr(each).encode())
    return ValuationRun(digest.hexdigest()[:16], registry_hash, code_version(), known.moment)


def current_results(connection: duckdb.DuckDBPyConnection, table: str) -> pl.DataFrame:
    """The rows of the newest run in `valuation.<table>`, without what tells runs apart."""
    rows = connection.sql(f"select * from {SCHEMA}.{table} where is_current").pl()
    return rows.drop(RUN_COLUMNS)


def results_of(
    connection: duckdb.DuckDBPyConnection, table: str, run_id: str, ticker: str
) -> pl.DataFrame:
    """The rows of one run and company; none where the table is not there yet."""
    try:
        return _frame(
            connection,
            f"select * from {SCHEMA}.{table} where run_id = ? and ticker = ?",
            [run_id, ticker],
        )
    except duckdb.CatalogException:
        return pl.DataFrame()


def newest_runs(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The runs on hand, the newest first."""
    try:
        found = connection.sql(f"select run_id from {SCHEMA}.runs order by place desc").fetchall()
    except duckdb.CatalogException:
        return []
    return [run_id for (run_id,) in found]


def drop_results(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the runs on hand: they may rest on what was not yet known."""
    connection.execute(f"drop schema if exists {SCHEMA} cascade")


def save_results(
    connection: duckdb.DuckDBPyConnection, run: ValuationRun, frames: Mapping[str, pl.DataFrame]
) -> None:
    """Write each frame to `valuation.<name>` as the current run's rows."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    connection.execute(RUNS_SQL)
    connection.execute(
        f"""
        insert into {SCHEMA}.runs
        select ?, coalesce(max(place), 0) + 1, ?, ?, ? from {SCHEMA}.runs
        on conflict do nothing
        """,
        [run.run_id, run.registry_hash, run.code_version, run.known_at],
    )
    for name, frame in frames.items():
        table = f"{SCHEMA}.{name}"
        rows = frame.with_columns(
            pl.lit(run.run_id).alias("run_id"),
            pl.lit(run.registry_hash).alias("registry_hash"),
            pl.lit(run.code_version).alias("code_version"),
            pl.lit(True).alias("is_current"),
        ).to_arrow()
        connection.register("results", rows)
        connection.execute(f"create table if not exists {table} as from results limit 0")
        _add_new_columns(connection, table)
        connection.execute(f"delete from {table} where run_id = ?", [run.run_id])
        connection.execute(f"update {table} set is_current = false where is_current")
        connection.execute(f"insert into {table} by name from results")
        connection.unregister("results")


def _add_new_columns(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Earlier runs keep their rows when a result gains a column; it is null for them."""
    stored = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    for name, kind, *_ in connection.execute("describe results").fetchall():
        if name not in stored:
            connection.execute(f'alter table {table} add column "{name}" {kind}')
