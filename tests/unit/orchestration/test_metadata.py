"""What results look like in Dagster: names as words, figures that can be read, pictures."""

from base64 import b64decode

import pytest

from ingest.quality import RunMetric
from orchestration.metadata import figures, label, pictures
from orchestration.run_metrics import WHOLE_RUN, cost_of


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bear_value_per_share_usd", "bear value per share (USD)"),
        ("cloud_operating_margin_ratio", "cloud operating margin (ratio)"),
        ("backlog_coverage_years", "backlog coverage (years)"),
        ("newest_fiscal_quarter", "newest fiscal quarter"),
        ("AMZN bear (USD a share)", "AMZN bear (USD a share)"),
        ("usd", "(USD)"),
    ],
)
def test_a_name_is_shown_as_words_with_its_unit(name, shown):
    assert label(name) == shown


def test_figures_are_rounded_to_be_read_and_one_that_is_not_known_says_so():
    shown = figures({"a_usd": 186.23876565, "b_ratio": -0.031621932, "c": None, "d": "possible"})
    assert {name: each.value for name, each in shown.items()} == {
        "a (USD)": 186.24, "b (ratio)": -0.0316, "c": "not stated", "d": "possible",
    }  # fmt: skip


def test_pictures_stand_one_below_the_other_each_under_its_text():
    drawn = ['<svg aria-label="Cost &amp; gain"/>', "<svg/>"]
    first, image, second, last = pictures(drawn).value.split("\n\n")
    assert (first, second) == ("Cost & gain", "chart")
    assert image.startswith("![Cost & gain](data:image/svg+xml;base64,")
    assert b64decode(last.split(",")[1].removesuffix(")")).decode() == drawn[1]


def test_the_cost_of_a_run_is_told_in_seconds_requests_and_megabytes():
    metrics = [
        RunMetric("load_source", "seconds", 2.0, "s"),
        RunMetric("marts/fct_metrics", "seconds", 1.0, "s"),
        RunMetric("raw/filings", "requests", 7.0, "count"),
        RunMetric("raw/filings", "bytes_fetched", 3_000_000.0, "bytes"),
        RunMetric(WHOLE_RUN, "peak_memory", 500_000_000.0, "bytes"),
    ]
    assert cost_of(metrics) == {
        "time of the steps before (s)": 2.0,
        "requests (count)": 7.0,
        "fetched (MB)": 3.0,
        "peak memory (MB)": 500.0,
    }
