"""Scenarios and theses: what is declared is read, what is wrong is refused by file and key."""

from pathlib import Path

import pytest
import yaml

from registry.assumptions import (
    DRIVERS,
    SCENARIOS_DIR,
    STRUCTURAL_DRIVERS,
    THESES_DIR,
    load_scenarios,
    load_theses,
)
from registry.models import RegistryError


@pytest.fixture
def declared():
    return yaml.safe_load((SCENARIOS_DIR / "amzn_base.yml").read_text(encoding="utf-8"))


def refusal(directory: Path, content) -> str:
    (directory / "edited.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_scenarios(directory)
    return str(caught.value)


def test_shipped_scenarios_give_every_driver_in_bounds():
    scenarios = load_scenarios()
    own = [scenario.label for scenario in scenarios if scenario.ticker == "AMZN"]
    assert own == ["AMZN bear", "AMZN base", "AMZN bull"]
    assert all(scenario.drivers.keys() == DRIVERS.keys() for scenario in scenarios)


def test_shipped_theses():
    (thesis,) = load_theses(ticker="AMZN")
    assert [target.market_value_usd for target in thesis.targets] == [3.0e12, 3.3e12]
    assert (thesis.claimed_eps.fiscal_year, thesis.claimed_eps.value) == (2026, 7.86)
    assert len({claim.signal for claim in thesis.claims}) == 6


def test_unknown_key(declared, tmp_path):
    declared["drivers"]["wacc"]["confidence"] = "high"
    message = refusal(tmp_path, declared)
    assert "edited.yml: drivers.wacc.confidence" in message


def test_missing_driver(declared, tmp_path):
    del declared["drivers"]["ronic"]
    assert "missing drivers ['ronic']" in refusal(tmp_path, declared)


def test_unknown_driver(declared, tmp_path):
    declared["drivers"]["cloud_hype"] = declared["drivers"]["wacc"]
    assert "unknown drivers ['cloud_hype']" in refusal(tmp_path, declared)


@pytest.mark.parametrize(
    ("basis", "companion"),
    [("filing", "accession_numbers"), ("derived", "expression"), ("published", "citation")],
)
def test_basis_without_its_companion(declared, tmp_path, basis, companion):
    declared["drivers"]["wacc"]["basis"] = basis
    message = refusal(tmp_path, declared)
    assert f"drivers.wacc: Value error, basis: {basis} needs {companion}" in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": 8.5, "high": 9.5}, "wacc: 8.5 ratio lies outside 0.01 to 0.3"),
        ({"value": "0.085"}, "drivers.wacc.value: Input should be a valid number"),
        ({"low": 0.09}, "low ≤ value ≤ high does not hold"),
        ({"value": None}, "give either value or input"),
        ({"input": "segment_revenue_growth_yoy", "segment": "aws"}, "give either value or input"),
        ({"value": None, "input": "segment_revenue_growth_yoy"}, "input needs basis: derived"),
        ({"unit": "years"}, "wacc is in ratio, not years"),
        ({"rationale": ""}, "drivers.wacc.rationale"),
        ({"basis": "filing", "accession_numbers": ["10-K"]}, "drivers.wacc.accession_numbers.0"),
    ],
)
def test_assumption_that_breaks_a_rule(declared, tmp_path, changes, message):
    declared["drivers"]["wacc"].update(changes)
    assert message in refusal(tmp_path, declared)


def test_input_of_a_segment_that_is_not_the_cloud(declared, tmp_path):
    declared["drivers"]["cloud_growth_now"]["segment"] = "international"
    assert "segment international is not the cloud segment" in refusal(tmp_path, declared)


def test_part_of_a_year(declared, tmp_path):
    declared["drivers"]["forecast_years"].update(value=9.5, low=None)
    assert "forecast_years: a whole number" in refusal(tmp_path, declared)


def test_same_scenario_twice(declared, tmp_path):
    (tmp_path / "first.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    assert "declared more than once: AMZN base" in refusal(tmp_path, declared)


def test_empty_directory(tmp_path):
    with pytest.raises(RegistryError, match="no yaml file declares a scenario"):
        load_scenarios(tmp_path)


def test_signal_outside_the_vocabulary(tmp_path):
    content = yaml.safe_load((THESES_DIR / "amzn_3t.yml").read_text(encoding="utf-8"))
    content["claims"][0]["signal"] = "vibes"
    (tmp_path / "edited.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(RegistryError, match=r"edited\.yml: claims\.0\.signal"):
        load_theses(tmp_path)


def test_one_company_is_picked_or_refused():
    assert {scenario.ticker for scenario in load_scenarios(ticker="AMZN")} == {"AMZN"}
    assert [thesis.id for thesis in load_theses(ticker="AMZN")] == ["amzn_3t"]
    with pytest.raises(RegistryError, match="nothing is declared for 'ENRN'; declared: AMZN"):
        load_scenarios(ticker="ENRN")


def test_scenario_of_a_new_name_is_there_once_its_file_is(declared, tmp_path):
    for path in SCENARIOS_DIR.glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "mine.yml").write_text(yaml.safe_dump({**declared, "name": "glut"}))
    names = [scenario.name for scenario in load_scenarios(tmp_path, ticker="AMZN")]
    assert names == ["bear", "base", "bull", "glut"]


def test_thesis_is_there_once_its_file_is(tmp_path):
    told = yaml.safe_load((THESES_DIR / "amzn_3t.yml").read_text(encoding="utf-8"))
    (tmp_path / "amzn_3t.yml").write_text(yaml.safe_dump(told))
    (tmp_path / "mine.yml").write_text(yaml.safe_dump({**told, "id": "mine"}))
    assert [thesis.id for thesis in load_theses(tmp_path)] == ["amzn_3t", "mine"]


# --- what varies -------------------------------------------------------------------------------


def test_what_varies_in_the_base_scenario_is_in_the_order_of_the_vocabulary():
    base = next(each for each in load_scenarios(ticker="AMZN") if each.name == "base")
    place = list(DRIVERS).index
    assert list(base.uncertain_drivers) == sorted(base.uncertain_drivers, key=place)
    assert {"wacc", "cloud_growth_now", "non_operating_assets"} <= set(base.uncertain_drivers)
    assert not set(STRUCTURAL_DRIVERS) & set(base.uncertain_drivers)


@pytest.mark.parametrize(
    ("distribution", "message"),
    [
        ({"family": "uniform"}, "distribution.family"),
        ({"family": "normal"}, "normal needs standard_deviation or spread_input, not both"),
        ({"family": "lognormal"}, "lognormal needs standard_deviation or spread_input, not both"),
        (
            {
                "family": "normal",
                "standard_deviation": 0.1,
                "spread_input": "segment_growth_error",
            },
            "normal needs standard_deviation or spread_input, not both",
        ),
        (
            {"family": "triangular", "standard_deviation": 0.1},
            "triangular is spread by low and high, not by a deviation",
        ),
        (
            {"family": "lognormal", "spread_input": "segment_growth_error"},
            "spread_input is estimated for a normal distribution",
        ),
        ({"family": "normal", "standard_deviation": -0.1}, "distribution.standard_deviation"),
        ({"family": "normal", "spread_input": "vibes"}, "distribution.spread_input"),
        ({"family": "triangular", "seed": 1}, "distribution.seed"),
    ],
)
def test_distribution_that_breaks_a_rule(declared, tmp_path, distribution, message):
    declared["drivers"]["tax_rate"]["distribution"] = distribution
    found = refusal(tmp_path, declared)
    assert "edited.yml: drivers.tax_rate" in found
    assert message in found


@pytest.mark.parametrize("family", ["triangular", "beta"])
@pytest.mark.parametrize("end", ["low", "high"])
def test_bounded_distribution_without_a_bound(declared, tmp_path, family, end):
    declared["drivers"]["tax_rate"]["distribution"] = {"family": family}
    del declared["drivers"]["tax_rate"][end]
    message = "drivers.tax_rate: Value error, a triangular or beta distribution needs value, low"
    assert message in refusal(tmp_path, declared)


def test_bounded_distribution_of_a_filed_ratio(declared, tmp_path):
    declared["drivers"]["cloud_growth_now"]["distribution"] = {"family": "triangular"}
    assert "triangular or beta distribution needs value" in refusal(tmp_path, declared)


@pytest.mark.parametrize("driver", STRUCTURAL_DRIVERS)
def test_rule_of_the_method_does_not_vary(declared, tmp_path, driver):
    declared["drivers"][driver]["distribution"] = {"family": "triangular"}
    message = f"{driver}: a rule of the method has no distribution"
    assert message in refusal(tmp_path, declared)


@pytest.mark.parametrize(
    ("driver", "changes", "message"),
    [
        (
            "cloud_growth_now",
            {"input": None, "value": 0.3},
            "input and segment go together",
        ),
        (
            "cloud_growth_now",
            {"input": None, "segment": None, "value": 0.3},
            "or_input stands beside input",
        ),
        ("cloud_growth_now", {"or_input": "vibes"}, "drivers.cloud_growth_now.or_input"),
        ("cloud_growth_now", {"segment": None}, "input and segment go together"),
        ("cloud_growth_now", {"basis": "judgement"}, "input needs basis: derived"),
    ],
)
def test_ratio_asked_of_the_inputs_that_breaks_a_rule(declared, tmp_path, driver, changes, message):
    declared["drivers"][driver].update(changes)
    assert message in refusal(tmp_path, declared)


@pytest.mark.parametrize("key", ["basis", "unit", "rationale", "dated"])
def test_assumption_lacks(declared, tmp_path, key):
    del declared["drivers"]["wacc"][key]
    assert f"drivers.wacc.{key}: Field required" in refusal(tmp_path, declared)


def test_ratios_are_asked_for_in_their_order():
    base = next(each for each in load_scenarios(ticker="AMZN") if each.name == "base")
    assert base.drivers["rest_growth_now"].inputs == (
        "rest_ttm_revenue_growth_yoy",
        "rest_revenue_growth_yoy",
    )
    assert base.drivers["wacc"].inputs == ()


# --- WACC − growth -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("driver", "changes", "named"),
    [
        ("wacc", {"value": 0.055, "low": 0.05}, "wacc 0.05 less cloud_growth_terminal 0.035"),
        ("wacc", {"low": 0.06}, "wacc 0.06 less cloud_growth_terminal 0.035"),
        ("rest_growth_terminal", {"high": 0.05}, "wacc 0.075 less rest_growth_terminal 0.05"),
        ("discount_spread_floor", {"value": 0.05, "high": None}, "wacc 0.075 less cloud_growth"),
    ],
)
def test_range_of_wacc_that_comes_below_the_floor(declared, tmp_path, driver, changes, named):
    """The least WACC drawn and the greatest growth drawn must keep their distance."""
    declared["drivers"][driver].update(changes)
    found = refusal(tmp_path, declared)
    assert named in found
    assert "lies below discount_spread_floor" in found


def test_range_that_is_not_drawn_does_not_count(declared, tmp_path):
    """Without a distribution the value alone is what is discounted with."""
    del declared["drivers"]["wacc"]["distribution"]
    declared["drivers"]["wacc"]["low"] = 0.02
    declared["correlations"] = []
    (tmp_path / "edited.yml").write_text(yaml.safe_dump(declared))
    assert load_scenarios(tmp_path)[0].drivers["wacc"].low == 0.02


@pytest.mark.parametrize("driver", ["wacc", "cloud_growth_terminal", "rest_growth_terminal"])
@pytest.mark.parametrize("family", ["normal", "lognormal"])
def test_unbounded_wacc_or_terminal_growth(declared, tmp_path, driver, family):
    declared["drivers"][driver]["distribution"] = {"family": family, "standard_deviation": 0.001}
    message = f"{driver}: needs a value, and bounds if it varies"
    assert message in refusal(tmp_path, declared)


@pytest.mark.parametrize("driver", ["ronic", "cloud_sales_to_capital", "rest_asset_life"])
def test_normal_of_what_is_divided_by(declared, tmp_path, driver):
    """A lognormal draw never comes near nothing, a normal one does."""
    shape = {"family": "normal", "standard_deviation": 0.001}
    declared["drivers"][driver]["distribution"] = shape
    assert f"{driver}: is divided by" in refusal(tmp_path, declared)
    declared["drivers"][driver]["distribution"] = {**shape, "family": "lognormal"}
    (tmp_path / "edited.yml").write_text(yaml.safe_dump(declared))
    assert load_scenarios(tmp_path)[0].drivers[driver].distribution.family == "lognormal"


@pytest.mark.parametrize(
    ("driver", "value", "shape", "message"),
    [
        (
            "tax_rate",
            0.2,
            {"family": "normal", "standard_deviation": 0.1},
            "tax_rate: may be drawn",
        ),
        (
            "cloud_growth_fade",
            0.75,
            {"family": "lognormal", "standard_deviation": 0.1},
            "cloud_growth_fade: may be drawn",
        ),
        (
            "rest_growth_terminal",
            0.0,
            {"family": "lognormal", "standard_deviation": 0.1},
            "a lognormal distribution needs a positive value",
        ),
    ],
)
def test_draws_stay_within_what_a_driver_can_be(declared, tmp_path, driver, value, shape, message):
    declared["correlations"] = []
    declared["drivers"][driver].update(value=value, distribution=shape)
    del declared["drivers"][driver]["low"]
    assert message in refusal(tmp_path, declared)


# --- correlations ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drivers", "message"),
    [
        (["wacc", "cloud_asset_life"], "correlation of cloud_asset_life: has no distribution"),
        (["wacc", "cloud_hype"], "correlation of cloud_hype: has no distribution"),
        (["wacc", "wacc"], "each pair of two different drivers is given once"),
        (["ronic", "wacc"], "each pair of two different drivers is given once"),
        (["wacc"], "correlations.10.drivers"),
    ],
)
def test_correlation_that_breaks_a_rule(declared, tmp_path, drivers, message):
    """The base scenario gives that of wacc and ronic already."""
    declared["correlations"].append({**declared["correlations"][0], "drivers": drivers})
    assert message in refusal(tmp_path, declared)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"value": 1.2}, "correlations.0.value"),
        ({"value": None}, "correlations.0.value"),
        ({"rationale": ""}, "correlations.0.rationale"),
        ({"basis": None}, "correlations.0.basis"),
    ],
)
def test_correlation_lacks(declared, tmp_path, changes, named):
    declared["correlations"][0].update(changes)
    assert named in refusal(tmp_path, declared)
