"""Scenarios and theses: what is declared is read, what is wrong is refused by file and key."""

from pathlib import Path

import pytest
import yaml

from registry.assumptions import (
    DRIVERS,
    SCENARIOS_DIR,
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
    assert [scenario.label for scenario in scenarios] == ["AMZN bear", "AMZN base", "AMZN bull"]
    assert all(scenario.drivers.keys() == DRIVERS.keys() for scenario in scenarios)


def test_shipped_theses():
    (thesis,) = load_theses()
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
        ({"value": 8.5, "low": None, "high": None}, "wacc: 8.5 ratio lies outside 0.01 to 0.3"),
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
    with pytest.raises(RegistryError, match="nothing is declared for 'MSFT'; declared: AMZN"):
        load_scenarios(ticker="MSFT")
