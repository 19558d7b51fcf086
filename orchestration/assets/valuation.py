"""Valuation: the marts' inputs and the declared assumptions into schema `valuation`.

Belongs here: reading inputs, calling the valuation room, writing its frames. Does not belong here:
any formula.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)
from dagster_dbt import get_asset_key_for_model

from orchestration.assets.raw import OWNERS
from orchestration.metadata import figures
from orchestration.resources import Project
from orchestration.valuation_store import describe_run, read_inputs, save_results
from registry.assumptions import load_scenarios, load_theses
from valuation.frames import (
    multiples_frame,
    scenario_bridge_frame,
    scenario_drivers_frame,
    scenario_paths_frame,
    scenarios_frame,
)
from valuation.inputs import ValuationInputs
from valuation.multiples import implied_multiples
from valuation.scenarios import ScenarioOrder, ScenarioResult, check_order, value_scenarios

GROUP = "valuation"
ORDER_CHECK = "bear_base_and_bull_are_in_order"
BRIDGE_CHECK = "bridge_adds_up_to_equity"
BRIDGE_TOLERANCE_USD = 1.0
TABLES = {
    "scenarios": "What each scenario says a company is worth. One row per run, company, scenario.",
    "scenario_drivers": "Assumptions used, with their standing. One row per scenario and driver.",
    "scenario_paths": "Year by year. One row per scenario, part and forecast year.",
    "scenario_bridge": "From operations to equity. One row per scenario and step.",
    "multiples": "Price and multiple each target implies. One row per target and earnings basis.",
}


def valuation_key(table: str) -> AssetKey:
    """The key of a valuation table's asset."""
    return AssetKey(["valuation", table])


def build_valuation_assets(project: Project, models: AssetsDefinition) -> AssetsDefinition:
    """The five tables of one valuation run, and the checks on them."""
    inputs_key = get_asset_key_for_model([models], "fct_valuation_inputs")

    @multi_asset(
        name="value_scenarios",
        specs=[
            AssetSpec(
                valuation_key(table),
                deps=[inputs_key],
                group_name=GROUP,
                description=description,
                owners=OWNERS,
                kinds={"duckdb", "python"},
            )
            for table, description in TABLES.items()
        ],
        check_specs=[
            AssetCheckSpec(
                ORDER_CHECK,
                asset=valuation_key("scenarios"),
                description="Bear is worth no more than base, base no more than bull.",
            ),
            AssetCheckSpec(
                BRIDGE_CHECK,
                asset=valuation_key("scenario_bridge"),
                blocking=True,
                description="The steps of the bridge add up to the equity value of the scenario.",
            ),
        ],
        pool="warehouse",
    )
    def value_declared_scenarios(
        context: AssetExecutionContext,
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        with project.build(context.run_id) as connection:
            rows = read_inputs(connection)
            known_at = rows["known_from"].max()
            valued = _value(rows, known_at)
            run = describe_run(rows, known_at, project.registry.content_hash)
            save_results(connection, run, valued.frames)
        metadata = {"run": run.run_id, **figures(valued.per_share())}
        for table in TABLES:
            yield MaterializeResult(asset_key=valuation_key(table), metadata=metadata)
        yield from _checks(valued)

    return value_declared_scenarios


@dataclass(frozen=True)
class Valued:
    """Everything one valuation run found."""

    orders: tuple[ScenarioOrder, ...]
    results: tuple[ScenarioResult, ...]
    frames: Mapping[str, pl.DataFrame]

    def per_share(self) -> dict[str, float | str | None]:
        """USD a share by company and scenario."""
        return {
            f"{result.ticker} {result.scenario} (USD a share)": result.value_per_share.value
            for result in self.results
        }


def _value(rows: pl.DataFrame, known_at: datetime) -> Valued:
    scenarios, theses = load_scenarios(), load_theses()
    tickers = sorted({scenario.ticker for scenario in scenarios})
    inputs = {
        ticker: ValuationInputs.from_rows(rows.iter_rows(named=True), ticker, known_at)
        for ticker in tickers
    }
    results = {ticker: value_scenarios(inputs[ticker], scenarios) for ticker in tickers}
    every_result = tuple(result for ticker in tickers for result in results[ticker])
    multiples = [
        multiple for thesis in theses for multiple in implied_multiples(inputs[thesis.ticker], thesis)
    ]
    return Valued(
        orders=tuple(check_order(results[ticker]) for ticker in tickers),
        results=every_result,
        frames={
            "scenarios": scenarios_frame(every_result),
            "scenario_drivers": scenario_drivers_frame(every_result),
            "scenario_paths": scenario_paths_frame(every_result),
            "scenario_bridge": scenario_bridge_frame(every_result),
            "multiples": multiples_frame(multiples),
        },
    )


def _checks(valued: Valued) -> Iterator[AssetCheckResult]:
    yield AssetCheckResult(
        check_name=ORDER_CHECK,
        asset_key=valuation_key("scenarios"),
        passed=all(order.holds for order in valued.orders),
        severity=AssetCheckSeverity.WARN,
        metadata=figures(valued.per_share()),
    )
    gaps = {
        f"{result.ticker} {result.scenario}": abs(
            sum(step.figure.value for step in result.bridge if not step.is_total)
            - result.equity.value
        )
        for result in valued.results
    }
    yield AssetCheckResult(
        check_name=BRIDGE_CHECK,
        asset_key=valuation_key("scenario_bridge"),
        passed=max(gaps.values()) < BRIDGE_TOLERANCE_USD,
        metadata=figures({f"{name} gap (USD)": gap for name, gap in gaps.items()}),
    )
