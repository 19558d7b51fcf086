"""Settings of the method: the shipped ones hold, and what breaks a rule is refused by key."""

from pathlib import Path

import pytest
import yaml

from registry.methods import load_methods
from registry.models import REGISTRY_DIR, RegistryError


@pytest.fixture
def declared():
    return yaml.safe_load((REGISTRY_DIR / "methods.yml").read_text(encoding="utf-8"))


def refusal(directory: Path, content) -> str:
    (directory / "methods.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_methods(directory)
    return str(caught.value)


def test_every_shipped_group_says_why_and_since_when():
    for name, setting in load_methods():
        assert setting.rationale, name
        assert setting.basis, name
        assert setting.dated, name


def test_shipped_draws_are_a_million_in_whole_pieces():
    simulation = load_methods().simulation
    assert simulation.draws >= 1_000_000
    assert simulation.draws % simulation.draws_at_once == 0


@pytest.mark.parametrize(
    ("group", "changes", "message"),
    [
        ("simulation", {"draws_at_once": 3}, "draws is a multiple of draws_at_once, which is even"),
        ("simulation", {"draws": 1_000_000}, "draws is a multiple of draws_at_once"),
        ("simulation", {"quantiles": [0.5, 0.1]}, "quantiles rise"),
        ("simulation", {"quantiles": [0.5, 0.5]}, "quantiles rise"),
        ("simulation", {"quantiles": [50]}, "simulation.quantiles.0"),
        ("simulation", {"draws": 0}, "simulation.draws"),
        ("simulation", {"seed": -1}, "simulation.seed"),
        ("market", {"gap_closure": 20}, "market.gap_closure"),
        ("market", {"horizon_years": 0}, "market.horizon_years"),
        ("market", {"minimum_closes": 2}, "market.minimum_closes"),
        ("priors", {"minimum_observations": 1}, "priors.minimum_observations"),
        ("solver", {"tolerance": 1.0}, "solver.tolerance"),
        ("frontier", {"solved": "cloud_hype"}, "cloud_hype is not a driver that varies"),
        ("frontier", {"solved": "forecast_years"}, "forecast_years is not a driver that varies"),
        ("frontier", {"solved": "wacc"}, "wacc is an axis of the frontier"),
        ("frontier", {"margins": 1}, "frontier.margins"),
        ("sensitivity", {"growths": 1}, "sensitivity.growths"),
        ("what_if", {"axes": {"exit_multiple": {"points": 3}}}, "not drivers that vary: exit"),
        ("what_if", {"axes": {"cloud_hype": {"points": 3}}}, "not drivers that vary: cloud_hype"),
        ("what_if", {"axes": {"wacc": {"points": 1}}}, "what_if.axes.wacc.points"),
        ("backtest", {"draws": 4095}, "backtest: Value error, draws is even"),
        ("backtest", {"intervals": [0.5, 1.0]}, "backtest.intervals.1"),
        ("backtest", {"intervals": [0.5, 0.95]}, "intervals are 0.5, 0.8, 0.9"),
        ("base_rates", {"horizons_years": [0]}, "base_rates.horizons_years.0"),
        ("market", {"basis": "vibes"}, "market.basis"),
        ("market", {"rationale": ""}, "market.rationale"),
        ("market", {"volatility": 0.35}, "market.volatility"),
    ],
)
def test_setting_that_breaks_a_rule(declared, tmp_path, group, changes, message):
    declared[group].update(changes)
    found = refusal(tmp_path, declared)
    assert found.startswith("methods.yml: ")
    assert message in found


@pytest.mark.parametrize(
    "group", ["simulation", "market", "solver", "frontier", "what_if", "backtest"]
)
def test_group_that_is_missing(declared, tmp_path, group):
    del declared[group]
    assert f"methods.yml: {group}: Field required" in refusal(tmp_path, declared)


@pytest.mark.parametrize("key", ["basis", "rationale", "dated", "barrier_shift"])
def test_setting_lacks(declared, tmp_path, key):
    del declared["market"][key]
    assert f"market.{key}: Field required" in refusal(tmp_path, declared)
