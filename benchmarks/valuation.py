"""What valuation costs, each time beside a peer or a floor in the same run.

Run with `python -m benchmarks.valuation` from the root; it works on a copy of the published
warehouse, so `make run` comes first. Those compared take turns, so that a slow phase of the machine
meets all of them, after one turn nobody counts; a ratio is that of one turn. Printed are the least,
the median and the greatest. Four things are measured:

1. draws of six correlated drivers over the declared years, and quantiles of the equity value, on
   two threads, beside NumPy drawing as many correlated normals and taking the same percentiles of
   one of them: the faster of its methods counts, from the same kind of random stream;
2. one valuation of very many, and one by itself with its path, bridge and evidence, beside
   FinanceToolkit's discounted cash flow, called once each (it takes one cash flow and one growth);
3. the whole valuation asset but the backtest, beside reading its inputs and drawing its normals;
4. the backtest, beside reading what was known at each filing and drawing its normals.

`--strict` ends with 1 on a missed target.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from shutil import copyfile
from typing import NamedTuple

import duckdb
import numpy as np
from financetoolkit.models.intrinsic_model import get_intrinsic_value

from orchestration.assets.valuation import VALUED_TABLES
from orchestration.build import connect
from orchestration.populations import own_population
from orchestration.settings import load_settings
from orchestration.valuation_store import (
    Knowledge,
    describe_run,
    read_as_of,
    read_today,
    save_results,
)
from orchestration.valuing import (
    NEW_QUARTERS_SQL,
    Declarations,
    backtest_every_company,
    run_inputs,
    table_of,
    value_every_company,
)
from registry.assumptions import Correlation, Scenario
from registry.models import load_registry
from valuation.inputs import ValuationInputs
from valuation.model import equity_value
from valuation.outlook import prepare
from valuation.scenarios import plain, position, value_scenario
from valuation.simulation import DrawnDrivers, Sampling, simulate

TICKER = "AMZN"
SIX_DRIVERS = (
    "cloud_growth_now",
    "cloud_growth_fade",
    "cloud_margin_now",
    "cloud_margin_terminal",
    "cloud_sales_to_capital",
    "wacc",
)
CORRELATION = 0.3
THREADS = 2
ROUNDS = 15
LONG_ROUNDS = 5
CALLS = 1000
NUMPY_METHODS = ("svd", "cholesky")
"""The default of NumPy's multivariate normal, and the one that needs least work."""

MOST_TIMES_NUMPY = 1.5
LEAST_TIMES_FINANCETOOLKIT = 500
MOST_ASSET_SECONDS = 3
MOST_BACKTEST_SECONDS = 20

Timings = Mapping[str, list[float]]


class Target(NamedTuple):
    """What a figure is held against."""

    figure: float
    says: str
    is_met: bool


def main() -> int:
    """Print the measurements; 1 with --strict on a missed target."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--strict", action="store_true")
    chosen = arguments.parse_args()
    settings = load_settings()
    if not settings.warehouse_path.exists():
        sys.exit(f"{settings.warehouse_path} is not there; make it with `make run`")
    declared = Declarations.load()
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "warehouse.duckdb"
        copyfile(settings.warehouse_path, copy)
        with connect(copy, settings) as connection:
            known = read_today(connection)
            inputs, base = known.of(TICKER), declared.base(TICKER)
            if base is None:
                sys.exit(f"no base scenario is declared for {TICKER}")
            targets = [
                measure_simulation(inputs, base, declared, chosen.rounds),
                measure_valuations(inputs, base, declared, chosen.rounds),
                measure_asset(connection, declared),
                measure_backtest(connection, known, declared),
            ]
    for target in targets:
        print(f"{target.says}: {target.figure:.3g}{'' if target.is_met else ' (missed)'}")
    return int(chosen.strict and not all(target.is_met for target in targets))


def measure_simulation(
    inputs: ValuationInputs, base: Scenario, declared: Declarations, rounds: int
) -> Target:
    """Draws of six correlated drivers and the quantiles of equity, beside NumPy's normals."""
    methods = declared.methods
    setting = methods.simulation
    six = only_six_vary(base)
    drawn = prepare(inputs, six, methods)[1]
    held = position(inputs, six.cloud_segment)
    sampling = Sampling(setting.draws, setting.draws_at_once, setting.seed, THREADS)

    def ours() -> None:
        sample = simulate(drawn, lambda each: {"equity": equity_value(held, each)}, sampling)
        sample["equity"].quantiles(setting.quantiles)

    turns = {"ours": ours} | {
        name: lambda name=name: numpy_alone(drawn, name, setting.draws, setting.quantiles)
        for name in NUMPY_METHODS
    }
    timings = in_turn(turns, rounds)
    print(f"\n{setting.draws:,} draws of {len(SIX_DRIVERS)} correlated drivers, {THREADS} threads")
    show(timings)
    fastest = min(NUMPY_METHODS, key=lambda name: statistics.median(timings[name]))
    ratio = show_ratio(timings, "ours", fastest)
    return Target(
        ratio, f"draws, times NumPy (at most {MOST_TIMES_NUMPY})", ratio <= MOST_TIMES_NUMPY
    )


def only_six_vary(base: Scenario) -> Scenario:
    """The base scenario with six distributions as declared, each pair of them correlated."""
    return base.model_copy(
        update={
            "drivers": {
                name: assumption
                if name in SIX_DRIVERS
                else assumption.model_copy(update={"distribution": None})
                for name, assumption in base.drivers.items()
            },
            "correlations": tuple(
                Correlation(
                    drivers=pair,
                    value=CORRELATION,
                    basis="judgement",
                    rationale="Every pair, so that none of the work is left out.",
                    dated=date(2026, 11, 28),
                )
                for pair in itertools.combinations(SIX_DRIVERS, 2)
            ),
        }
    )


def numpy_alone(drawn: DrawnDrivers, method: str, draws: int, quantiles: tuple[float, ...]) -> None:
    """As many correlated normals as we draw, and percentiles of as many values."""
    size = len(drawn.marginals)
    scores = np.random.Generator(np.random.SFC64(1)).multivariate_normal(
        np.zeros(size), drawn.root @ drawn.root.T, size=draws, method=method
    )
    np.percentile(scores[:, 0], [100 * each for each in quantiles])


def measure_valuations(
    inputs: ValuationInputs, base: Scenario, declared: Declarations, rounds: int
) -> Target:
    """Seconds a valuation: of many at once, of one with all it says, and of the peer."""
    drawn = prepare(inputs, base, declared.methods)[1]
    held = position(inputs, base.cloud_segment)
    size = declared.methods.simulation.draws_at_once
    stream = np.random.Generator(np.random.SFC64(1))
    many = drawn.at_scores(stream.standard_normal((len(drawn.marginals), size // 2)))
    one = plain(prepare(inputs, base, declared.methods)[0])
    peer = {
        "cash_flow": inputs.get("ttm_operating_income").value * (1 - one["tax_rate"]),
        "growth_rate": one["cloud_growth_now"],
        "perpetual_growth_rate": one["cloud_growth_terminal"],
        "weighted_average_cost_of_capital": one["wacc"],
        "cash_and_cash_equivalents": inputs.get("cash").value,
        "total_debt": inputs.get("debt").value,
        "shares_outstanding": inputs.get("diluted_shares").value,
        "periods": int(one["forecast_years"]),
    }
    many_name, one_name, result_name, peer_name = (
        f"ours, one of {size:,} at once",
        "ours, one number",
        "ours, one with path, bridge and evidence",
        "FinanceToolkit, one",
    )
    timings = in_turn(
        {
            many_name: lambda: equity_value(held, many),
            one_name: lambda: repeat(lambda: equity_value(held, one)),
            result_name: lambda: repeat(lambda: value_scenario(inputs, base)),
            peer_name: lambda: repeat(lambda: get_intrinsic_value(**peer)),
        },
        rounds,
    )
    each = {
        name: [seconds / (size if name == many_name else CALLS) for seconds in taken]
        for name, taken in timings.items()
    }
    print(f"\none valuation over {peer['periods']} years")
    show(each)
    show_ratio(each, peer_name, one_name)
    show_ratio(each, peer_name, result_name)
    ratio = show_ratio(each, peer_name, many_name)
    least = LEAST_TIMES_FINANCETOOLKIT
    return Target(
        ratio, f"a valuation, times as fast as the peer (at least {least})", ratio >= least
    )


def repeat(call: Callable[[], object]) -> None:
    """Call it many times, so that the clock's own grain does not show."""
    for _ in range(CALLS):
        call()


def measure_asset(connection: duckdb.DuckDBPyConnection, declared: Declarations) -> Target:
    """Every output but the backtest, read, computed and saved."""
    registry_hash = load_registry().content_hash
    simulation = declared.methods.simulation

    def ours() -> None:
        known = read_today(connection)
        run = describe_run(known, registry_hash)
        valued = value_every_company(
            connection, known, run, declared, own_population(connection, known, declared), THREADS
        )
        tables = {table: table_of(valued, table) for table in VALUED_TABLES}
        tables["run_inputs"] = run_inputs(known, declared)
        save_results(connection, run, tables)

    def floor() -> None:
        read_today(connection)
        for base in bases(declared):
            draw_normals(base, simulation.draws)

    return measure_whole(
        "the valuation asset", ours, "its inputs read, its normals drawn", floor, MOST_ASSET_SECONDS
    )


def measure_backtest(
    connection: duckdb.DuckDBPyConnection, known: Knowledge, declared: Declarations
) -> Target:
    """Every company's base scenario at every filing, scored and saved."""
    run = describe_run(known, load_registry().content_hash)
    setting = declared.methods.backtest

    def ours() -> None:
        save_results(connection, run, backtest_every_company(connection, known, declared))

    def floor() -> None:
        for base in bases(declared):
            moment = known.known_at(base.ticker)
            filings = connection.execute(
                NEW_QUARTERS_SQL,
                [base.ticker, setting.since, moment, base.ticker, base.cloud_segment],
            )
            for _, known_from in filings.fetchall():
                read_as_of(connection, known_from).of(base.ticker)
                draw_normals(base, setting.draws)

    return measure_whole(
        "the backtest", ours, "its origins' inputs read, its normals drawn", floor,
        MOST_BACKTEST_SECONDS,
    )  # fmt: skip


def measure_whole(
    name: str, ours: Callable[[], None], floor_name: str, floor: Callable[[], None], most: float
) -> Target:
    """Seconds of a whole step beside its floor."""
    timings = in_turn({name: ours, floor_name: floor}, LONG_ROUNDS)
    print(f"\n{name}")
    show(timings)
    show_ratio(timings, name, floor_name)
    seconds = statistics.median(timings[name])
    return Target(seconds, f"{name}, seconds (below {most})", seconds < most)


def bases(declared: Declarations) -> list[Scenario]:
    """The base scenario of each company that has one."""
    found = (declared.base(ticker) for ticker in declared.tickers())
    return [base for base in found if base is not None]


def draw_normals(base: Scenario, draws: int) -> None:
    """One a draw for each driver that varies and for the price."""
    stream = np.random.Generator(np.random.SFC64(1))
    stream.standard_normal((len(base.uncertain_drivers) + 1, draws))


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int) -> Timings:
    """Wall seconds of each call in each round, after a round that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - started)
    return {name: taken[1:] for name, taken in seconds.items()}


def show(timings: Timings) -> None:
    """Least, median and greatest seconds of each."""
    print(f"{'':<44}{'least':>10}{'median':>10}{'greatest':>10}")
    for name, taken in timings.items():
        figures = (min(taken), statistics.median(taken), max(taken))
        print(f"{name:<44}" + "".join(f"{each:>10.3g}" for each in figures) + " s")


def show_ratio(timings: Timings, one: str, other: str) -> float:
    """Print least, median and greatest of the rounds' ratios; the median."""
    ratios = [first / second for first, second in zip(timings[one], timings[other], strict=True)]
    figures = (min(ratios), statistics.median(ratios), max(ratios))
    print(f"{one} / {other}: " + ", ".join(f"{each:.3g}" for each in figures))
    return statistics.median(ratios)


if __name__ == "__main__":
    sys.exit(main())
