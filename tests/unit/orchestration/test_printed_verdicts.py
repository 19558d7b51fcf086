"""What `plumbline check` prints of a claim: place, reading, verdicts, and what they rest on."""

from datetime import date

import polars as pl
import pytest

from ingest.articles.documents import Document
from orchestration.printed_verdicts import print_verdicts
from tests.unit.report.conftest import BODY, claim

STORY = Document(
    title="A story",
    outlet="a paper",
    address="",
    published_at=date(2026, 5, 14),
    how_dated="the user",
    body=BODY,
)


@pytest.fixture
def printed(capsys):
    def lines(*claims):
        print_verdicts(STORY, pl.DataFrame(claims, infer_schema_length=None))
        return [line.strip() for line in capsys.readouterr().out.splitlines()]

    return lines


def test_a_stale_figure_stands_beside_the_one_filed_since(printed):
    lines = printed(
        claim(
            "C1", "$244 billion", "backlog", "stale", filed_value=364e9, stale_value=244e9,
            stale_fiscal_quarter="2025Q4", formula="backlog 2026Q1",
            accession_numbers=["0001018724-26-000014"],
            accession_numbers_now=["0001018724-26-000014"],
        )
    )  # fmt: skip
    assert lines[0:2] == ["A story", "2026-05-14, dated by the user"]
    assert lines[3] == "C1   1:16    $244 billion  ACME, backlog, Q1 2026"
    assert lines[4] == (
        "stale: $244,000m was true of 2025Q4; filed since: $364,000m (backlog 2026Q1)"
    )
    assert lines[5] == "0001018724-26-000014, secondary evidence"
    assert lines[-1] == "1 claim: 1 stale"


def test_each_verdict_has_its_own_figure_and_filings(printed):
    lines = printed(
        claim(
            "C2", "$1.2 billion", "free_cash_flow", "confirmed", filed_value=1.2e9,
            claimed_value=1.2e9, formula="fcf", accession_numbers=["a"], verdict_now="contradicted",
            filed_value_now=1.6e9, formula_now="fcf, restated", accession_numbers_now=["b"],
        )
    )  # fmt: skip
    assert lines[4] == "confirmed, now contradicted: $1,200m (fcf); now $1,600m (fcf, restated)"
    assert lines[5] == "a, secondary evidence; now b, secondary evidence"
    assert lines[-2:] == ["1 claim: 1 confirmed", "now: 1 contradicted"]


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"claimed_value": -1.2e9}, "read as −$1,200m"),
        ({"bound": "ge"}, "at least"),
        ({"is_approximate": True}, "about"),
        ({"modality": "guided"}, "guided"),
    ],
)
def test_what_the_number_was_read_as(printed, given, subject):
    lines = printed(
        claim("C2", "$1.2 billion", "free_cash_flow", "not_verifiable",
              **{"claimed_value": 1.2e9, **given})
    )  # fmt: skip
    assert lines[3].endswith(f"ACME, free cash flow, Q1 2026, {subject}")


def test_an_article_without_numbers_says_so(printed):
    assert printed()[-1] == "No numeric claim was found."
