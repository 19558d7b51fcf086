"""Valuation: the marts' inputs and the declared assumptions into schema `valuation`.

Belongs here: reading inputs, calling the valuation room, writing its frames. Does not belong here:
any formula.
"""

from collections.abc import Iterator, Sequence

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
    MetadataValue,
    multi_asset,
)
from dagster_dbt import get_asset_key_for_model

from ingest.warehouse import known_until
from orchestration.assets.raw import OWNERS
from orchestration.metadata import figures
from orchestration.populations import read_population, stored_population
from orchestration.resources import Project
from orchestration.retries import by_kind_of_error
from orchestration.valuation_store import (
    describe_run,
    drop_results,
    read_today,
    save_results,
)
from orchestration.valuing import (
    Declarations,
    backtest_every_company,
    run_inputs,
    table_of,
    value_every_company,
)
from valuation.company import CompanyValuation
from valuation.outlook_frames import growth_frame
from valuation.schema import TABLES

GROUP = "valuation"
VALUED_CHECK = "every_thesis_is_valued"
ORDER_CHECK = "bear_base_and_bull_are_in_order"
BRIDGE_CHECK = "bridge_adds_up_to_equity"
CHANGE_CHECK = "parts_of_a_change_sum_to_it"
BRIDGE_TOLERANCE_USD = 1.0
BACKTEST_TABLES = ("backtest", "backtest_scores")
VALUED_TABLES = tuple(name for name in TABLES if name not in BACKTEST_TABLES)
READ_MODELS = ("fct_valuation_inputs", "fct_metrics", "fct_thesis_signals", "dim_filing")


def valuation_key(table: str) -> AssetKey:
    """The key of a valuation table's asset."""
    return AssetKey(["valuation", table])


def build_valuation_assets(project: Project, models: AssetsDefinition) -> list[AssetsDefinition]:
    """The tables of one valuation run, the checks on them, and the same method as of the past."""
    deps = [get_asset_key_for_model([models], model) for model in READ_MODELS]

    @multi_asset(
        name="value_scenarios",
        specs=[_spec(table, deps) for table in VALUED_TABLES],
        check_specs=[
            AssetCheckSpec(
                VALUED_CHECK,
                asset=valuation_key("gaps"),
                description="No company is left without a value for want of a filed figure.",
            ),
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
            AssetCheckSpec(
                CHANGE_CHECK,
                asset=valuation_key("run_diff"),
                blocking=True,
                description="The parts of a change of value sum to it, to the dollar.",
            ),
        ],
    )
    @by_kind_of_error
    def value_declared_scenarios(
        context: AssetExecutionContext,
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        declared = Declarations.load()
        with project.build(context.run_id) as connection:
            known = read_today(connection)
            if known_until(connection) is not None:
                drop_results(connection)
            settings = project.settings
            population = read_population(connection, settings, known, declared)
            run = describe_run(known, project.registry.content_hash, population)
            valued = value_every_company(
                connection, known, run, declared, population, settings.threads
            )
            tables = {table: table_of(valued, table) for table in VALUED_TABLES}
            tables["growth_achieved"] = growth_frame(known.moment, population)
            tables["run_inputs"] = run_inputs(known, declared)
            save_results(connection, run, tables)
        metadata = {
            "run": MetadataValue.text(run.run_id),
            "base rates of": MetadataValue.text(population.name),
            **figures(_per_share(valued)),
        }
        for table in VALUED_TABLES:
            own = {**metadata, **figures(_chances(valued) if table == "simulation_events" else {})}
            yield MaterializeResult(asset_key=valuation_key(table), metadata=own)
        yield from _checks(valued)

    @multi_asset(
        name="backtest_scenarios",
        specs=[_spec(table, [*deps, valuation_key("scenarios")]) for table in BACKTEST_TABLES],
    )
    @by_kind_of_error
    def backtest_declared_scenarios(
        context: AssetExecutionContext,
    ) -> Iterator[MaterializeResult[None]]:
        with project.build(context.run_id) as connection:
            known = read_today(connection)
            population = stored_population(connection)
            run = describe_run(known, project.registry.content_hash, population)
            tables = backtest_every_company(connection, known, Declarations.load())
            save_results(connection, run, tables)
        skill = {
            f"{row['ticker'] or 'all'} {row['target']} skill (ratio)": row["skill_ratio"]
            for row in tables["backtest_scores"].iter_rows(named=True)
            if row["skill_ratio"] is not None
        }
        for table in BACKTEST_TABLES:
            yield MaterializeResult(asset_key=valuation_key(table), metadata=figures(skill))

    return [value_declared_scenarios, backtest_declared_scenarios]


def _spec(table: str, deps: Sequence[AssetKey]) -> AssetSpec:
    return AssetSpec(
        valuation_key(table),
        deps=deps,
        group_name=GROUP,
        description=TABLES[table].description,
        owners=OWNERS,
        kinds={"duckdb", "python"},
    )


def _chances(valued: Sequence[CompanyValuation]) -> dict[str, float | str | None]:
    return {
        f"{row['ticker']} {row['event']} {row['target']} (probability)": row["probability_ratio"]
        for row in table_of(valued, "simulation_events").iter_rows(named=True)
    }


def _per_share(valued: Sequence[CompanyValuation]) -> dict[str, float | str | None]:
    return {
        f"{row['ticker']} {row['scenario']} (USD a share)": row["value_per_share_usd"]
        for row in table_of(valued, "scenarios").iter_rows(named=True)
    }


def _checks(valued: Sequence[CompanyValuation]) -> Iterator[AssetCheckResult]:
    gaps = table_of(valued, "gaps")
    yield AssetCheckResult(
        check_name=VALUED_CHECK,
        asset_key=valuation_key("gaps"),
        passed=gaps.is_empty(),
        severity=AssetCheckSeverity.WARN,
        metadata=figures({row["ticker"]: row["reason"] for row in gaps.iter_rows(named=True)}),
    )
    yield AssetCheckResult(
        check_name=ORDER_CHECK,
        asset_key=valuation_key("scenarios"),
        passed=all(each.order.holds for each in valued if each.order),
        severity=AssetCheckSeverity.WARN,
        metadata=figures(_per_share(valued)),
    )
    differences = (
        table_of(valued, "scenario_bridge")
        .group_by("ticker", "scenario")
        .agg(
            (
                pl.col("value_usd").filter(~pl.col("is_total")).sum()
                - pl.col("value_usd").filter("is_total").sum()
            )
            .abs()
            .alias("gap_usd")
        )
    )
    yield AssetCheckResult(
        check_name=BRIDGE_CHECK,
        asset_key=valuation_key("scenario_bridge"),
        passed=differences.filter(pl.col("gap_usd") > BRIDGE_TOLERANCE_USD).is_empty(),
        metadata=figures(
            {f"{ticker} {scenario} gap (USD)": gap for ticker, scenario, gap in differences.rows()}
        ),
    )
    key = ("ticker", "compared_with")
    parts = table_of(valued, "run_diff").sort(*key, "step")
    whole = parts.group_by(*key, maintain_order=True).agg(
        pl.col("change_usd").sum(), pl.col("before_usd").first(), pl.col("after_usd").last()
    )
    yield AssetCheckResult(
        check_name=CHANGE_CHECK,
        asset_key=valuation_key("run_diff"),
        passed=bool((whole["before_usd"] + whole["change_usd"] == whole["after_usd"]).all()),
        metadata=figures(
            {
                f"{row['ticker']} {row['compared_with']} {row['part']} (USD)": row["change_usd"]
                for row in parts.iter_rows(named=True)
            }
        ),
    )
