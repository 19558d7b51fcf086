"""The verdicts on one article, printed for a terminal."""

from collections import Counter
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from ingest.articles.documents import Document

COLOURS = {
    "confirmed": "green", "confirmed_rounded": "green", "truncated": "yellow", "stale": "yellow",
    "superseded": "yellow", "contradicted": "red", "missed": "red", "not_yet_reported": "cyan",
    "not_verifiable": "dim",
}  # fmt: skip


def print_verdicts(document: Document, judged: pl.DataFrame) -> None:
    """One line a claim: where it stands, what it is, and what the filings say of it."""
    console = Console()
    console.print(Text(document.title, style="bold"))
    console.print(Text(f"{document.published_at}, dated by {document.how_dated}", style="dim"))
    if judged.is_empty():
        console.print("No numeric claim was found.")
        return
    table = Table(
        Column("at"), Column("printed", overflow="fold"), Column("said to be", overflow="fold"),
        Column("verdict then"), Column("verdict now"), Column("filed", overflow="fold"),
        Column("by", overflow="fold"), box=None, pad_edge=False,
    )  # fmt: skip
    for row in judged.iter_rows(named=True):
        table.add_row(
            _place(document.body, row["char_start"]),
            Text(row["span_text"]),
            Text(_subject(row)),
            _verdict(row["verdict"]),
            _verdict(row["verdict_now"]),
            Text(_filed(row)),
            Text(", ".join(row["accession_numbers_now"] or row["accession_numbers"] or [])),
        )
    console.print(table)
    count = Counter(judged["verdict"])
    console.print(
        ", ".join(f"{number} {_words(verdict)}" for verdict, number in count.most_common())
    )


def _place(body: str, start: int) -> str:
    """Line and column, both from one."""
    line = body.count("\n", 0, start) + 1
    return f"{line}:{start - (body.rfind(chr(10), 0, start) + 1) + 1}"


def _subject(row: dict[str, Any]) -> str:
    whose = " ".join(filter(None, (row["ticker"], row["segment_name"])))
    words = (whose, _words(row["claim_metric"]), row["period_label"], row["modality"])
    return ", ".join(word for word in words if word and word != "reported")


def _verdict(verdict: str) -> Text:
    return Text(_words(verdict), style=COLOURS.get(verdict, ""))


def _filed(row: dict[str, Any]) -> str:
    """The figure a verdict rests on, or why there is none."""
    unit = row["unit"]
    if row["verdict"] == "stale" and row["stale_value"] is not None:
        then = f"true of {row['stale_fiscal_quarter']}: {_amount(row['stale_value'], unit)}"
        return f"{_amount(row['filed_value'], unit)}; {then}"
    if row["filed_value"] is not None:
        return f"{_amount(row['filed_value'], unit)} ({row['formula']})"
    if row["guidance_low"] is not None:
        ends = (row["guidance_low"], row["guidance_high"])
        return "guided " + " to ".join(dict.fromkeys(_amount(end, unit) for end in ends))
    if row["implied_multiple_ratio"] is not None:
        return f"implies {row['implied_multiple_ratio']:.1f}x ({row['implied_multiple_basis']})"
    return str(row["reason"])


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "ratio":
        return f"{value:.2%}"
    if unit == "USD":
        return f"${value / 1e9:,.3f}bn"
    return f"{value:,.2f}"


def _words(name: str) -> str:
    return name.replace("_", " ")
