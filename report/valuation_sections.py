"""Sections on what was valued: scenarios, the base case in full, multiples, refutation."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from registry.assumptions import BASE_SCENARIO, ORDERED_SCENARIOS, PARTS
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
    merge,
    number,
    sources,
)
from report.inputs import ReportInputs, market_citation

_BRIDGE_ITEMS = {
    "cash": "Cash and cash equivalents",
    "securities": "Marketable securities",
    "non_operating_assets": "Other investments",
    "debt": "Debt",
    "lease_liabilities": "Lease liabilities",
    "free_cash_flow_since_balance_sheet": "Free cash flow since that balance sheet",
    "equity": "Equity value",
}


def scenarios_in_order(inputs: ReportInputs) -> list[Row]:
    """The rows of the scenarios valued: bear, base, bull, then any other by name."""
    return sorted(
        inputs.scenarios.iter_rows(named=True), key=lambda row: place(str(row["scenario"]))
    )


def place(name: str) -> tuple[int, str]:
    """Where a scenario stands among others, by its name."""
    is_known = name in ORDERED_SCENARIOS
    return ORDERED_SCENARIOS.index(name) if is_known else len(ORDERED_SCENARIOS), name


def scenario_label(name: str) -> str:
    """A scenario's name as it is printed."""
    return name.replace("_", " ").capitalize()


def scenarios_section(inputs: ReportInputs) -> Section:
    """What the company is worth under each scenario, against market and story."""
    title = "The scenarios against the market and the story"
    rows = scenarios_in_order(inputs)
    if not rows:
        reason = f" {inputs.not_valued_reason}." if inputs.not_valued_reason else ""
        return Section("scenarios", title, absence=f"No scenario was valued.{reason}")
    alternative = "; ".join(
        f"{row['scenario']} {formats.usd(row['equity_value_usd'])}, "
        f"{formats.usd_price(row['value_per_share_usd'])} a share"
        for row in rows
    )
    chart = Chart(
        "scenario_football_field",
        "Equity value by scenario, the story's targets (dashed) and the last close",
        f"Equity value by scenario: {alternative}. {_marks_in_words(inputs, rows)}",
        merge(cite(row) for row in rows),
        origin="company filings, last close, declared assumptions",
    )
    return Section(
        "scenarios",
        title,
        statements=_scenario_statements(inputs, rows),
        charts=(chart,),
        tables=(_scenario_table(inputs, rows),),
    )


def base_case_section(inputs: ReportInputs) -> Section:
    """The base scenario in full: bridge to equity per share, and year by year."""
    title = "The base scenario in full"
    bridge = inputs.scenario_bridge.filter(pl.col("scenario") == BASE_SCENARIO).sort("step")
    paths = inputs.scenario_paths.filter(pl.col("scenario") == BASE_SCENARIO)
    tables = [
        *([_bridge_table(inputs, bridge)] if not bridge.is_empty() else []),
        *([_path_table(inputs, paths)] if not paths.is_empty() else []),
    ]
    if not tables:
        return Section("base", title, absence="The base scenario was not valued.")
    return Section("base", title, tables=tuple(tables))


def multiples_section(inputs: ReportInputs) -> Section:
    """The price-earnings multiple each target implies: bases of earnings down, targets across."""
    title = "What each target implies for price and earnings"
    rows = list(inputs.multiples.iter_rows(named=True))
    if not rows:
        return Section("multiples", title, absence="No multiple was formed.")
    prices = {row["target_usd"]: row["implied_price_usd"] for row in rows}
    targets = sorted(prices)
    headers = (
        Header("Earnings per share", is_number=False),
        Header("EPS"),
        Header("Gain removed"),
        *(Header(f"P/E at {formats.usd_target(target)}") for target in targets),
        Header("Sources", is_number=False),
    )
    by_basis: dict[str, dict[float, Row]] = {}
    for row in rows:
        by_basis.setdefault(row["eps_basis"], {})[row["target_usd"]] = row
    implied = " and ".join(
        f"{formats.usd_target(target)} is {formats.usd_price(prices[target])} a share"
        for target in targets
    )
    return Section(
        "multiples",
        title,
        statements=(
            Statement(f"On the shares now outstanding, {implied}.", market_citation(inputs)),
        ),
        tables=(
            Table(
                "Price ÷ earnings implied",
                headers,
                tuple(_multiple_row(each, targets) for each in by_basis.values()),
            ),
        ),
        notes=(
            "Reported earnings include gains and losses outside operations; the line without them "
            "takes them out after tax, and is not stated where the tax of the same twelve months "
            "is not on hand.",
        ),
    )


def refutation_section(inputs: ReportInputs) -> Section:
    """The legs of the story and what would refute each."""
    headers = (
        Header("The story says", is_number=False),
        Header("Refuted if", is_number=False, is_prose=True),
    )
    body = tuple((Cell(claim.says), Cell(claim.refuted_by)) for claim in inputs.thesis.claims)
    return Section(
        "refutation",
        "What would refute the story",
        statements=(Statement(inputs.thesis.statement),),
        tables=(
            Table(f"Legs of the story, declared {formats.day(inputs.thesis.dated)}", headers, body),
        ),
    )


def _scenario_statements(inputs: ReportInputs, rows: Sequence[Row]) -> tuple[Statement, ...]:
    values = [row["value_per_share_usd"] for row in rows if row["scenario"] in ORDERED_SCENARIOS]
    if values != sorted(values):
        text = "The scenarios do not stand in the order bear ≤ base ≤ bull: read them with care."
        return (Statement(text, merge(cite(row) for row in rows)),)
    base = inputs.scenario(BASE_SCENARIO)
    if base is None:
        return (Statement("The base scenario was not valued."),)
    return (
        Statement(
            f"In the base scenario {formats.percent(base['terminal_share_ratio'], 0)} of "
            "enterprise value lies beyond the forecast years. Sold at their end for "
            f"{formats.multiple(base['exit_multiple_ratio'])} operating income instead of at the "
            f"{formats.multiple(base['implied_exit_multiple_ratio'])} that its terminal value "
            "implies, the company would be worth "
            f"{formats.usd(base['exit_multiple_equity_value_usd'])} today.",
            cite(base),
        ),
    )


def _marks_in_words(inputs: ReportInputs, rows: Sequence[Row]) -> str:
    targets = " and ".join(
        formats.usd_target(target.market_value_usd) for target in inputs.thesis.targets
    )
    return f"Last close: {formats.usd(rows[0]['market_cap_usd'])}. The story's targets: {targets}."


def _scenario_table(inputs: ReportInputs, rows: Sequence[Row]) -> Table:
    """Measures down, scenarios across."""
    measures: list[tuple[str, Callable[[Row], str]]] = [
        ("Equity value", lambda row: formats.usd(row["equity_value_usd"])),
        ("Value a share", lambda row: formats.usd_price(row["value_per_share_usd"])),
        ("against the close", lambda row: formats.percent_change(row["upside_ratio"])),
        *((_against_label(value), _against(value)) for value in inputs.targets_usd),
        (
            f"{inputs.cloud_name} operations",
            lambda row: formats.usd(row["cloud_enterprise_value_usd"]),
        ),
        ("Rest of the company", lambda row: formats.usd(row["rest_enterprise_value_usd"])),
        ("Terminal share of value", lambda row: formats.percent(row["terminal_share_ratio"], 0)),
        (
            "Equity at the exit multiple",
            lambda row: formats.usd(row["exit_multiple_equity_value_usd"]),
        ),
        ("Exit multiple declared", lambda row: formats.multiple(row["exit_multiple_ratio"])),
        (
            "Exit multiple implied",
            lambda row: formats.multiple(row["implied_exit_multiple_ratio"]),
        ),
        (
            f"{inputs.cloud_name} revenue, next 12 months",
            lambda row: formats.usd(row["ntm_cloud_revenue_usd"]),
        ),
        (
            "of which backlog covers",
            lambda row: formats.percent(row["backlog_floor_to_ntm_cloud_revenue_ratio"], 0),
        ),
        ("Diluted shares", lambda row: formats.share_count(row["diluted_shares"])),
        ("Weakest input", lambda row: str(row["status"])),
    ]
    body = [(Cell(label), *(number(measure(row)) for row in rows)) for label, measure in measures]
    body.append((Cell("Sources"), *(Cell("", cite(row), is_number=True) for row in rows)))
    headers = (
        Header("", is_number=False),
        *(Header(scenario_label(str(row["scenario"]))) for row in rows),
    )
    return Table("The scenarios in figures", headers, tuple(body), total_rows=frozenset({0, 1}))


def _against_label(target_usd: float) -> str:
    return f"equity against {formats.usd_target(target_usd)}"


def _against(target_usd: float) -> Callable[[Row], str]:
    return lambda row: formats.percent_change(row["equity_value_usd"] / target_usd - 1)


def part_name(inputs: ReportInputs, part: str) -> str:
    """A part of the company as it is printed."""
    return inputs.cloud_name if part == "cloud" else "Rest of the company"


def _bridge_table(inputs: ReportInputs, bridge: pl.DataFrame) -> Table:
    operations = {f"{part}_operations": f"{part_name(inputs, part)}: operations" for part in PARTS}
    names = {**operations, **_BRIDGE_ITEMS}
    rows = list(bridge.iter_rows(named=True))
    body = tuple(
        (
            Cell(names.get(row["item"], row["item"].replace("_", " "))),
            number(formats.usd(row["value_usd"])),
            number(formats.usd_per_share(row["value_per_share_usd"])),
            sources(_or_basis(cite(row), inputs, row["item"])),
        )
        for row in rows
    )
    totals = frozenset(position for position, row in enumerate(rows) if row["is_total"])
    headers = (
        Header("From operations to equity", is_number=False),
        Header("Value"),
        Header("A share"),
        Header("Sources", is_number=False),
    )
    return Table(f"Bridge{_balance_sheet_words(inputs)}", headers, body, total_rows=totals)


def _balance_sheet_words(inputs: ReportInputs) -> str:
    row = inputs.valuation_input("cash")
    if row is None or row["period_end"] is None:
        return ""
    return f" (balance sheet of {formats.day(row['period_end'])})"


def _or_basis(citation: Citation, inputs: ReportInputs, item: str) -> Citation:
    """The citation; of a declared figure, with the basis it was declared on."""
    for scenario in inputs.declared_scenarios:
        if scenario.name == BASE_SCENARIO and item in scenario.drivers:
            return replace(citation, note=scenario.drivers[item].basis)
    return citation


def _path_table(inputs: ReportInputs, paths: pl.DataFrame) -> Table:
    """Forecast years down; the parts' drivers and the company's cash flow across."""
    cloud, rest, company = (
        {row["forecast_year"]: row for row in _path_of(paths, part)}
        for part in ("cloud", "rest", "company")
    )
    name = inputs.cloud_name
    headings = (
        *(f"{name} {measure}" for measure in ("revenue", "growth", "margin")),
        *(f"Rest {measure}" for measure in ("revenue", "growth", "margin")),
        "Operating income",
        "NOPAT",
        "Reinvestment",
        "Free cash flow",
        "Capex",
        "Present value",
    )
    body = tuple(
        (
            Cell(str(year)),
            *_part_cells(cloud.get(year)),
            *_part_cells(rest.get(year)),
            *_company_cells(company.get(year)),
        )
        for year in sorted(cloud | rest | company)
    )
    return Table(
        "Year by year (year 1 is the next twelve months)",
        (Header("Year", is_number=False), *(Header(heading) for heading in headings)),
        body,
        citation=merge(cite(row) for row in paths.iter_rows(named=True)),
    )


def _path_of(paths: pl.DataFrame, part: str) -> list[Row]:
    return list(paths.filter(pl.col("part") == part).iter_rows(named=True))


def _part_cells(row: Row | None) -> tuple[Cell, ...]:
    row = row or {}
    return (
        number(formats.usd(row.get("revenue_usd"))),
        number(formats.percent(row.get("growth_ratio"))),
        number(formats.percent(row.get("operating_margin_ratio"))),
    )


def _company_cells(row: Row | None) -> tuple[Cell, ...]:
    row = row or {}
    columns = (
        "operating_income_usd",
        "nopat_usd",
        "reinvestment_usd",
        "free_cash_flow_usd",
        "capex_usd",
        "present_value_usd",
    )
    return tuple(number(formats.usd(row.get(column))) for column in columns)


def _multiple_row(rows: dict[float, Row], targets: Sequence[float]) -> tuple[Cell, ...]:
    """One basis of earnings against every target."""
    any_row = next(iter(rows.values()))
    reason = any_row["missing_reason"] or ""
    gain = any_row["gain_removed_per_share_usd"]
    multiples = (rows.get(target, {}).get("implied_multiple_ratio") for target in targets)
    return (
        Cell(
            str(any_row["eps_label"]),
            more_label="not stated: why" if reason else "",
            more=reason,
        ),
        number(formats.usd_per_share(any_row["eps_usd"]), note=reason),
        number("none" if gain == 0 else formats.usd_per_share(gain), note=reason),
        *(number(formats.multiple(multiple), note=reason) for multiple in multiples),
        sources(merge(cite(row) for row in rows.values())),
    )
