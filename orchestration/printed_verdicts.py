"""The verdicts on one article, printed for a terminal."""

from collections import Counter
from typing import Any

import polars as pl
from rich.console import Console
from rich.text import Text

from ingest.articles.documents import Document
from report.formats import as_filed, multiple

COLOURS = {
    "confirmed": "green", "confirmed_rounded": "green", "truncated": "yellow", "stale": "yellow",
    "superseded": "yellow", "contradicted": "red", "missed": "red", "not_yet_reported": "cyan",
    "not_verifiable": "dim",
}  # fmt: skip
MARGIN = 9


def print_verdicts(document: Document, judged: pl.DataFrame) -> None:
    """Three lines a claim: where and what it is, the verdict and why, the filings behind it."""
    # A line is wrapped by the terminal alone, so that what is piped on stays whole.
    console = Console(soft_wrap=True, highlight=False)
    console.print(Text(document.title, style="bold"))
    console.print(Text(f"{document.published_at}, dated by {document.how_dated}", style="dim"))
    if judged.is_empty():
        console.print("No numeric claim was found.")
        return
    for row in judged.iter_rows(named=True):
        place = _place(document.body, row["char_start"])
        printed = Text(" ".join(row["span_text"].split()), style="bold")
        filings = ", ".join(row["accession_numbers_now"] or row["accession_numbers"] or [])
        console.print()
        console.print(Text.assemble(f"{place:<{MARGIN}}", printed, f"  {_subject(row)}"))
        console.print(Text.assemble(" " * MARGIN, _verdicts(row), f": {_filed(row)}"))
        if filings:
            console.print(Text(" " * MARGIN + filings, style="dim"))
    count = Counter(judged["verdict"])
    total = ", ".join(f"{number} {_words(verdict)}" for verdict, number in count.most_common())
    console.print(f"\n{judged.height} claims: {total}")


def _place(body: str, start: int) -> str:
    """Line and column, both from one."""
    line = body.count("\n", 0, start) + 1
    return f"{line}:{start - (body.rfind(chr(10), 0, start) + 1) + 1}"


def _subject(row: dict[str, Any]) -> str:
    whose = " ".join(filter(None, (row["ticker"], row["segment_name"])))
    words = (whose, _words(row["claim_metric"]), row["period_label"], row["modality"])
    return ", ".join(word for word in words if word and word != "reported")


def _verdicts(row: dict[str, Any]) -> Text:
    """The verdict then, and the one now where it is another."""
    then, now = _verdict(row["verdict"]), _verdict(row["verdict_now"])
    return then if then.plain == now.plain else Text.assemble(then, ", now ", now)


def _verdict(verdict: str) -> Text:
    return Text(_words(verdict), style=COLOURS.get(verdict, ""))


def _filed(row: dict[str, Any]) -> str:
    """What the verdict rests on, and where it is another now what that one rests on."""
    if row["implied_multiple_ratio"] is not None and row["filed_value"] is None:
        times = multiple(row["implied_multiple_ratio"])
        return f"implies {times} earnings: {row['implied_multiple_basis']}"
    then, now = _stated(row, ""), _stated(row, "_now")
    if row["verdict"] == "stale" and row["stale_value"] is not None:
        older = as_filed(row["stale_value"], row["unit"])
        then = f"{older} was true of {row['stale_fiscal_quarter']}; filed since: {then}"
    return then if row["verdict"] == row["verdict_now"] else f"{then}; now {now}"


def _stated(row: dict[str, Any], moment: str) -> str:
    """The figure or the guidance on file at a moment, or why there is none."""
    value, low, high, formula = (
        row[f"{name}{moment}"]
        for name in ("filed_value", "guidance_low", "guidance_high", "formula")
    )
    if value is not None:
        return f"{as_filed(value, row['unit'])} ({formula})"
    if low is not None:
        ends = dict.fromkeys(as_filed(end, row["unit"]) for end in (low, high))
        return f"{' to '.join(ends)} ({formula})"
    return str(row[f"reason{moment}"])


def _words(name: str) -> str:
    return name.replace("_", " ")
