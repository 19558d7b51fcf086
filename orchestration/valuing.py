"""Every company with declared scenarios, valued from what a warehouse knows.

Belongs here: which declarations meet which knowledge. Does not belong here: any formula (room
`valuation`), or where results are kept (`valuation_store`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from orchestration.valuation_store import (
    Knowledge,
    ValuationRun,
    newest_runs,
    read_as_of,
    read_signals,
    results_of,
)
from registry.assumptions import (
    BASE_SCENARIO,
    Scenario,
    Thesis,
    load_scenarios,
    load_theses,
)
from registry.methods import Methods, load_methods
from valuation.backtest import Forecast, Origin, backtest
from valuation.backtest_scores import scores
from valuation.company import CompanyValuation, Earlier, Known, not_valued, value_company
from valuation.difference import Change, Valued, changes, valued
from valuation.errors import MissingInputError, ValuationError
from valuation.inputs import ValuationInputs
from valuation.outlook_frames import backtest_frame, scores_frame
from valuation.reverse import Population
from valuation.schema import frame

PREVIOUS_RUN = "previous_run"
ORIGINS_SQL = """
select accession_number, form, known_from
from marts.dim_filing
where
    ticker = ? and form in ('10-K', '10-Q') and read_status = 'facts_read' and withdrawn_at is null
    and known_from >= ? and known_from <= ?
order by known_from desc
"""
# An origin that brought no newer quarter would give the forecast of the one before it again.
NEW_QUARTERS_SQL = f"""
with filings as ({ORIGINS_SQL}),

seen as (

    select filings.accession_number, filings.known_from, max(figures.fiscal_quarter) as quarter
    from filings
    inner join marts.fct_metrics_history as figures
        on filings.known_from >= figures.known_from
    where
        figures.ticker = ? and figures.metric = 'segment_revenue' and figures.basis = 'ttm'
        and figures.segment = ?
    group by filings.accession_number, filings.known_from

),

compared as (

    select
        *,
        max(quarter) over (
            order by known_from rows between unbounded preceding and 1 preceding
        ) as quarter_before
    from seen

)

select accession_number, known_from
from compared
where quarter_before is null or quarter > quarter_before
order by known_from
"""
FILINGS_LOOKED_AT = 8
"""How many filings are gone back to find a value to compare with: two years."""


@dataclass(frozen=True)
class Declarations:
    """What is declared for the companies on hand."""

    scenarios: tuple[Scenario, ...]
    theses: tuple[Thesis, ...]
    methods: Methods

    @classmethod
    def load(cls) -> "Declarations":
        """The registry's; RegistryError names what is wrong with a file."""
        return cls(load_scenarios(), load_theses(), load_methods())

    def tickers(self) -> list[str]:
        """Companies with a scenario, those a thesis is about first."""
        about = [thesis.ticker for thesis in self.theses]
        own = [scenario.ticker for scenario in self.scenarios]
        return list(dict.fromkeys((*about, *own)))

    def base(self, ticker: str) -> Scenario | None:
        """The base scenario of a company."""
        own = (each for each in self.scenarios if each.ticker == ticker)
        return next((each for each in own if each.name == BASE_SCENARIO), None)

    def about(self, ticker: str) -> tuple[Thesis, ...]:
        """The theses about a company."""
        return tuple(thesis for thesis in self.theses if thesis.ticker == ticker)


def value_every_company(
    connection: duckdb.DuckDBPyConnection,
    known: Knowledge,
    run: ValuationRun,
    declared: Declarations,
    population: Population,
    threads: int,
) -> list[CompanyValuation]:
    """Each company with declared scenarios valued from what is known, base rates of a population.

    A company that lacks a figure, or has a thesis and no scenario, has a reason instead of a value.
    """
    signals = read_signals(connection)
    found: list[CompanyValuation] = []
    for ticker in declared.tickers():
        inputs = known.of(ticker)
        about = declared.about(ticker)
        known_of_it = Known(inputs, population, signals)
        if not any(scenario.ticker == ticker for scenario in declared.scenarios):
            reason = f"{ticker}: no scenario is declared for it"
            found.append(not_valued(known_of_it, about, declared.methods, reason))
            continue
        try:
            earlier = _earlier(connection, inputs, run, declared.base(ticker))
            found.append(
                value_company(
                    replace(known_of_it, earlier=earlier),
                    declared.scenarios,
                    about,
                    declared.methods,
                    threads,
                )
            )
        except MissingInputError as error:
            found.append(not_valued(known_of_it, about, declared.methods, str(error)))
    return found


def table_of(valued: Sequence[CompanyValuation], table: str) -> pl.DataFrame:
    """One table of the results, the rows of every company."""
    return pl.concat([frame((), table), *(each.table(table) for each in valued)])


def _earlier(
    connection: duckdb.DuckDBPyConnection,
    inputs: ValuationInputs,
    run: ValuationRun,
    base: Scenario | None,
) -> list[Earlier]:
    """The run before this one, and the valuation after the newest filing that allows one.

    Raises MissingInputError where the value of today lacks a figure, before filings are read again
    in search of a value to compare it with.
    """
    if base is None:
        return []
    valued(inputs, base)
    found = [_previous_run(connection, inputs, run, base), _after_filing(connection, inputs, base)]
    return [earlier for earlier in found if earlier is not None]


def _previous_run(
    connection: duckdb.DuckDBPyConnection,
    inputs: ValuationInputs,
    run: ValuationRun,
    base: Scenario,
) -> Earlier | None:
    on_hand = newest_runs(connection)
    before = on_hand[on_hand.index(run.run_id) + 1 :] if run.run_id in on_hand else on_hand
    for run_id in before:
        try:
            then = stored(connection, run_id, base.ticker, base.cloud_segment)
            if then is not None:
                again = _restated(connection, then, inputs)
                return Earlier(then, again, PREVIOUS_RUN, run_id)
        except ValuationError:
            continue  # Kept by a version whose inputs this one does not know.
    return None


def _after_filing(
    connection: duckdb.DuckDBPyConnection, inputs: ValuationInputs, base: Scenario
) -> Earlier | None:
    earlier = _filings(connection, inputs, date.min)[1 : 1 + FILINGS_LOOKED_AT]
    for _, form, known_from in earlier:
        try:
            then = valued(read_as_of(connection, known_from).of(base.ticker), base)
        except ValuationError:
            continue
        again = _restated(connection, then, inputs)
        return Earlier(then, again, f"after_{form}_{known_from:%Y-%m-%d}")
    return None


def _restated(
    connection: duckdb.DuckDBPyConnection, then: Valued, inputs: ValuationInputs
) -> ValuationInputs:
    """The inputs of the quarters `then` knew, as they are known with `inputs`."""
    ends = [row.period_end for row in then.inputs.rows.values() if row.fiscal_quarter]
    last = max(end for end in ends if end is not None)
    return read_as_of(connection, inputs.known_at, last).of(inputs.ticker)


def stored(
    connection: duckdb.DuckDBPyConnection, run_id: str, ticker: str, cloud_segment: str
) -> Valued | None:
    """The base scenario of a company as a run kept it; None if it was not kept whole."""
    kept = {
        table: results_of(connection, table, run_id, ticker)
        for table in ("scenarios", "scenario_drivers", "run_inputs")
    }
    if any(rows.is_empty() for rows in kept.values()):
        return None
    of_base = pl.col("scenario") == BASE_SCENARIO
    value, drivers = (kept[name].filter(of_base) for name in ("scenarios", "scenario_drivers"))
    if value.is_empty() or "inputs" not in drivers.columns or drivers["inputs"].null_count():
        return None
    derived = drivers.filter(pl.col("inputs").list.len() > 0)
    known_at = value["known_at"][0]
    return Valued(
        equity_usd=value["equity_value_usd"][0],
        drivers=dict(drivers.select("driver", "value").rows()),
        derived={name: tuple(names) for name, names in derived.select("driver", "inputs").rows()},
        inputs=ValuationInputs.from_rows(
            kept["run_inputs"].to_dicts(),
            ticker,
            known_at,
            read_as_of(connection, known_at).history(ticker),
        ),
        cloud_segment=cloud_segment,
    )


def difference(
    connection: duckdb.DuckDBPyConnection, first: Valued, second: Valued
) -> tuple[Change, ...]:
    """The parts of the change from one kept valuation to another."""
    return changes(first, _restated(connection, first, second.inputs), second)


def _filings(
    connection: duckdb.DuckDBPyConnection, inputs: ValuationInputs, since: date
) -> list[tuple[str, str, datetime]]:
    """Annual and quarterly reports known by then, the newest first."""
    return connection.execute(ORIGINS_SQL, [inputs.ticker, since, inputs.known_at]).fetchall()


def run_inputs(known: Knowledge, declared: Declarations) -> pl.DataFrame:
    """Table `run_inputs`: what the valued companies were valued from."""
    own = known.inputs.filter(pl.col("ticker").is_in(declared.tickers()))
    moments = {ticker: known.known_at(ticker) for ticker in declared.tickers()}
    rows: list[Mapping[str, Any]] = [
        {**row, "known_at": moments[row["ticker"]]} for row in own.to_dicts()
    ]
    return frame(rows, "run_inputs")


def backtest_every_company(
    connection: duckdb.DuckDBPyConnection, known: Knowledge, declared: Declarations
) -> dict[str, pl.DataFrame]:
    """Tables `backtest` and `backtest_scores`: each company's base scenario at every filing."""
    forecasts: list[Forecast] = []
    for ticker in declared.tickers():
        base = declared.base(ticker)
        if base is not None:
            forecasts.extend(_backtest(connection, known.of(ticker), base, declared))
    return {
        "backtest": backtest_frame(known.moment, forecasts),
        "backtest_scores": scores_frame(
            known.moment, BASE_SCENARIO, scores(forecasts, declared.methods)
        ),
    }


def _backtest(
    connection: duckdb.DuckDBPyConnection,
    inputs: ValuationInputs,
    base: Scenario,
    declared: Declarations,
) -> tuple[Forecast, ...]:
    since = declared.methods.backtest.since
    origins = [
        Origin(number, known_from, read_as_of(connection, known_from).of(base.ticker))
        for number, known_from in connection.execute(
            NEW_QUARTERS_SQL,
            [base.ticker, since, inputs.known_at, base.ticker, base.cloud_segment],
        ).fetchall()
    ]
    asked = [
        target.market_value_usd
        for thesis in declared.about(inputs.ticker)
        for target in thesis.targets
    ]
    price, shares = inputs.find("share_price"), inputs.find("shares_outstanding")
    ratio = min(asked) / (price.value * shares.value) if asked and price and shares else None
    return backtest(origins, base, inputs.history, declared.methods, ratio)
