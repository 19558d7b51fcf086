"""The panel of sliders: what it starts with, and a grid that no text can break out of."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import polars as pl
import pytest

from report.inputs import ReportInputs
from report.page import build_page
from report.what_if import STEPS, what_if_section

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
    assert sorted(data["marks"])[-2:] == [3000.0, 3300.0]


def test_the_error_of_reading_between_points_is_said(make_inputs: Make) -> None:
    (note,) = what_if_section(make_inputs()).notes
    assert f"at 4,096 probes that was within 0.44{SPACE}%" in note


def test_no_grid_is_said(make_inputs: Make) -> None:
    inputs = make_inputs(what_if=make_inputs().what_if.clear())
    section = what_if_section(inputs)
    assert section.panel is None
    assert section.absence
    html = build_page(inputs).html
    assert "<script" not in html
    assert "script-src" not in html


def test_text_cannot_end_the_data(make_inputs: Make) -> None:
    hostile = "</script><script>alert(1)</script>"
    frame = make_inputs().what_if.with_columns(
        drivers=pl.Series([["cloud_growth_now", "cloud_sales_to_capital"]]),
        is_reciprocal=pl.Series([[False, True]]),
    )
    panel = what_if_section(make_inputs(what_if=frame)).panel
    assert "<" not in panel.data
    thesis = make_inputs().thesis.model_copy(update={"statement": hostile})
    html = build_page(make_inputs(thesis=thesis)).html
    assert "<script>alert" not in html


def test_the_page_allows_its_own_script_and_no_other(make_inputs: Make) -> None:
    html = build_page(make_inputs()).html
    (source,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = b64encode(sha256(source.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "<noscript>" in html


@pytest.mark.parametrize("word", ["fetch", "eval", "innerHTML", "XMLHttpRequest", "onclick"])
def test_the_script_asks_for_nothing_and_writes_text_alone(make_inputs: Make, word: str) -> None:
    (source,) = re.findall(
        r"<script>(.*?)</script>", build_page(make_inputs()).html, flags=re.DOTALL
    )
    assert word not in source
