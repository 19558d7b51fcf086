"""How good the method was: said plainly, for any figures."""

from collections.abc import Callable

import polars as pl
import pytest

from report.backtest_section import backtest_section
from report.content import Section
from report.inputs import POOLED, ReportInputs
from tests.unit.report.valued import frame, score

Make = Callable[..., ReportInputs]
SPACE = "\u202f"


def words(section: Section) -> str:
    return "\n".join(statement.text for statement in section.statements)


def test_beaten_and_not_beaten_are_said_plainly(make_inputs: Make) -> None:
    text = words(backtest_section(make_inputs()))
    assert (
        "Acme Cloud revenue, next 12 months: the model beat the best naive forecast (growth "
        f"persists), its error (CRPS) 21{SPACE}% smaller."
    ) in text
    assert (
        "Market value in a year: the model did not beat the naive forecast (lognormal price): its "
        f"error (CRPS) was 12{SPACE}% greater."
    ) in text


def test_overlap_is_said_to_cost_origins(make_inputs: Make) -> None:
    text = words(backtest_section(make_inputs()))
    assert "Its 12 origins overlap and are worth only 5.4 independent ones" in text


@pytest.mark.parametrize(
    ("coverage", "effective", "said"),
    [
        (0.3, 6.0, "they were too narrow"),
        (1.0, 30.0, "they were too wide"),
        (0.7, 6.0, "too few origins to call them"),
        (1.0, 5.4, "too few origins to call them"),
    ],
)
def test_intervals_are_judged_by_their_coverage(
    make_inputs: Make, coverage: float, effective: float, said: str
) -> None:
    scores = make_inputs().backtest_scores.with_columns(
        coverage_80_ratio=pl.lit(coverage), effective_origins=pl.lit(effective)
    )
    assert said in words(backtest_section(make_inputs(backtest_scores=scores)))


def test_judgements_written_later_are_counted(make_inputs: Make) -> None:
    text = words(backtest_section(make_inputs()))
    assert "Acme Cloud revenue, next 12 months: none; market value in a year: 2." in text


def test_pooled_scores_are_told_beside_the_companys_own(make_inputs: Make) -> None:
    inputs = make_inputs()
    pooled = frame(
        [
            score("market_cap", "model", 0.3, ticker=POOLED, skill_ratio=-0.5, brier=0.3),
            score("market_cap", "lognormal_price", 0.2, ticker=POOLED, brier=0.2),
        ]
    )
    both = pl.concat([inputs.backtest_scores, pooled], how="diagonal_relaxed")
    text = words(backtest_section(make_inputs(backtest_scores=both).of_company()))
    assert "Over all companies: the model did not beat the naive forecast" in text


def test_forecasts_not_judged_say_why(make_inputs: Make) -> None:
    section = backtest_section(make_inputs())
    table = next(each for each in section.tables if "origin by origin" in each.caption)
    newest = table.rows[0]
    assert newest[0].text == "2025Q4"
    assert newest[1].more == "twelve months to 2026Q4 are not on hand"
    assert newest[4].text == "not stated"


def test_pictures_count_what_the_intervals_held(make_inputs: Make) -> None:
    charts = {chart.name: chart for chart in backtest_section(make_inputs()).charts}
    held = charts["backtest_ntm_cloud_revenue"].alternative
    assert "the 80 % interval held 1 of 2 outcomes" in held
    assert "said $80.0bn to $120bn; $140bn came" in held
    assert "0 of 2 outside the middle 90 %" in charts["backtest_pit"].alternative


def test_no_scores_are_said(make_inputs: Make) -> None:
    empty = make_inputs().backtest_scores.clear()
    section = backtest_section(make_inputs(backtest_scores=empty))
    assert section.absence == "No past forecast could be held against an outcome."


def test_what_chance_could_do_is_called_no_victory(make_inputs: Make) -> None:
    scores = make_inputs().backtest_scores.with_columns(
        comparison=pl.when(pl.col("skill_ratio").is_not_null()).then(pl.lit("undecided"))
    )
    text = words(backtest_section(make_inputs(backtest_scores=scores)))
    assert "smaller, which so few origins cannot tell from chance" in text
    assert "greater, which so few origins cannot tell from chance" in text
