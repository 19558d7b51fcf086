from dataclasses import replace
from datetime import date

import pytest

from report.verdict import Chances, ClaimTally, Reading, VerdictFigures, judge

FIGURES = VerdictFigures(
    company="Acme",
    targets_usd=(3.0e12, 3.3e12),
    equity_by_scenario={"bear": 0.9e12, "base": 2.15e12, "bull": 4.3e12},
    market_cap_usd=2.96e12,
    priced_on=date(2026, 8, 7),
    claims=ClaimTally(agreeing=3, stale=1),
    claimed_backlog_usd=244e9,
    backlog=Reading(496e9, "2026Q2"),
    claimed_free_cash_flow_usd=1.2e9,
    free_cash_flow=Reading(-7.6e9, "2026Q2"),
    chances=Chances(worth_today=0.031, in_market=0.441, horizon="in a year"),
)


def test_whole_sentence() -> None:
    assert judge(FIGURES).sentence == (
        "The $3.0T story is possible but is not the base case: the base scenario values Acme at "
        "$2.15T, 28\u202f% below $3.0T and 35\u202f% below $3.3T, and only the bull scenario "
        "reaches $3.0T; the model gives a chance of 3\u202f% that it is worth $3.0T today, "
        "and of 44\u202f% that the market value is there in a year; the market paid $2.96T at the "
        "close of 7 August 2026, 1.3\u202f% below $3.0T; of its 4 checkable claims, 3 agreed with "
        "the filings when printed and 1 was already out of date; backlog, which it put at $244bn, "
        "stands at $496bn (2026Q2); "
        "twelve-month free cash flow, which it put at $1.2bn, stands at −$7.6bn (2026Q2)."
    )


@pytest.mark.parametrize(
    ("equities", "stance", "words"),
    [
        ({"bear": 1e12, "base": 2e12, "bull": 2.9e12}, "unsupported", "no scenario reaches $3.0T"),
        ({"bear": 1e12, "base": 3e12, "bull": 4e12}, "supported", "the base and bull scenarios"),
        ({"bear": 3.1e12, "base": 3.2e12, "bull": 4e12}, "supported", "every scenario reaches"),
        ({"bear": 5e12, "base": 2e12, "bull": 2.5e12}, "possible", "only the bear scenario"),
        ({"bear": 1e12, "bull": 4e12}, "undecided", "the base scenario gives no value"),
        ({}, "undecided", "the base scenario gives no value"),
    ],
)
def test_stance_follows_the_scenarios(equities: dict[str, float], stance: str, words: str) -> None:
    verdict = judge(replace(FIGURES, equity_by_scenario=equities))
    assert verdict.stance == stance
    assert words in verdict.sentence


@pytest.mark.parametrize(
    ("base", "words"),
    [
        (3.0e12, "level with $3.0T and 9.1\u202f% below $3.3T"),
        (3.6e12, "20\u202f% above $3.0T and 9.1\u202f% above $3.3T"),
    ],
)
def test_distance_names_the_side(base: float, words: str) -> None:
    figures = replace(FIGURES, equity_by_scenario={"base": base})
    assert words in judge(figures).sentence


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        (ClaimTally(), "none of its claims can be checked against a filing"),
        (ClaimTally(agreeing=1), "its one checkable claim agreed with"),
        (ClaimTally(agreeing=5), "all 5 of its checkable claims agreed with"),
        (
            ClaimTally(stale=2),
            "of its 2 checkable claims, none agreed with the filings when "
            "printed and 2 were already out of date",
        ),
        (
            ClaimTally(1, 1, 2),
            "of its 4 checkable claims, 1 agreed with the filings when printed, "
            "1 was already out of date and 2 were contradicted by them",
        ),
        (ClaimTally(contradicted=1), "of its 1 checkable claim, none agreed with"),
    ],
)
def test_claims_are_counted(tally: ClaimTally, words: str) -> None:
    assert words in judge(replace(FIGURES, claims=tally)).sentence


def test_likelihood_is_told_as_far_as_it_is_known() -> None:
    without_market = replace(FIGURES, chances=Chances(0.0004, None, ""))
    sentence = judge(without_market).sentence
    assert "a chance of under 1\u202f% that it is worth $3.0T today; the market" in sentence
    assert "chance" not in judge(replace(FIGURES, chances=None)).sentence


def test_missing_figures_are_said_to_be_missing() -> None:
    sentence = judge(
        replace(
            FIGURES,
            market_cap_usd=None,
            backlog=None,
            free_cash_flow=None,
            claimed_backlog_usd=None,
        )
    ).sentence
    assert "no closing price is on hand" in sentence
    assert "no filing on hand states backlog" in sentence
    assert "no filing on hand states twelve-month free cash flow" in sentence


def test_without_a_claim_only_the_filed_figure_is_given() -> None:
    sentence = judge(replace(FIGURES, claimed_backlog_usd=None, priced_on=None)).sentence
    assert "backlog stands at $496bn (2026Q2)" in sentence
    assert "at the last close" in sentence


def test_a_story_without_target_is_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        judge(replace(FIGURES, targets_usd=()))
