"""How likely, what must be true, what moves the value: the words follow the figures."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from registry.assumptions import Correlation
from report.assumption_section import assumptions_section
from report.content import Section, Table
from report.inputs import ReportInputs
from report.outlook_sections import likelihood_section, sensitivity_section
from report.requirement_section import requirement_section
from report.valuation_sections import scenario_label, scenarios_in_order
from tests.unit.report.valued import WORTH

Make = Callable[..., ReportInputs]
SPACE = "\u202f"


def words(section: Section) -> str:
    """The statements of a section, a line each."""
    return "\n".join(statement.text for statement in section.statements)


def table(section: Section, caption: str) -> Table:
    return next(each for each in section.tables if caption in each.caption)


def text_of(of: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in of.rows]


def test_three_events_of_each_target_are_told_apart(make_inputs: Make) -> None:
    section = likelihood_section(make_inputs())
    assert (
        f"a chance of 3{SPACE}% that Acme & Sons is worth $3.0T or more today, of 44{SPACE}% that"
        f" its market value is there in a year, and of 93{SPACE}% that it closes there"
    ) in words(section)
    assert text_of(table(section, "Three events"))[0] == [
        "Worth it today",
        f"3{SPACE}%",
        f"under 1{SPACE}%",
        "",
    ]


def test_error_and_draws_stand_beside_a_probability(make_inputs: Make) -> None:
    cell = table(likelihood_section(make_inputs()), "Three events").rows[0][1]
    assert cell.detail == "± 0.02 points, 1,048,576 draws"


def test_without_a_market_the_reason_is_given(make_inputs: Make) -> None:
    events = make_inputs().simulation_events
    is_market = pl.col("event") != WORTH
    gone = pl.when(is_market).then(None)
    section = likelihood_section(
        make_inputs(
            simulation_events=events.with_columns(
                probability_ratio=gone.otherwise(pl.col("probability_ratio")),
                horizon_years=None,
                missing_reason=pl.when(is_market).then(pl.lit("no close is on hand")),
            )
        )
    )
    assert "where the market will be is not stated: no close is on hand" in words(section)
    cell = table(section, "Three events").rows[1][1]
    assert (cell.text, cell.more) == ("not stated", "no close is on hand")


@pytest.mark.parametrize(
    ("close", "place"),
    [
        (2.9e12, f"above at least 95{SPACE}%"),
        (2.1e12, f"above at least 50{SPACE}%"),
        (1.0e12, f"below at least 99{SPACE}%"),
    ],
)
def test_the_close_is_placed_among_the_draws(make_inputs: Make, close: float, place: str) -> None:
    scenarios = make_inputs().scenarios.with_columns(market_cap_usd=pl.lit(close))
    assert place in words(likelihood_section(make_inputs(scenarios=scenarios)))


def test_fan_says_whether_a_backlog_floor_is_known(make_inputs: Make) -> None:
    inputs = make_inputs()
    known = likelihood_section(inputs).charts[1].alternative
    assert "In forecast year 2 the middle of the draws is $400bn" in known
    assert "between $320bn and $520bn" in known
    assert "brings $77.5bn in the next twelve months" in known
    gone = inputs.scenarios.with_columns(backlog_floor_usd=pl.lit(None, pl.Float64))
    unknown = likelihood_section(make_inputs(scenarios=gone)).charts[1].alternative
    assert "No backlog floor is stated" in unknown


def test_no_value_in_range_is_said_and_the_nearest_named(make_inputs: Make) -> None:
    section = requirement_section(make_inputs())
    assert "For $3.0T no value in range of any of the 3 drivers alone reaches it" in words(section)
    assert f"nearest comes WACC, at 7.1{SPACE}%" in words(section)
    rows = {row[0].text: row for row in table(section, "Each driver alone").rows}
    assert rows["Tax rate"][3].text == "none"
    assert rows["Tax rate"][3].detail == "no admissible value reaches the target"
    assert rows["Acme Cloud growth, year 1"][3].text == f"62.7{SPACE}%"
    assert rows["Acme Cloud growth, year 1"][3].detail.startswith("no value in the declared range")


def test_a_driver_that_reaches_a_target_alone_is_named(make_inputs: Make) -> None:
    is_wacc = pl.col("driver") == "wacc"
    reached = make_inputs().reverse.with_columns(
        solved_value=pl.when(is_wacc).then(0.078).otherwise(pl.col("solved_value")),
        outcome=pl.when(is_wacc).then(pl.lit("reached")).otherwise(pl.col("outcome")),
    )
    text = words(requirement_section(make_inputs(reverse=reached)))
    assert "$3.0T is reached by 1 of 3 drivers alone within the declared range: WACC" in text
    assert "no value in range" not in text


def test_combinations_are_counted_and_their_absence_said(make_inputs: Make) -> None:
    section = requirement_section(make_inputs())
    assert "1 of 4 combinations of Acme Cloud margin" in words(section)
    assert "no combination in range reaches $3.3T" in words(section)
    names = [chart.name for chart in section.charts]
    assert "together_3000000000000" in names
    assert "together_3300000000000" not in names
    assert len(table(section, "Combinations that reach $3.0T").rows) == 1
    assert not [each for each in section.tables if "that reach $3.3T" in each.caption]


def test_base_rates_are_called_a_caution_and_their_absence_has_a_reason(make_inputs: Make) -> None:
    section = requirement_section(make_inputs())
    assert "2 of 69 spans of 1 year" in words(section)
    assert "overlap and come from 4 companies at most" in words(section)
    rates = table(section, "Base rates").rows
    assert rates[0][4].text == f"2 (3{SPACE}%)"
    assert (rates[1][4].text, rates[1][4].detail) == ("not stated", "no company was that large")


def test_base_rates_are_not_put_to_a_target_no_growth_reaches(make_inputs: Make) -> None:
    rates = make_inputs().base_rates.with_columns(
        required_growth_ratio=pl.lit(None, pl.Float64),
        windows_reached=pl.lit(None, pl.Int64),
        reached_ratio=pl.lit(None, pl.Float64),
        missing_reason=pl.lit("no admissible growth reaches the target"),
    )
    section = requirement_section(make_inputs(base_rates=rates))
    assert "asks of Acme Cloud" not in words(section)
    row = table(section, "Base rates").rows[0]
    assert row[1].text == "not stated"
    assert (row[4].text, row[4].detail) == ("not stated", "no admissible growth reaches the target")


def test_widest_driver_is_named_with_what_reaches_the_target(make_inputs: Make) -> None:
    assert words(sensitivity_section(make_inputs())) == (
        f"WACC: $2.68T at 7.5{SPACE}%, $1.67T at 9.5{SPACE}%: none moves the value more. "
        "No driver alone reaches $3.0T within its range."
    )
    raised = make_inputs().sensitivity.with_columns(equity_at_low_usd=pl.Series([3.2e12, 1.9e12]))
    text = words(sensitivity_section(make_inputs(sensitivity=raised)))
    assert text.endswith("Within its range $3.0T is reached by WACC.")


def test_grid_marks_what_reaches_the_target(make_inputs: Make) -> None:
    grid = table(sensitivity_section(make_inputs()), "over growth and margin")
    assert text_of(grid) == [
        [f"20.0{SPACE}%", "$1.50T", "$2.00T"],
        [f"45.0{SPACE}%", "$2.20T", "✓ $3.10T"],
    ]
    assert grid.is_folded


def test_assumptions_say_what_is_drawn_from_what(make_inputs: Make) -> None:
    section = assumptions_section(make_inputs())
    cloud, _, company = section.tables
    growth, wacc = cloud.rows[0][4], {row[0].text: row[4].text for row in company.rows}
    assert growth.text == f"normal, ± 8.9{SPACE}%"
    assert growth.detail == (
        "estimated from 25 overlapping observations; "
        f"21{SPACE}% of the draws lie beyond the declared 7.5{SPACE}% to 9.5{SPACE}%"
    )
    assert wacc["weighted average cost of capital, nominal, after tax"] == (
        f"triangular, 7.5{SPACE}% to 9.5{SPACE}%"
    )
    assert wacc["tax on operating income"] == "fixed"


def test_correlations_of_the_base_scenario_are_tabled(make_inputs: Make) -> None:
    inputs = make_inputs()
    correlated = Correlation(
        drivers=("cloud_growth_now", "wacc"),
        value=-0.3,
        basis="judgement",
        rationale="Cheap money builds.",
        dated=date(2026, 5, 1),
    )
    declared = tuple(
        each.model_copy(update={"correlations": (correlated,)}) if each.name == "base" else each
        for each in inputs.declared_scenarios
    )
    section = assumptions_section(make_inputs(declared_scenarios=declared))
    assert text_of(table(section, "Drivers drawn together")) == [
        ["Acme Cloud growth, year 1 and WACC", "−0.3", "judgement: Cheap money builds."]
    ]


def test_scenarios_of_a_users_own_stand_after_the_three(make_inputs: Make) -> None:
    inputs = make_inputs()
    own = inputs.scenarios.head(1).with_columns(scenario=pl.lit("ai_winter"))
    declared = inputs.declared_scenarios[0].model_copy(update={"name": "ai_winter"})
    many = make_inputs(
        scenarios=pl.concat([own, inputs.scenarios]),
        declared_scenarios=(declared, *inputs.declared_scenarios),
    )
    names = [row["scenario"] for row in scenarios_in_order(many)]
    assert names == ["bear", "base", "bull", "ai_winter"]
    headers = [header.text for header in assumptions_section(many).tables[0].headers]
    assert headers[1:5] == ["Bear", "Base", "Bull", scenario_label("ai_winter")]


def test_rows_of_another_story_about_the_company_are_left_out(make_inputs: Make) -> None:
    events = make_inputs().simulation_events
    two = pl.concat(
        [
            events.with_columns(thesis=pl.lit("other"), probability_ratio=pl.lit(0.77)),
            events.with_columns(thesis=pl.lit("acme_3t")),
        ]
    )
    inputs = make_inputs(simulation_events=two).of_company()
    assert 0.77 not in inputs.simulation_events["probability_ratio"].to_list()
    assert inputs.simulation_events.height == events.height


@pytest.mark.parametrize(
    ("build", "frames", "absence"),
    [
        (likelihood_section, ["simulation_events"], "No likelihood was simulated."),
        (requirement_section, ["reverse", "frontier"], "No target was solved for."),
        (sensitivity_section, ["sensitivity"], "No sensitivity was computed."),
    ],
)
def test_what_is_missing_is_said(
    make_inputs: Make,
    build: Callable[[ReportInputs], Section],
    frames: list[str],
    absence: str,
) -> None:
    empty = {name: getattr(make_inputs(), name).clear() for name in frames}
    assert build(make_inputs(**empty)).absence == absence


def test_statements_and_pictures_of_likelihood_are_cited(make_inputs: Make) -> None:
    section = likelihood_section(make_inputs())
    cited = [*(each.citation for each in section.statements), *(c.citation for c in section.charts)]
    assert len(cited) == 6
    assert all(citation and citation.accession_numbers for citation in cited)
