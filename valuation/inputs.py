"""The filed figures a valuation starts from, typed, as known at one time.

Built from the rows of `marts.fct_valuation_inputs`. Nothing defaults: a figure that is not known
raises when it is asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from valuation.errors import InvalidInputError, MissingInputError
from valuation.history import History, Series, growth, quarter_index
from valuation.provenance import EVIDENCES, Figure, Status, combine, divide


class InputKind(NamedTuple):
    """Unit of an input, and whether filings state it as such or it is derived from them."""

    unit: str
    status: Status


_REPORTED_USD = InputKind("USD", "reported")
_DERIVED_USD = InputKind("USD", "derived")
_DERIVED_RATIO = InputKind("ratio", "derived")

INPUTS: dict[str, InputKind] = {
    "ttm_net_sales": _DERIVED_USD,
    "ttm_operating_income": _DERIVED_USD,
    "ttm_segment_revenue": _DERIVED_USD,
    "ttm_segment_operating_income": _DERIVED_USD,
    "quarter_net_sales": _REPORTED_USD,
    "quarter_operating_income": _REPORTED_USD,
    "quarter_segment_revenue": _REPORTED_USD,
    "quarter_segment_operating_income": _REPORTED_USD,
    "segment_revenue_growth_yoy": _DERIVED_RATIO,
    "net_sales_growth_yoy": _DERIVED_RATIO,
    "ttm_capex_gross": _DERIVED_USD,
    "ttm_capex_net": _DERIVED_USD,
    "ttm_depreciation": _DERIVED_USD,
    "ttm_operating_cash_flow": _DERIVED_USD,
    "ttm_free_cash_flow": _DERIVED_USD,
    "ttm_net_income": _DERIVED_USD,
    "ttm_income_tax": _DERIVED_USD,
    "ttm_diluted_eps": InputKind("USD/shares", "derived"),
    "ppe_net": _REPORTED_USD,
    "cash": _REPORTED_USD,
    "securities": _REPORTED_USD,
    "debt": _REPORTED_USD,
    "lease_liabilities": _REPORTED_USD,
    "free_cash_flow_since_balance_sheet": _DERIVED_USD,
    "backlog": _REPORTED_USD,
    "backlog_remaining_life": InputKind("years", "reported"),
    "shares_outstanding": InputKind("shares", "reported"),
    "diluted_shares": InputKind("shares", "reported"),
    "share_price": InputKind("USD/shares", "reported"),
}
"""Every input the mart may hold; the mart's seed of the same name lists them too."""


NO_HISTORY = History({})
"""Nothing is known of the past."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row of the mart: a figure and the period it is about, or the reason it is missing."""

    figure: Figure | None
    fiscal_quarter: str | None
    period_end: date | None
    missing_reason: str | None


@dataclass(frozen=True)
class ValuationInputs:
    """Filed figures of one company as known at `known_at` (UTC)."""

    ticker: str
    known_at: datetime
    rows: Mapping[tuple[str, str], InputRow]
    history: History = NO_HISTORY

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any]],
        ticker: str,
        known_at: datetime,
        history: History = NO_HISTORY,
    ) -> "ValuationInputs":
        """The inputs of `ticker` among `rows` of the mart (other companies are passed over).

        `history` is what was known of the company's past at the same time.

        Raises InvalidInputError for an unknown name, a wrong unit or evidence level, a repeated
        key, or a figure that became known after `known_at`.
        """
        parsed: dict[tuple[str, str], InputRow] = {}
        for row in rows:
            if row["ticker"] != ticker:
                continue
            key = (row["input"], row["segment"])
            if key in parsed:
                raise InvalidInputError(f"{ticker}: two rows for {key[0]} {key[1]}".rstrip())
            parsed[key] = _parse(row, known_at)
        return cls(ticker=ticker, known_at=known_at, rows=parsed, history=history)

    def get(self, name: str, segment: str = "") -> Figure:
        """The figure `name` of a segment, '' for the company; MissingInputError if not known."""
        figure = self.find(name, segment)
        if figure is None:
            row = self.rows.get((name, segment))
            reason = row.missing_reason if row else None
            raise MissingInputError(self.ticker, name, segment, self.known_at, reason)
        return figure

    def find(self, name: str, segment: str = "") -> Figure | None:
        """Like `get`, but None if not known: for figures the method can do without."""
        row = self.rows.get((name, segment))
        return row.figure if row else None

    def date_of(self, *names: str) -> date:
        """The one day all these company figures are of.

        Raises MissingInputError if one is not known, InvalidInputError if their days differ: what
        moved between two balance sheets would be counted twice, or not at all.
        """
        for name in names:
            self.get(name)
        days = {name: self.rows[name, ""].period_end for name in names}
        first, *others = set(days.values())
        if first is None or others:
            listed = ", ".join(f"{name} {day}" for name, day in days.items())
            raise InvalidInputError(f"{self.ticker}: figures of one day are needed; got {listed}")
        return first

    def rest(self, company_input: str, segment_input: str, segment: str) -> Figure:
        """A company figure less that of one segment: the rest of the company."""
        whole, part = self.get(company_input), self.get(segment_input, segment)
        return combine(whole.value - part.value, whole.unit, (whole, part))

    def first_derived(self, names: Sequence[str], segment: str) -> Figure:
        """The first of several ratios that is known; errors as `derived`, of the first."""
        first, *others = names
        try:
            return self.derived(first, segment)
        except MissingInputError as error:
            for name in others:
                try:
                    return self.derived(name, segment)
                except MissingInputError:
                    continue
            raise error

    def derived(self, name: str, segment: str) -> Figure:
        """A ratio an assumption may ask for (`registry.assumptions.DerivedInput`).

        Raises MissingInputError if a figure under it is not known, UndefinedRatioError if its
        denominator is not positive.
        """
        match name:
            case "segment_revenue_growth_yoy":
                return self.get(name, segment)
            case "ttm_segment_operating_margin":
                return divide(
                    self.get("ttm_segment_operating_income", segment),
                    self.get("ttm_segment_revenue", segment),
                    "ratio",
                )
            case "rest_ttm_operating_margin":
                return divide(
                    self.rest("ttm_operating_income", "ttm_segment_operating_income", segment),
                    self.rest("ttm_net_sales", "ttm_segment_revenue", segment),
                    "ratio",
                )
            case "rest_revenue_growth_yoy":
                return self._rest_growth(segment)
            case "ttm_segment_revenue_growth_yoy":
                return self._trailing_growth(
                    name, segment, self.history.of("segment_revenue", segment)
                )
            case "rest_ttm_revenue_growth_yoy":
                return self._trailing_growth(name, segment, self.history.rest_revenue(segment))
        raise InvalidInputError(f"{self.ticker}: no ratio {name!r} can be derived from the inputs")

    def _trailing_growth(self, name: str, segment: str, series: Series) -> Figure:
        """Growth of twelve months to the quarter the segment's trailing revenue is of."""
        self.get("ttm_segment_revenue", segment)
        quarter = self.rows["ttm_segment_revenue", segment].fiscal_quarter or ""
        figure = growth(series).get(quarter_index(quarter)) if quarter else None
        if figure is None:
            reason = f"twelve months to {quarter} and the year before are not both on hand"
            raise MissingInputError(self.ticker, name, segment, self.known_at, reason)
        return figure

    def _rest_growth(self, segment: str) -> Figure:
        """Growth of the rest, latest quarter on year-ago quarter: year ago = now ÷ (1 + growth)."""
        sales, sales_growth = self.get("quarter_net_sales"), self.get("net_sales_growth_yoy")
        part = self.get("quarter_segment_revenue", segment)
        part_growth = self.get("segment_revenue_growth_yoy", segment)
        sources = (sales, sales_growth, part, part_growth)
        now = combine(sales.value - part.value, "USD", sources)
        year_ago = combine(
            sales.value / (1 + sales_growth.value) - part.value / (1 + part_growth.value),
            "USD",
            sources,
        )
        return combine(divide(now, year_ago, "ratio").value - 1, "ratio", sources)


def _parse(row: Mapping[str, Any], known_at: datetime) -> InputRow:
    label = f"{row['ticker']}: {row['input']} {row['segment']}".rstrip()
    kind = INPUTS.get(row["input"])
    if kind is None:
        raise InvalidInputError(f"{label}: not an input of the valuation; see INPUTS")
    if row["value"] is None:
        return InputRow(None, row["fiscal_quarter"], row["period_end"], row["missing_reason"])
    if row["unit"] != kind.unit:
        raise InvalidInputError(f"{label}: unit {row['unit']!r}, expected {kind.unit!r}")
    if row["evidence"] not in EVIDENCES:
        raise InvalidInputError(f"{label}: evidence {row['evidence']!r} is not one of {EVIDENCES}")
    if row["known_from"] > known_at:
        raise InvalidInputError(
            f"{label}: known from {row['known_from'].isoformat()}, after {known_at.isoformat()}"
        )
    figure = Figure(
        value=float(row["value"]),
        unit=kind.unit,
        status=kind.status,
        evidence=row["evidence"],
        accession_numbers=tuple(sorted(set(row["accession_numbers"]))),
    )
    return InputRow(figure, row["fiscal_quarter"], row["period_end"], row["missing_reason"])
