"""Filers that nobody declared: what the standard taxonomy alone says of each.

Belongs here: how a filer becomes a company of the registry. Does not belong here: which filers
there are (the lake says so).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.models import Company, FiscalYearEnd, Registry


@dataclass(frozen=True)
class Filer:
    """A filer as the SEC's lists describe it; `cik` with its zeros."""

    cik: str
    name: str
    fiscal_year_end_month: int
    sic: str | None = None
    trading_symbol: str | None = None


def registry_of(registry: Registry, filers: Iterable[Filer]) -> Registry:
    """The registry with these filers for its companies: as declared, or as the standard has it."""
    declared = {company.cik: company for company in registry.companies}
    unread: dict[str, tuple[str, ...]] = {metric.name: () for metric in registry.metrics}
    concepts = {**unread, **registry.universe.metrics}
    companies = (declared.get(filer.cik) or _company(registry, filer, concepts) for filer in filers)
    return registry.model_copy(update={"companies": tuple(companies)})


def key_of(cik: str) -> str:
    """What stands for the ticker of a filer that is not declared: tickers change hands."""
    return f"CIK{cik}"


def _company(registry: Registry, filer: Filer, concepts: dict[str, tuple[str, ...]]) -> Company:
    return Company(
        ticker=key_of(filer.cik),
        cik=filer.cik,
        name=filer.name,
        sic=filer.sic,
        trading_symbol=filer.trading_symbol,
        fiscal_year_end=FiscalYearEnd(month=filer.fiscal_year_end_month),
        cloud_segment=None,
        backlog=registry.universe.backlog,
        concepts=concepts,
        formulas=registry.universe.formulas,
    )
