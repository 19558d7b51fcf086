"""Section on the scorecard: each leg of the story, and which way its evidence moved."""

from collections.abc import Sequence

import polars as pl

from report import formats
from report.content import (
    Cell,
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
from report.inputs import ReportInputs

NOT_SCORED = "not_scored"
QUARTERS_SHOWN = 8
"""Quarters side by side: two years, the span in which a trend of the story would show."""

_ARROWS = {"better": "▲", "worse": "▼", "same": "▶"}
_TONES = {"strengthens": "good", "weakens": "bad", "neutral": "open"}
_SHORT = {"strengthens": "for", "weakens": "against"}
_COUNTS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def scorecard_section(inputs: ReportInputs) -> Section:
    """Each leg in the newest quarter against its thresholds, and over the quarters."""
    title = "Scorecard of the story"
    scored = inputs.scorecard.filter(pl.col("verdict") != NOT_SCORED)
    if scored.is_empty():
        return Section("scorecard", title, absence="No leg of the story could be scored.")
    newest = str(scored["fiscal_quarter"].max())
    rows = inputs.scorecard.filter(pl.col("fiscal_quarter") == newest)
    legs = list(rows.iter_rows(named=True))
    return Section(
        "scorecard",
        title,
        statements=(Statement(evidence_sentence(newest, legs), cite_all(rows)),),
        tables=(
            _newest_table(inputs, newest, legs),
            _track_table(inputs),
            _history_table(inputs),
        ),
        notes=(
            "Thresholds are quartiles of the company's own earlier quarters, as they were known "
            "when the quarter was filed; they are not tuned afterwards. An arrow compares the "
            "verdict with that of the quarter scored before: ▲ better, ▼ worse, ▶ the same; – "
            "stands for a quarter not scored.",
        ),
    )


def evidence_sentence(quarter: str, legs: Sequence[Row]) -> str:
    """Which way the evidence moved in a quarter and why, in one sentence made from the figures."""
    better, worse = ([leg for leg in legs if leg["movement"] == way] for way in ("better", "worse"))
    clauses = [
        f"{_count(len(better))} of {_count(len(legs))} legs improved and "
        f"{_count(len(worse))} worsened"
    ]
    if better:
        clauses.append(f"for it, {_list(better)}")
    if worse:
        clauses.append(f"against it, {_list(worse)}")
    clauses.append(_standing(legs, {leg["claim"] for leg in (*better, *worse)}))
    direction = _direction(len(better), len(worse))
    return f"In {quarter} the evidence {direction}: {'; '.join(filter(None, clauses))}."


def _direction(better: int, worse: int) -> str:
    if not better and not worse:
        return "did not move"
    if better == worse:
        return "moved both ways"
    return "moved towards the story" if better > worse else "moved against the story"


def _standing(legs: Sequence[Row], told: set[str]) -> str:
    """How many legs speak for and against the story now, and which that were not yet named."""
    by_verdict = {
        verdict: [leg for leg in legs if leg["verdict"] == verdict]
        for verdict in (*_TONES, NOT_SCORED)
    }
    for_it, against_it = by_verdict["strengthens"], by_verdict["weakens"]
    text = (
        f"as they stand, {_count(len(for_it))} {_verb(for_it, 'speak')} for the story and "
        f"{_count(len(against_it))} against it"
    )
    if unnamed := [leg for leg in against_it if leg["claim"] not in told]:
        text += f", {_list(unnamed)}"
    if missing := by_verdict[NOT_SCORED]:
        names = " and ".join(_name(leg) for leg in missing)
        text += f"; {_count(len(missing))} could not be scored ({names})"
    return text


def _list(legs: Sequence[Row]) -> str:
    words = [_leg_words(leg) for leg in legs]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _leg_words(leg: Row) -> str:
    """A leg, its value and where that lies: free cash flow (−1.0 %, below 2.0 %)."""
    return f"{_name(leg)} ({formats.in_unit(leg['value'], leg['unit'])}, {_place(leg)})"


def _place(leg: Row) -> str:
    low, high = leg["lower_threshold"], leg["upper_threshold"]
    lower, upper = (formats.in_unit(bound, leg["unit"]) for bound in (low, high))
    if leg["value"] > high:
        return f"above {upper}"
    if leg["value"] < low:
        return f"below {lower}"
    return f"between {lower} and {upper}"


def _name(leg: Row) -> str:
    return str(leg["signal"]).replace("_", " ")


def _count(number_of: int) -> str:
    return _COUNTS[number_of] if number_of < len(_COUNTS) else str(number_of)


def _verb(legs: Sequence[Row], plural: str) -> str:
    return f"{plural}s" if len(legs) == 1 else plural


def _says(inputs: ReportInputs, claim: str) -> str:
    """What the story says by a leg; its id in words if the story no longer has it."""
    said = {each.id: each.says for each in inputs.thesis.claims}
    return said.get(claim, claim.replace("_", " "))


def _newest_table(inputs: ReportInputs, quarter: str, legs: Sequence[Row]) -> Table:
    headers = (
        Header("The story says", is_number=False, is_prose=True),
        Header("Measured by", is_number=False),
        Header("Value"),
        Header("Lower"),
        Header("Upper"),
        Header("The evidence", is_number=False),
        Header("Sources", is_number=False),
    )
    body = tuple(
        (
            Cell(_says(inputs, leg["claim"])),
            Cell(_name(leg)),
            number(formats.in_unit(leg["value"], leg["unit"])),
            number(formats.in_unit(leg["lower_threshold"], leg["unit"])),
            number(formats.in_unit(leg["upper_threshold"], leg["unit"])),
            _verdict_cell(leg),
            sources(cite(leg)),
        )
        for leg in legs
    )
    return Table(f"Where each leg stands in {quarter}", headers, body)


def _verdict_cell(leg: Row) -> Cell:
    """Arrow and word; the reason where there is no verdict."""
    if leg["verdict"] == NOT_SCORED:
        return Cell("not scored", note=leg["missing_reason"] or "")
    arrow = _ARROWS.get(leg["movement"], "")
    return Cell(f"{arrow} {leg['verdict']}".strip(), tone=_TONES.get(leg["verdict"], ""))


def _track_table(inputs: ReportInputs) -> Table:
    """Legs down, the newest quarters across: verdict and arrow."""
    quarters = sorted(set(inputs.scorecard["fiscal_quarter"].to_list()))[-QUARTERS_SHOWN:]
    found = {
        (row["claim"], row["fiscal_quarter"]): row for row in inputs.scorecard.iter_rows(named=True)
    }
    signals = {row["claim"]: _name(row) for row in found.values()}
    body = tuple(
        (
            Cell(name.capitalize()),
            *(_track_cell(found.get((claim, quarter))) for quarter in quarters),
        )
        for claim, name in signals.items()
    )
    headers = (
        Header("Leg", is_number=False),
        *(Header(quarter, is_number=False) for quarter in quarters),
    )
    shown = inputs.scorecard.filter(pl.col("fiscal_quarter").is_in(quarters))
    caption = "Quarter by quarter: the evidence for and against the story"
    return Table(caption, headers, body, citation=cite_all(shown))


def _track_cell(row: Row | None) -> Cell:
    """Arrow and the verdict as a short word, so that two years fit side by side."""
    if row is None or row["verdict"] == NOT_SCORED:
        return Cell("–", note="not scored" if row is None else row["missing_reason"] or "")
    arrow = _ARROWS.get(row["movement"], "")
    word = _SHORT.get(row["verdict"], row["verdict"])
    return Cell(f"{arrow} {word}".strip(), tone=_TONES.get(row["verdict"], ""))


def _history_table(inputs: ReportInputs) -> Table:
    """Every quarter scored with its figures, newest first, folded."""
    rows = inputs.scorecard.filter(pl.col("verdict") != NOT_SCORED).sort(
        "fiscal_quarter", descending=True, maintain_order=True
    )
    headers = (
        Header("Quarter", is_number=False),
        Header("Leg", is_number=False),
        Header("Value"),
        Header("Lower"),
        Header("Upper"),
        Header("The evidence", is_number=False),
        Header("Sources", is_number=False),
    )
    body = tuple(
        (
            Cell(row["fiscal_quarter"]),
            Cell(_name(row)),
            number(formats.in_unit(row["value"], row["unit"])),
            number(formats.in_unit(row["lower_threshold"], row["unit"])),
            number(formats.in_unit(row["upper_threshold"], row["unit"])),
            _verdict_cell(row),
            sources(cite(row)),
        )
        for row in rows.iter_rows(named=True)
    )
    return Table("Every leg in every quarter scored", headers, body, is_folded=True)
