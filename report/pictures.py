"""Which picture is drawn from which figures.

Altair is imported when the first picture is drawn, not when this module is.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from registry.assumptions import BASE_SCENARIO
from report import formats
from report.backtest_section import model_forecasts, scored_targets, target_name
from report.content import Chart, Row
from report.difference_section import PART_NAMES, compared
from report.drivers import short_name, value_text
from report.filed_sections import latest_quarters
from report.inputs import ReportInputs, market_value, newest
from report.outlook_sections import EQUITY, FAN_INTERVALS, MEDIAN, cloud_fan, quantile
from report.requirement_section import REACHED, combinations, drawn_alone, least_growth
from report.valuation_sections import scenarios_in_order

if TYPE_CHECKING:
    from report import charts, outlook_charts

Draw: TypeAlias = "Callable[[], charts.Picture]"


def draw_pictures(inputs: ReportInputs, wanted: Sequence[Chart]) -> dict[str, str]:
    """The pictures the sections ask for, as SVG by name."""
    from report import charts

    draw = {**_filed(inputs), **_outlook(inputs), **_track(inputs)}
    return {
        chart.name: charts.render_svg(draw[chart.name](), chart.alternative) for chart in wanted
    }


def _filed(inputs: ReportInputs) -> dict[str, Draw]:
    """Pictures of the scenarios and of what was filed."""
    from report import charts

    margins = latest_quarters(inputs.cloud_margins())
    capex = latest_quarters(inputs.capex_intensity)
    backlog = latest_quarters(inputs.backlog_coverage)
    return {
        "scenario_football_field": lambda: _football_field(inputs),
        "cloud_growth": lambda: charts.cloud_growth(margins),
        "cloud_margin": lambda: charts.cloud_margin(margins),
        "capex_to_revenue": lambda: charts.capex_to_revenue(capex),
        "cash_flow_and_capex": lambda: charts.cash_flow_and_capex(capex),
        "backlog": lambda: charts.backlog(backlog),
        "net_bookings": lambda: charts.net_bookings(backlog),
        "backlog_coverage": lambda: charts.backlog_coverage(backlog),
        "backlog_implied_revenue": lambda: charts.backlog_implied_revenue(backlog),
    }


def _outlook(inputs: ReportInputs) -> dict[str, Draw]:
    """Pictures of what may come."""
    from report import outlook_charts

    draw: dict[str, Draw] = {
        "value_distribution": lambda: _distribution(inputs),
        "cloud_revenue_fan": lambda: outlook_charts.fan(_fan(inputs)),
        "tornado": lambda: _tornado(inputs),
    }
    for target in inputs.targets_usd:
        draw[f"alone_{target:.0f}"] = partial(_alone, inputs, target)
        draw[f"together_{target:.0f}"] = partial(_together, inputs, target)
    return draw


def _track(inputs: ReportInputs) -> dict[str, Draw]:
    """Pictures of the method itself."""
    from report import track_charts

    targets = scored_targets(inputs)
    draw: dict[str, Draw] = {
        "backtest_pit": lambda: track_charts.pit(
            [
                track_charts.Outcomes(target_name(target, inputs.cloud_name), pits)
                for target in targets
                if (pits := _pits(inputs, target))
            ]
        ),
        "value_bridge": lambda: track_charts.bridge(compared(inputs), PART_NAMES),
    }
    for target in targets:
        draw[f"backtest_{target}"] = partial(
            track_charts.forecasts, model_forecasts(inputs, target)
        )
    return draw


def _pits(inputs: ReportInputs, target: str) -> tuple[float, ...]:
    return tuple(model_forecasts(inputs, target)["pit_ratio"].drop_nulls().to_list())


def _targets(inputs: ReportInputs) -> "list[charts.Mark]":
    from report import charts

    return [charts.Mark(formats.usd_target(value), value) for value in inputs.targets_usd]


def _close(inputs: ReportInputs) -> "charts.Mark | None":
    from report import charts

    value = market_value(inputs)
    return charts.Mark(f"last close {formats.usd(value)}", value) if value else None


def _football_field(inputs: ReportInputs) -> "charts.Picture":
    from report import charts

    scenarios = pl.DataFrame(scenarios_in_order(inputs), schema=inputs.scenarios.schema)
    return charts.football_field(scenarios, _targets(inputs), _close(inputs))


def _distribution(inputs: ReportInputs) -> "charts.Picture":
    from report import charts, outlook_charts

    close, median = _close(inputs), quantile(inputs, EQUITY, MEDIAN)
    marks = [*_targets(inputs), *([close] if close else [])]
    if median is not None:
        label = f"middle {formats.usd(median['value_usd'])}"
        marks.append(charts.Mark(label, median["value_usd"]))
    return outlook_charts.distribution(inputs.simulation_histogram, marks)


def _fan(inputs: ReportInputs) -> "outlook_charts.Fan":
    from report import charts, outlook_charts

    filed = inputs.cloud_margins().drop_nulls("ttm_revenue_usd")
    history = tuple(
        (charts.decimal_year(end), value)
        for end, value in zip(filed["period_end"], filed["ttm_revenue_usd"], strict=True)
    )
    start = history[-1][0] if history else charts.decimal_year(_trailing_end(inputs))
    before = history[-1:]

    def line(level: float) -> "tuple[charts.Point, ...]":
        rows = cloud_fan(inputs).filter(pl.col("quantile_ratio") == level)
        years = zip(rows["forecast_year"], rows["value_usd"], strict=True)
        return (*before, *((start + year, value) for year, value in years))

    base = inputs.scenario(BASE_SCENARIO)
    floor = base["backlog_floor_usd"] if base else None
    return outlook_charts.Fan(
        history=history,
        bands=tuple((line(low), line(high)) for low, high in FAN_INTERVALS),
        middle=line(MEDIAN),
        floor=() if floor is None else ((start, floor), (start + 1, floor)),
    )


def _trailing_end(inputs: ReportInputs) -> date:
    """The end of the twelve months the forecast starts from; the knowledge time for want of it."""
    row = newest(inputs.capex_intensity, "ttm_capex_gross_usd")
    end: date = row["period_end"] if row else inputs.known_at.date()
    return end


def _alone(inputs: ReportInputs, target_usd: float) -> "charts.Picture":
    from report import outlook_charts

    return outlook_charts.asked_of_drivers(
        [_asked_of(row, inputs.cloud_name) for row in drawn_alone(inputs, target_usd)]
    )


def _together(inputs: ReportInputs, target_usd: float) -> "charts.Picture":
    from report import outlook_charts

    return outlook_charts.growth_map(least_growth(combinations(inputs, target_usd)))


def _asked_of(row: Row, cloud_name: str) -> "outlook_charts.Asked":
    from report import outlook_charts

    width = row["high"] - row["low"]
    base, solved = ((row[name] - row["low"]) / width for name in ("base_value", "solved_value"))
    return outlook_charts.Asked(
        name=short_name(row["driver"], cloud_name),
        base=base,
        solved=solved,
        label=value_text(row["driver"], row["solved_value"], row["unit"]),
        is_in_range=row["outcome"] == REACHED,
    )


def _tornado(inputs: ReportInputs) -> "charts.Picture":
    from report import outlook_charts

    base = inputs.scenario(BASE_SCENARIO)
    swings = [
        outlook_charts.Swing(
            short_name(row["driver"], inputs.cloud_name),
            row["equity_at_low_usd"],
            row["equity_at_high_usd"],
        )
        for row in inputs.sensitivity.sort("place").iter_rows(named=True)
    ]
    return outlook_charts.tornado(
        swings, base["equity_value_usd"] if base else None, _targets(inputs)
    )
