"""Small frames of the valuation's outputs, in the shapes the page reads."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

TICKER = "ACME"
FIRST, SECOND = "0000000001-25-000001", "0000000001-26-000002"
TARGETS = {"three": 3.0e12, "three_point_three": 3.3e12}
KNOWN = datetime(2026, 5, 1, 4, tzinfo=UTC)
PROVENANCE = {"ticker": TICKER, "evidence": "secondary", "accession_numbers": [FIRST, SECOND]}
WORTH, THERE, CLOSES = (
    "intrinsic_at_least",
    "market_cap_at_horizon_at_least",
    "closes_at_least_before_horizon",
)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None)


def simulation_quantiles() -> pl.DataFrame:
    equity = {0.01: 1.2e12, 0.05: 1.4e12, 0.25: 1.7e12, 0.5: 2.0e12, 0.75: 2.3e12, 0.95: 2.8e12}
    rows = [
        {"variable": "equity_value_usd", "forecast_year": None, "quantile_ratio": level}
        | {"value_usd": value, **PROVENANCE}
        for level, value in equity.items()
    ]
    revenue = {0.05: 0.8, 0.25: 0.9, 0.5: 1.0, 0.75: 1.1, 0.95: 1.3}
    rows += [
        {"variable": "cloud_revenue_usd", "forecast_year": year, "quantile_ratio": level}
        | {"value_usd": 200e9 * year * factor, **PROVENANCE}
        for year in (1, 2)
        for level, factor in revenue.items()
    ]
    return frame(rows)


def simulation_events() -> pl.DataFrame:
    chances = {
        ("three", WORTH): 0.031,
        ("three", THERE): 0.441,
        ("three", CLOSES): 0.929,
        ("three_point_three", WORTH): 0.0002,
        ("three_point_three", THERE): 0.327,
        ("three_point_three", CLOSES): 0.675,
    }
    return frame(
        [
            {
                "target": target,
                "target_usd": TARGETS[target],
                "event": event,
                "horizon_years": None if event == WORTH else 1.0,
                "probability_ratio": chance,
                "standard_error_ratio": 0.0002,
                "draws": 1_048_576,
                "missing_reason": None,
                **PROVENANCE,
            }
            for (target, event), chance in chances.items()
        ]
    )


def simulation_histogram() -> pl.DataFrame:
    shares = [0.0001, 0.2, 0.5, 0.25, 0.0499]
    return frame(
        [
            {
                "ticker": TICKER,
                "bin": place,
                "lower_usd": place * 0.6e12,
                "upper_usd": (place + 1) * 0.6e12,
                "share_ratio": share,
            }
            for place, share in enumerate(shares, start=1)
        ]
    )


def simulation_drivers() -> pl.DataFrame:
    def row(driver: str, family: str, **given: Any) -> dict[str, Any]:
        return {
            "driver": driver,
            "unit": "ratio",
            "family": family,
            "low": 0.075,
            "high": 0.095,
            "spread": None,
            "spread_observations": None,
            "beyond_range_ratio": 0.0,
            **PROVENANCE,
            **given,
        }

    return frame(
        [
            row("wacc", "triangular"),
            row(
                "cloud_growth_now",
                "normal",
                spread=0.089,
                spread_observations=25,
                beyond_range_ratio=0.21,
            ),
        ]
    )


def simulation_market() -> pl.DataFrame:
    return frame(
        [
            {
                "ticker": TICKER,
                "expected_return_ratio": 0.085,
                "volatility_ratio": 0.317,
                "volatility_observations": 31,
                "horizon_years": 1.0,
                "gap_closure_ratio": 0.2,
                "missing_reason": None,
            }
        ]
    )


def reverse() -> pl.DataFrame:
    beyond = ("beyond_range", "no value in the declared range reaches it")
    nowhere = ("unreachable", "no admissible value reaches the target")
    idle = ("no_effect", "the value of the equity does not depend on it")
    drivers: dict[str, tuple[float, float, float, float | None, tuple[str, str]]] = {
        "cloud_growth_now": (0.37, 0.2, 0.45, 0.627, beyond),
        "wacc": (0.085, 0.075, 0.095, 0.071, beyond),
        "tax_rate": (0.2, 0.17, 0.23, None, nowhere),
        "cloud_asset_life": (9.0, 7.0, 11.0, None, idle),
    }
    return frame(
        [
            {
                "target": target,
                "target_usd": value,
                "driver": driver,
                "unit": "years" if driver.endswith("life") else "ratio",
                "base_value": base,
                "low": low,
                "high": high,
                "solved_value": solved,
                "outcome": outcome,
                "reason": reason,
                **PROVENANCE,
            }
            for target, value in TARGETS.items()
            for driver, (base, low, high, solved, (outcome, reason)) in drivers.items()
        ]
    )


def frontier() -> pl.DataFrame:
    """Four combinations a target: the first target has one that reaches it, the second none."""
    rows = []
    for target, value in TARGETS.items():
        for margin in (0.27, 0.38):
            for wacc in (0.075, 0.095):
                reaches = target == "three" and margin == 0.38 and wacc == 0.075
                rows.append(
                    {
                        "target": target,
                        "target_usd": value,
                        "cloud_margin_terminal_ratio": margin,
                        "cloud_sales_to_capital_ratio": 0.7,
                        "wacc_ratio": wacc,
                        "cloud_growth_now_ratio": 0.345 if reaches else None,
                        "cloud_growth_average_ratio": 0.145 if reaches else None,
                        "is_feasible": reaches,
                        **PROVENANCE,
                    }
                )
    return frame(rows)


def base_rates() -> pl.DataFrame:
    counted = {1: (69, 2, 4), 10: (0, 0, 0)}
    return frame(
        [
            {
                "ticker": TICKER,
                "target": target,
                "target_usd": value,
                "horizon_years": years,
                "required_growth_ratio": 0.627,
                "revenue_floor_usd": 148e9,
                "windows": windows,
                "windows_reached": reached,
                "population": "the companies on hand",
                "companies": companies,
                "reached_ratio": reached / windows if windows else None,
                "missing_reason": None if windows else "no company was that large",
            }
            for target, value in TARGETS.items()
            for years, (windows, reached, companies) in counted.items()
        ]
    )


def sensitivity() -> pl.DataFrame:
    swings = {
        "wacc": (0.085, 0.075, 0.095, 2.68e12, 1.67e12),
        "cloud_sales_to_capital": (0.55, 0.42, 0.7, 1.9e12, 2.2e12),
    }
    return frame(
        [
            {
                "place": place,
                "driver": driver,
                "unit": "ratio",
                "base_value": base,
                "low": low,
                "high": high,
                "equity_at_low_usd": at_low,
                "equity_at_high_usd": at_high,
                **PROVENANCE,
            }
            for place, (driver, (base, low, high, at_low, at_high)) in enumerate(
                swings.items(), start=1
            )
        ]
    )


def sensitivity_grid() -> pl.DataFrame:
    values = {(0.2, 0.27): 1.5e12, (0.2, 0.38): 2.0e12, (0.45, 0.27): 2.2e12, (0.45, 0.38): 3.1e12}
    return frame(
        [
            {
                "ticker": TICKER,
                "cloud_growth_now_ratio": growth,
                "cloud_margin_terminal_ratio": margin,
                "equity_value_usd": value,
            }
            for (growth, margin), value in values.items()
        ]
    )


def what_if() -> pl.DataFrame:
    """Growth by capital intensity: 1.0T and 1.2T at the least growth, 2.0T and 3.0T at the most."""
    return frame(
        [
            {
                "ticker": TICKER,
                "drivers": ["cloud_growth_now", "cloud_sales_to_capital"],
                "points": [[0.2, 0.45], [0.5, 1.0]],
                "is_reciprocal": [False, True],
                "base_values": [0.368, 0.55],
                "equity_values_usd": [1.0e12, 1.2e12, 2.0e12, 3.0e12],
                "error_ratio": 0.0044,
                "probes": 4096,
            }
        ]
    )


def leg(
    claim: str, quarter: str, verdict: str, movement: str | None, **given: Any
) -> dict[str, Any]:
    """A leg of the story in a quarter: 40 % against thresholds of 10 % and 30 %."""
    return {
        "claim": claim,
        "signal": f"{claim}_signal",
        "fiscal_quarter": quarter,
        "value": 0.4,
        "unit": "ratio",
        "lower_threshold": 0.1,
        "upper_threshold": 0.3,
        "verdict": verdict,
        "movement": movement,
        "missing_reason": None,
        **PROVENANCE,
        **given,
    }


def scorecard() -> pl.DataFrame:
    unscored = {"value": None, "lower_threshold": None, "upper_threshold": None}
    return frame(
        [
            leg("faster", "2025Q4", "neutral", None, value=0.2),
            leg("faster", "2026Q1", "strengthens", "better"),
            leg("cash", "2025Q4", "weakens", None, value=0.05),
            leg("cash", "2026Q1", "weakens", "same", value=-0.02),
            leg("backlog", "2025Q4", "not_scored", None, missing_reason="too few", **unscored),
            leg("backlog", "2026Q1", "not_scored", None, missing_reason="too few", **unscored),
        ]
    )


def forecast(target: str, quarter: str, outcome: float | None, **given: Any) -> dict[str, Any]:
    """A forecast of the model around $100bn."""
    return {
        "target": target,
        "method": "model",
        "fiscal_quarter": quarter,
        "origin_known_at": datetime(int(quarter[:4]) + 1, 2, 1, tzinfo=UTC),
        "median_usd": 100e9,
        "low_50_usd": 90e9,
        "high_50_usd": 110e9,
        "low_80_usd": 80e9,
        "high_80_usd": 120e9,
        "low_90_usd": 70e9,
        "high_90_usd": 130e9,
        "outcome_usd": outcome,
        "pit_ratio": None if outcome is None else 0.6,
        "hindsight_drivers": ["wacc", "tax_rate"] if target == "market_cap" else [],
        "missing_reason": "twelve months to 2026Q4 are not on hand" if outcome is None else None,
        **PROVENANCE,
        **given,
    }


def backtest() -> pl.DataFrame:
    rows = [
        forecast(target, quarter, outcome)
        for target in ("ntm_cloud_revenue", "market_cap")
        for quarter, outcome in (("2023Q4", 105e9), ("2024Q4", 140e9), ("2025Q4", None))
    ]
    overrides = {"hindsight_drivers": pl.List(pl.String)}
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=overrides)


def score(target: str, method: str, crps: float, **given: Any) -> dict[str, Any]:
    return {
        "ticker": TICKER,
        "target": target,
        "method": method,
        "origins": 12,
        "effective_origins": 5.4,
        "crps_ratio": crps,
        "pinball_ratio": crps / 2,
        "coverage_50_ratio": 0.5,
        "coverage_80_ratio": 0.75,
        "coverage_90_ratio": 0.9,
        "brier": None,
        "skill_ratio": None,
        "comparison": None,
        **given,
    }


def backtest_scores() -> pl.DataFrame:
    return frame(
        [
            score("ntm_cloud_revenue", "model", 0.045, skill_ratio=0.21, comparison="better"),
            score("ntm_cloud_revenue", "growth_persists", 0.057),
            score("ntm_cloud_revenue", "no_change", 0.152),
            score("market_cap", "model", 0.298, skill_ratio=-0.12, comparison="worse", brier=0.294),
            score("market_cap", "lognormal_price", 0.266, brier=0.244),
        ]
    )


def changes(compared_with: str, steps: list[float]) -> list[dict[str, Any]]:
    """Rows of a comparison that starts at $2T and goes through the steps, in USD."""
    parts = ("code", "restatements", "new_facts", "assumptions")
    before, rows = 2.0e12, []
    for step, (part, change) in enumerate(zip(parts, steps, strict=True), start=1):
        rows.append(
            {
                "from_known_at": KNOWN,
                "compared_with": compared_with,
                "step": step,
                "part": part,
                "meaning": f"what {part} means",
                "before_usd": before,
                "after_usd": before + change,
                "change_usd": change,
                **PROVENANCE,
            }
        )
        before += change
    return rows


def run_diff() -> pl.DataFrame:
    still = changes("previous_run", [0.0, 0.0, 0.0, 0.0])
    return frame(still + changes("after_10-K_2026-02-07", [0.0, -9e9, 140e9, 0.0]))


FRAMES = {
    "simulation_quantiles": simulation_quantiles,
    "simulation_events": simulation_events,
    "simulation_histogram": simulation_histogram,
    "simulation_drivers": simulation_drivers,
    "simulation_market": simulation_market,
    "reverse": reverse,
    "frontier": frontier,
    "base_rates": base_rates,
    "sensitivity": sensitivity,
    "sensitivity_grid": sensitivity_grid,
    "what_if": what_if,
    "scorecard": scorecard,
    "backtest": backtest,
    "backtest_scores": backtest_scores,
    "run_diff": run_diff,
}
"""What makes each frame, by the name the page knows it by."""
