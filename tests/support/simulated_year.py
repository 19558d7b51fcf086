"""A year of filings and releases of seven companies, in the order in which they were accepted.

    year = SimulatedYear(directory)
    for moment in year.moments():
        year.arrive(moment)      # lists, feed, files and closes are those of the moment

Five companies file what the snapshot has of them; two that it has not file round figures invented
here. The evening before each report a release states the same figures as tables; one of them states
one figure otherwise.
"""

import csv
import gzip
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from ingest.snapshot.client import SNAPSHOT_DIR
from registry.models import Company, Registry, load_registry
from tests.support.edgar_feed import write_daily_index, write_feed
from tests.support.small_edgar import SmallFiling, inline_document, statements
from tests.support.snapshot_edgar import (
    NEW_YORK,
    SnapshotEdgar,
    instance_figures,
    write_snapshot_edgar,
)

BEGINS = datetime(2025, 8, 2, tzinfo=UTC)
ENDS = datetime(2026, 8, 12, tzinfo=UTC)
RELEASED_AT = time(16, 1)
SEGMENTS = "us-gaap:StatementBusinessSegmentsAxis"
MONTHS = {
    3: "Three Months Ended",
    6: "Six Months Ended",
    9: "Nine Months Ended",
    12: "Twelve Months Ended",
}
LABELS = {
    "net_sales": "Net sales",
    "operating_income": "Operating income",
    "net_income": "Net income",
    "operating_cash_flow": "Net cash provided by operating activities",
    "capex_gross": "Purchases of property and equipment",
    "capex_proceeds": "Proceeds from property and equipment sales and incentives",
}
OF_SEGMENTS = {"segment_revenue": "Net sales", "segment_operating_income": "Operating income"}
PAID = ("capex_gross",)
INVENTED = ("NVDA", "CRWV")
MILLION = 10**6
FEED_LENGTH = 40


@dataclass(frozen=True)
class Stated:
    """One figure of a report, in US dollars; `months` is the length of its period."""

    metric: str
    segment: str
    months: int
    ends_on: date
    value: Decimal


@dataclass
class SimulatedYear:
    """The directory, and everything that is to come."""

    directory: Path
    registry: Registry = field(default_factory=load_registry)

    def __post_init__(self) -> None:
        self.edgar: SnapshotEdgar = write_snapshot_edgar(self.directory / "edgar")
        self.snapshot_dir = self.directory / "snapshot"
        shutil.copytree(SNAPSHOT_DIR, self.snapshot_dir)
        self.revised: str = ""
        # What the snapshot has of real releases is filed there as facts; here they come as tables.
        self.edgar.to_come = [
            (at, filing) for at, filing in self.edgar.to_come if at < BEGINS or filing.form != "8-K"
        ]
        releases = [self._release(at, filing) for at, filing in self.edgar.to_come if at > BEGINS]
        invented = [each for ticker in INVENTED for each in self._invented(ticker)]
        self.edgar.to_come = sorted(
            [*self.edgar.to_come, *invented, *filter(None, releases)], key=lambda each: each[0]
        )

    def begin(self) -> None:
        """Everything filed before the year, and closes until then."""
        self.arrive(BEGINS)

    def moments(self) -> list[datetime]:
        """When filings are accepted in the year, in order; within ten minutes is one moment."""
        times = [at for at, _ in self.edgar.to_come if BEGINS < at <= ENDS]
        found: list[datetime] = []
        for at in times:
            if found and at - found[-1] < timedelta(minutes=10):
                found[-1] = at
            else:
                found.append(at)
        return found

    def arrive(self, moment: datetime) -> list[SmallFiling]:
        """What EDGAR and the market show at the moment; the filings that are new."""
        new = self.edgar.publish_until(moment)
        write_feed(self.edgar, self.edgar.listed[:FEED_LENGTH])
        for day, filings in groupby(new, key=lambda filing: filing.filed_at):
            write_daily_index(self.edgar, day, list(filings))
        self._write_the_rest(moment)
        return new

    def _write_the_rest(self, moment: datetime) -> None:
        today = moment.astimezone(NEW_YORK).date()
        about = (SNAPSHOT_DIR / "snapshot.yml").read_text(encoding="utf-8")
        changed = re.sub(r"(gathered_on: )\S+", rf"\g<1>{today}", about)
        (self.snapshot_dir / "snapshot.yml").write_text(changed, encoding="utf-8")
        for article in (SNAPSHOT_DIR / "articles").glob("*.md"):
            is_told = _told_on(article) < today
            target = self.snapshot_dir / "articles" / article.name
            target.unlink(missing_ok=True)
            if is_told:
                shutil.copy(article, target)
        for name in ("prices.csv.gz", "guidance.csv"):
            packed = (SNAPSHOT_DIR / name).read_bytes()
            text = (gzip.decompress(packed) if name.endswith(".gz") else packed).decode()
            header, *lines = text.splitlines()
            place = _day_column(header)
            kept = [line for line in lines if _day(line, place) < today]
            content = "\n".join([header, *kept, ""]).encode()
            target = self.snapshot_dir / name
            target.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)

    # Releases

    def _release(
        self, accepted_at: datetime, filing: SmallFiling
    ) -> tuple[datetime, SmallFiling] | None:
        if filing.form not in ("10-K", "10-Q"):
            return None
        company = next(each for each in self.registry.companies if each.cik == filing.cik)
        stated = list(self._stated(company, filing))
        if not stated:
            return None
        if company.ticker == "MSFT" and not self.revised:
            # Rounded otherwise in the release than in the report.
            place = next(i for i, each in enumerate(stated) if each.metric == "net_sales")
            first = stated[place]
            stated[place] = Stated(
                first.metric, first.segment, first.months, first.ends_on, first.value + MILLION
            )
            self.revised = filing.accession_number
        evening = accepted_at.astimezone(NEW_YORK) - timedelta(days=1)
        at = datetime.combine(evening.date(), RELEASED_AT, NEW_YORK)
        number = filing.accession_number
        released = SmallFiling(
            f"{number[:10]}-{number[11:13]}-9{number[15:]}",
            "8-K",
            str(evening.date()),
            str(evening.date()),
            f"{at:%Y-%m-%d %H:%M:%S}",
            {
                "cover.htm": b"<html><body>Results</body></html>",
                "ex99-1.htm": _exhibit(company, stated),
            },
            items="2.02,9.01",
            cik=filing.cik,
        )
        return at.astimezone(UTC), released

    def _stated(self, company: Company, filing: SmallFiling) -> Iterator[Stated]:
        facts = instance_figures(filing)
        ends_on = date.fromisoformat(filing.period)
        declared = {metric.name: metric for metric in self.registry.metrics}
        members = {part.id: part.members for part in company.segments}
        wanted = [(metric, "") for metric in LABELS] + [
            (metric, segment) for metric in OF_SEGMENTS for segment in members
        ]
        for metric, segment in wanted:
            concepts = company.concepts.get(metric, declared[metric].concepts)
            dimensions = (
                [json.dumps({SEGMENTS: member}) for member in members[segment]]
                if segment
                else ["{}"]
            )
            own = facts.filter(
                pl.col("concept").is_in(concepts)
                & pl.col("dimensions").is_in(dimensions)
                & (pl.col("period_end") == ends_on)
                & pl.col("period_start").is_not_null()
            )
            for row in own.unique(["period_start"], keep="first").iter_rows(named=True):
                days = (row["period_end"] - row["period_start"]).days
                months = round(days / 30.4)
                if months in MONTHS:
                    yield Stated(metric, segment, months, ends_on, row["value"])

    # Companies the snapshot has nothing of

    def _invented(self, ticker: str) -> Iterator[tuple[datetime, SmallFiling]]:
        company = next(each for each in self.registry.companies if each.ticker == ticker)
        month = company.fiscal_year_end.month
        prefix = ticker.lower()
        for place, quarter in enumerate(_quarters_after(BEGINS.date(), month)):
            begins, ends = quarter
            accepted = datetime.combine(ends + timedelta(days=28), time(17, 5), NEW_YORK)
            if accepted.astimezone(UTC) > ENDS:
                return
            period = (str(begins), str(ends))
            figures = statements(period, (20 + place, 10, 5), (8 + place, 2, 1))
            whole = tuple(figure for figure in figures if not figure.segment)
            form = "10-K" if ends.month == month else "10-Q"
            cover = {"dei:DocumentType": form, "dei:DocumentFiscalYearFocus": str(ends.year)}
            filing = SmallFiling(
                f"{company.cik}-{accepted:%y}-{place + 1:06d}",
                form,
                str(ends),
                str(accepted.date()),
                f"{accepted:%Y-%m-%d %H:%M:%S}",
                {f"{prefix}-{ends:%Y%m%d}.htm": inline_document(company.cik, whole, cover)},
                whole,
                cik=company.cik,
            )
            yield accepted.astimezone(UTC), filing


def _quarters_after(day: date, year_ends_in: int) -> Iterator[tuple[date, date]]:
    """Quarters of months that end after the day, of a fiscal year that ends with a month."""
    first = date(day.year, day.month, 1)
    months = [
        (first.year + (first.month - 1 + ahead) // 12, (first.month - 1 + ahead) % 12 + 1)
        for ahead in range(24)
    ]
    for year, month in months:
        if (month - year_ends_in) % 3 == 0:
            ends = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            begins_year, begins_month = (year, month - 2) if month > 2 else (year - 1, month + 10)
            yield date(begins_year, begins_month, 1), ends


def _exhibit(company: Company, stated: Sequence[Stated]) -> bytes:
    names = {part.id: part.name for part in company.segments}
    tables = [_table("Consolidated statements", _rows(stated, "", LABELS))] + [
        _table(f"{name} segment", _rows(stated, part, OF_SEGMENTS))
        for part, name in names.items()
        if any(each.segment == part for each in stated)
    ]
    return f"<html><body>{''.join(tables)}</body></html>".encode()


Cells = Mapping[tuple[int, date], Decimal]


def _rows(stated: Sequence[Stated], segment: str, labels: Mapping[str, str]) -> dict[str, Cells]:
    return {
        label: {
            (each.months, each.ends_on): -each.value if metric in PAID else each.value
            for each in stated
            if (each.metric, each.segment) == (metric, segment)
        }
        for metric, label in labels.items()
    }


def _table(title: str, rows: Mapping[str, Cells]) -> str:
    """A heading, periods over the columns, amounts with their signs in cells of their own."""
    columns = sorted({column for cells in rows.values() for column in cells})
    if not columns:
        return ""
    head = "".join(
        f'<td colspan="3">{MONTHS[months]} {ends:%B} {ends.day}, {ends.year}</td>'
        for months, ends in columns
    )
    body = "".join(
        f"<tr><td>{label}</td>{''.join(_amount(cells.get(column)) for column in columns)}</tr>"
        for label, cells in rows.items()
        if cells
    )
    return f"<p>{title}</p><p>(in millions)</p><table><tr><td></td>{head}</tr>{body}</table>"


def _amount(value: Any) -> str:
    if value is None:
        return "<td></td><td></td><td></td>"
    text = f"{abs(value) / MILLION:,.0f}"
    left, right = ("(", ")") if value < 0 else ("", "")
    return f"<td>$</td><td>{left}{text}</td><td>{right}</td>"


def _told_on(article: Path) -> date:
    found = re.search(r"^published_at: (\S{10})", article.read_text(encoding="utf-8"), re.MULTILINE)
    return date.fromisoformat(found[1]) if found else date.min


def _day_column(header: str) -> int:
    names = header.split(",")
    return names.index("date") if "date" in names else names.index("stated_on")


def _day(line: str, place: int) -> date:
    (cells,) = csv.reader([line])
    return date.fromisoformat(cells[place][:10])
