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
MARGIN = 13
SIDES = {"ge": "at least", "le": "at most"}


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
        where = f"{row['claim_id']:<5}{_place(document.body, row['char_start'])} "
        printed = Text(" ".join(row["span_text"].split()), style="bold")
        console.print()
        console.print(Text.assemble(f"{where:<{MARGIN}}", printed, f"  {_subject(row)}"))
        console.print(Text.assemble(" " * MARGIN, _verdicts(row), f": {_filed(row)}"))
        if sources := _sources(row):
            console.print(Text(" " * MARGIN + sources, style="dim"))
    then, now = _counted(judged["verdict"]), _counted(judged["verdict_now"])
    number = "1 claim" if judged.height == 1 else f"{judged.height} claims"
    console.print(f"\n{number}: {then}" + ("" if then == now else f"\nnow: {now}"))


def _counted(verdicts: pl.Series) -> str:
    count = Counter(verdicts)
    return ", ".join(f"{number} {_words(verdict)}" for verdict, number in count.most_common())


def _place(body: str, start: int) -> str:
    """Line and column, both from one."""
    line = body.count("\n", 0, start) + 1
    return f"{line}:{start - (body.rfind(chr(10), 0, start) + 1) + 1}"


def _subject(row: dict[str, Any]) -> str:
    whose = " ".join(filter(None, (row["ticker"], row["segment_name"])))
    words = (whose, _words(row["claim_metric"]), row["period_label"], row["modality"], _read(row))
    return ", ".join(word for word in words if word and word != "reported")


def _read(row: dict[str, Any]) -> str:
    """What the number was read as, where the text does not print it so."""
    value, unit, printed = row["claimed_value"], row["unit"], row["span_text"]
    hedges = [SIDES.get(row["bound"], ""), "about" if row["is_approximate"] else ""]
    is_plain = value is None or (
        (value >= 0 or printed[:1] in "-−–(") and (unit != "ratio" or "%" in printed)
    )
    figure = "" if is_plain else f"read as {as_filed(value, unit)}"
    return " ".join(filter(None, (figure, *hedges)))


def _sources(row: dict[str, Any]) -> str:
    """The filings behind each verdict, and how far the figures are from them."""
    then, now = (
        ", ".join(filter(None, (*(row[f"accession_numbers{moment}"] or []), _doubt(row, moment))))
        for moment in ("", "_now")
    )
    if row["verdict"] == row["verdict_now"] or then == now:
        return then or now
    return "; now ".join(filter(None, (then, now)))


def _doubt(row: dict[str, Any], moment: str) -> str:
    return "secondary evidence" if row[f"evidence{moment}"] == "secondary" else ""


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
