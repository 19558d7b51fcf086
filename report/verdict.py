"""The verdict in one sentence, made from figures alone."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from report import formats

Stance = Literal["supported", "possible", "unsupported", "undecided"]

_LEVEL_WITHIN_RATIO = 0.0005
"""A value this near a target is called level with it: it would print as 0.0 % away."""


_WHOLE_PERCENT_FROM = 0.1
"""Distances from this ratio on are printed in whole percent."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An amount in USD and the fiscal quarter it is about."""

    value_usd: float
    fiscal_quarter: str


@dataclass(frozen=True, slots=True)
class ClaimTally:
    """How the story's claims fared against the filings known when it was printed."""

    agreeing: int = 0
    stale: int = 0
    contradicted: int = 0

    @property
    def judged(self) -> int:
        """Claims a filing could decide."""
        return self.agreeing + self.stale + self.contradicted


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely the first target is: worth it today, and in the market at the horizon.

    `in_market` is None where no market value could be simulated; `horizon` says when it ends.
    """

    worth_today: float
    in_market: float | None
    horizon: str


@dataclass(frozen=True, slots=True)
class VerdictFigures:
    """The figures the verdict rests on; None where one is not known.

    Attributes:
        targets_usd: market values the story names, lowest first; the first is the one on trial.
        equity_by_scenario: equity value of each scenario, USD, in the order bear, base, bull.
        claimed_backlog_usd, claimed_free_cash_flow_usd: what the story printed.
    """

    company: str
    targets_usd: tuple[float, ...]
    equity_by_scenario: dict[str, float]
    market_cap_usd: float | None
    priced_on: date | None
    claims: ClaimTally
    claimed_backlog_usd: float | None
    backlog: Reading | None
    claimed_free_cash_flow_usd: float | None
    free_cash_flow: Reading | None
    chances: Chances | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The stance and the sentence."""

    stance: Stance
    sentence: str


def judge(figures: VerdictFigures) -> Verdict:
    """Whether the story stands, in one sentence; the words follow the figures.

    ValueError if the story names no target.
    """
    if not figures.targets_usd:
        raise ValueError("a story without a target market value cannot be judged")
    stance = _stance(figures)
    clauses = (
        _scenarios(figures),
        *_chances(figures),
        _market(figures),
        _claims(figures.claims),
        _since("backlog", figures.claimed_backlog_usd, figures.backlog),
        _since(
            "twelve-month free cash flow",
            figures.claimed_free_cash_flow_usd,
            figures.free_cash_flow,
        ),
    )
    target = formats.usd_target(figures.targets_usd[0])
    return Verdict(stance, f"The {target} story {_OPENINGS[stance]}: {'; '.join(clauses)}.")


_OPENINGS: dict[Stance, str] = {
    "supported": "holds in the base scenario",
    "possible": "is possible but is not the base case",
    "unsupported": "is not supported by any scenario",
    "undecided": "cannot be decided",
}


def _stance(figures: VerdictFigures) -> Stance:
    if "base" not in figures.equity_by_scenario:
        return "undecided"
    reaching = _reaching(figures)
    if "base" in reaching:
        return "supported"
    return "possible" if reaching else "unsupported"


def _reaching(figures: VerdictFigures) -> list[str]:
    """Scenarios whose equity is at or above the first target."""
    first = figures.targets_usd[0]
    return [name for name, equity in figures.equity_by_scenario.items() if equity >= first]


def _scenarios(figures: VerdictFigures) -> str:
    base = figures.equity_by_scenario.get("base")
    if base is None:
        return "the base scenario gives no value"
    distances = " and ".join(_distance(base, target) for target in figures.targets_usd)
    value = f"the base scenario values {figures.company} at {formats.usd(base)}, {distances}"
    return f"{value}, and {_who_reaches(figures)} {formats.usd_target(figures.targets_usd[0])}"


def _chances(figures: VerdictFigures) -> tuple[str, ...]:
    """How likely the first target is; nothing where nothing was simulated."""
    chances = figures.chances
    if chances is None:
        return ()
    target = formats.usd_target(figures.targets_usd[0])
    text = (
        f"the model gives a chance of {formats.chance(chances.worth_today)} that it is worth "
        f"{target} today"
    )
    if chances.in_market is not None:
        there = formats.chance(chances.in_market)
        text += f", and of {there} that the market value is there {chances.horizon}"
    return (text,)


def _who_reaches(figures: VerdictFigures) -> str:
    reaching, valued = _reaching(figures), figures.equity_by_scenario
    if not reaching:
        return "no scenario reaches"
    if len(reaching) == len(valued):
        return "every scenario reaches"
    if len(reaching) == 1:
        return f"only the {reaching[0]} scenario reaches"
    return f"the {' and '.join(reaching)} scenarios reach"


def _distance(value: float, target: float) -> str:
    """How far a value lies from a target: 23 % below $3.0T."""
    ratio = value / target - 1
    if abs(ratio) < _LEVEL_WITHIN_RATIO:
        return f"level with {formats.usd_target(target)}"
    side = "above" if ratio > 0 else "below"
    decimals = 0 if abs(ratio) >= _WHOLE_PERCENT_FROM else 1
    return f"{formats.percent(abs(ratio), decimals)} {side} {formats.usd_target(target)}"


def _market(figures: VerdictFigures) -> str:
    if figures.market_cap_usd is None:
        return "no closing price is on hand"
    close = "at the last close"
    if figures.priced_on:
        close = f"at the close of {formats.day(figures.priced_on)}"
    distance = _distance(figures.market_cap_usd, figures.targets_usd[0])
    return f"the market paid {formats.usd(figures.market_cap_usd)} {close}, {distance}"


def _claims(tally: ClaimTally) -> str:
    if not tally.judged:
        return "none of its claims can be checked against a filing"
    if tally.agreeing == tally.judged == 1:
        return "its one checkable claim agreed with the filings when printed"
    if tally.agreeing == tally.judged:
        return f"all {tally.judged} of its checkable claims agreed with the filings when printed"
    counts = [f"{tally.agreeing or 'none'} agreed with the filings when printed"]
    if tally.stale:
        counts.append(f"{tally.stale} {_was(tally.stale)} already out of date")
    if tally.contradicted:
        counts.append(f"{tally.contradicted} {_was(tally.contradicted)} contradicted by them")
    noun = "claim" if tally.judged == 1 else "claims"
    return f"of its {tally.judged} checkable {noun}, {', '.join(counts[:-1])} and {counts[-1]}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _since(noun: str, claimed_usd: float | None, reading: Reading | None) -> str:
    """What the story printed and what the newest filing states."""
    if reading is None:
        return f"no filing on hand states {noun}"
    now = f"{formats.usd(reading.value_usd)} ({reading.fiscal_quarter})"
    if claimed_usd is None:
        return f"{noun} stands at {now}"
    return f"{noun}, which it put at {formats.usd(claimed_usd)}, stands at {now}"
