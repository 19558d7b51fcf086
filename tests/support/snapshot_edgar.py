"""A directory in EDGAR's layout made of the embedded figures: real filings' facts as documents.

    edgar = write_snapshot_edgar(directory)
    edgar.publish_until(datetime(2025, 10, 30, tzinfo=UTC))

Every filing of the snapshot becomes an instance that states its facts, accepted when it was; a
report of Amazon's states its period whole, whichever filing the snapshot has that from, what only
its releases print among it. What third parties say is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ingest.snapshot.client import SNAPSHOT_DIR, read_filings
from registry.models import load_registry
from tests.support.small_edgar import AMZN, SmallEdgar, SmallFiling
from tests.support.xbrl_documents import (
    context,
    duration,
    explicit,
    fact,
    instance,
    instant,
    typed,
    unit,
)

NEW_YORK = ZoneInfo("America/New_York")
NOT_TAGGED = ("secondary",)
REPORTS = ("10-K", "10-Q")
COMPLETED_FROM = date(2023, 1, 1)
OPERATING_CASH_FLOW = "us-gaap:NetCashProvidedByUsedInOperatingActivities"
PROCEEDS = "amzn:ProceedsFromPropertyPlantAndEquipmentSalesAndIncentives"
FIRST_OF_2026 = (date(2026, 1, 1), date(2026, 3, 31))
# Form 10-Q for 2026-06-30 (0001018724-26-000026): 2,101 of the half year less 1,132 of the quarter.
PROCEEDS_USD = 969_000_000
FACT_KEY = ("concept", "period_start", "period_end", "dimensions", "unit")
UNITS = {
    "USD": unit("USD", "iso4217:USD"),
    "shares": unit("shares", "xbrli:shares"),
    "USD/shares": unit("USD/shares", "iso4217:USD", per=("xbrli:shares",)),
    "pure": unit("pure", "xbrli:pure"),
}
STANDARD = {
    "dei": "http://xbrl.sec.gov/dei/2024",
    "us-gaap": "http://fasb.org/us-gaap/2024",
    "srt": "http://fasb.org/srt/2024",
    "country": "http://xbrl.sec.gov/country/2024",
    "currency": "http://xbrl.sec.gov/currency/2024",
    "ecd": "http://xbrl.sec.gov/ecd/2024",
}
PAGE = b"<html><body><p>The facts of this page are in the instance beside it.</p></body></html>"


@dataclass
class SnapshotEdgar(SmallEdgar):
    """The directory; filings appear in it in the order in which they were accepted."""

    to_come: list[tuple[datetime, SmallFiling]] = field(default_factory=list)

    def publish_until(self, moment: datetime) -> list[SmallFiling]:
        """List every filing accepted by then that is not listed yet; which they are."""
        due = [filing for accepted_at, filing in self.to_come if accepted_at <= moment]
        self.to_come = [each for each in self.to_come if each[0] > moment]
        for filing in due:
            self.write_files(filing)
            self.listed.insert(0, filing)
        for cik in {filing.cik for filing in due}:
            self._write_list(cik)
        return due


def write_snapshot_edgar(directory: Path) -> SnapshotEdgar:
    """The directory with the lists of all registered companies, and every filing yet to come."""
    registry = load_registry()
    edgar = SnapshotEdgar(directory, ciks=registry.ciks)
    edgar.to_come = sorted(_filings(), key=lambda each: each[0])
    return edgar.write_lists()


def instance_figures(filing: SmallFiling) -> pl.DataFrame:
    """The facts that a filing of the snapshot states; none of any other."""
    return _tagged()[1].get(filing.accession_number, pl.DataFrame())


@cache
def _tagged() -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The filings of the snapshot, and the facts of each that could be tagged in it."""
    snapshot = read_filings(SNAPSHOT_DIR, load_registry().filing_rules)
    facts = snapshot.facts.filter(
        ~pl.col("concept").str.split(":").list.first().is_in(NOT_TAGGED)
    ).join(snapshot.filings.select("accession_number", "known_from"), on="accession_number")
    own = facts.partition_by("accession_number", as_dict=True)
    of_company = facts.sort("known_from").partition_by("cik", as_dict=True)
    return snapshot.filings, {
        row["accession_number"]: _whole(row, own[row["accession_number"],], of_company[row["cik"],])
        for row in snapshot.filings.iter_rows(named=True)
        if (row["accession_number"],) in own
    }


def _whole(row: Mapping[str, Any], own: pl.DataFrame, of_company: pl.DataFrame) -> pl.DataFrame:
    """A report's facts, and what the snapshot has of its period from other filings alone.

    A report states its quarter whole; the snapshot has each figure of Amazon's from whichever
    filing was at hand. The first that was filed counts.
    """
    ends_on = row["period_of_report"]
    if row["cik"] != AMZN or row["form"] not in REPORTS or ends_on < COMPLETED_FROM:
        return own
    comparative = ends_on.replace(year=ends_on.year - 1)
    of_period = of_company.filter(pl.col("period_end").is_in([ends_on, comparative]))
    stated = pl.concat([own, of_period]).unique(FACT_KEY, keep="first", maintain_order=True)
    return pl.concat([stated, _proceeds(stated)]) if ends_on == FIRST_OF_2026[1] else stated


def _proceeds(stated: pl.DataFrame) -> pl.DataFrame:
    """What the snapshot has of the first quarter of 2026 as half a year less a quarter alone."""
    like = stated.filter(pl.col("concept") == OPERATING_CASH_FLOW).head(1)
    return like.with_columns(
        pl.lit(PROCEEDS).alias("concept"),
        pl.lit(FIRST_OF_2026[0]).alias("period_start"),
        pl.lit(FIRST_OF_2026[1]).alias("period_end"),
        pl.lit(PROCEEDS_USD).cast(like.schema["value"]).alias("value"),
    )


def _filings() -> list[tuple[datetime, SmallFiling]]:
    filings, facts = _tagged()
    return [
        (row["known_from"], _filing(row, facts[row["accession_number"]]))
        for row in filings.iter_rows(named=True)
        if row["accession_number"] in facts
    ]


def _filing(row: Mapping[str, Any], facts: pl.DataFrame) -> SmallFiling:
    known_from: datetime = row["known_from"]
    accepted = known_from.astimezone(NEW_YORK)
    period = row["period_of_report"] or facts["period_end"].max()
    name = f"filing-{period:%Y%m%d}"
    return SmallFiling(
        row["accession_number"],
        row["form"],
        str(period),
        str(row["filed_at"] or accepted.date()),
        f"{accepted:%Y-%m-%d %H:%M:%S}",
        {f"{name}.htm": PAGE, f"{name}_htm.xml": _instance(row, facts)},
        items="8.01,9.01" if row["form"].startswith("8-K") else "",
        cik=row["cik"],
    )


def _instance(row: Mapping[str, Any], facts: pl.DataFrame) -> bytes:
    contexts: dict[tuple[Any, ...], str] = {}
    prefixes: set[str] = set()
    written = []
    for place, each in enumerate(facts.iter_rows(named=True)):
        key = (each["period_start"], each["period_end"], each["dimensions"])
        about = contexts.setdefault(key, f"c{len(contexts)}")
        prefixes.add(each["concept"].split(":")[0])
        is_text = each["unit"] == "duration"
        written.append(
            fact(
                each["concept"],
                each["text_value"] if is_text else f"{each['value']:f}",
                id=f"f{place}",
                context=about,
                unit=None if is_text else each["unit"],
                decimals=None if is_text else each["decimals"] or _decimals(each["value"]),
            )
        )
    first = next(iter(contexts.values()))
    for concept, value in (
        ("dei:DocumentFiscalYearFocus", row["fiscal_year"]),
        ("dei:DocumentFiscalPeriodFocus", row["fiscal_period"]),
    ):
        if value is not None:
            written.append(fact(concept, str(value), context=first))
    resources = [
        context(about, _period(start, end), *_members(dimensions, prefixes), entity=row["cik"])
        for (start, end, dimensions), about in contexts.items()
    ]
    own = {prefix: f"http://www.{prefix}.com/20250101" for prefix in prefixes - STANDARD.keys()}
    return instance(
        "".join(written),
        "".join([*resources, *UNITS.values()]),
        namespaces={**STANDARD, **own},
    )


def _decimals(value: Decimal) -> str:
    """Precision of a figure that was noted without it: filings state money in millions."""
    return "-6" if value % 1_000_000 == 0 else "INF"


def _period(start: Any, end: Any) -> str:
    return instant(str(end)) if start is None else duration(str(start), str(end))


def _members(dimensions: str, prefixes: set[str]) -> list[str]:
    given: dict[str, str] = json.loads(dimensions)
    found = []
    for axis, member in given.items():
        prefixes.add(axis.split(":")[0])
        is_member = ":" in member
        if is_member:
            prefixes.add(member.split(":")[0])
        found.append(
            explicit(axis, member)
            if is_member
            else typed(axis, f"<{axis}.domain>{member}</{axis}.domain>")
        )
    return found
