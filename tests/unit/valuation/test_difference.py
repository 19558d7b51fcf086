"""Why a value moved: each cause alone falls into its own part, and the parts sum exactly."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.valuation.amazon import with_values
from valuation.difference import MEANINGS, PARTS_IN_ORDER, changes, valued
from valuation.scenarios import value_scenario

BILLION = st.floats(-50, 50).map(lambda billions: billions * 1e9)


@pytest.fixture(scope="module")
def held_now(amazon, base):
    return valued(amazon.inputs(), base)


def by_part(found):
    return {each.part: each.change_usd for each in found}


def moved(found):
    return {part for part, change in by_part(found).items() if change}


def test_a_valuation_is_that_of_its_scenario(amazon, base, held_now):
    assert held_now.equity_usd == value_scenario(amazon.inputs(), base).equity.value
    assert held_now.by_this_code == held_now.equity_usd
    assert held_now.derived["rest_growth_now"] == (
        "rest_ttm_revenue_growth_yoy",
        "rest_revenue_growth_yoy",
    )


@settings(max_examples=30, deadline=None)
@given(restated=BILLION, came=BILLION, wacc=st.floats(0.08, 0.1), code=BILLION, later=BILLION)
def test_parts_sum_to_the_change_to_the_dollar(amazon, base, restated, came, wacc, code, later):
    then = valued(amazon.inputs(), base)
    then = replace(then, equity_usd=then.equity_usd + code)
    again = amazon.inputs(cash=86_810e6 + restated)
    inputs = amazon.inputs(cash=86_810e6 + restated + came, ttm_net_sales=775_680e6 + came)
    now = valued(inputs, with_values(base, wacc=wacc))
    now = replace(now, equity_usd=now.equity_usd + later)
    found = changes(then, again, now)
    assert found[0].before_usd == round(then.equity_usd)
    assert found[-1].after_usd == round(now.equity_usd)
    assert found[0].before_usd + sum(each.change_usd for each in found) == found[-1].after_usd
    for before, after in pairwise(found):
        assert after.before_usd == before.after_usd
    assert all(each.change_usd.is_integer() for each in found)


def test_nothing_moved(amazon, held_now):
    found = changes(held_now, amazon.inputs(), held_now)
    assert [each.part for each in found] == list(PARTS_IN_ORDER)
    assert moved(found) == set()


def test_restatement_alone(amazon, base, held_now):
    again = amazon.inputs(debt=60_000e6)
    found = changes(held_now, again, valued(again, base))
    assert moved(found) == {"restatements"}
    assert by_part(found)["restatements"] == 5_648e6


def test_new_facts_alone(amazon, base, held_now):
    later = amazon.inputs(cash=90_000e6)
    found = changes(held_now, amazon.inputs(), valued(later, base))
    assert moved(found) == {"new_facts"}
    assert by_part(found)["new_facts"] == 3_190e6


def test_assumption_alone(amazon, base, held_now):
    now = valued(amazon.inputs(), with_values(base, non_operating_assets=100e9))
    found = changes(held_now, amazon.inputs(), now)
    assert moved(found) == {"assumptions"}
    assert by_part(found)["assumptions"] == 4.5e9


def test_code_alone(amazon, held_now):
    """What an earlier code said stands in its row; this code says otherwise of the same inputs."""
    found = changes(
        replace(held_now, equity_usd=held_now.equity_usd - 7e9), amazon.inputs(), held_now
    )
    assert moved(found) == {"code"}
    assert by_part(found)["code"] == 7e9


def test_a_result_by_other_code_than_this_has_a_last_part(amazon, held_now):
    later = replace(held_now, equity_usd=held_now.equity_usd + 7e9)
    found = changes(held_now, amazon.inputs(), later)
    assert [each.part for each in found] == [*PARTS_IN_ORDER, "code"]
    assert [each.change_usd for each in found] == [0, 0, 0, 0, 7e9]


def test_driver_that_asks_for_a_filed_ratio_moves_with_the_facts(amazon, base, held_now):
    """A quarter's filed growth is a fact; that the scenario takes it is not a new assumption."""
    later = amazon.inputs(ttm_operating_income=99_000e6)
    found = changes(held_now, amazon.inputs(), valued(later, base))
    assert moved(found) == {"new_facts"}
    assert by_part(found)["new_facts"] > 0


def test_ratio_a_kept_valuation_took_is_taken_as_it_was(amazon, held_now):
    """Kept with 35 % growth; what the inputs would give by today's rules does not matter."""
    kept = replace(held_now, drivers={**held_now.drivers, "cloud_growth_now": 0.35})
    kept = replace(kept, equity_usd=kept.by_this_code)
    found = changes(held_now, amazon.inputs(), kept)
    assert moved(found) == {"new_facts"}
    assert by_part(found)["new_facts"] < 0


def test_asking_for_another_ratio_is_an_assumption(amazon, base, held_now):
    other = base.drivers["rest_growth_now"].model_copy(
        update={"input": "rest_revenue_growth_yoy", "or_input": None}
    )
    scenario = base.model_copy(update={"drivers": {**base.drivers, "rest_growth_now": other}})
    found = changes(held_now, amazon.inputs(), valued(amazon.inputs(), scenario))
    assert moved(found) == {"assumptions"}


def test_every_part_has_its_meaning():
    assert MEANINGS.keys() == set(PARTS_IN_ORDER)
