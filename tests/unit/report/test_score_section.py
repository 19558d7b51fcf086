"""The scorecard: one sentence from the figures, arrows and words."""

from collections.abc import Callable

import pytest

from report.content import Table
from report.inputs import ReportInputs
from report.score_section import evidence_sentence, scorecard_section
from tests.unit.report.valued import frame, leg

Make = Callable[..., ReportInputs]
SPACE = "\u202f"
QUARTER = "2026Q1"


def test_whole_sentence(make_inputs: Make) -> None:
    section = scorecard_section(make_inputs())
    assert section.statements[0].text == (
        "In 2026Q1 the evidence moved towards the story: one of three legs improved and none "
        f"worsened; for it, faster signal (40.0{SPACE}%, above 30.0{SPACE}%); as they stand, one "
        f"speaks for the story and one against it, cash signal (−2.0{SPACE}%, below "
        f"10.0{SPACE}%); one could not be scored (backlog signal)."
    )


@pytest.mark.parametrize(
    ("movements", "direction"),
    [
        (("better", "better", "worse"), "moved towards the story: two of three legs improved"),
        (("worse", "same", "same"), "moved against the story: none of three legs improved"),
        (("better", "worse", "same"), "moved both ways"),
        (("same", "same", None), "did not move"),
    ],
)
def test_direction_follows_the_movements(movements: tuple[str | None, ...], direction: str) -> None:
    legs = [
        leg(f"leg{place}", QUARTER, "neutral", movement, value=0.2)
        for place, movement in enumerate(movements)
    ]
    assert direction in evidence_sentence(QUARTER, legs)


def test_a_leg_that_moved_is_named_once() -> None:
    legs = [leg("cash", QUARTER, "weakens", "worse", value=0.05)]
    sentence = evidence_sentence(QUARTER, legs)
    assert f"against it, cash signal (5.0{SPACE}%, below 10.0{SPACE}%)" in sentence
    assert sentence.count("cash signal") == 1


def test_a_value_between_its_thresholds_is_said_to_be() -> None:
    legs = [leg("cash", QUARTER, "neutral", "better", value=0.2)]
    expected = f"(20.0{SPACE}%, between 10.0{SPACE}% and 30.0{SPACE}%)"
    assert expected in evidence_sentence(QUARTER, legs)


def rows_of(tables: tuple[Table, ...], caption: str) -> dict[str, list[str]]:
    found = next(each for each in tables if caption in each.caption)
    return {row[0].text: [cell.text for cell in row[1:]] for row in found.rows}


def test_arrows_and_words_stand_side_by_side(make_inputs: Make) -> None:
    tables = scorecard_section(make_inputs()).tables
    track = rows_of(tables, "Quarter by quarter")
    assert track["Faster signal"] == ["neutral", "▲ for"]
    assert track["Cash signal"] == ["against", "▶ against"]
    assert track["Backlog signal"] == ["–", "–"]
    newest = rows_of(tables, "Where each leg stands in 2026Q1")
    assert newest["The cloud grows faster."][4] == "▲ strengthens"


def test_newest_quarter_is_the_last_that_was_scored(make_inputs: Make) -> None:
    scored = [leg("faster", "2025Q4", "neutral", "worse", value=0.2)]
    blank = {"value": None, "lower_threshold": None, "upper_threshold": None}
    unscored = [leg("faster", "2026Q1", "not_scored", None, missing_reason="too few", **blank)]
    section = scorecard_section(make_inputs(scorecard=frame(scored + unscored)))
    assert section.statements[0].text.startswith("In 2025Q4 the evidence moved against")


def test_nothing_scored_is_said(make_inputs: Make) -> None:
    section = scorecard_section(make_inputs(scorecard=make_inputs().scorecard.clear()))
    assert section.absence == "No leg of the story could be scored."
