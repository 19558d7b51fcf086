"""Frames of scenarios and multiples: declared schemas, grains without twins, sums that survive."""

import polars as pl
import pytest

from registry.assumptions import DRIVERS, load_theses
from valuation import frames
from valuation.multiples import implied_multiples
from valuation.scenarios import value_scenarios
from valuation.schema import TABLES


@pytest.fixture(scope="module")
def results(amazon, scenarios):
    return value_scenarios(amazon.inputs(), scenarios.values())


@pytest.fixture
def drivers_frame(results, scenarios):
    return frames.scenario_drivers_frame(results, scenarios.values())


@pytest.mark.parametrize(
    ("build", "table", "key"),
    [
        (frames.scenarios_frame, "scenarios", []),
        (frames.scenario_paths_frame, "scenario_paths", ["part", "forecast_year"]),
        (frames.scenario_bridge_frame, "scenario_bridge", ["step"]),
    ],
)
def test_schema_and_grain(results, build, table, key):
    frame = build(results)
    assert frame.schema == pl.Schema(TABLES[table].schema)
    assert not frame.is_empty()
    assert not frame.select("ticker", "scenario", *key).is_duplicated().any()
    assert build([]).schema == frame.schema


def test_every_driver_of_every_scenario_is_shown_once(drivers_frame, results):
    assert drivers_frame.schema == pl.Schema(TABLES["scenario_drivers"].schema)
    assert drivers_frame.height == len(DRIVERS) * len(results)
    assert not drivers_frame.select("scenario", "driver").is_duplicated().any()


def test_drivers_say_which_inputs_they_may_come_from(drivers_frame):
    of_base = drivers_frame.filter(pl.col("scenario") == "base")
    inputs = dict(of_base.select("driver", "inputs").rows())
    assert inputs["rest_growth_now"] == ["rest_ttm_revenue_growth_yoy", "rest_revenue_growth_yoy"]
    assert inputs["wacc"] == []


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
    assert frame.schema == pl.Schema(TABLES["multiples"].schema)
    assert not frame.select("thesis", "target", "eps_basis").is_duplicated().any()
    gap = frame.filter(pl.col("eps_usd").is_null())
    assert gap["missing_reason"].str.contains("ttm_income_tax").all()
    assert gap.height == 2
