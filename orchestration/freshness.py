"""Whether what is published is recent, and whether a report should have come: checks that warn.

Belongs here: how old is too old, and what is overdue. Does not belong here: asking EDGAR. They are
no part of a refresh: time makes them fail, not a run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb
from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    MetadataValue,
    multi_asset_check,
)

from ingest.edgar.earnings_calendar import REPORT_FORMS, Expected, Kind, Reported, expect
from ingest.edgar.earnings_calendar import fiscal_quarter_of as quarter_of
from ingest.new_york import NEW_YORK_ZONE
from orchestration.assets.report import PUBLICATION_KEY
from orchestration.build import connect
from orchestration.earnings import announced_of
from orchestration.resources import Project
from orchestration.sources import filings_gathered_on
from registry.models import Company, Registry

PUBLICATION_CHECK = "publication_is_recent"
REPORTS_CHECK = "no_report_is_overdue"

# Seven companies with four fiscal calendars: from a report of one to the next one of another there
# are six weeks at most, in March and April. Longer than this, something does not look.
OLDEST_PUBLICATION = timedelta(days=50)
# A window is what was seen before; a report may come a week after it and be no cause for a look.
OVERDUE_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Due:
    """The next report of a company, and whether it is overdue on a day."""

    ticker: str
    expected: Expected
    is_overdue: bool

    def __str__(self) -> str:
        """Which, and since when."""
        if self.expected.window is None:
            return f"not judged: {self.expected.basis}"
        since = "overdue since" if self.is_overdue else "expected until"
        return f"{self.expected.fiscal_quarter} {since} {self.expected.window.last_day}"


def build_freshness_checks(project: Project) -> AssetChecksDefinition:
    """Two checks of the publication, judged as of the day its filings are of."""

    @multi_asset_check(
        name="check_freshness",
        specs=[
            AssetCheckSpec(
                PUBLICATION_CHECK,
                asset=PUBLICATION_KEY,
                description=f"What is published is {OLDEST_PUBLICATION.days} days old at most.",
            ),
            AssetCheckSpec(
                REPORTS_CHECK,
                asset=PUBLICATION_KEY,
                description="No company's next 10-Q or 10-K is missing a week after the time it"
                " came in earlier years.",
            ),
        ],
    )
    def check_freshness() -> Iterator[AssetCheckResult]:
        settings = project.settings
        with connect(settings.warehouse_path, settings, read_only=True) as connection:
            today = filings_gathered_on(connection, settings)
            row = connection.execute("select max(published_at) from quality.runs").fetchone()
            due = reports_due(connection, project.registry, today)
        yield _publication_result(row[0] if row else None, today)
        yield _reports_result(due)

    return check_freshness


def reports_due(
    connection: duckdb.DuckDBPyConnection, registry: Registry, today: date
) -> list[Due]:
    """The next report of each company, by the reports the warehouse has."""
    found: list[Due] = []
    for company in registry.companies:
        history: dict[Kind, Sequence[Reported]] = {
            "release": (),
            "report": _reports(connection, company),
        }
        month = company.fiscal_year_end.month
        expected = expect("report", history, month, announced_of(registry, company.ticker))
        last_day = expected.window.last_day if expected.window else date.max - OVERDUE_AFTER
        found.append(Due(company.ticker, expected, last_day + OVERDUE_AFTER < today))
    return found


def _reports(connection: duckdb.DuckDBPyConnection, company: Company) -> list[Reported]:
    rows = connection.execute(
        "select period_of_report, min(known_from), arg_min(accession_number, known_from)"
        " from raw.filings where cik = ? and list_contains(?, form)"
        " and period_of_report is not null and withdrawn_at is null"
        " group by period_of_report order by period_of_report",
        [company.cik, list(REPORT_FORMS)],
    ).fetchall()
    return [
        Reported(quarter, period, moment, number)
        for period, moment, number in rows
        if (quarter := quarter_of(period, company.fiscal_year_end.month))
    ]


def _publication_result(published_at: datetime | None, today: date) -> AssetCheckResult:
    published_on = published_at.astimezone(NEW_YORK_ZONE).date() if published_at else None
    return AssetCheckResult(
        check_name=PUBLICATION_CHECK,
        asset_key=PUBLICATION_KEY,
        passed=published_on is not None and today - published_on <= OLDEST_PUBLICATION,
        severity=AssetCheckSeverity.WARN,
        metadata={"published_on": str(published_on), "as_of": str(today)},
    )


def _reports_result(due: Sequence[Due]) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=REPORTS_CHECK,
        asset_key=PUBLICATION_KEY,
        passed=not any(each.is_overdue for each in due),
        severity=AssetCheckSeverity.WARN,
        metadata={each.ticker: MetadataValue.text(str(each)) for each in due},
    )
