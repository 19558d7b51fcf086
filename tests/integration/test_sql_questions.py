"""The questions in docs/sql run on the embedded data and give the figures the filings state."""

import re
from pathlib import Path

import duckdb
import pytest

QUESTIONS = Path(__file__).resolve().parents[2] / "docs" / "sql"
FILES = sorted(QUESTIONS.glob("*.sql"))


def first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0]


@pytest.fixture
def ask(warehouse: duckdb.DuckDBPyConnection):
    """The rows of a question, as dicts; only those with the given values."""

    def rows(name: str, **wanted: object) -> list[dict]:
        text = (QUESTIONS / f"{name}.sql").read_text(encoding="utf-8")
        found = warehouse.sql(text).pl().to_dicts()
        return [row for row in found if wanted.items() <= row.items()]

    return rows


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_asks_a_question_and_finds_rows(path, ask):
    assert re.fullmatch(r"-- .+\?", first_line(path))
    assert ask(path.stem)


def test_the_readme_lists_every_question_beside_its_file():
    readme = (QUESTIONS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (.+\?) \| \[(.+)\]\(\2\) \|$", readme, flags=re.MULTILINE)
    asked = [(first_line(path).removeprefix("-- "), path.name) for path in FILES]
    assert sorted(listed) == sorted(asked)


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        (
            "aws-profit-share",
            {"fiscal_quarter": "2024Q4"},
            {"ttm_operating_margin_pct": 37.04, "revenue_usd_bn": 28.786},
        ),
        (
            "capex-definitions",
            {"ticker": "META", "fiscal_quarter": "2024Q4"},
            {"gross_usd_bn": 37.256, "company_definition_usd_bn": 39.225},
        ),
        (
            "capex-definitions",
            {"ticker": "AMZN", "fiscal_quarter": "2024Q4"},
            {"gross_usd_bn": 82.999, "company_definition_usd_bn": 77.658},
        ),
        (
            "free-cash-flow",
            {"ticker": "AMZN", "fiscal_quarter": "2026Q1"},
            {
                "capex_gross_usd_bn": 44.203,
                "capex_growth_yoy_pct": 76.68,
                "ttm_free_cash_flow_usd_bn": 1.232,
            },
        ),
        (
            "backlog-coverage",
            {"ticker": "AMZN", "fiscal_quarter": "2026Q2"},
            {"backlog_usd_bn": 496.0, "previous_backlog_usd_bn": 364.0, "coverage_years": 3.34},
        ),
        (
            "backlog-conversion",
            {"ticker": "AMZN", "fiscal_quarter": "2024Q4"},
            {"backlog_usd_bn": 177.0, "realised_next_12m_revenue_usd_bn": 128.7},
        ),
        (
            "book-to-bill",
            {"ticker": "AMZN", "fiscal_quarter": "2025Q4"},
            {"revenue_usd_bn": 35.579, "net_bookings_usd_bn": 79.579},
        ),
        (
            "margins-then-and-now",
            {"segment": "intelligent_cloud", "fiscal_quarter": "2022Q4"},
            {"ttm_margin_at_end_of_2022_pct": 43.48, "ttm_margin_today_pct": 44.29},
        ),
    ],
)
def test_figures_are_those_of_the_filings(ask, name, key, expected):
    (row,) = ask(name, **key)
    assert {column: row[column] for column in expected} == expected


@pytest.mark.parametrize(
    ("metric", "versions"),
    [
        (
            "operating_cash_flow",
            [(16_443, "first_known"), (17_272, "redefined"), (17_203, "redefined")],
        ),
        ("diluted_shares", [(510, "first_known"), (10_200, "split"), (10_198, "more_precise")]),
    ],
)
def test_restatements_come_in_order_with_their_reason(ask, metric, versions):
    rows = ask("restatements", metric=metric)
    assert [(row["value_m_or_usd_per_share"], row["version_reason"]) for row in rows] == versions


def test_an_evening_turns_unknown_figures_into_known_ones(ask):
    (capex,) = ask("filing-evening", metric="capex_gross", basis="quarter", fiscal_quarter="2024Q3")
    assert capex["value_m_at_18_00"] is None
    assert capex["value_m_at_19_00"] == 22_620
    assert f"{capex['known_from']:%Y-%m-%d %H:%M:%S}" == "2024-10-31 22:44:54"


def test_a_filing_changes_only_what_was_known_before(ask):
    (margin,) = ask(
        "filing-changes",
        metric="segment_operating_income",
        segment="intelligent_cloud",
        fiscal_quarter="2022Q4",
    )
    assert (margin["before_usd_bn"], margin["after_usd_bn"]) == (32.721, 33.203)


def test_a_backlog_that_changed_its_meaning_is_not_compared(ask):
    (changed,) = ask("backlog-coverage", ticker="GOOGL", fiscal_quarter="2026Q1")
    assert changed["backlog_usd_bn"] == 467.6
    assert changed["previous_backlog_usd_bn"] is None
    assert changed["why_not_compared"]
    assert changed["definition_change"].startswith("from 2026Q1 on")


def test_fiscal_years_are_aligned_by_the_calendar(ask):
    (microsoft,) = ask("capex-ranking", calendar_quarter="2026Q2", capex_to_revenue_rank=1)
    assert (microsoft["company_name"], microsoft["fiscal_quarter"]) == (
        "Microsoft Corporation",
        "2026Q4",
    )
    assert microsoft["ttm_capex_to_revenue_pct"] == 34.94


def test_the_story_is_judged_by_what_was_on_file(ask):
    (backlog,) = ask("claim-verdicts", claim_metric="backlog")
    assert backlog["verdict"] == "stale"
    assert (backlog["filed_usd_bn_or_ratio"], backlog["stale_usd_bn_or_ratio"]) == (364.0, 244.0)
    (cash,) = ask("thesis-scorecard", claim="cash_flow_recovers")
    assert (cash["fiscal_quarter_then"], cash["verdict_then"]) == ("2026Q1", "weakens")


def test_a_figure_leads_to_its_filings(ask):
    capex = ask("figure-sources", column_name="capex_gross_usd")
    assert [row["form"] for row in capex] == ["10-Q", "10-K"]
    assert {row["value_usd_bn"] for row in capex} == {27.834}
    assert all(row["edgar_address"].startswith("https://www.sec.gov/Archives/") for row in capex)


def test_nothing_is_missing_without_a_reason(ask):
    assert all(row["reason"] and row["missing"] for row in ask("missing-figures"))


def test_free_cash_flow_is_followed_to_its_facts(ask):
    facts = [row for row in ask("figure-lineage") if row["accession_number"]]
    assert round(sum(row["sign"] * row["value_usd_bn"] for row in facts), 3) == -7.604
    assert {row["accession_number"] for row in facts} == {"0001018724-26-000026"}


def test_releases_are_counted_for_every_company_and_the_embedded_data_have_none(ask):
    rows = ask("preliminary-and-filed")
    assert "AMZN" in {row["ticker"] for row in rows}
    assert {row["preliminary_figures"] for row in rows} == {0}


def test_there_are_twenty_nine_questions():
    assert len(FILES) == 29
