"""Why the base value changed, part by part."""

from collections.abc import Callable

from report.content import Section
from report.difference_section import difference_section
from report.inputs import ReportInputs
from tests.unit.report.valued import changes, frame

Make = Callable[..., ReportInputs]


def words(section: Section) -> str:
    return "\n".join(statement.text for statement in section.statements)


def test_a_still_run_gives_way_to_the_filing_before(make_inputs: Make) -> None:
    section = difference_section(make_inputs())
    assert words(section) == (
        "Since the valuation after the 10-K before, of what was known on 1 May 2026, the base "
        "value went from $2.00T to $2.13T, +$131bn: restatements −$9.0bn; new facts +$140bn."
    )
    rows = section.tables[0].rows
    assert rows[0][0].text == "Earlier value"
    assert rows[-1][1].text == "+$131bn"
    assert rows[1][1].text == "no change"


def test_a_run_that_moved_is_shown_before_the_filing(make_inputs: Make) -> None:
    rows = changes("previous_run", [5e9, 0.0, 0.0, 0.0])
    rows += changes("after_10-K_2026-02-07", [0.0, 1e9, 0.0, 0.0])
    text = words(difference_section(make_inputs(run_diff=frame(rows))))
    assert text.startswith("Since the run before")
    assert "formulas +$5.0bn" in text


def test_nothing_changed_is_said(make_inputs: Make) -> None:
    still = frame(changes("previous_run", [0.0, 0.0, 0.0, 0.0]))
    section = difference_section(make_inputs(run_diff=still))
    assert words(section).startswith("Nothing changed since the run before")
    assert section.charts == ()


def test_no_earlier_valuation_is_said(make_inputs: Make) -> None:
    section = difference_section(make_inputs(run_diff=make_inputs().run_diff.clear()))
    assert section.absence == "There is no earlier valuation to compare."
