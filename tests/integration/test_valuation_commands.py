"""`plumbline value`, `solve`, `backtest`, `diff` and `scenarios lint`, as they are typed."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from orchestration.build import connect
from orchestration.cli import app
from orchestration.exits import EXIT_STOPPED, EXIT_WRONG_USE
from orchestration.valuation_answers import parse_market_value
from registry.assumptions import SCENARIOS_DIR

RUN = CliRunner()
BASE = SCENARIOS_DIR / "amzn_base.yml"


@pytest.fixture
def published(refreshed, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(refreshed.settings.data_dir))
    return refreshed.settings


def stored(published, query):
    with connect(published.warehouse_path, published, read_only=True) as connection:
        return connection.execute(query).fetchall()


def rows_of(*arguments):
    result = RUN.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_value_is_that_of_the_warehouse(published):
    found = {
        row["scenario"]: row["equity_value_usd"] for row in rows_of("value", "--draws", "1000")
    }
    kept = stored(
        published,
        "select scenario, equity_value_usd from valuation.scenarios"
        " where is_current and ticker = 'AMZN'",
    )
    assert found == dict(kept)


def test_value_prints_the_likelihood_of_each_target(published):
    result = RUN.invoke(app, ["value", "--draws", "20000", "--seed", "7"])
    assert result.exit_code == 0
    assert "$3.000T" in result.output
    assert "20,000" in result.output
    assert result.output == RUN.invoke(app, ["value", "--draws", "20000", "--seed", "7"]).output


def test_value_as_of_a_moment_knows_nothing_later(published):
    then, now = (
        {row["scenario"]: row for row in rows_of("value", "--draws", "1000", *moment)}
        for moment in (("--as-of", "2025-08-01T12:00:00Z"), ())
    )
    assert then["base"]["known_at"] < "2025-08-01 12:00:00"
    assert then["base"]["equity_value_usd"] < now["base"]["equity_value_usd"]


def test_value_as_of_a_moment_says_which_judgements_are_of_later(published):
    result = RUN.invoke(app, ["value", "--draws", "1000", "--as-of", "2021-03-01T12:00:00Z"])
    assert result.exit_code == 0, result.output
    words = " ".join(result.output.split())
    assert "drivers of the base scenario were written down after 2021-03-01" in words
    assert "non_operating_assets" in words


def test_value_of_a_scenario_file_stores_nothing(published, tmp_path):
    declared = yaml.safe_load(BASE.read_text())
    declared["drivers"]["wacc"]["value"] = 0.08
    own = tmp_path / "mine.yml"
    own.write_text(yaml.safe_dump(declared))
    before = published.warehouse_path.read_bytes()
    cheaper, base = (
        {
            row["scenario"]: row["equity_value_usd"]
            for row in rows_of("value", "--draws", "1000", *own_)
        }
        for own_ in (("--scenario", str(own)), ())
    )
    assert cheaper["base"] > base["base"]
    assert published.warehouse_path.read_bytes() == before


@pytest.mark.parametrize(
    ("draws", "code", "said"),
    [
        ("1001", EXIT_STOPPED, "even number"),
        ("1000006", EXIT_STOPPED, "multiple of 1024"),
        ("2", EXIT_WRONG_USE, "--draws"),
    ],
)
def test_draws_that_cannot_be_drawn_are_refused(published, draws, code, said):
    result = RUN.invoke(app, ["value", "--draws", draws])
    assert result.exit_code == code
    assert said in result.output


def test_solved_value_put_into_the_scenario_reaches_the_target(published, tmp_path):
    (row,) = rows_of("solve", "--target", "2.5T", "--driver", "wacc")
    assert row["outcome"] == "reached"
    declared = yaml.safe_load(BASE.read_text())
    declared["drivers"]["wacc"]["value"] = row["solved_value"]
    own = tmp_path / "solved.yml"
    own.write_text(yaml.safe_dump(declared))
    found = rows_of("value", "--draws", "1000", "--scenario", str(own))
    (equity,) = [each["equity_value_usd"] for each in found if each["scenario"] == "base"]
    assert equity == pytest.approx(2.5e12, rel=1e-9)


def test_what_no_value_in_range_reaches_is_said(published):
    result = RUN.invoke(app, ["solve", "--target", "9T", "--driver", "ronic"])
    assert result.exit_code == 0
    assert "no admissible" in result.output


@pytest.mark.parametrize(
    ("text", "usd"), [("3.0T", 3e12), ("$850b", 8.5e11), ("2500000000", 2.5e9), ("3e12", 3e12)]
)
def test_market_values_are_read_as_analysts_write_them(text, usd):
    assert parse_market_value(text) == usd


@pytest.mark.parametrize("text", ["", "3X", "-3T", "0", "T", "1e999"])
def test_what_is_no_market_value_is_refused(published, text):
    result = RUN.invoke(app, ["solve", f"--target={text}"])
    assert result.exit_code == EXIT_WRONG_USE
    assert "3.0T" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["solve", "--target", "3T", "--driver", "luck"], "no range is declared for luck"),
        (["value", "--company", "TSLA"], "no scenario is declared for TSLA"),
        (["diff", "one", "two"], "valuation.runs"),
        (["value", "--scenario", "nowhere.yml"], "nowhere.yml"),
    ],
)
def test_what_cannot_be_answered_says_why_and_what_there_is(published, arguments, said):
    result = RUN.invoke(app, arguments)
    assert result.exit_code == EXIT_STOPPED
    assert said in result.output


def test_the_backtest_says_where_the_model_does_not_beat_the_naive(published):
    result = RUN.invoke(app, ["backtest", "--company", "AMZN"])
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    scored = stored(
        published,
        "select target, beats_naive from valuation.backtest_scores"
        " where is_current and ticker = 'AMZN' and beats_naive is not null",
    )
    assert scored
    for target, beats in scored:
        verb = "beats" if beats else "does not beat"
        assert f"AMZN, {target}: the model {verb} the best forecast that knows nothing" in words


def test_a_run_differs_from_itself_by_nothing(published):
    (run,) = stored(published, "select run_id from valuation.runs")[0]
    found = rows_of("diff", run, run)
    assert [row["change_usd"] for row in found] == [0.0] * 4


# --- scenarios lint --------------------------------------------------------------------------


def test_the_shipped_declarations_hold():
    result = RUN.invoke(app, ["scenarios", "lint"])
    assert result.exit_code == 0, result.output


def spoil(change):
    declared = yaml.safe_load(BASE.read_text())
    change(declared)
    return declared


def contradict(declared):
    pairs = (("ronic", "tax_rate", 0.9), ("ronic", "rest_growth_fade", 0.9))
    rest = ("tax_rate", "rest_growth_fade", -0.9)
    own = [
        {"drivers": [first, second], "value": value, "basis": "judgement", "rationale": "none",
         "dated": "2026-11-28"}
        for first, second, value in (*pairs, rest)
    ]  # fmt: skip
    declared["correlations"] = own


def move_to_azure(declared):
    declared["cloud_segment"] = "azure"
    for assumption in declared["drivers"].values():
        if "segment" in assumption:
            assumption["segment"] = "azure"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["drivers"].update(luck=d["drivers"]["wacc"]), "unknown drivers ['luck']"),
        (lambda d: d["drivers"]["wacc"].pop("basis"), "drivers.wacc.basis: Field required"),
        (lambda d: d["drivers"]["wacc"].pop("unit"), "drivers.wacc.unit: Field required"),
        (contradict, "not positive semi-definite"),
        (lambda d: d.update(ticker="TSLA"), "no company 'TSLA'"),
        (move_to_azure, "not a segment of AMZN"),
        (
            lambda d: d["drivers"]["cloud_growth_now"].pop("low"),
            "drivers.cloud_growth_now: low and",
        ),
    ],
)
def test_lint_refuses(tmp_path, change, said):
    path = tmp_path / "amzn_mine.yml"
    path.write_text(yaml.safe_dump(spoil(change)))
    result = RUN.invoke(app, ["scenarios", "lint", str(path)])
    assert result.exit_code == EXIT_STOPPED
    assert "amzn_mine.yml" in result.output
    assert said in result.output


def test_lint_tells_every_problem_of_every_file(tmp_path):
    (tmp_path / "a.yml").write_text("drivers: [")
    (tmp_path / "b.yml").write_text("name: nothing\n")
    for name in ("c.yml", "d.yml"):
        (tmp_path / name).write_text(BASE.read_text())
    result = RUN.invoke(app, ["scenarios", "lint", str(tmp_path)])
    assert result.exit_code == EXIT_STOPPED
    for said in (
        "a.yml: not valid yaml",
        "b.yml: file",
        "d.yml: name: AMZN base is declared in c.yml",
    ):
        assert said in result.output
    assert "3 problems in 4 files" in result.output
