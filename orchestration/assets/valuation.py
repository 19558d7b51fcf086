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
from orchestration.resources import Project
from orchestration.valuation_store import (
    describe_run,
    drop_results,
    read_inputs,
    save_results,
)
from orchestration.valuing import table_of, value_every_thesis
from valuation.frames import ValuationFrames

GROUP = "valuation"
VALUED_CHECK = "every_thesis_is_valued"
ORDER_CHECK = "bear_base_and_bull_are_in_order"
BRIDGE_CHECK = "bridge_adds_up_to_equity"
BRIDGE_TOLERANCE_USD = 1.0
TABLES = {
    "scenarios": "What each scenario says a company is worth. One row per run, company, scenario.",
    "scenario_drivers": "Assumptions used, with their standing. One row per scenario and driver.",
    "scenario_paths": "Year by year. One row per scenario, part and forecast year.",
    "scenario_bridge": "From operations to equity. One row per scenario and step.",
    "gaps": "Theses that could not be valued, and why. One row per thesis.",
    "multiples": "Price and multiple each target implies. One row per target and earnings basis.",
}


def valuation_key(table: str) -> AssetKey:
    """The key of a valuation table's asset."""
    return AssetKey(["valuation", table])


def build_valuation_assets(project: Project, models: AssetsDefinition) -> AssetsDefinition:
    """The tables of one valuation run, and the checks on them."""
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
                VALUED_CHECK,
                asset=valuation_key("gaps"),
                description="No thesis is left without a value for want of a filed figure.",
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
        ],
    )
    def value_declared_scenarios(
        context: AssetExecutionContext,
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        with project.build(context.run_id) as connection:
            rows = read_inputs(connection)
            is_of_the_past = known_until(connection) is not None
            if is_of_the_past:
                drop_results(connection)
            may_lack_figures = is_of_the_past or project.settings.source.is_partial
            valued = value_every_thesis(rows, may_lack_figures)
            run = describe_run(rows, project.registry.content_hash)
            save_results(connection, run, {table: table_of(valued, table) for table in TABLES})
        metadata = {"run": MetadataValue.text(run.run_id), **figures(_per_share(valued))}
        for table in TABLES:
            yield MaterializeResult(asset_key=valuation_key(table), metadata=metadata)
        yield from _checks(valued)

    return value_declared_scenarios


def _per_share(valued: Sequence[ValuationFrames]) -> dict[str, float | str | None]:
    return {
        f"{row['ticker']} {row['scenario']} (USD a share)": row["value_per_share_usd"]
        for row in table_of(valued, "scenarios").iter_rows(named=True)
    }


def _checks(valued: Sequence[ValuationFrames]) -> Iterator[AssetCheckResult]:
    gaps = table_of(valued, "gaps")
    yield AssetCheckResult(
        check_name=VALUED_CHECK,
        asset_key=valuation_key("gaps"),
        passed=gaps.is_empty(),
        severity=AssetCheckSeverity.WARN,
        metadata=figures({row["thesis"]: row["reason"] for row in gaps.iter_rows(named=True)}),
    )
    yield AssetCheckResult(
        check_name=ORDER_CHECK,
        asset_key=valuation_key("scenarios"),
        passed=all(frames.order.holds for frames in valued if frames.order),
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
