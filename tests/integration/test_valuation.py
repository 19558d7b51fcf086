"""The valuation of a published warehouse: every output whole, nothing of it from the future."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import yaml

from orchestration.build import connect
from orchestration.populations import own_population
from orchestration.valuation_store import describe_run, read_as_of, read_today, save_results
from orchestration.valuing import (
    Declarations,
    backtest_every_company,
    difference,
    run_inputs,
    stored,
    table_of,
    value_every_company,
)
from registry.assumptions import SCENARIOS_DIR, THESES_DIR, load_scenarios, load_theses
from registry.methods import load_methods
from valuation.schema import TABLES

SPLIT_DAY = "2022-06-06"
FILLED = [name for name in TABLES if name != "gaps"]


@pytest.fixture(scope="module")
def connection(refreshed):
    with connect(refreshed.settings.warehouse_path, refreshed.settings, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def known(connection):
    return read_today(connection)


def current(connection, table, where="true"):
    return connection.sql(f"select * from valuation.{table} where is_current and {where}").pl()


@pytest.mark.parametrize("table", FILLED)
def test_every_table_is_kept_with_its_run(connection, table):
    rows = current(connection, table)
    assert not rows.is_empty()
    kept = {"run_id", "registry_hash", "code_version"}
    assert kept <= set(rows.columns)
    assert set(TABLES[table].schema) <= set(rows.columns)
    assert rows["run_id"].n_unique() == 1
    assert rows.select(kept).null_count().sum_horizontal()[0] == 0


@pytest.mark.parametrize(
    "table", [name for name, table in TABLES.items() if "status" in table.schema]
)
def test_what_states_a_figure_says_what_it_rests_on(connection, table):
    rows = current(connection, table)
    stated = rows.filter(pl.col("status").is_not_null())
    assert not stated.is_empty()
    cited = stated["accession_numbers"].list.len() > 0
    declared = stated["status"].is_in(["assumed", "estimated"]) | (
        stated["evidence"] == "secondary"
    )
    assert (cited | declared).all()


def test_each_target_has_three_events_with_an_error(connection):
    events = current(connection, "simulation_events")
    counted = events.group_by("target").len().sort("target")
    assert counted["len"].to_list() == [3, 3]
    assert events["missing_reason"].null_count() == events.height
    assert (events["probability_ratio"].is_between(0, 1)).all()
    # What is printed in whole percent stays as it is under another seed.
    assert (events["standard_error_ratio"] < 0.0005).all()


def test_a_higher_target_is_less_likely_and_a_touch_more_than_the_end(connection):
    events = current(connection, "simulation_events")
    chance = {
        (event, target): value
        for event, target, value in events.select("event", "target", "probability_ratio").rows()
    }
    for event in {event for event, _ in chance}:
        assert chance[event, "three_trillion"] > chance[event, "three_point_three_trillion"]
    for target in {target for _, target in chance}:
        end, touch = "market_cap_at_horizon_at_least", "closes_at_least_before_horizon"
        assert chance[touch, target] > chance[end, target]


def test_the_histogram_and_the_quantiles_are_of_the_same_draws(connection):
    bins = current(connection, "simulation_histogram").sort("bin")
    assert bins["share_ratio"].sum() == pytest.approx(1, abs=1e-12)
    (median,) = current(
        connection,
        "simulation_quantiles",
        "variable = 'equity_value_usd' and quantile_ratio = 0.5",
    )["value_usd"]
    below = bins.filter(pl.col("upper_usd") <= median)["share_ratio"].sum()
    above = bins.filter(pl.col("lower_usd") >= median)["share_ratio"].sum()
    assert max(below, above) <= 0.5


def test_every_leg_has_every_quarter_since_2019_scored_or_with_a_reason(connection):
    rows = current(connection, "scorecard")
    quarters = rows["fiscal_quarter"].unique().sort().to_list()
    assert (quarters[0], quarters[-1], len(quarters)) == ("2019Q1", "2026Q2", 30)
    assert rows.height == len(quarters) * len(load_theses()[0].claims)
    scored = rows["verdict"] != "not_scored"
    assert (rows.filter(scored)["missing_reason"].is_null()).all()
    assert (rows.filter(~scored)["missing_reason"].is_not_null()).all()


# --- two clocks ------------------------------------------------------------------------------


def test_a_close_before_a_split_is_what_was_traded(connection):
    """Amazon at the end of 2019: 497,810,444 shares at $1,847.84 before the split of 20 to 1."""
    inputs = read_as_of(connection, datetime(2020, 2, 1, tzinfo=UTC)).of("AMZN")
    price, shares = inputs.get("share_price").value, inputs.get("shares_outstanding").value
    assert price == pytest.approx(1847.84, abs=0.01)
    assert price * shares == pytest.approx(919.9e9, rel=1e-3)


def test_market_value_at_an_origin_is_that_of_the_day(connection, known):
    """A split between then and now changes no dollar of market value."""
    history = known.history("AMZN")
    origins = current(connection, "backtest", "target = 'market_cap' and method = 'model'")
    before = origins.filter(
        (pl.col("origin_known_at") < datetime.fromisoformat(f"{SPLIT_DAY}T00:00:00+00:00"))
        & pl.col("value_at_origin_usd").is_not_null()
    )
    assert not before.is_empty()
    for row in before.iter_rows(named=True):
        inputs = read_as_of(connection, row["origin_known_at"]).of("AMZN")
        day = inputs.date_of("share_price")
        _, today = history.market_cap_near(day, 1)
        assert row["value_at_origin_usd"] == pytest.approx(today, rel=0.02)


@pytest.mark.slow
def test_a_forecast_of_the_past_is_the_same_whatever_came_later(refreshed, connection, known):
    """Origins until the end of 2023, from a warehouse that knows nothing after it."""
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    declared = Declarations.load()
    today = backtest_every_company(connection, known, declared)["backtest"]
    then = backtest_every_company(connection, read_as_of(connection, moment), declared)["backtest"]
    made = [
        "ticker",
        "target",
        "method",
        "fiscal_quarter",
        "median_usd",
        "low_90_usd",
        "high_90_usd",
    ]
    then, today = (
        rows.filter(pl.col("median_usd").is_not_null() & (pl.col("origin_known_at") <= moment))
        .select(made)
        .filter(pl.col("ticker") == "AMZN")
        .rows()
        for rows in (then, today)
    )
    assert len(then) > 50
    assert then == today


def test_spreads_are_estimated_from_what_was_known(connection, known):
    then = read_as_of(connection, datetime(2021, 3, 1, tzinfo=UTC)).of("AMZN").history
    now = known.of("AMZN").history
    least = load_methods().priors.minimum_observations
    before, after = (each.spread("segment_growth_error", "aws", least) for each in (then, now))
    assert before.observations < after.observations
    assert before.figure.value != after.figure.value


# --- runs ------------------------------------------------------------------------------------


def test_the_parts_of_a_change_sum_to_it(connection):
    rows = current(connection, "run_diff").sort("ticker", "compared_with", "step")
    assert not rows.is_empty()
    for _, parts in rows.group_by("ticker", "compared_with", maintain_order=True):
        first, last = parts.row(0, named=True), parts.row(-1, named=True)
        assert first["before_usd"] + parts["change_usd"].sum() == last["after_usd"]
        assert parts["change_usd"].to_list() == [round(each) for each in parts["change_usd"]]


@pytest.fixture
def copy(refreshed, tmp_path):
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(refreshed.settings.warehouse_path.read_bytes())
    with connect(path, refreshed.settings) as opened:
        yield opened


def test_an_assumption_changed_is_the_whole_of_the_change(copy, refreshed):
    known, declared = read_today(copy), Declarations.load()
    (first,) = copy.sql("select run_id from valuation.runs").fetchall()[0]
    dearer = [_with_wacc(each, 0.09) for each in declared.scenarios]
    changed = Declarations(tuple(dearer), declared.theses, declared.methods)
    population = own_population(copy, known, changed)
    run = describe_run(known, "another registry", population)
    valued = value_every_company(copy, known, run, changed, population, 2)
    tables = {name: table_of(valued, name) for name in ("scenarios", "scenario_drivers")}
    save_results(copy, run, {**tables, "run_inputs": run_inputs(known, changed)})
    parts = {each.part: each for each in difference(
        copy, stored(copy, first, "AMZN", "aws"), stored(copy, run.run_id, "AMZN", "aws")
    )}  # fmt: skip
    assert {name for name, each in parts.items() if each.change_usd} == {"assumptions"}
    assert parts["assumptions"].change_usd < 0
    previous = table_of(valued, "run_diff").filter(pl.col("compared_with") == "previous_run")
    assert previous["from_run_id"].unique().to_list() == [first]
    assert previous["change_usd"].to_list() == [each.change_usd for each in parts.values()]


def _with_wacc(scenario, value):
    if scenario.label != "AMZN base":
        return scenario
    drivers = {
        **scenario.drivers,
        "wacc": scenario.drivers["wacc"].model_copy(update={"value": value}),
    }
    return scenario.model_copy(update={"drivers": drivers})


# --- declarations ----------------------------------------------------------------------------


@pytest.fixture
def registry_copy(tmp_path) -> Path:
    for source in (SCENARIOS_DIR, THESES_DIR):
        (tmp_path / source.name).mkdir()
        for path in source.glob("*.yml"):
            (tmp_path / source.name / path.name).write_text(path.read_text())
    return tmp_path


def test_a_scenario_and_a_thesis_are_added_by_a_file_each(registry_copy, connection, known):
    scenario = yaml.safe_load((SCENARIOS_DIR / "amzn_bear.yml").read_text())
    (registry_copy / "scenarios" / "amzn_glut.yml").write_text(
        yaml.safe_dump({**scenario, "name": "glut", "statement": "Capacity outruns demand."})
    )
    thesis = yaml.safe_load((THESES_DIR / "amzn_3t.yml").read_text())
    targets = [{"name": "two_trillion", "market_value_usd": 2.0e12}]
    (registry_copy / "theses" / "amzn_2t.yml").write_text(
        yaml.safe_dump({**thesis, "id": "amzn_2t", "targets": targets, "dated": "2026-11-28"})
    )
    declared = Declarations(
        load_scenarios(registry_copy / "scenarios"),
        load_theses(registry_copy / "theses"),
        load_methods(),
    )
    population = own_population(connection, known, declared)
    run = describe_run(known, "", population)
    valued = value_every_company(connection, known, run, declared, population, 2)
    amazon = pl.col("ticker") == "AMZN"
    scenarios = table_of(valued, "scenarios").filter(amazon)
    assert scenarios["scenario"].to_list() == ["bear", "base", "bull", "glut"]
    for table in ("simulation_events", "reverse", "frontier", "multiples", "base_rates"):
        found = table_of(valued, table).filter(amazon)
        assert set(found["thesis"]) == {"amzn_3t", "amzn_2t"}
    likely = table_of(valued, "simulation_events").filter(
        (pl.col("thesis") == "amzn_2t") & (pl.col("event") == "intrinsic_at_least")
    )
    assert 0.3 < likely["probability_ratio"][0] < 0.7


@pytest.mark.parametrize("ticker", ["MSFT", "NVDA"])
def test_a_thesis_about_a_company_without_a_value_stops_nothing(connection, known, ticker):
    first = load_theses()[0]
    other = first.model_copy(update={"id": "other", "ticker": ticker})
    declared = Declarations(load_scenarios(), (first, other), load_methods())
    population = own_population(connection, known, declared)
    run = describe_run(known, "", population)
    valued = value_every_company(connection, known, run, declared, population, 2)
    gaps = table_of(valued, "gaps").filter(pl.col("thesis") == "other")
    assert gaps["ticker"].to_list() == [ticker]
    assert gaps["reason"][0]
    assert "AMZN" in table_of(valued, "scenarios")["ticker"].to_list()


@pytest.mark.slow
def test_a_kept_run_of_another_vocabulary_stops_nothing(copy):
    copy.execute("delete from valuation.scenario_drivers where driver = 'ronic'")
    known, declared = read_today(copy), Declarations.load()
    population = own_population(copy, known, declared)
    run = describe_run(known, "another registry", population)
    valued = value_every_company(copy, known, run, declared, population, 2)
    reasons = table_of(valued, "gaps").filter(pl.col("ticker") == "AMZN")["reason"].to_list()
    assert [each for each in reasons if "previous_run: it was made without ronic" in each]
    compared = table_of(valued, "run_diff")["compared_with"].unique().to_list()
    assert compared
    assert "previous_run" not in compared
