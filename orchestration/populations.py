"""Whose growth base rates are counted from: the companies on hand, and every filer where loaded.

What was counted is kept with the results, so that they can be had again when the universe has
grown.

Belongs here: which rows are read from where. Does not belong here: counting them (room
`valuation`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import polars as pl

from orchestration.build import connect
from orchestration.settings import Settings
from orchestration.valuation_store import Knowledge, current_results
from orchestration.valuing import Declarations
from registry.methods import HORIZONS_YEARS
from valuation.provenance import Figure
from valuation.reverse import Achieved, Population

OWN = "the companies on hand"
SPANS = {1: "one_year", 3: "three_years", 5: "five_years", 10: "ten_years"}
SPAN_SQL = """
select
    ticker, fiscal_quarter, {years} as horizon_years,
    cast({name}_ago_ttm_revenue_usd as double) as start_usd,
    revenue_growth_{years}y_ratio as growth, evidence, accession_numbers
from marts.revenue_growth_as_of($moment)
where revenue_growth_{years}y_ratio is not null and {name}_ago_ttm_revenue_usd >= $least
"""
GROWTH_SQL = (
    " union all ".join(SPAN_SQL.format(years=years, name=SPANS[years]) for years in HORIZONS_YEARS)
    + " order by ticker, fiscal_quarter, horizon_years"
)


def own_population(
    connection: duckdb.DuckDBPyConnection, known: Knowledge, declared: Declarations
) -> Population:
    """The growth that the warehouse's companies had achieved by then.

    Of those alone that were as large as the smallest cloud segment that is valued.
    """
    given = {"moment": known.moment, "least": _least_revenue(known, declared)}
    return Population(OWN, tuple(_achieved(connection, given)))


def read_population(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    known: Knowledge,
    declared: Declarations,
) -> Population:
    """The same, and that of every filer of the universe where one is published and has any.

    Of a company that both hold, the warehouse says more.
    """
    own = own_population(connection, known, declared)
    if not settings.universe_path.exists():
        return own
    companies = set(known.tickers())
    given = {"moment": known.moment, "least": _least_revenue(known, declared)}
    with connect(settings.universe_path, settings, read_only=True) as universe:
        (filers,) = universe.execute("select count(*) from marts.dim_company").fetchone() or (0,)
        others = [each for each in _achieved(universe, given) if each.company not in companies]
    if not others:
        return own
    achieved = (*own.achieved, *others)
    counted = {each.company for each in achieved}
    return Population(f"{len(counted):,} of {filers:,} filers, the large ones", achieved)


def stored_population(connection: duckdb.DuckDBPyConnection) -> Population:
    """What the results on hand were counted from."""
    rows = current_results(connection, "growth_achieved").to_dicts()
    return Population(
        rows[0]["population"] if rows else OWN,
        tuple(
            Achieved(
                row["ticker"],
                row["fiscal_quarter"],
                row["horizon_years"],
                row["start_revenue_usd"],
                _figure(row["growth_ratio"], row["evidence"], row["accession_numbers"]),
            )
            for row in rows
        ),
    )


def _least_revenue(known: Knowledge, declared: Declarations) -> float:
    clouds = {
        (ticker, base.cloud_segment)
        for ticker in declared.tickers()
        if (base := declared.base(ticker))
    }
    rows = known.inputs.filter(pl.col("input") == "ttm_segment_revenue").to_dicts()
    found = [
        float(row["value"])
        for row in rows
        if (row["ticker"], row["segment"]) in clouds and row["value"] is not None
    ]
    return min(found, default=0.0)


def _achieved(
    connection: duckdb.DuckDBPyConnection, given: Mapping[str, Any]
) -> Iterator[Achieved]:
    for row in connection.execute(GROWTH_SQL, dict(given)).fetchall():
        ticker, quarter, years, start_usd, growth, evidence, accession_numbers = row
        yield Achieved(
            ticker, quarter, years, start_usd, _figure(growth, evidence, accession_numbers)
        )


def _figure(growth: float, evidence: Any, accession_numbers: list[str]) -> Figure:
    return Figure(growth, "ratio", "derived", evidence, tuple(accession_numbers))
