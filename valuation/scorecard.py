"""The scorecard: each leg of a thesis in each quarter, and which way the evidence moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from registry.assumptions import Thesis
from valuation.history import quarter_index, quarter_name

Movement = Literal["better", "worse", "same"]
NOT_SCORED = "not_scored"
RANKS: Mapping[str, int] = {"weakens": -1, "neutral": 0, "strengthens": 1}


@dataclass(frozen=True, slots=True)
class Signal:
    """A leg of the thesis in one quarter: the figure, its thresholds, the verdict.

    A verdict is one of `RANKS`, or `not_scored` with a reason. `movement` compares it with the
    quarter scored before it; None where there is none.
    """

    claim: str
    signal: str
    fiscal_quarter: str
    value: float | None
    unit: str | None
    lower_threshold: float | None
    upper_threshold: float | None
    verdict: str
    previous_verdict: str | None
    movement: Movement | None
    missing_reason: str | None
    evidence: str | None
    accession_numbers: tuple[str, ...]


def scorecard(thesis: Thesis, rows: Iterable[Mapping[str, Any]], since: date) -> tuple[Signal, ...]:
    """Every leg in every quarter ended since a day, up to the newest on hand; oldest first.

    `rows` are those of `marts.fct_thesis_signals`; other theses are passed over.
    """
    own = [row for row in rows if row["thesis"] == thesis.id]
    quarters = {quarter_index(row["fiscal_quarter"]) for row in own if row["period_end"] >= since}
    if not quarters:
        return ()
    found = {(row["claim"], quarter_index(row["fiscal_quarter"])): row for row in own}
    first = quarter_index(f"{since.year}Q1")
    return tuple(
        signal
        for claim in thesis.claims
        for signal in _leg(
            claim.id, claim.signal, range(min(first, *quarters), max(quarters) + 1), found
        )
    )


def _leg(
    claim: str,
    signal: str,
    quarters: Sequence[int],
    found: Mapping[tuple[str, int], Mapping[str, Any]],
) -> Iterable[Signal]:
    previous: str | None = None
    for at in quarters:
        row = found.get((claim, at))
        verdict = str(row["verdict"]) if row else NOT_SCORED
        yield Signal(
            claim=claim,
            signal=signal,
            fiscal_quarter=quarter_name(at),
            value=float(row["value"]) if row else None,
            unit=row["unit"] if row else None,
            lower_threshold=row["lower_threshold"] if row else None,
            upper_threshold=row["upper_threshold"] if row else None,
            verdict=verdict,
            previous_verdict=previous,
            movement=_movement(previous, verdict),
            missing_reason=_reason(row),
            evidence=row["evidence"] if row else None,
            accession_numbers=tuple(row["accession_numbers"]) if row else (),
        )
        if verdict != NOT_SCORED:
            previous = verdict


def _movement(previous: str | None, verdict: str) -> Movement | None:
    if previous is None or verdict == NOT_SCORED:
        return None
    step = RANKS[verdict] - RANKS[previous]
    return "same" if step == 0 else "better" if step > 0 else "worse"


def _reason(row: Mapping[str, Any] | None) -> str | None:
    if row is None:
        return "no filing on hand gives the signal for this quarter"
    if row["verdict"] == NOT_SCORED:
        return f"only {row['reference_count']} earlier quarters were known, too few for thresholds"
    return None
