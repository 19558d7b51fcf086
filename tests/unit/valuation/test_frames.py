"""Frames: declared schemas, grains without twins, sums that survive the frame."""

from datetime import date

import polars as pl
import pytest

from registry.assumptions import DRIVERS, load_theses
from valuation import frames
from valuation.multiples import implied_multiples
from valuation.scenarios import value_scenarios


@pytest.fixture(scope="module")
def results(amazon, scenarios):
    return value_scenarios(amazon.inputs(), scenarios.values())


@pytest.mark.parametrize(
    ("build", "schema", "key"),
    [
        (frames.scenarios_frame, frames.SCENARIOS_SCHEMA, []),
        (frames.scenario_drivers_frame, frames.SCENARIO_DRIVERS_SCHEMA, ["driver"]),
        (frames.scenario_paths_frame, frames.SCENARIO_PATHS_SCHEMA, ["part", "forecast_year"]),
        (frames.scenario_bridge_frame, frames.SCENARIO_BRIDGE_SCHEMA, ["step"]),
    ],
)
def test_schema_and_grain(results, build, schema, key):
    frame = build(results)
    assert frame.schema == pl.Schema(schema)
    assert not frame.is_empty()
    assert not frame.select("ticker", "scenario", *key).is_duplicated().any()
    assert build([]).schema == frame.schema


def test_every_driver_of_every_scenario_is_shown(results):
    frame = frames.scenario_drivers_frame(results)
    assert frame.height == len(DRIVERS) * len(results)


def test_paths_of_the_parts_sum_to_the_company(results):
    frame = frames.scenario_paths_frame(results)
    key = ["scenario", "forecast_year"]
    dollars = [name for name in frame.columns if name.endswith("_usd")]
    whole = frame.filter(pl.col("part") == "company").sort(key)
    parts = frame.filter(pl.col("part") != "company").group_by(key).agg(pl.sum(dollars)).sort(key)
    for name in dollars:
        assert parts[name].to_list() == pytest.approx(whole[name].to_list(), rel=1e-9)


def test_bridge_ends_in_the_value_per_share(results):
    bridge = frames.scenario_bridge_frame(results).filter("is_total")
    scenarios = frames.scenarios_frame(results)
    assert bridge["value_per_share_usd"].to_list() == scenarios["value_per_share_usd"].to_list()


def test_multiples_frame_keeps_the_gap_and_its_reason(amazon):
    frame = frames.multiples_frame(implied_multiples(amazon.inputs(), load_theses()[0]))
    assert frame.schema == pl.Schema(frames.MULTIPLES_SCHEMA)
    assert not frame.select("thesis", "target", "eps_basis").is_duplicated().any()
    gap = frame.filter(pl.col("eps_usd").is_null())
    assert gap["missing_reason"].str.contains("ttm_income_tax").all()
    assert gap.height == 2


def test_one_call_gives_every_frame(amazon, scenarios):
    others = [{**row, "ticker": "MSFT", "value": 1.0} for row in amazon.rows()]
    found = frames.value_company(
        [*amazon.rows(), *others], scenarios.values(), load_theses()[0], amazon.known_at
    )
    assert found.scenarios["scenario"].to_list() == ["bear", "base", "bull"]
    assert found.scenarios["balance_sheet_date"].unique().to_list() == [date(2025, 12, 31)]
    assert found.scenario_paths.schema == pl.Schema(frames.SCENARIO_PATHS_SCHEMA)
    assert found.scenario_drivers.height == len(DRIVERS) * 3
    assert found.scenario_bridge.filter("is_total").height == 3
    assert found.multiples["eps_basis"].n_unique() == 4
    assert set(found.multiples["ticker"]) == {"AMZN"}
