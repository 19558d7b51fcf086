"""Section on what must be true: each driver alone, drivers together, and what others achieved."""

from collections.abc import Sequence

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
    merge,
    number,
    sources,
)
from report.drivers import meaning, range_text, short_name, value_text
from report.inputs import ReportInputs

NO_EFFECT = "no_effect"
REACHED = "reached"
"""The driver whose solved value the base rates count."""


def requirement_section(inputs: ReportInputs) -> Section:
    """What would have to hold for each target: one driver alone, then several together."""
    title = "What must be true"
    if inputs.reverse.is_empty() and inputs.frontier.is_empty():
        return Section("requirement", title, absence="No target was solved for.")
    targets = inputs.targets_usd
    return Section(
        "requirement",
        title,
        statements=(
            *(each for target in targets for each in _alone_statement(inputs, target)),
            *(each for target in targets for each in _together_statement(inputs, target)),
            *_base_rate_statement(inputs),
        ),
        charts=(
            *(each for target in targets for each in _alone_chart(inputs, target)),
            *(each for target in targets for each in _together_chart(inputs, target)),
        ),
        tables=(
            *_alone_table(inputs),
            *(each for target in targets for each in _together_table(inputs, target)),
            *_base_rate_table(inputs),
        ),
        notes=(
            "A driver is solved for with all others as in the base scenario. In the maps every "
            "square takes the capital intensity of its range that asks the least growth; a square "
            "with a dash has no growth in the declared range that reaches the target, whatever "
            "the intensity.",
        ),
    )


def solved_alone(inputs: ReportInputs, target_usd: float) -> list[Row]:
    """Drivers that move the value, in the order solved, with what a target asks of each."""
    rows = inputs.reverse.filter(
        (pl.col("target_usd") == target_usd) & (pl.col("outcome") != NO_EFFECT)
    )
    return list(rows.iter_rows(named=True))


def drawn_alone(inputs: ReportInputs, target_usd: float) -> list[Row]:
    """Those of `solved_alone` that have a value which reaches the target and a range to hold it
    against."""
    return [
        row
        for row in solved_alone(inputs, target_usd)
        if row["solved_value"] is not None and row["high"] > row["low"]
    ]


def combinations(inputs: ReportInputs, target_usd: float) -> pl.DataFrame:
    """The combinations tried for a target."""
    return inputs.frontier.filter(pl.col("target_usd") == target_usd)


def widths_beyond(row: Row) -> float:
    """How far a solved value lies beyond its declared range, in widths of the range; 0 within."""
    width = row["high"] - row["low"]
    beyond = max(row["low"] - row["solved_value"], row["solved_value"] - row["high"], 0.0)
    return float(beyond / width) if width else float("inf")


def _alone_statement(inputs: ReportInputs, target_usd: float) -> tuple[Statement, ...]:
    rows = solved_alone(inputs, target_usd)
    if not rows:
        return ()
    target, count = formats.usd_target(target_usd), len(rows)
    reaching = [row for row in rows if row["outcome"] == REACHED]
    solved = [row for row in rows if row["solved_value"] is not None]
    if reaching:
        each = "; ".join(_solved_words(row, inputs) for row in reaching)
        text = (
            f"{target} is reached by {len(reaching)} of {count} drivers alone within the declared "
            f"range: {each}"
        )
    elif solved:
        nearest = min(solved, key=widths_beyond)
        text = (
            f"For {target} no value in range of any of the {count} drivers alone reaches it; "
            f"nearest comes {_solved_words(nearest, inputs)}"
        )
    else:
        text = f"For {target} no admissible value of any of the {count} drivers alone reaches it"
    return (Statement(f"{text}.", merge(cite(row) for row in rows)),)


def _solved_words(row: Row, inputs: ReportInputs) -> str:
    name, driver, unit = short_name(row["driver"], inputs.cloud_name), row["driver"], row["unit"]
    needed = value_text(driver, row["solved_value"], unit)
    base = value_text(driver, row["base_value"], unit)
    declared = range_text(driver, row["low"], row["high"], unit)
    return f"{name}, at {needed} where the base has {base} and the range is {declared}"


def _alone_chart(inputs: ReportInputs, target_usd: float) -> tuple[Chart, ...]:
    """A picture of the drivers that have a value which reaches the target, in range or beyond."""
    rows = drawn_alone(inputs, target_usd)
    if not rows:
        return ()
    target = formats.usd_target(target_usd)
    words = "; ".join(_solved_words(row, inputs) for row in rows)
    return (
        Chart(
            f"alone_{target_usd:.0f}",
            f"What {target} asks of each driver alone (◆), against its declared range",
            f"What {target} asks of each driver alone. {words}.",
            merge(cite(row) for row in rows),
            origin="company filings, declared ranges",
        ),
    )


def _alone_table(inputs: ReportInputs) -> tuple[Table, ...]:
    """Drivers down, targets across; drivers without effect are left to the last line."""
    targets = inputs.targets_usd
    by_driver: dict[str, dict[float, Row]] = {}
    for row in inputs.reverse.iter_rows(named=True):
        by_driver.setdefault(row["driver"], {})[row["target_usd"]] = row
    if not by_driver:
        return ()
    body = tuple(_alone_row(rows, targets, inputs) for rows in by_driver.values())
    headers = (
        Header("Driver", is_number=False),
        Header("Declared range"),
        Header("Base"),
        *(Header(f"For {formats.usd_target(target)}") for target in targets),
        Header("Sources", is_number=False),
    )
    caption = "Each driver alone: the value that reaches the target"
    return (Table(caption, headers, body, is_folded=True),)


def _alone_row(
    rows: dict[float, Row], targets: Sequence[float], inputs: ReportInputs
) -> tuple[Cell, ...]:
    one = next(iter(rows.values()))
    driver, unit = one["driver"], one["unit"]
    return (
        Cell(short_name(driver, inputs.cloud_name), detail=meaning(driver)),
        number(range_text(driver, one["low"], one["high"], unit)),
        number(value_text(driver, one["base_value"], unit)),
        *(_needed_cell(rows.get(target)) for target in targets),
        sources(merge(cite(row) for row in rows.values())),
    )


def _needed_cell(row: Row | None) -> Cell:
    """The value needed, and in words if it lies beyond the range or nowhere."""
    if row is None:
        return number(formats.NOT_STATED)
    if row["solved_value"] is None:
        return Cell("none", is_number=True, detail=row["reason"] or "")
    text = value_text(row["driver"], row["solved_value"], row["unit"])
    return Cell(text, is_number=True, detail=row["reason"] or "")


def _together_statement(inputs: ReportInputs, target_usd: float) -> tuple[Statement, ...]:
    tried = combinations(inputs, target_usd)
    if tried.is_empty():
        return ()
    feasible = tried.filter("is_feasible").sort("cloud_growth_now_ratio")
    target = formats.usd_target(target_usd)
    what = f"{tried.height} combinations of {inputs.cloud_name} margin, capital intensity and WACC"
    if feasible.is_empty():
        text = (
            f"Taken together, no combination in range reaches {target}: none of {what}, with any "
            "growth in its declared range"
        )
    else:
        least = feasible.row(0, named=True)
        share = formats.percent(feasible.height / tried.height, 0)
        text = (
            f"Taken together, {feasible.height} of {what} ({share}) reach {target} with a growth "
            f"in its declared range; the least growth that does is {_combination(least)}"
        )
    return (Statement(f"{text}.", cite_all(tried)),)


def _combination(row: Row) -> str:
    return (
        f"{formats.percent(row['cloud_growth_now_ratio'])} in year 1 "
        f"({formats.percent(row['cloud_growth_average_ratio'])} a year over the forecast), at a "
        f"terminal margin of {formats.percent(row['cloud_margin_terminal_ratio'])}, "
        f"{formats.multiple(row['cloud_sales_to_capital_ratio'], 2)} sales to capital and a WACC "
        f"of {formats.percent(row['wacc_ratio'])}"
    )


def least_growth(tried: pl.DataFrame) -> pl.DataFrame:
    """The least growth of any capital intensity by terminal margin and WACC; null where none."""
    return (
        tried.group_by("cloud_margin_terminal_ratio", "wacc_ratio")
        .agg(pl.col("cloud_growth_now_ratio").min())
        .sort("wacc_ratio", "cloud_margin_terminal_ratio")
    )


def _together_chart(inputs: ReportInputs, target_usd: float) -> tuple[Chart, ...]:
    """A map of the growth needed; none where no combination reaches the target."""
    tried = combinations(inputs, target_usd)
    squares = least_growth(tried)
    reached = squares.drop_nulls("cloud_growth_now_ratio").sort("cloud_growth_now_ratio")
    if reached.is_empty():
        return ()
    target = formats.usd_target(target_usd)
    easiest = reached.row(0, named=True)
    return (
        Chart(
            f"together_{target_usd:.0f}",
            f"{inputs.cloud_name} growth in year 1 (%) that reaches {target}, by terminal margin "
            "and WACC",
            f"Growth needed for {target}: {reached.height} of {squares.height} squares of margin "
            f"and WACC have a growth in range that reaches it, the least "
            f"{formats.percent(easiest['cloud_growth_now_ratio'])} at a margin of "
            f"{formats.percent(easiest['cloud_margin_terminal_ratio'])} and a WACC of "
            f"{formats.percent(easiest['wacc_ratio'])}; the others have none.",
            cite_all(tried),
            origin="company filings, declared ranges",
        ),
    )


def _together_table(inputs: ReportInputs, target_usd: float) -> tuple[Table, ...]:
    feasible = combinations(inputs, target_usd).filter("is_feasible")
    if feasible.is_empty():
        return ()
    rows = feasible.sort("cloud_growth_now_ratio").iter_rows(named=True)
    body = tuple(
        (
            Cell(formats.percent(row["cloud_growth_now_ratio"])),
            number(formats.percent(row["cloud_growth_average_ratio"])),
            number(formats.percent(row["cloud_margin_terminal_ratio"])),
            number(formats.multiple(row["cloud_sales_to_capital_ratio"], 2)),
            number(formats.percent(row["wacc_ratio"])),
        )
        for row in rows
    )
    headers = (
        Header(f"{inputs.cloud_name} growth, year 1", is_number=False),
        Header("a year over the forecast"),
        Header("Terminal margin"),
        Header("Sales to capital"),
        Header("WACC"),
    )
    caption = f"Combinations that reach {formats.usd_target(target_usd)}"
    return (Table(caption, headers, body, citation=cite_all(feasible), is_folded=True),)


def _base_rate_statement(inputs: ReportInputs) -> tuple[Statement, ...]:
    """How many of the windows of the first target achieved it, and how little they are worth."""
    counted = inputs.base_rates.filter(
        (pl.col("target_usd") == inputs.targets_usd[0]) & pl.col("reached_ratio").is_not_null()
    ).sort("horizon_years")
    if counted.is_empty():
        return ()
    spans = "; ".join(
        f"{_achieved(row)} of {row['windows']} spans of {formats.years_whole(row['horizon_years'])}"
        f" ({formats.percent(row['required_growth_ratio'], 0)} a year asked)"
        for row in counted.iter_rows(named=True)
    )
    floor = formats.usd(counted["revenue_floor_usd"][0])
    target = formats.usd_target(inputs.targets_usd[0])
    companies = max(counted["companies"].to_list())
    return (
        Statement(
            f"Companies with sales of {floor} or more grew as fast as {target} asks of "
            f"{inputs.cloud_name} by growth alone in {spans}. These spans overlap and come from "
            f"{companies} {'company' if companies == 1 else 'companies'} at most, of "
            f"{counted['population'][0]}: they are a caution, not a probability.",
        ),
    )


def _achieved(row: Row) -> str:
    return str(row["windows_reached"] or "none")


def _base_rate_table(inputs: ReportInputs) -> tuple[Table, ...]:
    if inputs.base_rates.is_empty():
        return ()
    rows = inputs.base_rates.sort("target_usd", "horizon_years").iter_rows(named=True)
    headers = (
        Header("Target and span", is_number=False),
        Header("Growth asked, a year"),
        Header("Spans"),
        Header("Companies"),
        Header("Reached"),
    )
    return (
        Table(
            "Base rates: how often companies that large grew that fast",
            headers,
            tuple(_base_rate_row(row) for row in rows),
        ),
    )


def _base_rate_row(row: Row) -> tuple[Cell, ...]:
    span = formats.years_whole(row["horizon_years"])
    reached = Cell(
        f"{row['windows_reached']} ({formats.percent(row['reached_ratio'], 0)})", is_number=True
    )
    if row["reached_ratio"] is None:
        reached = Cell(formats.NOT_STATED, is_number=True, detail=row["missing_reason"] or "")
    return (
        Cell(f"{formats.usd_target(row['target_usd'])}, {span}"),
        number(formats.percent(row["required_growth_ratio"])),
        number(str(row["windows"])),
        number(str(row["companies"])),
        reached,
    )
