"""The scorecard: every leg in every quarter, and which way its evidence moved."""

from datetime import date

import pytest

from registry.assumptions import load_theses
from valuation.scorecard import scorecard

SINCE = date(2025, 1, 1)
ENDS = {"1": (3, 31), "2": (6, 30), "3": (9, 30), "4": (12, 31)}


@pytest.fixture(scope="module")
def thesis():
    (found,) = load_theses(ticker="AMZN")
    return found


def row(thesis, quarter, verdict, **changes):
    """A row of the mart for the first leg of the thesis."""
    claim = thesis.claims[0]
    return {
        "thesis": thesis.id,
        "claim": claim.id,
        "signal": claim.signal,
        "fiscal_quarter": quarter,
        "period_end": date(int(quarter[:4]), *ENDS[quarter[-1]]),
        "value": 0.02,
        "unit": "ratio",
        "lower_threshold": None if verdict == "not_scored" else -0.01,
        "upper_threshold": None if verdict == "not_scored" else 0.01,
        "reference_count": 4 if verdict == "not_scored" else 12,
        "verdict": verdict,
        "evidence": "xbrl",
        "accession_numbers": ["0001018724-25-000036"],
        **changes,
    }


def first_leg(thesis, *rows):
    found = scorecard(thesis, rows, SINCE)
    return [each for each in found if each.claim == thesis.claims[0].id]


def test_movement_is_against_the_quarter_scored_before(thesis):
    verdicts = {
        "2025Q1": "neutral",
        "2025Q2": "strengthens",
        "2025Q3": "strengthens",
        "2025Q4": "weakens",
        "2026Q1": "neutral",
    }
    leg = first_leg(thesis, *(row(thesis, *each) for each in verdicts.items()))
    assert [each.movement for each in leg] == [None, "better", "same", "worse", "better"]
    assert [each.previous_verdict for each in leg] == [None, *list(verdicts.values())[:-1]]


def test_quarter_without_a_verdict_is_no_step(thesis):
    leg = first_leg(
        thesis,
        row(thesis, "2025Q1", "strengthens"),
        row(thesis, "2025Q2", "not_scored"),
        row(thesis, "2025Q4", "weakens"),
    )
    _, unscored, missing, last = leg
    assert (unscored.verdict, unscored.movement) == ("not_scored", None)
    assert unscored.missing_reason == "only 4 earlier quarters were known, too few for thresholds"
    assert unscored.value == 0.02
    assert (missing.fiscal_quarter, missing.verdict, missing.value) == (
        "2025Q3",
        "not_scored",
        None,
    )
    assert missing.missing_reason == "no filing on hand gives the signal for this quarter"
    assert (missing.evidence, missing.accession_numbers) == (None, ())
    assert (last.previous_verdict, last.movement) == ("strengthens", "worse")


def test_every_leg_stands_in_every_quarter(thesis):
    found = scorecard(thesis, [row(thesis, "2025Q3", "neutral")], SINCE)
    assert [(each.claim, each.fiscal_quarter) for each in found] == [
        (claim.id, quarter) for claim in thesis.claims for quarter in ("2025Q1", "2025Q2", "2025Q3")
    ]
    assert {each.signal for each in found} == {claim.signal for claim in thesis.claims}


def test_quarters_ended_before_and_other_theses_are_passed_over(thesis):
    leg = first_leg(
        thesis,
        row(thesis, "2024Q4", "weakens"),
        row(thesis, "2025Q1", "strengthens"),
        {**row(thesis, "2025Q1", "weakens"), "thesis": "another"},
    )
    assert [(each.fiscal_quarter, each.verdict, each.movement) for each in leg] == [
        ("2025Q1", "strengthens", None)
    ]
    assert scorecard(thesis, [row(thesis, "2024Q4", "weakens")], SINCE) == ()


def test_figures_and_thresholds_of_the_mart_are_kept(thesis):
    (found,) = first_leg(thesis, row(thesis, "2025Q1", "strengthens", value=0.5))
    assert (found.value, found.lower_threshold, found.upper_threshold) == (0.5, -0.01, 0.01)
    assert (found.unit, found.evidence) == ("ratio", "xbrl")
    assert found.accession_numbers == ("0001018724-25-000036",)
