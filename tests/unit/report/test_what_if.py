"""The panel of sliders: what it starts with, and a grid that no text can break out of."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files

import polars as pl
import pytest

from report.inputs import ReportInputs
from report.page import build_page
from report.what_if import STEPS, safe_json, what_if_section

Make = Callable[..., ReportInputs]
SPACE = "\u202f"


def data_of(inputs: ReportInputs) -> dict:
    panel = what_if_section(inputs).panel
    assert panel is not None
    return json.loads(panel.data)


def test_sliders_start_at_the_base_and_end_at_the_grid(make_inputs: Make) -> None:
    growth, intensity = what_if_section(make_inputs()).panel.sliders
    assert (growth.label, growth.value) == ("Acme Cloud growth, year 1", f"36.8{SPACE}%")
    assert (growth.low, growth.high) == (f"20.0{SPACE}%", f"45.0{SPACE}%")
    assert growth.position == round(STEPS * (0.368 - 0.2) / 0.25)
    assert (intensity.low, intensity.value, intensity.high) == ("0.50×", "0.55×", "1.00×")


def test_the_grid_is_exported_in_whole_millions(make_inputs: Make) -> None:
    data = data_of(make_inputs())
    assert data["values"] == [1000.0, 1200.0, 2000.0, 3000.0]
    assert [axis["reciprocal"] for axis in data["axes"]] == [False, True]
    assert {3000.0, 3300.0} < set(data["marks"])


def test_distance_to_the_close_is_that_of_the_scenarios(make_inputs: Make) -> None:
    """Market value counts shares before dilution; a value a share is held against a price."""
    inputs = make_inputs()
    base = inputs.scenario("base")
    panel = what_if_section(inputs).panel
    assert panel.marks[-1] == "the last close, $274"
    close = data_of(inputs)["marks"][-1] * 1e9
    assert base["equity_value_usd"] / close - 1 == pytest.approx(base["upside_ratio"])


def test_without_a_price_there_is_no_distance_to_a_close(make_inputs: Make) -> None:
    frame = make_inputs().scenarios.with_columns(share_price_usd=pl.lit(None, pl.Float64))
    inputs = make_inputs(scenarios=frame)
    assert sorted(what_if_section(inputs).panel.marks) == ["$3.0T", "$3.3T"]
    assert sorted(data_of(inputs)["marks"]) == [3000.0, 3300.0]


def test_the_unit_of_a_driver_is_exported(make_inputs: Make) -> None:
    frame = make_inputs().what_if.with_columns(
        drivers=pl.Series([["cloud_margin_convergence", "cloud_sales_to_capital"]])
    )
    axes = data_of(make_inputs(what_if=frame))["axes"]
    assert [(each["unit"], each["decimalsOfMultiple"]) for each in axes] == [
        ("years", None), ("ratio", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(("error", "printed"), [(0.0044, "0.44"), (0.00441, "0.45")])
def test_the_error_is_said_and_holds_as_printed(
    make_inputs: Make, error: float, printed: str
) -> None:
    frame = make_inputs().what_if.with_columns(error_ratio=pl.lit(error))
    (note,) = what_if_section(make_inputs(what_if=frame)).notes
    assert f"at 4,096 probes that was within {printed}{SPACE}%" in note


def test_no_grid_is_said(make_inputs: Make) -> None:
    inputs = make_inputs(what_if=make_inputs().what_if.clear())
    section = what_if_section(inputs)
    assert section.panel is None
    assert section.absence
    html = build_page(inputs).html
    assert "<script" not in html
    assert "script-src" not in html


@pytest.mark.parametrize("hostile", ["</script><script>alert(1)</script>", "<!--<script>", "]]>"])
def test_text_cannot_end_the_data(hostile: str) -> None:
    written = safe_json({hostile: [hostile]})
    assert "<" not in written
    assert json.loads(written) == {hostile: [hostile]}


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        safe_json({"values": [float("nan")]})


def test_the_page_allows_its_own_script_and_no_other(make_inputs: Make) -> None:
    html = build_page(make_inputs()).html
    (source,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = b64encode(sha256(source.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "<noscript>" in html


@pytest.mark.parametrize("word", ["fetch", "eval", "innerHTML", "XMLHttpRequest", "onclick"])
def test_the_script_asks_for_nothing_and_writes_text_alone(word: str) -> None:
    assert word not in files("report").joinpath("what_if.js").read_text(encoding="utf-8")
