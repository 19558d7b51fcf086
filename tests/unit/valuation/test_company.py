"""One company valued whole: every table of the schema, its grain, its chances and its gaps."""

from datetime import date

import polars as pl
import pytest

from registry.assumptions import DRIVERS, load_theses
from tests.unit.valuation.amazon import HISTORY
from valuation.backtest import Origin, backtest
from valuation.backtest_scores import scores
from valuation.company import Earlier, Known, not_valued, value_company
from valuation.difference import valued
from valuation.errors import AssumptionError, MissingInputError
from valuation.outlook_frames import backtest_frame, scores_frame
from valuation.provenance import Figure
from valuation.reverse import Achieved, Population
from valuation.schema import TABLES, frame

APART = {"backtest", "backtest_scores", "growth_achieved", "run_inputs", "gaps"}
"""Tables that are not made with a company's value."""
GRAINS = {
    "scenarios": [],
    "scenario_drivers": ["driver"],
    "scenario_paths": ["part", "forecast_year"],
    "scenario_bridge": ["step"],
    "multiples": ["thesis", "target", "eps_basis"],
    "simulation_quantiles": ["variable", "forecast_year", "quantile_ratio"],
    "simulation_events": ["thesis", "target", "event"],
    "simulation_histogram": ["bin"],
    "simulation_drivers": ["driver"],
    "simulation_market": [],
    "reverse": ["thesis", "target", "driver"],
    "frontier": [
        "thesis",
        "target",
        "cloud_margin_terminal_ratio",
        "cloud_sales_to_capital_ratio",
        "wacc_ratio",
    ],
    "base_rates": ["thesis", "target", "horizon_years"],
    "sensitivity": ["driver"],
    "sensitivity_grid": ["cloud_growth_now_ratio", "cloud_margin_terminal_ratio"],
    "what_if": [],
    "scorecard": ["thesis", "claim", "fiscal_quarter"],
    "run_diff": ["compared_with", "step"],
}


GROWN = Population(
    "one company",
    (Achieved("A", "2023Q4", 1, 300e9, Figure(0.1, "ratio", "derived", "xbrl", ("0-0-0",))),),
)


@pytest.fixture(scope="module")
def theses():
    return load_theses(ticker="AMZN")


@pytest.fixture(scope="module")
def whole(amazon, scenarios, theses, methods):
    inputs = amazon.inputs()
    then = valued(amazon.inputs(cash=80_000e6), scenarios["base"])
    signal = {
        "thesis": theses[0].id,
        "claim": theses[0].claims[0].id,
        "fiscal_quarter": "2026Q2",
        "period_end": date(2026, 6, 30),
        "value": 0.1,
        "unit": "ratio",
        "lower_threshold": 0.0,
        "upper_threshold": 0.2,
        "verdict": "neutral",
        "evidence": "xbrl",
        "accession_numbers": [],
    }
    known = Known(inputs, GROWN, [signal], [Earlier(then, inputs, "previous_run", "r")])
    return value_company(known, scenarios.values(), theses, methods, threads=2)


def test_every_table_of_the_schema_is_made(whole):
    assert whole.tables.keys() - {"gaps"} == TABLES.keys() - APART == GRAINS.keys()


@pytest.mark.parametrize(("table", "grain"), GRAINS.items(), ids=GRAINS)
def test_schema_and_grain_of(whole, table, grain):
    rows = whole.table(table)
    assert rows.schema == pl.Schema(TABLES[table].schema)
    assert not rows.is_empty()
    key = [name for name in ("ticker", "scenario") if name in rows.columns]
    assert not rows.select(*key, *grain).is_duplicated().any()


def test_a_table_not_made_is_empty_and_has_its_schema(whole):
    assert whole.table("gaps").is_empty()
    assert whole.table("gaps").schema == pl.Schema(TABLES["gaps"].schema)


def test_order_of_the_three_is_reported(whole):
    assert whole.order.holds
    assert whole.table("scenarios")["scenario"].to_list() == ["bear", "base", "bull"]


def test_chances_fall_with_the_target_and_a_touch_is_likelier_than_the_end(whole):
    events = whole.table("simulation_events").sort("target_usd")
    chance = {
        event: rows["probability_ratio"].to_list() for (event,), rows in events.group_by("event")
    }
    assert len(chance) == 3
    for near, far in chance.values():
        assert 1 > near > far > 0
    ends, closes = (
        chance[name]
        for name in ("market_cap_at_horizon_at_least", "closes_at_least_before_horizon")
    )
    assert all(touch > end for touch, end in zip(closes, ends, strict=True))
    assert (events["standard_error_ratio"] > 0).all()


def test_histogram_holds_every_draw(whole):
    bins = whole.table("simulation_histogram").sort("bin")
    assert bins["share_ratio"].sum() == pytest.approx(1.0)
    assert bins["upper_usd"].to_list()[:-1] == bins["lower_usd"].to_list()[1:]


def test_base_rates_are_of_the_growth_asked_for(whole):
    asked = whole.table("reverse").filter(pl.col("driver") == "cloud_growth_now")
    first = whole.table("base_rates").filter(pl.col("horizon_years") == 1)
    solved = dict(asked.select("target", "solved_value").rows())
    for target, growth in first.select("target", "required_growth_ratio").rows():
        assert growth == pytest.approx(solved[target], rel=1e-12)


def test_changes_since_an_earlier_run_sum(whole):
    parts = whole.table("run_diff").sort("step")
    assert parts["from_run_id"].unique().to_list() == ["r"]
    assert parts["before_usd"][0] + parts["change_usd"].sum() == parts["after_usd"][-1]
    assert parts.filter(pl.col("change_usd") != 0)["part"].to_list() == ["restatements"]


def test_company_without_a_market_has_reasons_for_its_chances(amazon, base, theses, methods):
    known = Known(amazon.inputs(share_price=None))
    events = value_company(known, [base], theses, methods).table("simulation_events")
    is_intrinsic = pl.col("event") == "intrinsic_at_least"
    of_market = events.filter(~is_intrinsic)
    assert of_market["probability_ratio"].null_count() == of_market.height == 4
    assert of_market["missing_reason"].str.contains("share_price is not known").all()
    assert (
        events.filter(pl.col("event") == "intrinsic_at_least")["probability_ratio"].null_count()
        == 0
    )


def test_company_no_thesis_is_about_is_valued_all_the_same(amazon, base, methods):
    other = load_theses(ticker="AMZN")[0].model_copy(update={"ticker": "MSFT"})
    found = value_company(Known(amazon.inputs()), [base], [other], methods)
    assert found.table("simulation_quantiles").height > 0
    assert found.table("simulation_events").is_empty()
    assert found.table("multiples").is_empty()


def test_scenario_of_any_name_is_valued_without_bear_base_and_bull(
    amazon, scenarios, theses, methods
):
    glut = scenarios["bear"].model_copy(update={"name": "glut"})
    found = value_company(Known(amazon.inputs()), [glut], theses, methods)
    assert found.order is None
    assert found.table("scenarios")["scenario"].to_list() == ["glut"]
    assert found.table("scenario_drivers").height == len(DRIVERS)
    assert found.table("simulation_quantiles").is_empty()


def test_declarations_of_other_companies_are_passed_over(amazon, base, methods):
    other = base.model_copy(update={"ticker": "MSFT", "name": "other"})
    found = value_company(Known(amazon.inputs()), [other, base], [], methods)
    assert found.table("scenarios")["scenario"].to_list() == ["base"]
    with pytest.raises(AssumptionError, match="AMZN: no scenario is declared"):
        value_company(Known(amazon.inputs()), [other], [], methods)


def test_figure_not_known_is_raised_and_can_be_kept_as_a_gap(amazon, base, theses, methods):
    with pytest.raises(MissingInputError) as caught:
        value_company(Known(amazon.inputs(cash=None)), [base], theses, methods)
    gap = not_valued(Known(amazon.inputs()), theses, methods, str(caught.value))
    assert gap.table("gaps")["thesis"].to_list() == [theses[0].id]
    assert gap.table("gaps")["reason"].str.contains("cash is not known").all()
    assert gap.table("scenarios").is_empty()
    alone = not_valued(Known(amazon.inputs()), (), methods, "x")
    assert alone.table("gaps")["thesis"].to_list() == [None]


def test_frames_of_the_backtest(amazon, base, methods):
    """One origin that has not come true: forecasts with a reason, and nothing scored."""
    origin = Origin("0001018724-26-000026", amazon.known_at, amazon.inputs())
    forecasts = backtest([origin], base, HISTORY, methods, 1.2)
    rows = backtest_frame(amazon.known_at, forecasts)
    assert rows.schema == pl.Schema(TABLES["backtest"].schema)
    assert rows.height == len(forecasts)
    made = rows.filter(pl.col("median_usd").is_not_null())
    assert made.height == rows.height
    ends = ["low_90_usd", "low_80_usd", "low_50_usd", "median_usd"]
    ends += ["high_50_usd", "high_80_usd", "high_90_usd"]
    for values in made.select(ends).rows():
        assert list(values) == sorted(values)
    assert rows["outcome_usd"].null_count() == rows.height == rows["missing_reason"].len()
    scored = scores(forecasts, methods)
    table = scores_frame(amazon.known_at, "base", scored)
    assert (table.height, table.schema) == (0, pl.Schema(TABLES["backtest_scores"].schema))


def test_row_that_does_not_fit_its_table_is_refused():
    with pytest.raises(ValueError, match="gaps has no column resaon"):
        frame([{"ticker": "AMZN", "resaon": "cash is not known"}], "gaps")
    with pytest.raises(pl.exceptions.ComputeError):
        frame([{"ticker": "AMZN", "bin": "first"}], "simulation_histogram")


def test_every_table_says_its_grain():
    for table in TABLES.values():
        assert "One row per " in table.description.split(". ")[-1]
