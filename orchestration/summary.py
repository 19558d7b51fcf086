"""What the command line prints about a published warehouse."""

from collections.abc import Sequence
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from ingest.edgar.schema import READ
from orchestration.build import connect, is_locked_by_another
from orchestration.run_records import last_run, outcome_of
from orchestration.settings import Settings
from orchestration.versions import hold_reason, is_published_by, versions
from registry.assumptions import load_theses

CLOUD_MARGIN_SQL = """
select margins.ticker, dim_segment.segment_name, margins.fiscal_quarter,
    margins.operating_margin_ratio, margins.revenue_growth_yoy_ratio
from marts.fct_segment_margins as margins
inner join marts.dim_segment using (ticker, segment)
where margins.ticker = ? and dim_segment.is_cloud and margins.operating_margin_ratio is not null
order by margins.period_end desc limit 1
"""
CAPEX_SQL = """
select fiscal_quarter, ttm_capex_to_revenue_ratio, ttm_free_cash_flow_usd
from marts.fct_capex_intensity
where ticker = ? and ttm_capex_to_revenue_ratio is not null
order by period_end desc limit 1
"""
BACKLOG_SQL = """
select fiscal_quarter, backlog_usd, coverage_years
from marts.fct_backlog_coverage
where ticker = ? and coverage_years is not null
order by period_end desc limit 1
"""
SCENARIOS_SQL = """
select scenario, value_per_share_usd, equity_value_usd, share_price_usd
from valuation.scenarios
where ticker = ? and is_current
order by value_per_share_usd
"""
CHANCES_SQL = """
select event, target_usd, probability_ratio
from valuation.simulation_events
where ticker = ? and is_current and probability_ratio is not null
order by target_usd, event
"""
CHANCES = {
    "intrinsic_at_least": "worth {} now",
    "market_cap_at_horizon_at_least": "market value {} in a year",
    "closes_at_least_before_horizon": "a close at {} before",
}
NEWEST_RUN_SQL = """
select
    published_at, source, gathered_on, left(registry_hash, 16), code_version, guards_held, raw_rows
from quality.runs order by published_at desc limit 1
"""
NEWEST_FILINGS_SQL = f"""
select ticker, form, period_of_report, known_from
from marts.dim_filing
where read_status in {READ} and withdrawn_at is null
qualify row_number() over (partition by ticker order by known_from desc) = 1
order by ticker
"""
ARTICLES_SQL = """
select
    count(*),
    (
        select count(*) from marts.fct_claim_checks
        where is_latest_version and not is_duplicate
    ),
    (select count(*) from raw.rejects where table_name = 'articles')
from staging.stg_articles__articles
where is_latest_version
"""
UNREAD_SQL = f"""
select count(*) from marts.dim_filing
where read_status not in {READ} and withdrawn_at is null
"""


def print_summary(console: Console, settings: Settings, checks_passed: int) -> None:
    """The newest figures of the companies on trial, and where the warehouse and the report are."""
    known = (
        f"As known at {settings.as_of:%Y-%m-%d %H:%M:%S} UTC" if settings.as_of else "As published"
    )
    table = Table(title=known, title_justify="left", show_header=False)
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        for ticker in sorted({thesis.ticker for thesis in load_theses()}):
            for name, value in _figures(connection, ticker):
                table.add_row(f"{ticker} {name}", value)
        unread = _row(connection, UNREAD_SQL)
        articles, claims, rejected = _row(connection, ARTICLES_SQL) or (0, 0, 0)
    judged = f"{articles}, with {claims:,} claims judged"
    table.add_row("articles on trial", f"{judged}; {rejected} not read" if rejected else judged)
    table.add_row("checks passed", str(checks_passed))
    if unread and unread[0]:
        table.add_row("filings not read", f"{unread[0]}, see read_status in marts.dim_filing")
    console.print(table)
    console.print(f"warehouse  {settings.warehouse_path}", soft_wrap=True)
    console.print(f"report     {settings.report_path}", soft_wrap=True)


def print_status(console: Console, settings: Settings) -> None:
    """The newest publication and the newest filing of each company."""
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        run = _row(connection, NEWEST_RUN_SQL)
        filings = connection.execute(NEWEST_FILINGS_SQL).fetchall()
    published = Table(title="Published", title_justify="left", show_header=False)
    names = (
        "published",
        "source",
        "gathered on",
        "registry",
        "plumbline",
        "guards held",
        "raw rows",
    )
    for name, value in zip(names, run or (), strict=False):
        published.add_row(name, f"{value:%Y-%m-%d %H:%M:%S}" if name == "published" else str(value))
    for version in versions(settings):
        if version.is_current:
            published.add_row("version", version.id)
    if reason := hold_reason(settings):
        published.add_row("held", reason)
    if last := last_run(settings.journal_path):
        at_work = is_locked_by_another(settings) and not last.ended_at
        outcome = (
            f"at work since {last.started_at:%H:%M:%S}"
            if at_work
            else outcome_of(last, is_published_by(settings, last.run_id))
        )
        published.add_row("last refresh", outcome)
    console.print(published)
    newest = Table("company", "form", "period", "known from (UTC)", title="Newest filings")
    for ticker, form, period, known_from in filings:
        newest.add_row(ticker, form, str(period), f"{known_from:%Y-%m-%d %H:%M}")
    console.print(newest)
    console.print(f"warehouse  {settings.warehouse_path}", soft_wrap=True)
    console.print(f"report     {settings.report_path}", soft_wrap=True)


def _figures(connection: duckdb.DuckDBPyConnection, ticker: str) -> Sequence[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if margin := _row(connection, CLOUD_MARGIN_SQL, ticker):
        _, name, quarter, ratio, growth = margin
        rows.append((f"{name} operating margin, {quarter}", f"{ratio:.2%}"))
        if growth is not None:
            rows.append((f"{name} revenue growth, {quarter}", f"{growth:+.1%}"))
    if capex := _row(connection, CAPEX_SQL, ticker):
        quarter, ratio, free_cash_flow = capex
        rows.append((f"capex / revenue, TTM {quarter}", f"{ratio:.1%}"))
        if free_cash_flow is not None:
            rows.append((f"free cash flow, TTM {quarter}", _billions(free_cash_flow)))
    if backlog := _row(connection, BACKLOG_SQL, ticker):
        quarter, usd, years = backlog
        rows.append((f"backlog, {quarter}", f"{_billions(usd)}, {years:.1f} years of revenue"))
    for scenario, per_share, equity, price in connection.execute(
        SCENARIOS_SQL, [ticker]
    ).fetchall():
        against = "" if price is None else f"; close ${price:,.0f}"
        rows.append(
            (f"{scenario} scenario", f"${per_share:,.0f} a share, {_billions(equity)}{against}")
        )
    for event, target, chance in connection.execute(CHANCES_SQL, [ticker]).fetchall():
        rows.append((f"chance: {CHANCES[event].format(f'${target / 1e12:.1f}T')}", f"{chance:.0%}"))
    return rows


def _row(
    connection: duckdb.DuckDBPyConnection, sql: str, *arguments: object
) -> tuple[Any, ...] | None:
    return connection.execute(sql, list(arguments)).fetchone()


def _billions(usd: float) -> str:
    sign = "-" if usd < 0 else ""
    return f"{sign}${abs(float(usd)) / 1e9:,.1f}bn"
