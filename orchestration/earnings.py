"""When registered companies are expected to report, from their lists on hand.

Belongs here: lists and declarations to expectations. Does not belong here: how a window is computed
(`ingest.edgar.earnings_calendar`), what is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.edgar.earnings_calendar import KINDS, Announced, Expected, expect, past
from orchestration.automation import edgar_on_hand, list_on_hand
from orchestration.settings import Settings
from registry.models import Company, Registry


@dataclass(frozen=True)
class Expectation:
    """What a company is expected to report next, and when."""

    company: Company
    expected: Expected


def expectations(settings: Settings, registry: Registry) -> list[Expectation]:
    """Two a company: its next release and its next report. Makes no request.

    Raises LandingError and UnexpectedContentError for a list that cannot be read.
    """
    with edgar_on_hand(settings) as client:
        lists = {cik: list_on_hand(settings, client, cik) for cik in registry.ciks}
    found: list[Expectation] = []
    for company in registry.companies:
        submissions, month = lists[company.cik], company.fiscal_year_end.month
        for kind in KINDS:
            if submissions is None:
                none = Expected(kind, None, None, None, "no list of its filings is on hand")
                found.append(Expectation(company, none))
                continue
            announced = announced_of(registry, company.ticker)
            history = past(submissions.filings, month)
            found.append(Expectation(company, expect(kind, history, month, announced)))
    return found


def announced_of(registry: Registry, ticker: str) -> list[Announced]:
    """What a company has named itself."""
    return [
        Announced(each.kind, each.fiscal_quarter, each.moment, each.citation)
        for each in registry.announced
        if each.company == ticker
    ]


def open_now(found: Sequence[Expectation], now: datetime) -> list[Expectation]:
    """Those whose window holds the moment."""
    return [each for each in found if each.expected.window and each.expected.window.holds(now)]


def next_window(found: Sequence[Expectation], now: datetime) -> str:
    """The window that opens next, for a person."""
    windows = [
        (window.opens_at, each)
        for each in found
        if (window := each.expected.window) and window.opens_at > now
    ]
    if not windows:
        return "no later window is known: plumbline calendar says why"
    opens_at, each = min(windows, key=lambda pair: pair[0])
    expected = each.expected
    return (
        f"the next one is of {each.company.ticker}, {expected.kind} of {expected.fiscal_quarter},"
        f" from {opens_at:%Y-%m-%d %H:%M} UTC"
    )
