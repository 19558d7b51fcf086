"""Sections on what was filed: cloud growth and margin, capital spending, backlog."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from report.inputs import ReportInputs, newest

Format = Callable[[float | None], str]

WINDOW_YEARS = 6
"""Span drawn and tabled: two turns of the capital spending cycle."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a quarterly table: heading, column of the frame, how it is printed."""

    heading: str
    name: str
    form: Format


def latest_quarters(frame: pl.DataFrame) -> pl.DataFrame:
    """Fiscal quarters of the `WINDOW_YEARS` up to the newest on hand, oldest first."""
    start = pl.col("period_end").max().dt.offset_by(f"-{WINDOW_YEARS}y")
    return frame.filter(pl.col("period_end") > start).sort("period_end")


def cloud_section(inputs: ReportInputs) -> Section:
    """Growth and margin of the cloud segment."""
    name = inputs.cloud_name
    title = f"{name}: growth and margin"
    rows = latest_quarters(inputs.cloud_margins())
    if rows.is_empty():
        return Section("cloud", title, absence=f"No figures of {name} are on hand.")
    columns = (
        _Column("Revenue", "revenue_usd", formats.usd),
        _Column("Growth on year before", "revenue_growth_yoy_ratio", formats.percent),
        _Column("Operating margin", "operating_margin_ratio", formats.percent),
        _Column("12-month margin", "ttm_operating_margin_ratio", formats.percent),
        _Column("Share of operating income", "share_of_operating_income_ratio", formats.percent),
    )
    growth, margin = "revenue_growth_yoy_ratio", "operating_margin_ratio"
    return Section(
        "cloud",
        title,
        statements=_cloud_statements(rows, name),
        charts=(
            *_chart("cloud_growth", f"{name} revenue growth on the year before", rows, growth),
            *_chart("cloud_margin", f"{name} operating margin", rows, margin),
        ),
        tables=(_quarterly_table(f"{name} by quarter", rows, columns),),
    )


def capex_section(inputs: ReportInputs) -> Section:
    """Capital expenditure against revenue and cash flow."""
    title = "Capital spending and free cash flow"
    rows = latest_quarters(inputs.capex_intensity)
    if rows.is_empty():
        return Section("capex", title, absence="No capital expenditure is on hand.")
    columns = (
        _Column("Capex, quarter", "capex_gross_usd", formats.usd),
        _Column("Growth on year before", "capex_growth_yoy_ratio", formats.percent_change),
        _Column("Capex, 12 months", "ttm_capex_gross_usd", formats.usd),
        _Column("of revenue", "ttm_capex_to_revenue_ratio", formats.percent),
        _Column(
            "of operating cash flow", "ttm_capex_to_operating_cash_flow_ratio", formats.percent
        ),
        _Column("Operating cash flow, 12 months", "ttm_operating_cash_flow_usd", formats.usd),
        _Column("Free cash flow, 12 months", "ttm_free_cash_flow_usd", formats.usd),
    )
    ratio, free = "ttm_capex_to_revenue_ratio", "ttm_free_cash_flow_usd"
    return Section(
        "capex",
        title,
        statements=_capex_statements(rows),
        charts=(
            *_chart("capex_to_revenue", "Capex as a share of revenue, 12 months", rows, ratio),
            *_chart(
                "cash_flow_and_capex",
                "Operating cash flow, capex and free cash flow, 12 months",
                rows,
                free,
                formats.usd,
                subject="Free cash flow",
            ),
        ),
        tables=(_quarterly_table("Capital spending by quarter", rows, columns),),
        notes=(
            "Capex is gross purchases of property and equipment; free cash flow is operating cash "
            "flow less capex net of proceeds and incentives, as the company defines it.",
        ),
    )


def backlog_section(inputs: ReportInputs) -> Section:
    """Backlog, how far it reaches, and what it turned into."""
    title = "Backlog coverage"
    rows = latest_quarters(inputs.backlog_coverage)
    if rows.is_empty():
        return Section("backlog", title, absence="No backlog is on hand.")
    columns = (
        _Column("Backlog", "backlog_usd", formats.usd),
        _Column("Remaining life", "remaining_life_years", formats.years),
        _Column("Coverage", "coverage_years", formats.years),
        _Column("Implied next 12 months", "implied_next_12m_revenue_usd", formats.usd),
        _Column("Earned next 12 months", "realised_next_12m_revenue_usd", formats.usd),
        _Column("Implied ÷ earned", "backlog_conversion_ratio", formats.percent),
        _Column("Net bookings", "net_bookings_usd", formats.usd),
    )
    cloud, usd = inputs.cloud_name, formats.usd
    return Section(
        "backlog",
        title,
        statements=_backlog_statements(rows, cloud),
        charts=(
            *_chart("backlog", "Backlog at quarter end", rows, "backlog_usd", usd),
            *_chart("net_bookings", "Net bookings by quarter", rows, "net_bookings_usd", usd),
            *_chart(
                "backlog_coverage",
                f"Backlog in years of {cloud} revenue, and its remaining life",
                rows,
                "coverage_years",
                formats.years,
                subject="Coverage",
            ),
            *_chart(
                "backlog_implied_revenue",
                f"Next 12 months: {cloud} revenue implied by backlog, and earned",
                rows,
                "implied_next_12m_revenue_usd",
                usd,
                subject="Implied revenue",
            ),
        ),
        tables=(_quarterly_table("Backlog by quarter", rows, columns),),
        notes=_backlog_notes(inputs),
    )


def _cloud_statements(rows: pl.DataFrame, name: str) -> tuple[Statement, ...]:
    row = newest(rows, "revenue_growth_yoy_ratio")
    if row is None:
        return (Statement(f"No growth of {name} on the year before can be formed."),)
    text = f"{name} revenue grew {formats.percent(row['revenue_growth_yoy_ratio'])}"
    if row["revenue_growth_yoy_ratio"] < 0:
        text = f"{name} revenue shrank {formats.percent(-row['revenue_growth_yoy_ratio'])}"
    text += f" on the year before in {row['fiscal_quarter']}"
    if (change := row["growth_acceleration_ratio"]) is not None:
        side = "more" if change >= 0 else "less"
        text += f", {formats.points(change)} {side} than in the quarter before"
    if row["operating_margin_ratio"] is not None:
        text += f"; its operating margin was {formats.percent(row['operating_margin_ratio'])}"
    if row["ttm_operating_margin_ratio"] is not None:
        text += f", {formats.percent(row['ttm_operating_margin_ratio'])} over twelve months"
    if row["share_of_operating_income_ratio"] is not None:
        share = formats.percent(row["share_of_operating_income_ratio"])
        text += f", and its share of operating income {share}"
    return (Statement(f"{text}.", cite(row)),)


def _capex_statements(rows: pl.DataFrame) -> tuple[Statement, ...]:
    row = newest(rows, "ttm_capex_gross_usd")
    if row is None:
        return (Statement("Capital expenditure over twelve months is not stated."),)
    text = (
        f"Over the twelve months to {row['fiscal_quarter']} capex was "
        f"{formats.usd(row['ttm_capex_gross_usd'])}"
    )
    parts = [
        f"{formats.percent(row[column])} of {noun}"
        for column, noun in (
            ("ttm_capex_to_revenue_ratio", "revenue"),
            ("ttm_capex_to_operating_cash_flow_ratio", "operating cash flow"),
        )
        if row[column] is not None
    ]
    if parts:
        text += f", {' and '.join(parts)}"
    if row["ttm_free_cash_flow_usd"] is not None:
        text += f"; free cash flow was {formats.usd(row['ttm_free_cash_flow_usd'])}"
    if row["capex_less_revenue_growth_ratio"] is not None:
        gap = row["capex_less_revenue_growth_ratio"]
        side = "faster" if gap >= 0 else "slower"
        text += (
            f"; in the quarter capex grew {formats.points(gap)} {side} than revenue "
            "on the year before"
        )
    return (Statement(f"{text}.", cite(row)),)


def _backlog_statements(rows: pl.DataFrame, cloud: str) -> tuple[Statement, ...]:
    row = newest(rows, "backlog_usd")
    if row is None:
        return (Statement("No backlog is stated."),)
    text = (
        f"Backlog stood at {formats.usd(row['backlog_usd'])} at the end of {row['fiscal_quarter']}"
    )
    if row["coverage_years"] is not None:
        text += f", {formats.years(row['coverage_years'])} of trailing {cloud} revenue"
    if row["remaining_life_years"] is not None:
        text += f", with a weighted remaining life of {formats.years(row['remaining_life_years'])}"
    if row["implied_next_12m_revenue_usd"] is not None:
        implied = formats.usd(row["implied_next_12m_revenue_usd"])
        text += f"; earned evenly, that is {implied} in the next twelve months"
    statements = [Statement(f"{text}.", cite(row))]
    realised = rows.filter(pl.col("backlog_conversion_ratio").is_not_null())
    if not realised.is_empty():
        statements.append(_conversion_statement(realised, cloud))
    return tuple(statements)


def _conversion_statement(realised: pl.DataFrame, cloud: str) -> Statement:
    ratios = realised["backlog_conversion_ratio"].to_list()
    quarters = realised["fiscal_quarter"].to_list()
    return Statement(
        f"From {quarters[0]} to {quarters[-1]} the revenue implied by backlog was "
        f"{formats.percent(min(ratios))} to {formats.percent(max(ratios))} of the {cloud} revenue "
        f"then earned in the next twelve months ({len(ratios)} quarters).",
        cite_all(realised),
    )


def _backlog_notes(inputs: ReportInputs) -> tuple[str, ...]:
    rule = inputs.company.backlog
    if rule is None:
        return ()
    return (
        f"Backlog covers: {rule.scope}; {rule.definition}. Coverage is backlog ÷ trailing "
        f"{inputs.cloud_name} revenue; implied revenue is backlog ÷ remaining life; net bookings "
        "are the change of backlog plus the revenue of the quarter.",
    )


def _quarterly_table(caption: str, rows: pl.DataFrame, columns: Sequence[_Column]) -> Table:
    """One row per quarter, newest first, folded away under its caption."""
    headers = (
        Header("Quarter", is_number=False),
        *(Header(column.heading) for column in columns),
        Header("Sources", is_number=False),
    )
    body = tuple(
        (
            Cell(row["fiscal_quarter"]),
            *(
                number(column.form(row[column.name]), note=_why_missing(row, column.name))
                for column in columns
            ),
            sources(cite(row)),
        )
        for row in rows.reverse().iter_rows(named=True)
    )
    return Table(caption, headers, body, is_folded=True)


def _why_missing(row: Row, column: str) -> str:
    """Which inputs of the row are not on hand, where the column is null because of it."""
    if row[column] is not None or not row["missing_inputs"]:
        return ""
    return f"not on hand: {row['missing_inputs'].replace('_', ' ')}"


def _chart(
    name: str,
    title: str,
    rows: pl.DataFrame,
    column: str,
    form: Format = formats.percent,
    *,
    subject: str = "",
) -> tuple[Chart, ...]:
    """A chart over quarters, put in words by its first, lowest, highest and last value of `column`.

    No chart if `column` is never known.
    """
    known = rows.filter(pl.col(column).is_not_null())
    if known.is_empty():
        return ()
    return (Chart(name, title, _in_words(known, column, form, title, subject), cite_all(known)),)


def _in_words(known: pl.DataFrame, column: str, form: Format, title: str, subject: str) -> str:
    by_value = known.sort(column)
    first, last, lowest, highest = (
        f"{form(row[column])} in {row['fiscal_quarter']}"
        for row in (
            known.row(0, named=True),
            known.row(-1, named=True),
            by_value.row(0, named=True),
            by_value.row(-1, named=True),
        )
    )
    subject = f"{subject}: " if subject else ""
    return f"{title}. {subject}{first}, then {last}; lowest {lowest}, highest {highest}."
