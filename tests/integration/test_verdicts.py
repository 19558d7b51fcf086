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

# Each builds all models anew.
pytestmark = pytest.mark.slow

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


def test_an_outlet_is_credited_once_for_a_text_and_with_its_first_version(models, tmp_path):
    sales = {"metric": "net_sales", **QUARTER}
    articles = [
        article("first", date(2026, 8, 14), outlet="wire"),
        article("first", date(2026, 8, 15), outlet="wire", article_version=2),
        article("again", date(2026, 8, 16), outlet="wire", duplicate_of="first"),
        article("copy", date(2026, 8, 16), outlet="copyist", duplicate_of="first"),
    ]
    claims = [
        claim("first", "C1", "$200.6 billion", 2.006e11, **sales),
        claim("first", "C1", "$210 billion", 2.1e11, article_version=2, **sales),
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
        ("first@1/C1", "confirmed_rounded", False, False),
        ("first@2/C1", "contradicted", True, False),
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


def test_a_bound_is_held_against_its_own_number(judge):
    """Net sales of 2026Q2 are 200,606m: what rounds to a bound may lie beyond it."""
    sales = {"metric": "net_sales", **QUARTER}
    found = judge(
        AUGUST,
        [
            claim("august", "over", "$200 billion", 2e11, bound="ge", **sales),
            claim("august", "over more", "$201 billion", 2.01e11, bound="ge", **sales),
            claim("august", "under", "$201 billion", 2.01e11, bound="le", **sales),
            claim("august", "under less", "$200.6 billion", 2.006e11, bound="le", **sales),
            claim("august", "under it", "$200,606 million", 200_606e6, bound="le", **sales),
            claim("august", "once under", "$190 billion", 1.9e11, bound="le", **sales),
        ],
    )
    assert {name: row["verdict"] for name, row in found.items()} == {
        "over": "confirmed_rounded",
        "over more": "contradicted",
        "under": "confirmed_rounded",
        "under less": "contradicted",
        "under it": "confirmed_rounded",
        "once under": "contradicted",
    }


def test_guidance_holds_bounds_and_its_middle(judge):
    """The outlook for 2025Q2 was 13.0bn to 17.5bn of operating income."""
    quarter = {"period_start": date(2025, 4, 1), "period_end": date(2025, 6, 30)}
    outlook = {"metric": "operating_income_guidance", "modality": "guided", **quarter}
    found = judge(
        [article("may", date(2025, 5, 2))],
        [
            claim("may", "more", "$10 billion", 1e10, bound="ge", **outlook),
            claim("may", "most", "$20 billion", 2e10, bound="le", **outlook),
            claim("may", "too much", "$15 billion", 1.5e10, bound="ge", **outlook),
            claim("may", "middle", "$15.25 billion", 1.525e10, **outlook),
            claim("may", "end", "$13 billion", 1.3e10, **outlook),
        ],
    )
    assert {name: row["verdict"] for name, row in found.items()} == {
        "more": "confirmed_rounded",
        "most": "confirmed_rounded",
        "too much": "contradicted",
        "middle": "confirmed_rounded",
        "end": "contradicted",
    }


def test_both_ends_of_a_range_stand_for_their_last_digit(judge):
    """AWS grew 36.8 % in 2026Q2."""
    growth = {
        "metric": "revenue_growth", "unit": "ratio", "kind": "growth", "comparison": "yoy",
        "segment": "AWS", **QUARTER,
    }  # fmt: skip
    found = judge(
        AUGUST,
        [
            claim("august", "to it", "36% to 36.7%", None, low=0.36, high=0.367, **growth),
            claim("august", "from it", "37% to 38%", None, low=0.37, high=0.38, **growth),
            claim("august", "above", "38% to 39%", None, low=0.38, high=0.39, **growth),
        ],
    )
    assert {name: row["verdict"] for name, row in found.items()} == {
        "to it": "contradicted",
        "from it": "confirmed_rounded",
        "above": "contradicted",
    }


def test_a_growth_is_measured_against_the_period_it_names(judge):
    """AWS sold 42.2bn in 2026Q2, 30.9bn a year and 37.6bn a quarter before, 22.1bn in 2023Q2."""
    growth = {
        "metric": "revenue_growth",
        "unit": "ratio",
        "kind": "growth",
        "segment": "AWS",
        **QUARTER,
    }
    found = judge(
        AUGUST,
        [
            claim("august", "year", "36.8%", 0.368, comparison="yoy", **growth),
            claim("august", "quarter", "36.8%", 0.368, comparison="qoq", **growth),
            claim("august", "named", "91%", 0.91, base_end=date(2023, 6, 30), **growth),
            claim("august", "named wrong", "36.8%", 0.368, base_end=date(2023, 6, 30), **growth),
            claim("august", "none", "36.8%", 0.368, **growth),
        ],
    )
    assert {name: row["verdict"] for name, row in found.items()} == {
        "year": "confirmed_rounded",
        "quarter": "contradicted",
        "named": "confirmed_rounded",
        "named wrong": "contradicted",
        "none": "not_verifiable",
    }
    assert (
        found["named"]["formula"] == "segment_revenue[aws] 2026Q2 / segment_revenue[aws] 2023Q2 - 1"
    )


def test_a_share_or_a_growth_is_judged_by_what_it_is_of(judge):
    """AWS was 21 % of net sales and 61 % of operating income in 2026Q2."""
    ratio = {"unit": "ratio", **QUARTER}
    share = {"metric": "mix_share", "kind": "share", "segment": "AWS", **ratio}
    growth = {"kind": "growth", "comparison": "yoy", **ratio}
    found = judge(
        AUGUST,
        [
            claim("august", "sales", "21%", 0.21, of_metric="net_sales", **share),
            claim("august", "profit", "21%", 0.21, of_metric="operating_income", **share),
            claim("august", "of what", "21%", 0.21, **share),
            claim("august", "adjusted", "12%", 0.12, metric="eps_growth", of_metric="eps_adjusted",
                  **growth),
            claim("august", "cash", "40%", 0.4, metric="cash_flow_growth",
                  of_metric="operating_cash_flow", **growth),
        ],
    )  # fmt: skip
    assert {name: row["verdict"] for name, row in found.items()} == {
        "sales": "confirmed_rounded",
        "profit": "contradicted",
        "of what": "not_verifiable",
        "adjusted": "not_verifiable",
        "cash": "confirmed_rounded",
    }
    assert found["cash"]["formula"].startswith("operating_cash_flow 2026Q2")


def test_there_is_no_growth_on_a_loss(judge):
    """International lost 2,656m in 2023 and earned 3,792m in 2024."""
    found = judge(
        AUGUST,
        [
            claim("august", "fell", "243%", -2.43, metric="operating_income_growth", unit="ratio",
                  kind="growth", comparison="yoy", segment="International",
                  period_start=date(2024, 1, 1), period_end=date(2024, 12, 31)),
        ],
    )  # fmt: skip
    assert found["fell"]["verdict"] == "not_verifiable"
