"""Amazon as filed, the declared scenarios and methods, and small draws of them."""

import pytest

from registry.assumptions import Scenario, Target, load_scenarios
from registry.methods import Methods, load_methods
from tests.unit.valuation.amazon import Amazon, with_values
from valuation.model import Position
from valuation.scenarios import plain, position, resolve_drivers


@pytest.fixture(scope="session")
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture(scope="session")
def scenarios() -> dict[str, Scenario]:
    """Amazon's, by name."""
    return {scenario.name: scenario for scenario in load_scenarios(ticker="AMZN")}


@pytest.fixture(scope="session")
def base(scenarios) -> Scenario:
    return scenarios["base"]


@pytest.fixture(scope="session")
def declared() -> Methods:
    """The settings as declared."""
    return load_methods()


@pytest.fixture(scope="session")
def methods(declared) -> Methods:
    """The settings with few draws, in four pieces."""
    few = {"draws": 4096, "draws_at_once": 1024}
    return declared.model_copy(
        update={
            "simulation": declared.simulation.model_copy(update=few),
            "backtest": declared.backtest.model_copy(update={"draws": 1024}),
        }
    )


@pytest.fixture(scope="session")
def held(amazon, base) -> Position:
    return position(amazon.inputs(), base.cloud_segment)


@pytest.fixture(scope="session")
def drivers(amazon, base) -> dict[str, float]:
    """The base scenario's drivers, resolved."""
    return plain(resolve_drivers(amazon.inputs(), base))


@pytest.fixture(scope="session")
def targets() -> tuple[Target, ...]:
    return tuple(
        Target(name=name, market_value_usd=usd)
        for name, usd in (("three_trillion", 3.0e12), ("three_point_three_trillion", 3.3e12))
    )


@pytest.fixture(scope="session")
def change():
    return with_values
