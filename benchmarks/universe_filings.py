"""The generated companies' filings themselves: inline documents in EDGAR's layout.

`python -m benchmarks.universe_filings DIRECTORY --companies 20 --years 2` writes the reports of the
last quarter, with the lists that name them. They state what the data sets of `benchmarks.universe`
do, but for the errors, with exact days: one company in ten counts in weeks, and its quarters end on
the Saturday nearest to the end of the month, so that a year has 52 weeks or 53.
"""

import argparse
import json
from calendar import SATURDAY
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.universe import NUMBERS_OF_A_FILING, Quarter, Universe

NAMESPACES = {
    "": "http://www.w3.org/1999/xhtml",
    "ix": "http://www.xbrl.org/2013/inlineXBRL",
    "ixt": "http://www.xbrl.org/inlineXBRL/transformation/2020-02-12",
    "xbrli": "http://www.xbrl.org/2003/instance",
    "xbrldi": "http://xbrl.org/2006/xbrldi",
    "iso4217": "http://www.xbrl.org/2003/iso4217",
    "us-gaap": "http://fasb.org/us-gaap/2020",
    "gen": "http://generated.example/2020",
}
# Supposed: data sets round days, so that no rate can be read off them.
WEEKS_ARE_COUNTED_BY_EVERY = 10
LIST_COLUMNS = (
    "accessionNumber", "filingDate", "reportDate", "acceptanceDateTime", "form", "items", "size",
    "isXBRL", "isInlineXBRL", "primaryDocument",
)  # fmt: skip


def main() -> None:
    """Write the filings."""
    options = argparse.ArgumentParser(description="Filings that nobody made.")
    options.add_argument("directory", type=Path)
    options.add_argument("--companies", type=int, default=20)
    options.add_argument("--years", type=int, default=2)
    options.add_argument("--numbers", type=int, default=NUMBERS_OF_A_FILING)
    given = options.parse_args()
    universe = Universe(given.companies, given.years, given.numbers)
    write_filings(universe, universe.quarters()[-1], range(given.companies), given.directory)


def write_filings(
    universe: Universe, quarter: Quarter, companies: Iterable[int], directory: Path
) -> list[Path]:
    """The reports that some companies file in a quarter, and lists with these beside earlier ones.

    Amendments are left out. The documents' paths, in the order of the companies.
    """
    filings, numbers = universe.reports(quarter)
    written = []
    for company in companies:
        own = filings.filter((pl.col("company") == company) & ~pl.col("is_amendment"))
        filing: Mapping[str, Any] = own.row(0, named=True)
        stated = numbers.filter(pl.col("adsh") == filing["adsh"])
        folder = f"Archives/edgar/data/{filing['cik']}/{filing['adsh'].replace('-', '')}"
        path = directory / folder / f"company-{company}.htm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(inline_document(filing, stated), encoding="utf-8")
        _list(directory, filing, path)
        written.append(path)
    return written


def inline_document(filing: Mapping[str, Any], numbers: pl.DataFrame) -> str:
    """A report as an inline document that states the numbers, in dollars."""
    places = numbers.select("month", "qtrs", "segments").unique(maintain_order=True)
    context_of = {place: f"c{index}" for index, place in enumerate(places.rows())}
    contexts = "".join(_context(name, place, filing) for place, name in context_of.items())
    columns = ("tag", "version", "month", "qtrs", "segments", "value")
    facts = "".join(
        _fact(index, tag, version, context_of[month, quarters, segments], value)
        for index, (tag, version, month, quarters, segments, value) in enumerate(
            numbers.select(columns).iter_rows()
        )
    )
    names = " ".join(
        f'xmlns:{prefix}="{uri}"' if prefix else f'xmlns="{uri}"'
        for prefix, uri in NAMESPACES.items()
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<html {names}><head><title>'
        f"{escape(filing['name'])}</title></head><body>"
        f'<div style="display:none"><ix:header><ix:resources>{contexts}'
        '<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>'
        f"</ix:resources></ix:header></div><table>{facts}</table></body></html>"
    )


def counts_weeks(company: int) -> bool:
    """Whether a company's quarters end on Saturdays."""
    return company % WEEKS_ARE_COUNTED_BY_EVERY == WEEKS_ARE_COUNTED_BY_EVERY - 1


def _context(name: str, place: tuple[int, int, str | None], filing: Mapping[str, Any]) -> str:
    month, quarters, segments = place
    company, cik = filing["company"], str(filing["cik"])
    end = _last_day(month, company)
    if quarters:
        start = _last_day(month - 3 * quarters, company) + timedelta(days=1)
        period = f"<xbrli:startDate>{start}</xbrli:startDate><xbrli:endDate>{end}</xbrli:endDate>"
    else:
        period = f"<xbrli:instant>{end}</xbrli:instant>"
    members = "".join(_members(segments or ""))
    segment = f"<xbrli:segment>{members}</xbrli:segment>" if members else ""
    return (
        f'<xbrli:context id="{name}"><xbrli:entity>'
        f'<xbrli:identifier scheme="http://www.sec.gov/CIK">{cik.zfill(10)}</xbrli:identifier>'
        f"{segment}</xbrli:entity><xbrli:period>{period}</xbrli:period></xbrli:context>"
    )


def _members(segments: str) -> Iterator[str]:
    for part in filter(None, segments.split(";")):
        axis, member = part.split("=")
        yield (
            f'<xbrldi:explicitMember dimension="us-gaap:{axis}Axis">gen:{member}Member'
            "</xbrldi:explicitMember>"
        )


def _fact(index: int, tag: str, version: str, context: str, value: float) -> str:
    prefix = "us-gaap" if "/" in version else "gen"
    sign = ' sign="-"' if value < 0 else ""
    return (
        f'<tr><td>{tag}</td><td><ix:nonFraction id="f{index}" name="{prefix}:{tag}"'
        f' contextRef="{context}" unitRef="usd" decimals="-3" scale="3"'
        f' format="ixt:num-dot-decimal"{sign}>{abs(int(value)) // 1000:,}</ix:nonFraction>'
        "</td></tr>"
    )


def _last_day(month: int, company: int) -> date:
    """The day a quarter ends on that is named by a month, counted from the first of the year 0."""
    following = month + 1
    end = date(following // 12, following % 12 + 1, 1) - timedelta(days=1)
    if not counts_weeks(company):
        return end
    after_saturday = (end.weekday() - SATURDAY) % 7
    return end + timedelta(days=-after_saturday if after_saturday <= 3 else 7 - after_saturday)


def _list(directory: Path, filing: Mapping[str, Any], document: Path) -> None:
    """Name the filing in the company's list, first, as EDGAR does."""
    cik = f"{filing['cik']:010d}"
    path = directory / "submissions" / f"CIK{cik}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    recent: dict[str, list[Any]] = {name: [] for name in LIST_COLUMNS}
    if path.exists():
        recent = json.loads(path.read_text(encoding="utf-8"))["filings"]["recent"]
    day = f"{filing['filed'][:4]}-{filing['filed'][4:6]}-{filing['filed'][6:]}"
    period = _last_day(filing["month"], filing["company"])
    year_end = _last_day(
        filing["month"] - (filing["month"] + 1 - filing["year_end"]) % 12, filing["company"]
    )
    row = (
        filing["adsh"], day, str(period), f"{day}T16:30:00.000Z", filing["form"], "",
        document.stat().st_size, 1, 1, document.name,
    )  # fmt: skip
    for name, value in zip(LIST_COLUMNS, row, strict=True):
        recent[name].insert(0, value)
    about = {
        "cik": cik,
        "name": filing["name"],
        "tickers": [],
        "sic": str(filing["sic"]),
        "fiscalYearEnd": f"{year_end:%m%d}",
        "filings": {"recent": recent, "files": []},
    }
    path.write_text(json.dumps(about), encoding="utf-8")


if __name__ == "__main__":
    main()
