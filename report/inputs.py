"""What the page is made from: frames of the marts and of the valuation, and the declarations."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from registry.assumptions import Scenario, Thesis
from registry.models import Company
from report.article import ARTICLE_COLUMNS, CLAIM_COLUMNS
from report.content import Citation, Row, cite, merge


class ReportInputError(Exception):
    """A frame cannot be reported on: names the frame and the columns it lacks."""


_PROVENANCE = ("evidence", "accession_numbers")

REQUIRED_COLUMNS: dict[str, tuple[str, ...]] = {
    "segment_margins": (
        "ticker",
        "segment",
        "fiscal_quarter",
        "period_end",
        "revenue_usd",
        "operating_margin_ratio",
        "share_of_operating_income_ratio",
        "revenue_growth_yoy_ratio",
        "growth_acceleration_ratio",
        "ttm_operating_margin_ratio",
        "missing_inputs",
        *_PROVENANCE,
    ),
    "capex_intensity": (
        "ticker",
        "fiscal_quarter",
        "period_end",
        "capex_gross_usd",
        "capex_growth_yoy_ratio",
        "capex_less_revenue_growth_ratio",
        "ttm_capex_gross_usd",
        "ttm_operating_cash_flow_usd",
        "ttm_free_cash_flow_usd",
        "ttm_capex_to_revenue_ratio",
        "ttm_capex_to_operating_cash_flow_ratio",
        "missing_inputs",
        *_PROVENANCE,
    ),
    "backlog_coverage": (
        "ticker",
        "fiscal_quarter",
        "period_end",
        "backlog_usd",
        "remaining_life_years",
        "coverage_years",
        "implied_next_12m_revenue_usd",
        "realised_next_12m_revenue_usd",
        "backlog_conversion_ratio",
        "net_bookings_usd",
        "missing_inputs",
        *_PROVENANCE,
    ),
    "claim_checks": (
        "ticker",
        "claimed_value",
        "is_latest_version",
        *CLAIM_COLUMNS,
    ),
    "outlet_record": (
        "outlet",
        "articles",
        "claims",
        "verifiable_claims",
        "confirmed",
        "confirmed_rounded",
        "truncated",
        "stale",
        "contradicted",
        "not_yet_reported",
        "came_true",
        "missed",
        "superseded",
        "not_verifiable",
        "right_ratio",
        "mean_absolute_error_ratio",
    ),
    "valuation_inputs": (
        "ticker",
        "input",
        "segment",
        "value",
        "unit",
        "fiscal_quarter",
        "period_end",
        "missing_reason",
        *_PROVENANCE,
    ),
    "filings": (
        "ticker",
        "accession_number",
        "form",
        "period_of_report",
        "filed_at",
        "known_from",
        "edgar_address",
    ),
    "articles": ("source", "is_latest_version", "duplicate_of", *ARTICLE_COLUMNS),
    "scenarios": (
        "ticker",
        "scenario",
        "cloud_enterprise_value_usd",
        "rest_enterprise_value_usd",
        "equity_value_usd",
        "diluted_shares",
        "value_per_share_usd",
        "share_price_usd",
        "market_cap_usd",
        "upside_ratio",
        "terminal_share_ratio",
        "exit_multiple_ratio",
        "implied_exit_multiple_ratio",
        "exit_multiple_equity_value_usd",
        "backlog_floor_usd",
        "ntm_cloud_revenue_usd",
        "backlog_floor_to_ntm_cloud_revenue_ratio",
        "status",
        *_PROVENANCE,
    ),
    "scenario_drivers": ("ticker", "scenario", "driver", "value", "unit", "status", *_PROVENANCE),
    "scenario_paths": (
        "ticker",
        "scenario",
        "part",
        "forecast_year",
        "growth_ratio",
        "revenue_usd",
        "operating_margin_ratio",
        "operating_income_usd",
        "nopat_usd",
        "reinvestment_usd",
        "capex_usd",
        "free_cash_flow_usd",
        "discount_factor_ratio",
        "present_value_usd",
        *_PROVENANCE,
    ),
    "scenario_bridge": (
        "ticker",
        "scenario",
        "step",
        "item",
        "is_total",
        "value_usd",
        "value_per_share_usd",
        *_PROVENANCE,
    ),
    "multiples": (
        "ticker",
        "target",
        "target_usd",
        "implied_price_usd",
        "eps_basis",
        "eps_label",
        "eps_usd",
        "gain_removed_per_share_usd",
        "implied_multiple_ratio",
        "missing_reason",
        *_PROVENANCE,
    ),
}
"""Columns read of each frame; others may be there."""

_OF_EVERY_COMPANY = ("claim_checks", "filings")
"""Frames kept whole: an article speaks of whomever it likes."""
_OF_THE_STORY = "snapshot"
"""The `source` of the articles that tell the story; others are followed."""


@dataclass(frozen=True)
class ReportInputs:
    """Everything one page is made from.

    The frames are those of schemas `marts`, `staging` (articles) and `valuation`, of one knowledge
    time; rows of other companies are left out, save what articles say of them. `claim_checks` has
    the places in the text beside the verdicts. An empty frame is stated on the page as such.
    Raises ReportInputError for a frame that lacks a column of `REQUIRED_COLUMNS`.

    Attributes:
        company: its registry declaration (names, cloud segment, what its backlog covers).
        thesis: the story on trial and its targets.
        declared_scenarios: the assumptions as declared, with basis and rationale.
        known_at: the knowledge time of all figures, UTC.
        built_at: when the page was made, UTC.
        not_valued_reason: the figure for want of which there is no valuation, if so.
    """

    company: Company
    thesis: Thesis
    declared_scenarios: tuple[Scenario, ...]
    run_id: str
    known_at: datetime
    built_at: datetime
    segment_margins: pl.DataFrame
    capex_intensity: pl.DataFrame
    backlog_coverage: pl.DataFrame
    claim_checks: pl.DataFrame
    outlet_record: pl.DataFrame
    valuation_inputs: pl.DataFrame
    filings: pl.DataFrame
    articles: pl.DataFrame
    scenarios: pl.DataFrame
    scenario_drivers: pl.DataFrame
    scenario_paths: pl.DataFrame
    scenario_bridge: pl.DataFrame
    multiples: pl.DataFrame
    not_valued_reason: str | None = None

    def __post_init__(self) -> None:
        for name, columns in REQUIRED_COLUMNS.items():
            frame = getattr(self, name)
            if not isinstance(frame, pl.DataFrame):
                raise ReportInputError(
                    f"{name}: a polars frame is needed, got {type(frame).__name__}"
                )
            if missing := [column for column in columns if column not in frame.columns]:
                raise ReportInputError(f"{name}: missing columns {', '.join(missing)}")

    @property
    def cloud_name(self) -> str:
        """Printed name of the cloud segment; "the cloud" if the company declares none."""
        names = {part.id: part.name for part in self.company.segments}
        return names.get(self.company.cloud_segment or "", "the cloud")

    def of_company(self) -> "ReportInputs":
        """The same with the company's rows and scenarios only, and decimals as floats."""
        ticker = self.company.ticker
        own = tuple(each for each in self.declared_scenarios if each.ticker == ticker)
        frames: dict[str, Any] = {
            name: _printable(getattr(self, name), None if name in _OF_EVERY_COMPANY else ticker)
            for name in REQUIRED_COLUMNS
        }
        return replace(self, declared_scenarios=own, **frames)

    def cloud_margins(self) -> pl.DataFrame:
        """Rows of the cloud segment, oldest first."""
        is_cloud = pl.col("segment") == (self.company.cloud_segment or "")
        return self.segment_margins.filter(is_cloud).sort("period_end")

    def scenario(self, name: str) -> Row | None:
        """The row of a scenario, or None if it was not valued."""
        rows = self.scenarios.filter(pl.col("scenario") == name)
        return rows.row(0, named=True) if rows.height else None

    def valuation_input(self, name: str) -> Row | None:
        """The company-level row of a valuation input, or None; its value may be null."""
        is_input = (pl.col("input") == name) & (pl.col("segment") == "")
        rows = self.valuation_inputs.filter(is_input)
        return rows.row(0, named=True) if rows.height else None

    def articles_on_trial(self) -> pl.DataFrame:
        """The newest version of each article that is no copy: the story's first, newest first.

        Its column `is_story` tells those that tell the story.
        """
        return (
            self.articles.filter(pl.col("is_latest_version") & pl.col("duplicate_of").is_null())
            .with_columns(is_story=pl.col("source") == _OF_THE_STORY)
            .sort("is_story", "published_at", "article_id", descending=[True, True, False])
        )

    def story_claims(self) -> pl.DataFrame:
        """Claims about the company in the articles that tell the story."""
        story = self.articles_on_trial().filter("is_story")["article_id"].to_list()
        return self.claim_checks.filter(
            pl.col("is_latest_version")
            & pl.col("article_id").is_in(story)
            & (pl.col("ticker") == self.company.ticker)
        )

    def claim(self, metric: str) -> Row | None:
        """The first claim of the story about a metric, or None."""
        rows = self.story_claims().filter(pl.col("claim_metric") == metric)
        rows = rows.sort("article_id", "char_start")
        return rows.row(0, named=True) if rows.height else None


def newest(frame: pl.DataFrame, column: str) -> Row | None:
    """The row of the newest `period_end` whose `column` is known, or None."""
    rows = frame.filter(pl.col(column).is_not_null()).sort("period_end")
    return rows.row(-1, named=True) if rows.height else None


def market_citation(inputs: ReportInputs) -> Citation:
    """Sources of the market value: shares from a filing, the price from a price service."""
    rows = (inputs.valuation_input(name) for name in ("shares_outstanding", "share_price"))
    return merge(cite(row) for row in rows if row is not None)


def _printable(frame: pl.DataFrame, ticker: str | None) -> pl.DataFrame:
    """Decimals as floats, and only the rows of `ticker` if it is given."""
    if ticker is not None and "ticker" in frame.columns:
        frame = frame.filter(pl.col("ticker") == ticker)
    decimals = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Decimal)]
    return frame.with_columns(pl.col(decimals).cast(pl.Float64)) if decimals else frame
