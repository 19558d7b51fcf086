"""Why a value is not what it was: code, restatements, new facts, assumptions, in this order.

Each part is the change of equity when that alone is put in, in this order, the ones before it
already in: so that they sum to the whole. Values are taken to the dollar, and sums of whole dollars
are exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from registry.assumptions import DRIVERS, Scenario
from valuation.errors import AssumptionError
from valuation.inputs import ValuationInputs
from valuation.model import equity_value
from valuation.scenarios import plain, position, resolve_drivers

Part = Literal["code", "restatements", "new_facts", "assumptions"]
PARTS_IN_ORDER: tuple[Part, ...] = ("code", "restatements", "new_facts", "assumptions")
MEANINGS: Mapping[Part, str] = {
    "code": "the formulas, on the same figures and assumptions",
    "restatements": "the same quarters, as they are known now",
    "new_facts": "quarters, balance sheets and closes that were not known then",
    "assumptions": "what is supposed, on the figures known now",
}


@dataclass(frozen=True, slots=True)
class Valued:
    """A valuation as it was made: what it said, and what it was made of.

    `drivers` are all values used. Those named in `derived` were taken from the inputs, the first of
    the ratios listed that was known; the others are numbers somebody declared.
    """

    equity_usd: float
    drivers: Mapping[str, float]
    derived: Mapping[str, tuple[str, ...]]
    inputs: ValuationInputs
    cloud_segment: str

    def on(self, inputs: ValuationInputs) -> float:
        """Equity (USD) by this code of the same assumptions on other inputs."""
        return self._equity(inputs, {**self.drivers, **self._taken_from(inputs, self.derived)})

    def on_those_of(self, other: "Valued") -> float:
        """The same on the inputs of another valuation, with what it took from them itself."""
        shared = {
            name: other.drivers[name]
            for name, names in self.derived.items()
            if other.derived.get(name) == names
        }
        own = {name: names for name, names in self.derived.items() if name not in shared}
        taken = {**shared, **self._taken_from(other.inputs, own)}
        return self._equity(other.inputs, {**self.drivers, **taken})

    def _taken_from(
        self, inputs: ValuationInputs, derived: Mapping[str, tuple[str, ...]]
    ) -> dict[str, float]:
        return {
            name: inputs.first_derived(names, self.cloud_segment).value
            for name, names in derived.items()
        }

    @property
    def by_this_code(self) -> float:
        """Equity (USD) by this code of the same inputs and drivers."""
        return self._equity(self.inputs, self.drivers)

    def _equity(self, inputs: ValuationInputs, drivers: Mapping[str, float]) -> float:
        if missing := sorted(DRIVERS.keys() - drivers.keys()):
            raise AssumptionError(f"it was made without {', '.join(missing)}")
        return float(equity_value(position(inputs, self.cloud_segment), drivers))


def valued(inputs: ValuationInputs, scenario: Scenario) -> Valued:
    """A scenario valued on inputs now; errors as `value_scenario`."""
    drivers = plain(resolve_drivers(inputs, scenario))
    return Valued(
        equity_usd=float(equity_value(position(inputs, scenario.cloud_segment), drivers)),
        drivers=drivers,
        derived={
            name: assumption.inputs
            for name, assumption in scenario.drivers.items()
            if assumption.inputs
        },
        inputs=inputs,
        cloud_segment=scenario.cloud_segment,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a change of equity, in whole USD."""

    part: Part
    before_usd: float
    after_usd: float

    @property
    def change_usd(self) -> float:
        """After less before."""
        return self.after_usd - self.before_usd


def changes(then: Valued, restated: ValuationInputs, now: Valued) -> tuple[Change, ...]:
    """The four parts, in order, from the value of `then` to that of `now`.

    `restated` are the inputs of the quarters `then` knew, as they are known with `now`. Where `now`
    was made by other code than this, a last part holds what that made. Errors as `Valued.on`.
    """
    values = [
        then.equity_usd,
        then.by_this_code,
        then.on(restated),
        then.on_those_of(now),
        now.by_this_code,
        now.equity_usd,
    ]
    whole = [float(round(value)) for value in values]
    parts: tuple[Part, ...] = (*PARTS_IN_ORDER, "code")
    steps = zip(parts, whole, whole[1:], strict=False)
    found = [Change(part, before, after) for part, before, after in steps]
    return tuple(found if found[-1].change_usd else found[:-1])
