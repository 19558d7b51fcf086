"""Section on why the base value is not what it was."""

import re
from typing import Final

import polars as pl

from report import formats
from report.content import (
    Cell,
    Chart,
    Header,
    Section,
    Statement,
    Table,
    cite,
    cite_all,
    number,
    sources,
)
from report.inputs import ReportInputs

_PREVIOUS_RUN: Final = "previous_run"
_AFTER_FILING = re.compile(r"after_(?P<form>.+)_\d{4}-\d{2}-\d{2}")
PART_NAMES = {
    "code": "Formulas",
    "restatements": "Restatements",
    "new_facts": "New facts",
    "assumptions": "Assumptions",
}
"""The parts of a change as they are printed."""


def difference_section(inputs: ReportInputs) -> Section:
    """The change of the base value since an earlier valuation, part by part."""
    title = "Since the last valuation"
    rows = compared(inputs)
    if rows.is_empty():
        return Section("difference", title, absence="There is no earlier valuation to compare.")
    first, last = rows.row(0, named=True), rows.row(-1, named=True)
    change = last["after_usd"] - first["before_usd"]
    earlier = (
        f"{_earlier(first['compared_with'])}, of what was known on "
        f"{formats.day(first['from_known_at'])}"
    )
    citation = cite_all(rows)
    if not _has_moved(rows):
        text = (
            f"Nothing changed since {earlier}: the base scenario still values "
            f"{inputs.company.name} at {formats.usd(last['after_usd'])}."
        )
        return Section("difference", title, statements=(Statement(text, citation),))
    parts = [
        f"{_part(row['part']).lower()} {formats.usd_change(row['change_usd'])}"
        for row in rows.filter(pl.col("change_usd") != 0).iter_rows(named=True)
    ]
    text = (
        f"Since {earlier}, the base value went from {formats.usd(first['before_usd'])} to "
        f"{formats.usd(last['after_usd'])}, {formats.usd_change(change)}: {'; '.join(parts)}."
    )
    chart = Chart(
        "value_bridge",
        "From the earlier base value to the one now",
        f"From {formats.usd(first['before_usd'])} to {formats.usd(last['after_usd'])}: "
        f"{'; '.join(parts)}.",
        citation,
        origin="company filings, declared assumptions",
    )
    return Section(
        "difference",
        title,
        statements=(Statement(text, citation),),
        charts=(chart,),
        tables=(_difference_table(rows),),
        notes=(
            "Each part is the change when it alone is put in, in this order, those before it "
            "already in; the parts sum exactly to the whole.",
            *_hindsight_note(first["compared_with"]),
        ),
    )


def _hindsight_note(compared_with: str) -> tuple[str, ...]:
    """An earlier value nobody made at the time is made by what is supposed today."""
    if compared_with == _PREVIOUS_RUN:
        return ()
    return (
        "The earlier value is made by today's assumptions on the figures known then; what they "
        "rest on that was filed since, such as other investments, is in it already.",
    )


def compared(inputs: ReportInputs) -> pl.DataFrame:
    """The comparison shown, step by step: with the previous run if anything moved since, else
    with the valuation after an earlier filing, else the previous run all the same."""
    is_previous = pl.col("compared_with") == _PREVIOUS_RUN
    rows = inputs.run_diff.sort("compared_with", "step")
    previous, others = rows.filter(is_previous), rows.filter(~is_previous)
    if others.is_empty() or _has_moved(previous):
        return previous
    return others.filter(pl.col("compared_with") == others["compared_with"][-1])


def _has_moved(rows: pl.DataFrame) -> bool:
    return any(rows["change_usd"].to_list())


def _earlier(compared_with: str) -> str:
    """What the value is compared with, in words."""
    if compared_with == _PREVIOUS_RUN:
        return "the run before"
    if found := _AFTER_FILING.fullmatch(compared_with):
        return f"the valuation after the {found['form']} before"
    return compared_with.replace("_", " ")


def _part(part: str) -> str:
    return PART_NAMES.get(part, part.replace("_", " ").capitalize())


def _difference_table(rows: pl.DataFrame) -> Table:
    listed = list(rows.iter_rows(named=True))
    first, last = listed[0], listed[-1]
    body = (
        (Cell("Earlier value"), Cell(""), number(formats.usd(first["before_usd"])), Cell("")),
        *(
            (
                Cell(_part(row["part"]), detail=row["meaning"]),
                number(formats.usd_change(row["change_usd"])),
                number(formats.usd(row["after_usd"])),
                sources(cite(row)),
            )
            for row in listed
        ),
        (
            Cell("Value now"),
            number(formats.usd_change(last["after_usd"] - first["before_usd"])),
            number(formats.usd(last["after_usd"])),
            Cell(""),
        ),
    )
    headers = (
        Header("Part", is_number=False),
        Header("Change"),
        Header("Value"),
        Header("Sources", is_number=False),
    )
    totals = frozenset({0, len(body) - 1})
    return Table("What changed", headers, body, total_rows=totals)
