"""What the page is made from: frames of the marts and of the valuation, and the declarations."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from registry.assumptions import Scenario, Thesis
from registry.models import Company
from report.columns import REQUIRED_COLUMNS
from report.content import Citation, Row, cite, merge


class ReportInputError(Exception):
    """A frame cannot be reported on: names the frame and the columns it lacks."""


_OF_EVERY_COMPANY = ("claim_checks", "filings")
"""Frames kept whole: an article speaks of whomever it likes."""
POOLED = ""
"""The ticker of scores over all companies."""
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
    simulation_quantiles: pl.DataFrame
    simulation_events: pl.DataFrame
    simulation_histogram: pl.DataFrame
    simulation_drivers: pl.DataFrame
    simulation_market: pl.DataFrame
    reverse: pl.DataFrame
    frontier: pl.DataFrame
    base_rates: pl.DataFrame
    sensitivity: pl.DataFrame
    sensitivity_grid: pl.DataFrame
    what_if: pl.DataFrame
    scorecard: pl.DataFrame
    backtest: pl.DataFrame
    backtest_scores: pl.DataFrame
    run_diff: pl.DataFrame
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
        """The same with the rows of company and thesis and its scenarios only, decimals as floats.

        Scores pooled over companies, which have no ticker, stay.
        """
        ticker = self.company.ticker
        own = tuple(each for each in self.declared_scenarios if each.ticker == ticker)
        frames: dict[str, Any] = {
            name: _printable(
                _of_thesis(getattr(self, name), self.thesis),
                None if name in _OF_EVERY_COMPANY else ticker,
            )
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

    @property
    def targets_usd(self) -> list[float]:
        """Market values the story names, lowest first."""
        return sorted(target.market_value_usd for target in self.thesis.targets)

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


def market_value(inputs: ReportInputs) -> float | None:
    """Market value at the last close, the same in every scenario's row."""
    known = inputs.scenarios["market_cap_usd"].drop_nulls()
    return float(known[0]) if known.len() else None


def market_citation(inputs: ReportInputs) -> Citation:
    """Sources of the market value: shares from a filing, the price from a price service."""
    rows = (inputs.valuation_input(name) for name in ("shares_outstanding", "share_price"))
    return merge(cite(row) for row in rows if row is not None)


def _of_thesis(frame: pl.DataFrame, thesis: Thesis) -> pl.DataFrame:
    """Only the rows of the thesis, where the frame tells theses apart."""
    return frame.filter(pl.col("thesis") == thesis.id) if "thesis" in frame.columns else frame


def _printable(frame: pl.DataFrame, ticker: str | None) -> pl.DataFrame:
    """Decimals as floats, and only the rows of `ticker` and of all companies if it is given."""
    if ticker is not None and "ticker" in frame.columns:
        frame = frame.filter(pl.col("ticker").is_in([ticker, POOLED]))
    decimals = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Decimal)]
    return frame.with_columns(pl.col(decimals).cast(pl.Float64)) if decimals else frame
