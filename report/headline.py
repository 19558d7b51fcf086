"""The head of the page: the figures the verdict rests on, and the key figures as tiles."""

import polars as pl

from registry.assumptions import BASE_SCENARIO
from report import formats
from report.content import Citation, Row, Tile, cite, merge
from report.inputs import ReportInputs, market_citation, market_value, newest
from report.outlook_sections import AT_HORIZON, CLOSES_BEFORE, INTRINSIC, after, event
from report.valuation_sections import scenarios_in_order
from report.verdict import Chances, ClaimTally, Reading, VerdictFigures

_AGREEING = ("confirmed", "confirmed_rounded", "truncated")
_NO_FIGURE = Citation(note="no filing on hand")


def verdict_figures(inputs: ReportInputs) -> VerdictFigures:
    """The figures of the verdict, picked from the frames; nothing is computed here."""
    price = inputs.valuation_input("share_price")
    return VerdictFigures(
        company=inputs.company.name,
        targets_usd=tuple(inputs.targets_usd),
        equity_by_scenario={
            row["scenario"]: row["equity_value_usd"]
            for row in scenarios_in_order(inputs)
            if row["equity_value_usd"] is not None
        },
        market_cap_usd=market_value(inputs),
        priced_on=price["period_end"] if price else None,
        claims=_tally(inputs.story_claims()),
        claimed_backlog_usd=_claimed(inputs, "backlog"),
        backlog=_reading(newest(inputs.backlog_coverage, "backlog_usd"), "backlog_usd"),
        claimed_free_cash_flow_usd=_claimed(inputs, "free_cash_flow"),
        free_cash_flow=_reading(_free_cash_flow(inputs), "ttm_free_cash_flow_usd"),
        chances=_chances(inputs),
    )


def tiles(inputs: ReportInputs) -> tuple[Tile, ...]:
    """The key figures, each with what to hold it against and its sources."""
    return (
        _market_cap_tile(inputs),
        _base_tile(inputs),
        _worth_tile(inputs),
        _market_tile(inputs),
        _backlog_tile(inputs),
        _cloud_tile(inputs),
        _capex_tile(inputs),
        _free_cash_flow_tile(inputs),
    )


def key_figures(inputs: ReportInputs) -> dict[str, float | str]:
    """Figures of the page by name, unit in the name; one not known is `not stated`."""
    cloud = newest(inputs.cloud_margins(), "revenue_growth_yoy_ratio")
    capex = newest(inputs.capex_intensity, "ttm_capex_to_revenue_ratio")
    backlog = newest(inputs.backlog_coverage, "backlog_usd")
    equities = {
        f"{row['scenario']}_{column}": row[column]
        for row in scenarios_in_order(inputs)
        for column in ("equity_value_usd", "value_per_share_usd")
    }
    chances = {
        f"{name}_probability_ratio": _value(_first_event(inputs, name), "probability_ratio")
        for name in (INTRINSIC, AT_HORIZON, CLOSES_BEFORE)
    }
    picked: dict[str, float | str | None] = {
        "market_cap_usd": market_value(inputs),
        **equities,
        **chances,
        "backlog_usd": _value(backlog, "backlog_usd"),
        "backlog_coverage_years": _value(backlog, "coverage_years"),
        "cloud_revenue_growth_yoy_ratio": _value(cloud, "revenue_growth_yoy_ratio"),
        "cloud_operating_margin_ratio": _value(cloud, "operating_margin_ratio"),
        "ttm_capex_to_revenue_ratio": _value(capex, "ttm_capex_to_revenue_ratio"),
        "ttm_free_cash_flow_usd": _value(_free_cash_flow(inputs), "ttm_free_cash_flow_usd"),
        "newest_fiscal_quarter": str(capex["fiscal_quarter"]) if capex else None,
    }
    return {name: formats.NOT_STATED if value is None else value for name, value in picked.items()}


def newest_filing(filings: pl.DataFrame) -> Row | None:
    """The filing that became known last, or None."""
    rows = filings.sort("known_from", "accession_number")
    return rows.row(-1, named=True) if rows.height else None


def _market_cap_tile(inputs: ReportInputs) -> Tile:
    price, value = inputs.valuation_input("share_price"), market_value(inputs)
    detail = "no closing price on hand"
    if value is not None and price and price["value"] is not None:
        close = formats.usd_price(price["value"])
        detail = f"{close} a share, close of {formats.day(price['period_end'])}"
    return Tile("Market value", formats.usd(value), detail, market_citation(inputs))


def _base_tile(inputs: ReportInputs) -> Tile:
    """The base scenario, with the value at the ends of the three where those are valued."""
    base, bear, bull = (inputs.scenario(name) for name in (BASE_SCENARIO, "bear", "bull"))
    if base is None:
        return Tile("Base scenario", formats.NOT_STATED, "not valued", _NO_FIGURE)
    detail = f"{formats.usd_price(base['value_per_share_usd'])} a share"
    if base["upside_ratio"] is not None:
        detail += f", {formats.percent_change(base['upside_ratio'])} against the close"
    if bear and bull:
        ends = " to ".join(formats.usd(row["equity_value_usd"]) for row in (bear, bull))
        detail += f"; bear to bull {ends}"
    citation = merge(cite(row) for row in (base, bear, bull) if row)
    return Tile("Base scenario", formats.usd(base["equity_value_usd"]), detail, citation)


def _first_event(inputs: ReportInputs, name: str) -> Row | None:
    """The row of an event of the first target, or None."""
    return event(inputs, inputs.targets_usd[0], name)


def _chances(inputs: ReportInputs) -> Chances | None:
    worth, there = (_first_event(inputs, name) for name in (INTRINSIC, AT_HORIZON))
    if worth is None or worth["probability_ratio"] is None:
        return None
    in_market = _value(there, "probability_ratio")
    horizon = after(there["horizon_years"]) if there and in_market is not None else ""
    return Chances(worth["probability_ratio"], in_market, horizon)


def _worth_tile(inputs: ReportInputs) -> Tile:
    label = f"Worth {formats.usd_target(inputs.targets_usd[0])} today"
    row = _first_event(inputs, INTRINSIC)
    if row is None:
        return Tile(label, formats.NOT_STATED, "not simulated", _NO_FIGURE)
    detail = f"chance, over {row['draws']:,} draws"
    return Tile(label, formats.chance(row["probability_ratio"]), detail, cite(row))


def _market_tile(inputs: ReportInputs) -> Tile:
    label = f"Market pays {formats.usd_target(inputs.targets_usd[0])}"
    there, touched = (_first_event(inputs, name) for name in (AT_HORIZON, CLOSES_BEFORE))
    if there is None or there["probability_ratio"] is None:
        return Tile(label, formats.NOT_STATED, "not simulated", _NO_FIGURE)
    detail = f"chance {after(there['horizon_years'])}; at some close before: "
    detail += formats.chance(_value(touched, "probability_ratio"))
    citation = merge((cite(there), market_citation(inputs)))
    return Tile(label, formats.chance(there["probability_ratio"]), detail, citation)


def _backlog_tile(inputs: ReportInputs) -> Tile:
    row = newest(inputs.backlog_coverage, "backlog_usd")
    if row is None:
        return Tile("Backlog", formats.NOT_STATED, "no filing states it", _NO_FIGURE)
    detail = f"{row['fiscal_quarter']}, {formats.years(row['coverage_years'])} of revenue"
    return Tile("Backlog", formats.usd(row["backlog_usd"]), detail, cite(row))


def _cloud_tile(inputs: ReportInputs) -> Tile:
    """Growth of the cloud segment, and its margin."""
    label = f"{inputs.cloud_name} growth"
    row = newest(inputs.cloud_margins(), "revenue_growth_yoy_ratio")
    if row is None:
        return Tile(label, formats.NOT_STATED, "cannot be formed", _NO_FIGURE)
    margin = formats.percent(row["operating_margin_ratio"])
    detail = f"{row['fiscal_quarter']} on the year before, at an operating margin of {margin}"
    return Tile(label, formats.percent(row["revenue_growth_yoy_ratio"]), detail, cite(row))


def _capex_tile(inputs: ReportInputs) -> Tile:
    row = newest(inputs.capex_intensity, "ttm_capex_to_revenue_ratio")
    if row is None:
        return Tile("Capex ÷ revenue", formats.NOT_STATED, "cannot be formed", _NO_FIGURE)
    detail = f"{formats.usd(row['ttm_capex_gross_usd'])}, 12 months to {row['fiscal_quarter']}"
    value = formats.percent(row["ttm_capex_to_revenue_ratio"])
    return Tile("Capex ÷ revenue", value, detail, cite(row))


def _free_cash_flow_tile(inputs: ReportInputs) -> Tile:
    row = _free_cash_flow(inputs)
    if row is None:
        return Tile("Free cash flow", formats.NOT_STATED, "no filing states it", _NO_FIGURE)
    detail = f"12 months to {row['fiscal_quarter']}"
    return Tile("Free cash flow", formats.usd(row["ttm_free_cash_flow_usd"]), detail, cite(row))


def _free_cash_flow(inputs: ReportInputs) -> Row | None:
    return newest(inputs.capex_intensity, "ttm_free_cash_flow_usd")


def _claimed(inputs: ReportInputs, metric: str) -> float | None:
    claim = inputs.claim(metric)
    return claim["claimed_value"] if claim else None


def _reading(row: Row | None, column: str) -> Reading | None:
    return Reading(row[column], row["fiscal_quarter"]) if row else None


def _tally(claims: pl.DataFrame) -> ClaimTally:
    verdicts = claims["verdict"].to_list()
    return ClaimTally(
        agreeing=sum(verdicts.count(verdict) for verdict in _AGREEING),
        stale=verdicts.count("stale"),
        contradicted=verdicts.count("contradicted"),
    )


def _value(row: Row | None, column: str) -> float | None:
    return row[column] if row else None
