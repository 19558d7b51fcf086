"""Verdicts on what real articles say, labelled by hand; and what must never happen."""

import re
import sys
from datetime import UTC, date, datetime

import pytest

from tests.support.labelled_claims import (
    CORPUS,
    article,
    claim,
    corpus_articles,
    labelled_claim,
    labels,
    replacing,
)
from tests.support.rebuilding import Models

AGREED = {"confirmed", "confirmed_rounded", "truncated"}
SHARE_RIGHT = 0.95
QUARTER = {"period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30)}
AUGUST = [article("august", date(2026, 8, 15))]


@pytest.fixture(scope="module")
def models(refreshed):
    return Models(refreshed.settings)


@pytest.fixture
def judge(models, tmp_path):
    """Rows of fct_claim_checks by claim, for articles and claims in place of all others."""

    def checks(articles, claims, *changes):
        with models.rebuilt(*replacing(tmp_path, articles, claims), *changes) as connection:
            rows = connection.sql("from marts.fct_claim_checks").pl().to_dicts()
        return {row["claim_key"].partition("@")[2].partition("/")[2]: row for row in rows}

    return checks


@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled articles are not on this machine")
def test_labelled_claims_get_the_labelled_verdict(models, tmp_path, capsys):
    wanted = {(label["article"], label["claim_id"]): label for label in labels()}
    changes = replacing(tmp_path, corpus_articles(), list(map(labelled_claim, wanted.values())))
    with models.rebuilt(*changes) as connection:
        found = {
            (article_id, claim_id): verdict
            for article_id, claim_id, verdict in connection.execute(
                "select article_id, claim_id, verdict from marts.fct_claim_checks"
            ).fetchall()
        }
    assert found.keys() == wanted.keys()
    verifiable = {
        key: label["expected_verdict"]
        for key, label in wanted.items()
        if label["expected_verdict"] != "not_verifiable"
    }
    wrong = {key: found[key] for key, verdict in verifiable.items() if found[key] != verdict}
    with capsys.disabled():
        right = len(verifiable) - len(wrong)
        sys.stdout.write(f"\n{right} of {len(verifiable)} verdicts as labelled\n")
        for key, verdict in wrong.items():
            label = wanted[key]
            sys.stdout.write(
                f"  {' '.join(key)} {label['span_text']}: {verdict}, labelled"
                f" {label['expected_verdict']} ({label['expected_filed_basis']})\n"
            )
    assert len(wrong) <= (1 - SHARE_RIGHT) * len(verifiable)
    assert {key for key in wrong if wrong[key] in AGREED and verifiable[key] not in AGREED} == set()


def test_net_sales_never_bear_out_capital_spending(judge):
    """Net sales of 2026Q2 are 200.6bn; "$200B" of capital spending has nothing to do with them."""
    found = judge(
        AUGUST,
        [
            claim("august", "capex", "$200B", 2e11, metric="capex_gross", **QUARTER),
            claim(
                "august", "about", "$200B", 2e11, metric="capex_net", is_approximate=True, **QUARTER
            ),
            claim("august", "growth", "$200B", 2e11, metric="capex_growth", **QUARTER),
            claim("august", "plan", "$200B", 2e11, metric="capex_guidance", **QUARTER),
            claim(
                "august", "aws", "$200B", 2e11, metric="segment_revenue", segment="AWS", **QUARTER
            ),
            claim("august", "part", "$200B", 2e11, metric="net_sales", segment="AWS", **QUARTER),
            claim("august", "year", "$200.6B", 2.006e11, metric="net_sales"),
            claim("august", "sales", "$200.6B", 2.006e11, metric="net_sales", **QUARTER),
        ],
    )
    assert {name: row["verdict"] for name, row in found.items()} == {
        "capex": "contradicted",
        "about": "contradicted",
        "growth": "not_verifiable",
        "plan": "not_verifiable",
        "aws": "contradicted",
        "part": "not_verifiable",
        "year": "not_verifiable",
        "sales": "confirmed_rounded",
    }
    assert {row["matched_metric"] for row in found.values()} == {
        "capex_gross", "capex_net", "segment_revenue", "net_sales", None
    }  # fmt: skip


def test_growth_at_constant_rates_is_never_held_against_growth_as_reported(judge):
    growth = {"metric": "revenue_growth", "unit": "ratio", "kind": "growth", "comparison": "yoy"}
    found = judge(
        AUGUST,
        [
            claim("august", "plain", "37%", 0.37, segment="AWS", **growth, **QUARTER),
            claim("august", "constant", "37%", 0.37, segment="AWS", is_constant_currency=True,
                  **growth, **QUARTER),
        ],
    )  # fmt: skip
    assert found["plain"]["verdict"] == "confirmed_rounded"
    assert found["constant"]["verdict"] == "not_verifiable"
    assert "constant exchange rates" in found["constant"]["reason"]


def test_derived_claims_are_computed_and_say_of_what(judge):
    ratio = {"unit": "ratio", **QUARTER}
    found = judge(
        AUGUST,
        [
            claim("august", "margin", "39.4%", 0.394, metric="operating_margin", segment="AWS",
                  kind="margin", **ratio),
            claim("august", "sales", "21%", 0.21, metric="mix_share", segment="AWS", kind="share",
                  of_metric="net_sales", **ratio),
            claim("august", "profit", "60%", 0.6, metric="mix_share", segment="AWS", kind="share",
                  of_metric="operating_income", is_approximate=True, **ratio),
            claim("august", "pace", "$169B", 1.69e11, metric="run_rate", segment="AWS", **QUARTER),
            claim("august", "step", "$10 billion", 1e10, metric="capex_gross", kind="change",
                  comparison="qoq", **QUARTER),
            claim("august", "points", "+645 bps", 0.0645, metric="operating_margin", segment="AWS",
                  kind="change", comparison="yoy", **ratio),
            claim("august", "doubled", "doubled", 2.0, metric="backlog_growth", unit="multiple",
                  kind="growth", comparison="yoy", bound="ge", period_start=QUARTER["period_start"],
                  period_end=QUARTER["period_end"]),
        ],
    )  # fmt: skip
    assert {name: row["formula"] for name, row in found.items()} == {
        "margin": "segment_operating_income[aws] 2026Q2 / segment_revenue[aws] 2026Q2",
        "sales": "segment_revenue[aws] 2026Q2 / net_sales 2026Q2",
        "profit": "segment_operating_income[aws] 2026Q2 / operating_income 2026Q2",
        "pace": "4 * segment_revenue[aws] 2026Q2",
        "step": "capex_gross 2026Q2 - capex_gross 2026Q1",
        "points": "segment_operating_income[aws] 2026Q2 / segment_revenue[aws] 2026Q2"
        " - segment_operating_income[aws] 2025Q2 / segment_revenue[aws] 2025Q2",
        "doubled": "backlog 2026Q2 / backlog 2025Q2",
    }
    assert {row["verdict"] for row in found.values()} == {"confirmed_rounded"}
    assert round(found["doubled"]["filed_value"], 3) == round(496 / 195, 3)


def test_a_forecast_is_open_until_its_period_is_reported(judge):
    """19.2bn of operating income were reported for 2025Q2 at the end of July 2025."""
    quarter = {"period_start": date(2025, 4, 1), "period_end": date(2025, 6, 30)}
    expected = {"metric": "operating_income", "modality": "estimated", **quarter}
    claims = [
        claim("may", "missed", "$17.8 billion", 1.78e10, **expected),
        claim("may", "right", "$19.2 billion", 1.92e10, **expected),
        claim("may", "guided", "$13 billion to $17.5 billion", None, low=1.3e10, high=1.75e10,
              metric="operating_income_guidance", modality="guided", **quarter),
    ]  # fmt: skip
    articles = [article("may", date(2025, 5, 2))]
    found = judge(articles, claims)
    assert {name: (row["verdict"], row["verdict_now"]) for name, row in found.items()} == {
        "missed": ("not_yet_reported", "missed"),
        "right": ("not_yet_reported", "confirmed_rounded"),
        "guided": ("confirmed", "missed"),
    }
    assert found["right"]["filed_value_now"] == 19_171e6
    before = judge(
        articles, claims, "insert into raw.knowledge values ('2025-07-31 20:00:00+00')"
    )  # fmt: skip
    assert {name: row["verdict_now"] for name, row in before.items()} == {
        "missed": "not_yet_reported",
        "right": "not_yet_reported",
        "guided": "confirmed",
    }
    assert {row["filed_value_now"] for row in before.values()} == {None}


def test_a_warehouse_of_the_past_judges_by_what_was_known(models, judge):
    """Neither verdict of a warehouse as of May 2026 knows the 10-Q of July."""
    moment = datetime(2026, 5, 20, tzinfo=UTC)
    outlook = {"metric": "capex_guidance", "modality": "guided", "is_approximate": True}
    claims = [
        claim("may", "plan", "$200 billion", 2e11, **outlook),
        claim("may", "sales", "$200.6 billion", 2.006e11, metric="net_sales", modality="estimated",
              **QUARTER),
    ]  # fmt: skip
    articles = [article("may", date(2026, 5, 14)), *AUGUST]
    found = judge(articles, claims, f"insert into raw.knowledge values ('{moment}')")
    assert {name: row["verdict_now"] for name, row in found.items()} == {
        "plan": "confirmed_rounded",
        "sales": "not_yet_reported",
    }
    assert all(
        row[known] is None or row[known] <= moment
        for row in found.values()
        for known in ("known_from", "known_from_now")
    )
    later = judge(articles, claims)
    assert {name: row["verdict_now"] for name, row in later.items()} == {
        "plan": "superseded",
        "sales": "confirmed_rounded",
    }
    assert later["plan"]["guidance_low_now"] == 220e9


def test_guidance_is_held_against_what_was_in_force(judge):
    outlook = {"ticker": "META", "metric": "capex_guidance", "modality": "guided"}
    found = judge(
        [article("april", date(2026, 4, 27)), article("may", date(2026, 5, 4))],
        [
            claim("april", "then", "$115-135 billion", None, low=1.15e11, high=1.35e11, **outlook),
            claim("may", "late", "$115-135 billion", None, low=1.15e11, high=1.35e11, **outlook),
            claim("april", "wrong", "$162-169 billion", None, low=1.62e11, high=1.69e11, **outlook),
            claim("may", "up to", "$145 billion", 1.45e11, bound="le", **outlook),
        ],
    )
    assert {name: (row["verdict"], row["verdict_now"]) for name, row in found.items()} == {
        "then": ("confirmed", "superseded"),
        "late": ("stale", "stale"),
        "wrong": ("contradicted", "contradicted"),
        "up to": ("confirmed_rounded", "confirmed_rounded"),
    }
    assert "2026-01-28" in found["late"]["reason"]


def test_an_outlet_is_credited_once_for_a_text_and_with_its_newest_version(models, tmp_path):
    sales = {"metric": "net_sales", **QUARTER}
    articles = [
        article("first", date(2026, 8, 14), outlet="wire"),
        article("first", date(2026, 8, 15), outlet="wire", article_version=2),
        article("again", date(2026, 8, 16), outlet="wire", duplicate_of="first"),
        article("copy", date(2026, 8, 16), outlet="copyist", duplicate_of="first"),
    ]
    claims = [
        claim("first", "C1", "$210 billion", 2.1e11, **sales),
        claim("first", "C1", "$200.6 billion", 2.006e11, article_version=2, **sales),
        claim("again", "C1", "$200.6 billion", 2.006e11, **sales),
        claim("copy", "C1", "$200.6 billion", 2.006e11, **sales),
    ]
    with models.rebuilt(*replacing(tmp_path, articles, claims)) as connection:
        judged = connection.execute(
            "select claim_key, verdict, is_latest_version, is_duplicate"
            " from marts.fct_claim_checks order by claim_key"
        ).fetchall()
        record = connection.execute(
            "select outlet, articles, claims, confirmed_rounded, right_ratio,"
            " round(mean_absolute_error_ratio, 6) from marts.fct_outlet_record order by outlet"
        ).fetchall()
    assert judged == [
        ("again@1/C1", "confirmed_rounded", True, True),
        ("copy@1/C1", "confirmed_rounded", True, True),
        ("first@1/C1", "contradicted", False, False),
        ("first@2/C1", "confirmed_rounded", True, False),
    ]
    error = round((200_606e6 - 200.6e9) / 200_606e6, 6)
    assert record == [("copyist", 1, 1, 1, 1.0, error), ("wire", 1, 1, 1, 1.0, error)]


def test_each_formula_names_only_metrics_of_the_claims_own_family(warehouse):
    """What may bear out a claim is declared; no rule mixes sales with spending."""
    families = warehouse.execute(
        "select claim_metric, string_agg(metric || ' ' || over_metric, ' ')"
        " from raw.registry_claim_rules group by claim_metric"
    ).fetchall()
    for claim_metric, metrics in families:
        if claim_metric.startswith("capex"):
            assert all(re.match("capex_", name) for name in metrics.split())
