"""Why a value is not what it was: code, restatements, new facts and assumptions, one after the other.

Each part is the change of equity when that alone is put in, in this order, the ones before it already
in: so that they sum to the whole. Values are taken to the dollar, and sums of whole dollars are exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from registry.assumptions import Scenario
from valuation.inputs import ValuationInputs
from valuation.model import Position, equity_value
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
class Then:
    """An earlier valuation: what it said, and what it was made of.

    `declared` are the values of the drivers that were numbers; those taken from the inputs are taken
    again from the inputs of each step. `used` are all of them as they were.
    """

    equity_usd: float
    used: Mapping[str, float]
    declared: Mapping[str, float]
    inputs: ValuationInputs


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


def changes(
    then: Then, restated: ValuationInputs, now: ValuationInputs, scenario: Scenario
) -> tuple[Change, ...]:
    """The four parts, in order; the last ends at the value of `scenario` on `now`.

    `restated` are the inputs of the quarters `then` knew, as they are known now. Errors as
    `resolve_drivers` and `position`.
    """
    cloud = scenario.cloud_segment
    values = [
        then.equity_usd,
        _equity(position(then.inputs, cloud), then.used),
        _equity(position(restated, cloud), _with(then.declared, restated, scenario)),
        _equity(position(now, cloud), _with(then.declared, now, scenario)),
        _equity(position(now, cloud), plain(resolve_drivers(now, scenario))),
    ]
    whole = [float(round(value)) for value in values]
    steps = zip(PARTS_IN_ORDER, whole, whole[1:], strict=False)
    return tuple(Change(part, before, after) for part, before, after in steps)


def _equity(held: Position, drivers: Mapping[str, float]) -> float:
    return float(equity_value(held, drivers))


def _with(
    declared: Mapping[str, float], inputs: ValuationInputs, scenario: Scenario
) -> dict[str, float]:
    """The drivers of the scenario on the inputs, with the declared numbers of the earlier one."""
    return {**plain(resolve_drivers(inputs, scenario)), **declared}
