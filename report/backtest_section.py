"""Section on how good the method's forecasts were."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Final

import polars as pl

from report import formats
from report.content import (
    Cell,
    Chart,
    Header,
    Row,
    Section,
    Statement,
    Table,
    cite,
    cite_all,
    number,
    sources,
)
from report.inputs import POOLED, ReportInputs

MODEL: Final = "model"
_TARGETS = ("ntm_cloud_revenue", "ntm_operating_income", "ntm_capex", "market_cap")
"""In reading order; a target not among them follows by name."""
_METHODS = {
    MODEL: "the model",
    "growth_persists": "growth persists",
    "no_change": "no change",
    "lognormal_price": "lognormal price",
}
_NOMINAL = {"coverage_50_ratio": 0.5, "coverage_80_ratio": 0.8, "coverage_90_ratio": 0.9}
_JUDGED_BY: Final = "coverage_80_ratio"
"""The interval whose coverage is put in words."""


def backtest_section(inputs: ReportInputs) -> Section:
    """Past forecasts against what came, and against forecasts that know nothing."""
    title = "How good was the method"
    if inputs.backtest_scores.is_empty():
        return Section(
            "backtest", title, absence="No past forecast could be held against an outcome."
        )
    targets = scored_targets(inputs)
    return Section(
        "backtest",
        title,
        statements=(
            *(_target_statement(inputs, target) for target in targets),
            *_hindsight_statement(inputs, targets),
        ),
        charts=(
            *(each for target in targets for each in _forecast_chart(inputs, target)),
            *_pit_chart(inputs, targets),
        ),
        tables=(_score_table(inputs, targets), *_forecast_table(inputs, targets)),
        notes=(
            "At each filing the same code valued the same scenario on what was known that day. "
            "CRPS and pinball loss are shares of the amount at the origin, lower is better. The "
            "Brier score, lower is better too, is that of a market value risen by as much as the "
            "first target asks of it today. Skill is 1 − CRPS over that of the best naive "
            "forecast. PIT is the share of the draws below what came: over many forecasts it "
            "should spread evenly from 0 to 1.",
        ),
    )


def scored_targets(inputs: ReportInputs) -> list[str]:
    """Targets the company's forecasts were scored on, in reading order."""
    own = inputs.backtest_scores.filter(pl.col("ticker") == inputs.company.ticker)
    found = set(own["target"].to_list())
    return [*(target for target in _TARGETS if target in found), *sorted(found - set(_TARGETS))]


def target_name(target: str, cloud_name: str) -> str:
    """What is forecast, in words."""
    names = {
        "ntm_cloud_revenue": f"{cloud_name} revenue, next 12 months",
        "ntm_operating_income": "operating income, next 12 months",
        "ntm_capex": "capex, next 12 months",
        "market_cap": "market value in a year",
    }
    return names.get(target, target.replace("_", " "))


def model_forecasts(inputs: ReportInputs, target: str) -> pl.DataFrame:
    """The model's forecasts of a target that were made, oldest first."""
    return inputs.backtest.filter(
        (pl.col("target") == target)
        & (pl.col("method") == MODEL)
        & pl.col("median_usd").is_not_null()
    ).sort("origin_known_at")


def _scores(inputs: ReportInputs, target: str, ticker: str) -> list[Row]:
    rows = inputs.backtest_scores.filter(
        (pl.col("target") == target) & (pl.col("ticker") == ticker)
    )
    return sorted(rows.iter_rows(named=True), key=lambda row: row["method"] != MODEL)


def _target_statement(inputs: ReportInputs, target: str) -> Statement:
    name = _opening(target_name(target, inputs.cloud_name))
    text = _verdict_words(name, _scores(inputs, target, inputs.company.ticker))
    if pooled := _scores(inputs, target, POOLED):
        text += f" {_verdict_words('Over all companies', pooled)}"
    return Statement(text, cite_all(model_forecasts(inputs, target)))


def _opening(text: str) -> str:
    """Text with a capital at its head and the rest as it is."""
    return text[:1].upper() + text[1:]


def _verdict_words(subject: str, rows: Sequence[Row]) -> str:
    """Whether the model beat the naive forecasts, on how much evidence, and its intervals."""
    model = next((row for row in rows if row["method"] == MODEL), None)
    naive = [row for row in rows if row["method"] != MODEL]
    if model is None or model["skill_ratio"] is None or not naive:
        return f"{subject}: the model could not be held against a naive forecast."
    best = min(naive, key=lambda row: row["crps_ratio"])
    return (
        f"{subject}: {_skill_words(model, _method(best['method']))}. "
        f"{_worth_words(model)}; {_interval_words(model)}."
    )


def _skill_words(model: Row, naive: str) -> str:
    """Whether it did better, and whether so few origins can tell that from chance."""
    skill, told = model["skill_ratio"], ""
    if model["comparison"] == "undecided":
        told = ", which so few origins cannot tell from chance"
    return f"{_beaten_words(skill, naive)}{told}"


def _beaten_words(skill: float, naive: str) -> str:
    gap = formats.percent(abs(skill), 0)
    if skill > 0:
        return f"the model beat the best naive forecast ({naive}), its error (CRPS) {gap} smaller"
    return (
        f"the model did not beat the naive forecast ({naive}): its error (CRPS) was {gap} greater"
        if skill < 0
        else f"the model did not beat the naive forecast ({naive}): its error (CRPS) was the same"
    )


def _worth_words(model: Row) -> str:
    return (
        f"Its {model['origins']} origins overlap and are worth only "
        f"{model['effective_origins']:.1f} independent ones"
    )


def _interval_words(model: Row) -> str:
    """Whether the intervals held as many outcomes as they should, by the 80 % ones.

    A gap of more than two standard errors, on the effective number of origins, is called one.
    """
    share, nominal = model[_JUDGED_BY], _NOMINAL[_JUDGED_BY]
    name = formats.percent(nominal, 0)
    if share is None:
        return f"no coverage of its {name} intervals is stated"
    held = f"its {name} intervals held {formats.percent(share, 0)} of the outcomes"
    margin = 2 * sqrt(nominal * (1 - nominal) / model["effective_origins"])
    if share < nominal - margin:
        return f"{held}: they were too narrow"
    if share > nominal + margin:
        return f"{held}: they were too wide"
    return f"{held}: too few origins to call them too narrow or too wide"


def _hindsight_statement(inputs: ReportInputs, targets: Sequence[str]) -> tuple[Statement, ...]:
    counts = {target: _hindsight(inputs, target) for target in targets}
    if not any(counts.values()):
        return ()
    each = "; ".join(
        f"{target_name(target, inputs.cloud_name)}: {count or 'none'}"
        for target, count in counts.items()
    )
    return (
        Statement(
            f"Of the drivers a forecast rests on, so many are judgements written later: {each}. "
            "Where there are any, the score is that of the formulas with hindsight in their "
            "assumptions, not of a forecast made at the time."
        ),
    )


def _hindsight(inputs: ReportInputs, target: str) -> int:
    """The most drivers written later that any forecast of the target rests on."""
    lengths = model_forecasts(inputs, target)["hindsight_drivers"].list.len()
    return max(lengths.to_list(), default=0)


def _forecast_chart(inputs: ReportInputs, target: str) -> tuple[Chart, ...]:
    made = model_forecasts(inputs, target)
    judged = made.drop_nulls("outcome_usd")
    if judged.is_empty():
        return ()
    name = target_name(target, inputs.cloud_name)
    held = sum(
        row["low_80_usd"] <= row["outcome_usd"] <= row["high_80_usd"]
        for row in judged.iter_rows(named=True)
    )
    last = judged.row(-1, named=True)
    return (
        Chart(
            f"backtest_{target}",
            f"{_opening(name)}: forecast (50, 80, 90 %) and what came (●)",
            f"Forecasts of {name} from {judged['fiscal_quarter'][0]} on: the 80 % interval held "
            f"{held} of {judged.height} outcomes. The last judged, of {last['fiscal_quarter']}, "
            f"said {formats.usd(last['low_80_usd'])} to {formats.usd(last['high_80_usd'])}; "
            f"{formats.usd(last['outcome_usd'])} came.",
            cite_all(made),
            origin="company filings and closes as known at each origin",
        ),
    )


def _pit_chart(inputs: ReportInputs, targets: Sequence[str]) -> tuple[Chart, ...]:
    judged = {target: model_forecasts(inputs, target).drop_nulls("pit_ratio") for target in targets}
    found = {target: rows for target, rows in judged.items() if not rows.is_empty()}
    if not found:
        return ()
    words = "; ".join(
        f"{target_name(target, inputs.cloud_name)}: {_outside(rows)} of {rows.height} outside the "
        "middle 90 %"
        for target, rows in found.items()
    )
    return (
        Chart(
            "backtest_pit",
            "Where each outcome lay among the draws (PIT); even is good",
            f"Share of the draws below each outcome. {words}.",
            cite_all(pl.concat(found.values())),
            origin="company filings and closes as known at each origin",
        ),
    )


def _outside(rows: pl.DataFrame) -> int:
    low, high = 0.05, 0.95
    return rows.filter((pl.col("pit_ratio") < low) | (pl.col("pit_ratio") > high)).height


def _score_table(inputs: ReportInputs, targets: Sequence[str]) -> Table:
    columns: tuple[tuple[str, Callable[[Row], str]], ...] = (
        ("CRPS", lambda row: formats.percent(row["crps_ratio"])),
        ("Pinball", lambda row: formats.percent(row["pinball_ratio"])),
        ("Held by 50 %", lambda row: formats.percent(row["coverage_50_ratio"], 0)),
        ("by 80 %", lambda row: formats.percent(row["coverage_80_ratio"], 0)),
        ("by 90 %", lambda row: formats.percent(row["coverage_90_ratio"], 0)),
        ("Brier", lambda row: _optional(row["brier"], "{:.3f}".format)),
        ("Skill", lambda row: _optional(row["skill_ratio"], _skill)),
        ("Origins", lambda row: str(row["origins"])),
        ("Independent", lambda row: f"{row['effective_origins']:.1f}"),
    )
    headers = (
        Header("Forecast", is_number=False),
        Header("Method", is_number=False),
        *(Header(heading) for heading, _ in columns),
    )
    rows = [
        (target, row)
        for target in targets
        for ticker in (inputs.company.ticker, POOLED)
        for row in _scores(inputs, target, ticker)
    ]
    body = tuple(
        (
            Cell(
                _opening(target_name(target, inputs.cloud_name if row["ticker"] else "cloud")),
                detail="" if row["ticker"] else "all companies",
            ),
            Cell(_method(row["method"])),
            *(number(form(row)) for _, form in columns),
        )
        for target, row in rows
    )
    totals = frozenset(place for place, (_, row) in enumerate(rows) if row["method"] == MODEL)
    scored = inputs.backtest.filter(pl.col("outcome_usd").is_not_null())
    caption = "Scores, the model in bold beside the naive forecasts"
    return Table(caption, headers, body, citation=cite_all(scored), total_rows=totals)


def _optional(value: float | None, form: Callable[[float], str]) -> str:
    return "–" if value is None else form(value)


def _skill(value: float) -> str:
    return formats.percent_change(value)


def _method(name: str) -> str:
    return _METHODS.get(name, name.replace("_", " "))


def _forecast_table(inputs: ReportInputs, targets: Sequence[str]) -> tuple[Table, ...]:
    """Every forecast of the model, newest first, with the reason where one is not judged."""
    rows = inputs.backtest.filter(
        (pl.col("method") == MODEL) & pl.col("target").is_in(list(targets))
    ).sort("target", "origin_known_at", descending=[False, True])
    if rows.is_empty():
        return ()
    headers = (
        Header("Origin", is_number=False),
        Header("Forecast", is_number=False),
        Header("Middle"),
        Header("80 % interval"),
        Header("What came"),
        Header("PIT"),
        Header("Written later"),
        Header("Sources", is_number=False),
    )
    body = tuple(_forecast_row(row, inputs.cloud_name) for row in rows.iter_rows(named=True))
    return (Table("The model's forecasts, origin by origin", headers, body, is_folded=True),)


def _forecast_row(row: Row, cloud_name: str) -> tuple[Cell, ...]:
    reason = row["missing_reason"] or ""
    interval = formats.NOT_STATED
    if row["median_usd"] is not None:
        interval = f"{formats.usd(row['low_80_usd'])} to {formats.usd(row['high_80_usd'])}"
    return (
        Cell(row["fiscal_quarter"], detail=f"known {formats.day(row['origin_known_at'])}"),
        Cell(
            target_name(row["target"], cloud_name),
            more_label="not judged: why" if reason else "",
            more=reason,
        ),
        number(formats.usd(row["median_usd"])),
        number(interval),
        number(formats.usd(row["outcome_usd"])),
        number(formats.NOT_STATED if row["pit_ratio"] is None else f"{row['pit_ratio']:.2f}"),
        number(str(len(row["hindsight_drivers"] or ()))),
        sources(cite(row)),
    )
