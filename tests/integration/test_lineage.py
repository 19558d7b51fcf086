"""From a figure to its facts, and what an audit finds when one of them is tampered with."""

import json
import shutil

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.audit import audit
from orchestration.cli import app
from orchestration.settings import prepare_environment
from tests.conftest import settings_in

MILLION = 10**6
AWS_2026Q2 = ["fct_segment_margins", "operating_margin_ratio", "--company", "AMZN",
              "--quarter", "2026Q2", "--segment", "aws"]  # fmt: skip


@pytest.fixture
def run(refreshed, monkeypatch):
    """The command on the published warehouse."""
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(refreshed.settings.data_dir))
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def explained(run, *arguments):
    result = run("explain", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def facts_under(node):
    if node["label"].startswith("fact "):
        return [node]
    return [fact for child in node.get("inputs", []) for fact in facts_under(child)]


def test_a_margin_is_explained_down_to_the_filing_and_its_address(run):
    tree = explained(run, *AWS_2026Q2)
    assert tree["value"] == pytest.approx(16_621 / 42_232)
    assert tree["formula"] == "operating_income_usd / nullif(revenue_usd, 0)"
    assert tree["evidence"] == "transcribed"
    facts = facts_under(tree)
    assert {fact["value"] for fact in facts} == {16_621 * MILLION, 42_232 * MILLION}
    for fact in facts:
        assert fact["accession_number"] == "0001018724-26-000026"
        assert fact["address"] == (
            "https://www.sec.gov/Archives/edgar/data/1018724/000101872426000026/"
            "0001018724-26-000026-index.htm"
        )
        assert fact["known_from"] == "2026-08-01T04:00:00.001000+00:00"


def test_the_tree_is_printed_for_a_person(run):
    result = run("explain", *AWS_2026Q2)
    for part in ("0.393564", "operating_income_usd / nullif(revenue_usd, 0)", "16,621,000,000",
                 "us-gaap:OperatingIncomeLoss", "0001018724-26-000026",
                 "https://www.sec.gov/"):  # fmt: skip
        assert part in result.stdout


def test_a_fourth_quarter_is_the_year_less_nine_months_with_signs(run):
    tree = explained(run, "fct_metrics", "capex_gross", "--company", "AMZN", "--quarter", "2024Q4",
                     "--as-of", "2025-03-01T00:00:00+00:00")  # fmt: skip
    assert (tree["value"], tree["formula"]) == (27_834 * MILLION, "year_less_nine_months")
    assert [(node["coefficient"], node["value"] / MILLION) for node in tree["inputs"]] == [
        (1, 82_999),
        (-1, 55_165),
    ]


def test_a_restatement_says_what_changed(run):
    versions = {
        as_of: explained(run, "fct_metrics", "operating_cash_flow", "--company", "AMZN",
                         "--quarter", "2016Q4", "--basis", "fiscal_year", "--as-of", as_of)
        for as_of in ("2017-06-01T00:00:00Z", "2018-06-01T00:00:00Z", "2020-01-01T00:00:00Z")
    }  # fmt: skip
    assert [node["value"] / MILLION for node in versions.values()] == [16_443, 17_272, 17_203]
    notes = [node.get("note", "") for node in versions.values()]
    assert "excess tax benefits" in notes[1]
    assert "restricted cash" in notes[2]


def test_a_split_is_a_factor_on_the_fact(run):
    tree = explained(run, "fct_metrics", "diluted_shares", "--company", "AMZN",
                     "--quarter", "2020Q4", "--basis", "fiscal_year",
                     "--as-of", "2022-07-01T00:00:00Z")  # fmt: skip
    (fact,) = tree["inputs"]
    assert (fact["coefficient"], fact["value"] / MILLION) == (20, 510)
    assert tree["value"] == 10_200 * MILLION


def test_a_valuation_input_adds_up_over_its_quarters(run):
    tree = explained(run, "fct_valuation_inputs", "value", "--company", "AMZN",
                     "--quarter", "2026Q2", "--item", "free_cash_flow_since_balance_sheet",
                     "--segment", "")  # fmt: skip
    assert tree["value"] == -24_891 * MILLION
    assert sum(node["value"] for node in tree["inputs"]) == tree["value"]


def test_a_threshold_names_the_quarters_it_is_a_quantile_of(run):
    tree = explained(run, "fct_thesis_signals", "lower_threshold", "--company", "AMZN",
                     "--quarter", "2026Q2", "--item", "amzn_3t/margins_hold")  # fmt: skip
    values = sorted(node["value"] for node in tree["inputs"])
    assert len(values) == 12
    assert values[2] <= tree["value"] <= values[3]
    assert "quantile" in tree["formula"]


def test_a_row_is_found_however_its_names_are_cased_and_by_the_end_of_its_item(run):
    signal = explained(run, "thesis_signals", "value", "--company", "amzn", "--quarter", "2026q2",
                       "--item", "Margins_Hold")  # fmt: skip
    assert signal["value"] == pytest.approx(0.36846, abs=1e-5)
    assert explained(run, *AWS_2026Q2[:-1], "AWS")["value"] == pytest.approx(16_621 / 42_232)


def test_a_rank_is_of_the_figure_it_ranks(run):
    tree = explained(run, "fct_peer_comparison", "cloud_growth_rank", "--company", "AMZN",
                     "--quarter", "2026Q2")  # fmt: skip
    assert tree["formula"].startswith("rank of cloud_growth_yoy_ratio")
    assert tree["inputs"][0]["value"] == pytest.approx(0.3679, abs=1e-4)


def test_a_missing_figure_says_why(run):
    tree = explained(run, "fct_backlog_coverage", "net_bookings_usd", "--company", "GOOGL",
                     "--quarter", "2026Q1")  # fmt: skip
    assert tree["value"] is None
    assert tree["note"].startswith("previous_backlog_usd: the metric meant something else")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["fct_margins", "x"], "fct_segment_margins"),
        (["fct_segment_margins", "margin"], "operating_margin_ratio"),
        (["fct_segment_margins", "operating_margin_ratio"], "--segment: aws; international"),
        (
            ["fct_metrics", "capex_gross", "--as-of", "2024-10-31T18:00:00-04:00"],
            "known at 2024-10-31",
        ),
        (
            ("fct_universe_growth_base_rates", "median_growth_ratio"),
            "keeps no history to explain",
        ),
    ],
)
def test_a_question_without_an_answer_says_what_can_be_asked(run, arguments, named):
    result = run("explain", *arguments, "--company", "AMZN", "--quarter", "2024Q3")
    assert result.exit_code == 2
    assert named in result.stderr


def test_every_figure_of_every_mart_has_lineage(refreshed):
    result = audit(refreshed.settings, rebuild=False)
    assert result.findings == ()
    assert result.walked["figures"] > 6_000
    assert result.walked["facts"] > 11_000
    assert result.walked["computed columns"] == result.walked["formulas"] >= 40


@pytest.fixture
def tamper(refreshed, tmp_path):
    """Change a copy of the published warehouse by SQL; its settings come back."""

    def change(*statements):
        copy = settings_in(tmp_path)
        shutil.copyfile(refreshed.settings.warehouse_path, copy.warehouse_path)
        shutil.copytree(refreshed.settings.dbt_target_dir, copy.dbt_target_dir)
        prepare_environment(copy)
        with duckdb.connect(str(copy.warehouse_path)) as connection:
            for statement in statements:
                connection.execute(statement)
        return copy

    return change


HISTORY = "update marts.fct_segment_margins_history set"
METRICS = "update marts.fct_metrics_history set"
ONE_FIGURE = (
    "where ticker = 'AMZN' and metric = 'capex_gross' and fiscal_quarter = '2024Q4'"
    " and basis = 'fiscal_year'"
)
ONE_MARGIN = "where ticker = 'AMZN' and segment = 'aws' and fiscal_quarter = '2024Q4'"


@pytest.mark.parametrize(
    ("statement", "proof", "named"),
    [
        (f"{METRICS} value = value + 1000000 {ONE_FIGURE}",
         "figures", "AMZN capex_gross fiscal_year 2024Q4"),
        (f"{METRICS} accession_numbers = ['0001018724-24-000008'] {ONE_FIGURE}",
         "figures", "0001018724-24-000008"),
        ("update marts.dim_figure_column set formula = 'operating_income_usd / ttm_revenue_usd'"
         " where table_name = 'fct_segment_margins' and column_name = 'operating_margin_ratio'",
         "formulas", "marts.fct_segment_margins.operating_margin_ratio"),
        (f"{HISTORY} operating_margin_ratio = 0.5 {ONE_MARGIN}",
         "computed columns", "operating_margin_ratio AMZN aws 2024Q4"),
        (f"{HISTORY} revenue_usd = revenue_usd + 1 {ONE_MARGIN}",
         "inputs", "revenue_usd AMZN aws 2024Q4"),
        (f"{HISTORY} accession_numbers = ['0001018724-22-000005'] {ONE_MARGIN}",
         "citations", "0001018724-22-000005"),
        ("update raw.facts set value = value + 1 where accession_number = '0001018724-26-000026'"
         " and concept = 'us-gaap:OperatingIncomeLoss'",
         "facts", "us-gaap:OperatingIncomeLoss of 0001018724-26-000026"),
        ("update raw.facts set accession_number = '0001018724-99-000001'"
         " where accession_number = '0001018724-26-000026'",
         "facts", "0001018724-99-000001 is not in raw.filings"),
        ("delete from raw.facts where accession_number = '0001018724-26-000026'",
         "figures", "has no source"),
        ("update marts.fct_valuation_inputs set value = value + 1"
         " where input = 'free_cash_flow_since_balance_sheet' and ticker = 'AMZN'",
         "sums", "free_cash_flow_since_balance_sheet"),
        ("update marts.fct_claim_checks set filed_value = 44200000000"
         " where verdict = 'confirmed_rounded'",
         "sums", "fct_claim_checks.filed_value"),
        ("update raw.registry_formula_terms set coefficient = 1 where coefficient = -1",
         "declarations", "raw.registry_formula_terms"),
        ("update valuation.scenarios set value_per_share_usd = 300 where scenario = 'base'",
         "valuations", "valuation.scenarios, stored only"),
        ("alter table marts.fct_segment_margins_history add column guess_ratio double default 0.4",
         "columns", "marts.fct_segment_margins_history.guess_ratio"),
    ],
)  # fmt: skip
def test_tampering_is_found(tamper, statement, proof, named):
    findings = audit(tamper(statement), rebuild=False, proofs=[proof]).findings
    assert any(found.proof == proof and named in str(found) for found in findings), findings[:5]


@pytest.mark.slow
def test_what_only_a_model_makes_is_found_by_building_it_again(tamper, monkeypatch):
    tampered = tamper(
        "update marts.fct_thesis_signals_history set lower_threshold = lower_threshold - 1"
        " where claim = 'margins_hold' and fiscal_quarter = '2026Q2'",
        "update marts.fct_claim_checks set verdict = 'confirmed' where verdict = 'stale'",
        "update raw.prices set close_usd = close_usd * 2",
        "create or replace macro marts.segment_margins_as_of(moment) as table"
        " (select 0.99 as operating_margin_ratio)",
    )
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tampered.data_dir))
    result = CliRunner().invoke(app, ["audit"])
    assert result.exit_code == 1
    for name in ("fct_thesis_signals_history", "fct_claim_checks", "fct_valuation_inputs",
                 "segment_margins_as_of"):  # fmt: skip
        assert f"models: marts.{name}" in result.stderr
    assert "not sound" in result.stderr


@pytest.mark.slow
def test_the_published_warehouse_passes_the_audit(run):
    result = run("audit")
    assert result.exit_code == 0, result.stderr
    assert "rows built again" in result.stdout
