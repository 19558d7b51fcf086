"""What was known of a company's past at one time: its quarters, and what they teach about the next.

Built from the rows of `marts.fct_metrics`, or of `marts.metrics_as_of(moment)`, and of the closes
known by then. A spread is estimated from the forecasts the past would have given; it is estimated
anew at each knowledge time, so that no forecast of the past knows how it ended.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import fsum, log, sqrt
from typing import Any, TypeAlias

from registry.assumptions import SpreadInput
from valuation.errors import InvalidInputError, UndefinedRatioError
from valuation.provenance import EVIDENCES, Figure, combine, divide

QUARTERS_IN_YEAR = 4
DAYS_IN_YEAR = 365.25

HISTORY_METRICS = (
    "net_sales",
    "operating_income",
    "segment_revenue",
    "segment_operating_income",
    "capex_gross",
    "shares_outstanding",
)
HISTORY_BASES = ("quarter", "ttm", "instant")

Series: TypeAlias = dict[int, Figure]
"""Figures by `quarter_index`."""


def quarter_index(fiscal_quarter: str) -> int:
    """2025Q4 as a number that grows by one a quarter."""
    year, quarter = fiscal_quarter.split("Q")
    return int(year) * QUARTERS_IN_YEAR + int(quarter) - 1


def quarter_name(index: int) -> str:
    """The fiscal quarter of a `quarter_index`, as 2025Q4."""
    return f"{index // QUARTERS_IN_YEAR}Q{index % QUARTERS_IN_YEAR + 1}"


@dataclass(frozen=True, slots=True)
class Spread:
    """A standard deviation estimated from so many observations of the past."""

    figure: Figure
    observations: int


@dataclass(frozen=True)
class History:
    """The quarters of one company, and its closes in order, as known at one time.

    Dollars are on the basis of restated figures, closes on that of one share count throughout.
    """

    series: Mapping[tuple[str, str, str], Series]
    closes: tuple[tuple[date, float], ...] = ()
    period_ends: Mapping[int, date] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any]],
        ticker: str,
        closes: Iterable[Mapping[str, Any]] = (),
    ) -> "History":
        """The history of `ticker` among rows of the mart and of the closes.

        Raises InvalidInputError for an unknown evidence level. Metrics and bases beside
        `HISTORY_METRICS` and `HISTORY_BASES` are passed over.
        """
        series: dict[tuple[str, str, str], Series] = {}
        period_ends: dict[int, date] = {}
        for row in rows:
            if (
                row["ticker"] != ticker
                or row["metric"] not in HISTORY_METRICS
                or row["basis"] not in HISTORY_BASES
            ):
                continue
            if row["evidence"] not in EVIDENCES:
                raise InvalidInputError(f"{ticker}: {row['metric']}: evidence {row['evidence']!r}")
            key, at = (
                (row["metric"], row["segment"], row["basis"]),
                quarter_index(row["fiscal_quarter"]),
            )
            period_ends[at] = row["period_end"]
            series.setdefault(key, {})[at] = Figure(
                value=float(row["value"]),
                unit=row["unit"],
                status="derived" if row["basis"] == "ttm" else "reported",
                evidence=row["evidence"],
                accession_numbers=tuple(sorted(set(row["accession_numbers"]))),
            )
        own = sorted(
            (row["close_date"], row["close_usd"]) for row in closes if row["ticker"] == ticker
        )
        return cls(series, tuple((day, float(close)) for day, close in own), period_ends)

    def of(self, metric: str, segment: str = "", basis: str = "ttm") -> Series:
        """One series; empty if nothing is known of it."""
        return self.series.get((metric, segment, basis), {})

    def close_near(self, day: date, within_days: int) -> tuple[date, float] | None:
        """The close nearest to a day, None if none lies within so many days of it."""
        nearest = min(self.closes, key=lambda close: abs((close[0] - day).days), default=None)
        if nearest is None or abs((nearest[0] - day).days) > within_days:
            return None
        return nearest

    def market_cap_near(self, day: date, within_days: int) -> tuple[date, float] | None:
        """Market value (USD) at the close nearest to a day, and its day; None if not on hand.

        Shares are those of the newest quarter ended by then.
        """
        close = self.close_near(day, within_days)
        counts = self.of("shares_outstanding", basis="instant")
        ended = [at for at in counts if close and self.period_ends[at] <= close[0]]
        if close is None or not ended:
            return None
        return close[0], close[1] * counts[max(ended)].value

    def rest(self, metric: str, segment_metric: str, segment: str) -> Series:
        """Twelve months of the company less those of a segment, where both are known."""
        whole, part = self.of(metric), self.of(segment_metric, segment)
        return {
            at: combine(whole[at].value - part[at].value, whole[at].unit, (whole[at], part[at]))
            for at in sorted(whole.keys() & part.keys())
        }

    def rest_revenue(self, segment: str) -> Series:
        """Twelve months' sales of the company without the segment, USD."""
        return self.rest("net_sales", "segment_revenue", segment)

    def rest_margin(self, segment: str) -> Series:
        """Twelve months' operating margin of the company without the segment."""
        income = self.rest("operating_income", "segment_operating_income", segment)
        return quotients(income, self.rest_revenue(segment))

    def segment_margin(self, segment: str) -> Series:
        """Twelve months' operating margin of a segment."""
        return quotients(
            self.of("segment_operating_income", segment), self.of("segment_revenue", segment)
        )

    def segment_growth_known(self, segment: str) -> Series:
        """Growth of a segment as a quarter's filing shows it.

        The quarter's on the year-ago quarter; of twelve months where quarters are not known.
        """
        return {
            **growth(self.of("segment_revenue", segment)),
            **growth(self.of("segment_revenue", segment, "quarter")),
        }

    def spread(self, name: SpreadInput, segment: str, least: int) -> Spread | None:
        """A standard deviation of the past; None from fewer than `least` observations.

        Root of the mean square, about zero: a forecast that was off to one side for years was as
        wrong as one off to both.
        """
        errors = list(self._errors(name, segment))
        if len(errors) < least:
            return None
        value = sqrt(fsum(error.value**2 for error in errors) / len(errors))
        return Spread(combine(value, "ratio", errors), len(errors))

    def _errors(self, name: SpreadInput, segment: str) -> Iterator[Figure]:
        match name:
            case "segment_growth_error":
                outcome = growth(self.of("segment_revenue", segment))
                return differences(self.segment_growth_known(segment), outcome)
            case "rest_growth_error":
                rest = growth(self.rest_revenue(segment))
                return differences(rest, rest)
            case "segment_margin_change":
                margin = self.segment_margin(segment)
                return differences(margin, margin)
            case "rest_margin_change":
                margin = self.rest_margin(segment)
                return differences(margin, margin)

    def volatility(self, least: int) -> Spread | None:
        """Yearly volatility of the share price; None from fewer than `least` closes.

        Closes lie unevenly in time, so each return is weighed by its own span: the sum of squared
        logarithmic returns over the time they took, which is the estimate of greatest likelihood
        for a lognormal price without drift.
        """
        if len(self.closes) < least:
            return None
        steps = list(zip(self.closes, self.closes[1:], strict=False))
        squares = fsum(log(after[1] / before[1]) ** 2 for before, after in steps)
        span = (self.closes[-1][0] - self.closes[0][0]).days / DAYS_IN_YEAR
        return Spread(Figure(sqrt(squares / span), "ratio", "derived", "secondary"), len(steps))


def growth(series: Series) -> Series:
    """Growth on four quarters before, where both are known and the earlier is positive."""
    grown: Series = {}
    for at, figure in series.items():
        before = series.get(at - QUARTERS_IN_YEAR)
        if before is not None and before.value > 0:
            grown[at] = combine(figure.value / before.value - 1, "ratio", (figure, before))
    return grown


def quotients(numerators: Series, denominators: Series) -> Series:
    """One series over another, where both are known and the denominator is positive."""
    found: Series = {}
    for at in sorted(numerators.keys() & denominators.keys()):
        try:
            found[at] = divide(numerators[at], denominators[at], "ratio")
        except UndefinedRatioError:
            continue
    return found


def differences(known: Series, outcome: Series) -> Iterator[Figure]:
    """Outcome four quarters on less what was known, where both are there."""
    for at, figure in sorted(known.items()):
        later = outcome.get(at + QUARTERS_IN_YEAR)
        if later is not None:
            yield combine(later.value - figure.value, figure.unit, (later, figure))
