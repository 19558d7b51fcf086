"""Sections on what may come: how likely the targets are, and what moves the value."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from report import formats
from report.content import (
    Cell,
    Chart,
    Citation,
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
from report.inputs import ReportInputs, market_citation, market_value

INTRINSIC: Final = "intrinsic_at_least"
AT_HORIZON: Final = "market_cap_at_horizon_at_least"
CLOSES_BEFORE: Final = "closes_at_least_before_horizon"

EQUITY: Final = "equity_value_usd"
CLOUD_REVENUE: Final = "cloud_revenue_usd"

MEDIAN: Final = 0.5
FAN_INTERVALS: Final = ((0.05, 0.95), (0.25, 0.75))
"""Intervals of the fan by the quantiles at their ends, widest first: 90 and 50 %."""
_OFTEN_BEYOND = 0.01
"""Share of a driver's draws beyond its range from which that is said."""


def likelihood_section(inputs: ReportInputs) -> Section:
    """The three events of each target, and the distributions behind them."""
    title = "How likely"
    if inputs.simulation_events.is_empty():
        return Section("likelihood", title, absence="No likelihood was simulated.")
    return Section(
        "likelihood",
        title,
        statements=(
            *_event_statements(inputs),
            *_spread_statements(inputs),
            *_market_statements(inputs),
        ),
        charts=(*_distribution_chart(inputs), *_fan_chart(inputs)),
        tables=(_event_table(inputs),),
        notes=(
            "Worth today, there at the horizon and touched on the way are three different "
            "questions. The standard error is that of drawing alone; that the assumptions are "
            "wrong is not in it.",
            *_beyond_note(inputs),
        ),
    )


def _beyond_note(inputs: ReportInputs) -> tuple[str, ...]:
    """Which drivers are drawn beyond the ranges that everything else on the page keeps to."""
    beyond = inputs.simulation_drivers.filter(pl.col("beyond_range_ratio") > _OFTEN_BEYOND)
    if beyond.is_empty():
        return ()
    names = ", ".join(short_name(driver, inputs.cloud_name) for driver in beyond["driver"])
    return (
        f"Spreads estimated from the past reach beyond the declared ranges ({names}): draws go "
        "there, while what follows is solved and varied within the ranges.",
    )


def event(inputs: ReportInputs, target_usd: float, name: str) -> Row | None:
    """The row of an event of a target, or None."""
    rows = inputs.simulation_events.filter(
        (pl.col("target_usd") == target_usd) & (pl.col("event") == name)
    )
    return rows.row(0, named=True) if rows.height else None


def quantile(inputs: ReportInputs, variable: str, level: float) -> Row | None:
    """The row of a quantile of a variable that has no forecast year, or None."""
    rows = inputs.simulation_quantiles.filter(
        (pl.col("variable") == variable)
        & pl.col("forecast_year").is_null()
        & (pl.col("quantile_ratio") == level)
    )
    return rows.row(0, named=True) if rows.height else None


def after(years: float) -> str:
    """When a horizon ends: in a year, in 2 years."""
    return "in a year" if years == 1 else f"in {years:g} years"


def _event_statements(inputs: ReportInputs) -> tuple[Statement, ...]:
    return tuple(
        _event_statement(inputs, target)
        for target in inputs.targets_usd
        if event(inputs, target, INTRINSIC) is not None
    )


def _event_statement(inputs: ReportInputs, target_usd: float) -> Statement:
    rows = [event(inputs, target_usd, name) for name in (INTRINSIC, AT_HORIZON, CLOSES_BEFORE)]
    worth, there, touched = ((row or {}).get("probability_ratio") for row in rows)
    target = formats.usd_target(target_usd)
    text = (
        f"The model gives a chance of {formats.chance(worth)} that {inputs.company.name} is worth "
        f"{target} or more today"
    )
    if there is None or touched is None:
        reason = (rows[1] or {}).get("missing_reason") or "no market value was simulated"
        text += f"; where the market will be is not stated: {reason}"
    else:
        when = after((rows[1] or {})["horizon_years"])
        text += (
            f", of {formats.chance(there)} that its market value is there {when}, and of "
            f"{formats.chance(touched)} that it closes there at least once before that"
        )
    return Statement(f"{text}.", merge(cite(row) for row in rows if row))


def _spread_statements(inputs: ReportInputs) -> tuple[Statement, ...]:
    """Where the middle half of the draws lies, and where the last close lies among them."""
    low, median, high = (quantile(inputs, EQUITY, level) for level in (0.25, MEDIAN, 0.75))
    if low is None or median is None or high is None:
        return ()
    text = (
        f"Half of the draws lie between {formats.usd(low['value_usd'])} and "
        f"{formats.usd(high['value_usd'])}, with the middle at {formats.usd(median['value_usd'])}"
    )
    citation = cite(median)
    if close := market_value(inputs):
        text += f"; the last close, {formats.usd(close)}, lies {_among_draws(inputs, close)}"
        citation = merge((citation, market_citation(inputs)))
    return (Statement(f"{text}.", citation),)


def _among_draws(inputs: ReportInputs, value_usd: float) -> str:
    """Between which of the quantiles kept a value lies, in words."""
    rows = inputs.simulation_quantiles.filter(
        (pl.col("variable") == EQUITY) & pl.col("forecast_year").is_null()
    ).sort("quantile_ratio")
    levels = rows["quantile_ratio"].to_list()
    below = [
        level
        for level, value in zip(levels, rows["value_usd"].to_list(), strict=True)
        if value <= value_usd
    ]
    if not below:
        return f"below at least {formats.percent(1 - levels[0], 0)} of them"
    return f"above at least {formats.percent(below[-1], 0)} of them"


def _market_statements(inputs: ReportInputs) -> tuple[Statement, ...]:
    if inputs.simulation_market.is_empty():
        return ()
    row = inputs.simulation_market.row(0, named=True)
    if row["missing_reason"]:
        return ()
    closing = formats.percent(row["gap_closure_ratio"], 0)
    return (
        Statement(
            "Market value starts at the last close and not at the value found here: it moves with "
            f"an expected return of {formats.percent(row['expected_return_ratio'])} a year and a "
            f"volatility of {formats.percent(row['volatility_ratio'], 0)} (from "
            f"{row['volatility_observations']} changes of the close), and by the horizon "
            f"{closing} of its gap to the value found here has closed.",
            market_citation(inputs),
        ),
    )


def _event_table(inputs: ReportInputs) -> Table:
    """Events down, targets across."""
    targets = inputs.targets_usd
    names = {
        INTRINSIC: "Worth it today",
        AT_HORIZON: f"Market value there {_horizon(inputs)}",
        CLOSES_BEFORE: "At some close before that",
    }
    body = tuple(
        (
            Cell(label),
            *(_chance_cell(event(inputs, target, name)) for target in targets),
            sources(merge(cite(row) for target in targets if (row := event(inputs, target, name)))),
        )
        for name, label in names.items()
    )
    headers = (
        Header("Event", is_number=False),
        *(Header(f"{formats.usd_target(target)} or more") for target in targets),
        Header("Sources", is_number=False),
    )
    return Table("Three events, and how likely each is", headers, body)


def _horizon(inputs: ReportInputs) -> str:
    years = inputs.simulation_events["horizon_years"].drop_nulls()
    return after(float(years[0])) if years.len() else "at the horizon"


def _chance_cell(row: Row | None) -> Cell:
    if row is None or row["probability_ratio"] is None:
        reason = (row or {}).get("missing_reason") or ""
        return Cell(
            formats.NOT_STATED,
            is_number=True,
            more_label="not stated: why" if reason else "",
            more=reason,
        )
    error = formats.points_fine(row["standard_error_ratio"])
    return Cell(
        formats.chance(row["probability_ratio"]),
        is_number=True,
        detail=f"± {error}, {row['draws']:,} draws",
    )


def _distribution_chart(inputs: ReportInputs) -> tuple[Chart, ...]:
    if inputs.simulation_histogram.is_empty():
        return ()
    named = [
        (name, row["value_usd"])
        for name, level in (("5 %", 0.05), ("25 %", 0.25), ("half", 0.5), ("75 %", 0.75))
        if (row := quantile(inputs, EQUITY, level))
    ]
    words = "; ".join(f"{name} of the draws below {formats.usd(value)}" for name, value in named)
    marks = " and ".join(formats.usd_target(target) for target in inputs.targets_usd)
    close = formats.usd(market_value(inputs))
    return (
        Chart(
            "value_distribution",
            "Value of the equity over all draws",
            f"Distribution of the value of the equity. {words}. Marked: targets {marks}, last "
            f"close {close}.",
            cite_all(inputs.simulation_events),
            origin="company filings, last close, declared distributions",
        ),
    )


def _fan_chart(inputs: ReportInputs) -> tuple[Chart, ...]:
    fan = cloud_fan(inputs)
    if fan.is_empty():
        return ()
    last = fan.filter(pl.col("forecast_year") == pl.col("forecast_year").max())
    by_level = dict(zip(last["quantile_ratio"], last["value_usd"], strict=True))
    low, middle, high = (
        formats.usd(by_level.get(level))
        for level in (FAN_INTERVALS[0][0], MEDIAN, FAN_INTERVALS[0][1])
    )
    years = last["forecast_year"][0]
    base = inputs.scenario("base")
    floor = base["backlog_floor_usd"] if base else None
    covered = (
        f" The backlog alone brings {formats.usd(floor)} in the next twelve months, the floor drawn"
        " below the fan."
        if floor is not None
        else " No backlog floor is stated."
    )
    return (
        Chart(
            "cloud_revenue_fan",
            f"{inputs.cloud_name} revenue over twelve months: filed, then 50 and 90 % of the draws",
            f"{inputs.cloud_name} revenue. In forecast year {years} the middle of the draws is "
            f"{middle}, and 90 % of them lie between {low} and {high}.{covered}",
            merge((cite_all(fan), *([cite(base)] if base else []))),
            origin="company filings, declared distributions",
        ),
    )


def cloud_fan(inputs: ReportInputs) -> pl.DataFrame:
    """Quantiles of the cloud segment's yearly revenue, by forecast year."""
    return inputs.simulation_quantiles.filter(
        (pl.col("variable") == CLOUD_REVENUE) & pl.col("forecast_year").is_not_null()
    ).sort("forecast_year", "quantile_ratio")


def sensitivity_section(inputs: ReportInputs) -> Section:
    """One driver at a time between its declared low and high, and two together."""
    title = "What moves the value"
    rows = list(inputs.sensitivity.sort("place").iter_rows(named=True))
    if not rows:
        return Section("sensitivity", title, absence="No sensitivity was computed.")
    widest, citation = rows[0], cite_all(inputs.sensitivity)
    chart = Chart(
        "tornado",
        "Value with one driver at its declared low (orange) and high (blue)",
        f"Widest first: {'; '.join(_swing_words(row, inputs) for row in rows)}.",
        citation,
        origin="company filings, declared ranges",
    )
    return Section(
        "sensitivity",
        title,
        statements=(
            Statement(
                f"{_swing_words(widest, inputs)}: none moves the value more. "
                f"{_ends_that_reach(rows, inputs)}",
                citation,
            ),
        ),
        charts=(chart,),
        tables=(_swing_table(rows, inputs), *_grid_table(inputs, citation)),
    )


def _swing_words(row: Row, inputs: ReportInputs) -> str:
    low, high = (value_text(row["driver"], row[end], row["unit"]) for end in ("low", "high"))
    at_low, at_high = (formats.usd(row[f"equity_at_{end}_usd"]) for end in ("low", "high"))
    name = short_name(row["driver"], inputs.cloud_name)
    return f"{name}: {at_low} at {low}, {at_high} at {high}"


def _ends_that_reach(rows: Sequence[Row], inputs: ReportInputs) -> str:
    """Which drivers at an end of their range reach the first target, the others at base."""
    target_usd = inputs.targets_usd[0]
    reaching = [
        short_name(row["driver"], inputs.cloud_name)
        for row in rows
        if max(row["equity_at_low_usd"], row["equity_at_high_usd"]) >= target_usd
    ]
    target = formats.usd_target(target_usd)
    if not reaching:
        return f"No driver alone reaches {target} within its range."
    return f"Within its range {target} is reached by {' and by '.join(reaching)}."


def _swing_table(rows: Sequence[Row], inputs: ReportInputs) -> Table:
    body = tuple(
        (
            Cell(short_name(row["driver"], inputs.cloud_name), note=meaning(row["driver"])),
            number(range_text(row["driver"], row["low"], row["high"], row["unit"])),
            number(formats.usd(row["equity_at_low_usd"])),
            number(formats.usd(row["equity_at_high_usd"])),
        )
        for row in rows
    )
    headers = (
        Header("Driver", is_number=False),
        Header("Low to high"),
        Header("At low"),
        Header("At high"),
    )
    return Table(
        "Equity, one driver at a time", headers, body, citation=cite_all(inputs.sensitivity)
    )


def _grid_table(inputs: ReportInputs, citation: Citation) -> tuple[Table, ...]:
    """Growth down, margin across; values at or above the first target are in bold type."""
    grid = inputs.sensitivity_grid
    if grid.is_empty():
        return ()
    cells = {
        (row["cloud_growth_now_ratio"], row["cloud_margin_terminal_ratio"]): row["equity_value_usd"]
        for row in grid.iter_rows(named=True)
    }
    growths, margins = (sorted({key[axis] for key in cells}) for axis in (0, 1))
    target = inputs.targets_usd[0]
    body = tuple(
        (
            Cell(formats.percent(growth)),
            *(_grid_cell(cells.get((growth, margin)), target) for margin in margins),
        )
        for growth in growths
    )
    headers = (
        Header(f"{inputs.cloud_name} growth, year 1 ↓ terminal margin →", is_number=False),
        *(Header(formats.percent(margin)) for margin in margins),
    )
    caption = f"Equity over growth and margin (✓ where it reaches {formats.usd_target(target)})"
    return (Table(caption, headers, body, citation=citation, is_folded=True),)


def _grid_cell(value_usd: float | None, target_usd: float) -> Cell:
    text = formats.usd(value_usd)
    return number(f"✓ {text}" if value_usd is not None and value_usd >= target_usd else text)
