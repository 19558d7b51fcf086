"""Valuation of a published warehouse, for the command line: what is asked, and how it is printed.

Belongs here: choosing company, moment and scenario, and laying results out. Does not belong here:
any formula (room `valuation`), or what a refresh stores (`valuing`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

import duckdb
import polars as pl
from rich.table import Table

from orchestration.build import BuildError, connect
from orchestration.populations import read_population
from orchestration.settings import Settings, parse_moment
from orchestration.valuation_store import Knowledge, read_as_of, read_signals, read_today
from orchestration.valuing import Declarations, backtest_every_company, difference, stored
from registry.assumptions import BASE_SCENARIO, Scenario, Target
from registry.models import RegistryError, parse, read_yaml
from valuation.company import CompanyValuation, Known, value_company
from valuation.errors import ValuationError
from valuation.outlook_frames import Run, difference_frame, reverse_frame
from valuation.provenance import Figure
from valuation.reverse import reverse
from valuation.scenarios import plain, position, value_scenario

LEAST_PIECE = 1024
"""Draws that are worth a task of their own."""
BILLION, TRILLION = 1e9, 1e12
_MARKET_VALUE = re.compile(
    r"\$?(?P<number>\d+(?:\.\d+)?(?:e\d+)?)\s*(?P<scale>[TB]?)", re.IGNORECASE
)
_SCALES = {"": 1.0, "B": BILLION, "T": TRILLION}


def parse_market_value(text: str) -> float:
    """A market value in USD from 3.0T, 850B or plain dollars; ValueError for anything else."""
    found = _MARKET_VALUE.fullmatch(text.strip())
    usd = float(found["number"]) * _SCALES[found["scale"].upper()] if found else 0.0
    if not 0 < usd < inf:
        raise ValueError(f"{text!r} is not a market value; write 3.0T, 850B or dollars")
    return usd


def _declared(company: str | None, scenario: Path | None) -> tuple[Declarations, str]:
    """The declarations to value by, and the company: that of the file if one is given."""
    declared = Declarations.load()
    if scenario is None:
        ticker = (company or declared.tickers()[0]).upper()
        if ticker not in declared.tickers():
            known = ", ".join(declared.tickers())
            raise RegistryError(f"no scenario is declared for {ticker}; declared: {known}")
        return declared, ticker
    given = parse(Scenario, read_yaml(scenario), scenario.name)
    if company is not None and company.upper() != given.ticker:
        raise RegistryError(f"{scenario.name} is about {given.ticker}, not {company.upper()}")
    kept = [each for each in declared.scenarios if each.label != f"{given.ticker} {BASE_SCENARIO}"]
    own = given.model_copy(update={"name": BASE_SCENARIO})
    return replace(declared, scenarios=(*kept, own)), given.ticker


def _known(connection: duckdb.DuckDBPyConnection, as_of: str | None) -> Knowledge:
    return read_as_of(connection, parse_moment(as_of)) if as_of else read_today(connection)


def answer(
    settings: Settings,
    company: str | None,
    as_of: str | None,
    scenario: Path | None,
    draws: int | None,
    seed: int | None,
) -> CompanyValuation:
    """A company valued from the published warehouse; errors as `value_company`."""
    declared, ticker = _declared(company, scenario)
    simulation = declared.methods.simulation
    changed = {"draws": draws, "draws_at_once": draws and _piece(draws, simulation.draws_at_once)}
    given = {name: each for name, each in {**changed, "seed": seed}.items() if each is not None}
    methods = declared.methods.model_copy(
        update={"simulation": simulation.model_copy(update=given)}
    )
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        known = _known(connection, as_of)
        population = read_population(connection, settings, known, declared)
        signals = read_signals(connection) if as_of is None else ()
    return value_company(
        Known(known.of(ticker), population, signals),
        declared.scenarios,
        declared.theses,
        methods,
        settings.threads,
    )


def hindsight(company: str | None, as_of: str | None, scenario: Path | None) -> list[str]:
    """What a value as of a moment knows of later: drivers somebody wrote down after it."""
    if as_of is None:
        return []
    declared, ticker = _declared(company, scenario)
    base, day = declared.base(ticker), parse_moment(as_of).date()
    drivers = base.drivers if base else {}
    later = [name for name, each in drivers.items() if not each.input and each.dated > day]
    if not later:
        return []
    return [
        f"{len(later)} of {len(drivers)} drivers of the base scenario were written down after {day}"
        f" and are used as they are: {', '.join(later)}"
    ]


def _piece(draws: int, at_once: int) -> int:
    """The largest even piece, no larger than declared, that divides the draws.

    Raises ValuationError where there is none, or none long enough to be worth drawing at once.
    """
    pieces = (size for size in range(min(draws, at_once), 1, -1) if not (size % 2 or draws % size))
    piece = next(pieces, 0)
    if piece == 0:
        raise ValuationError(f"{draws} draws cannot be halved; give an even number")
    if piece < min(draws, LEAST_PIECE):
        raise ValuationError(
            f"{draws} draws fall into pieces of {piece}; give a multiple of {LEAST_PIECE}"
        )
    return piece


def printed(found: CompanyValuation) -> "list[object]":
    """The scenarios and the events as tables."""
    values = Table("scenario", "equity", "a share", "close", "against it", "rests on")
    for row in found.table("scenarios").iter_rows(named=True):
        values.add_row(
            f"{row['ticker']} {row['scenario']}",
            _trillions(row["equity_value_usd"]),
            f"${row['value_per_share_usd']:,.2f}",
            "" if row["share_price_usd"] is None else f"${row['share_price_usd']:,.2f}",
            "" if row["upside_ratio"] is None else f"{row['upside_ratio']:+.1%}",
            ", ".join(each for each in (row["status"], row["evidence"]) if each),
        )
    events = Table("target", "event", "probability", "standard error", "draws")
    for row in found.table("simulation_events").iter_rows(named=True):
        chance = row["probability_ratio"]
        events.add_row(
            _trillions(row["target_usd"]),
            row["event"].replace("_", " "),
            row["missing_reason"] if chance is None else f"{chance:.1%}",
            "" if chance is None else f"{row['standard_error_ratio']:.3%}",
            f"{row['draws']:,}",
        )
    return [values, events] if events.row_count else [values]


def solved(
    settings: Settings,
    target_usd: float,
    drivers: Sequence[str],
    company: str | None,
    as_of: str | None,
    scenario: Path | None,
) -> pl.DataFrame:
    """Table `reverse` for one target: each driver alone; errors as `reverse`."""
    declared, ticker = _declared(company, scenario)
    base = declared.base(ticker)
    if base is None:
        raise RegistryError(f"no base scenario is declared for {ticker}")
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        inputs = _known(connection, as_of).of(ticker)
    result = value_scenario(inputs, base)
    target = Target(name="asked", market_value_usd=target_usd)
    found = reverse(
        position(inputs, base.cloud_segment),
        base,
        plain(result.drivers),
        [target],
        declared.methods.solver,
        drivers,
    )
    return reverse_frame(Run(ticker, base.name, inputs.known_at), found, "", result.equity)


def solved_table(found: pl.DataFrame) -> Table:
    """Each driver with its base, its declared range and what reaches the target."""
    table = Table("driver", "base", "declared range", "reaches it at", "")
    for row in found.iter_rows(named=True):
        table.add_row(
            row["driver"],
            _number(row["base_value"]),
            f"{_number(row['low'])} to {_number(row['high'])}",
            "" if row["solved_value"] is None else _number(row["solved_value"]),
            row["reason"] or "",
        )
    return table


def backtested(settings: Settings, company: str | None, scenario: Path | None) -> pl.DataFrame:
    """Table `backtest_scores` of the companies asked for, computed anew."""
    declared, ticker = _declared(company, scenario)
    if company or scenario:
        own = tuple(each for each in declared.scenarios if each.ticker == ticker)
        declared = replace(declared, scenarios=own)
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        return backtest_every_company(connection, read_today(connection), declared)[
            "backtest_scores"
        ]


def scores_table(found: pl.DataFrame) -> Table:
    """Losses as shares of the amount at the origin; lower is better."""
    table = Table(
        "company", "target", "method", "origins", "worth", "CRPS", "error", "50 %", "80 %", "90 %",
        "Brier",
    )  # fmt: skip
    for row in found.iter_rows(named=True):
        table.add_row(
            row["ticker"] or "all",
            row["target"],
            row["method"],
            str(row["origins"]),
            f"{row['effective_origins']:.1f}",
            f"{row['crps_ratio']:.3f}",
            f"{row['mean_absolute_error_ratio']:.1%}",
            *(f"{row[f'coverage_{each}_ratio']:.0%}" for each in (50, 80, 90)),
            "" if row["brier"] is None else f"{row['brier']:.3f}",
        )
    return table


def sentences(found: pl.DataFrame) -> Iterator[str]:
    """Whether the method beat forecasts that know nothing, target by target, in plain words."""
    for row in found.filter(pl.col("skill_ratio").is_not_null()).iter_rows(named=True):
        verb = "beats" if row["beats_naive"] else "does not beat"
        error = row["skill_error_ratio"]
        spread = "" if error is None else f" ± {error:.0%}"
        doubt = ", too few to tell from chance" if row["comparison"] == "undecided" else ""
        yield (
            f"{row['ticker'] or 'all companies'}, {row['target']}: the model {verb} the best"
            f" forecast that knows nothing (CRPS {-row['skill_ratio']:+.0%}{spread}), over"
            f" {row['origins']} origins worth {row['effective_origins']:.1f}{doubt}"
        )


def differences(settings: Settings, run_a: str, run_b: str, company: str | None) -> pl.DataFrame:
    """Table `run_diff` of two runs the warehouse keeps; BuildError for one it does not keep."""
    declared, ticker = _declared(company, None)
    base = declared.base(ticker)
    if base is None:
        raise RegistryError(f"no base scenario is declared for {ticker}")
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        kept = [stored(connection, run, ticker, base.cloud_segment) for run in (run_a, run_b)]
        first, second = kept
        if first is None or second is None:
            missing = run_a if first is None else run_b
            raise BuildError(
                f"the warehouse keeps no base valuation of {ticker} by run {missing};"
                ' plumbline sql "from valuation.runs" lists its runs'
            )
        parts = difference(connection, first, second)
    whole = Figure(second.equity_usd, "USD", "assumed")
    run = Run(ticker, BASE_SCENARIO, second.inputs.known_at)
    return difference_frame(run, parts, run_a, first.inputs.known_at, whole, run_a)


def differences_table(found: pl.DataFrame, run_a: str, run_b: str) -> Table:
    """The parts in order, from the first value to the second."""
    table = Table("", "equity", "change", "", title=f"{run_a} to {run_b}", title_justify="left")
    first, last = found.row(0, named=True), found.row(-1, named=True)
    table.add_row(
        run_a, _millions(first["before_usd"]), "", f"known {first['from_known_at']:%Y-%m-%d}"
    )
    for row in found.iter_rows(named=True):
        change = f"{row['change_usd'] / 1e6:+,.0f}m"
        table.add_row(row["part"].replace("_", " "), "", change, row["meaning"])
    table.add_row(run_b, _millions(last["after_usd"]), "", f"known {last['known_at']:%Y-%m-%d}")
    return table


def _trillions(usd: float) -> str:
    return f"${usd / TRILLION:,.3f}T"


def _millions(usd: float) -> str:
    return f"${usd / 1e6:,.0f}m"


def _number(number: float) -> str:
    return f"{number / BILLION:,.1f}bn" if abs(number) >= BILLION else f"{number:.4g}"
