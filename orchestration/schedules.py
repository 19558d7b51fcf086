"""Schedules: what is done at certain hours, whether or not anything was seen.

Belongs here: which hours, what is asked then. Does not belong here: what is news
(`ingest.edgar.news`), whether a refresh may start (`automation`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dagster import (
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from ingest.edgar.news import NEWEST_PART, NewFiling, filed_forms, new_filings, reconcile
from ingest.errors import FetchError
from ingest.new_york import NEW_YORK, NEW_YORK_ZONE
from orchestration.automation import (
    DAILY_LOOK,
    ONE_LOOK,
    held_back,
    published_filings,
    request_refresh,
    schedule_status,
)
from orchestration.earnings import expectations, next_window, open_now
from orchestration.jobs import FRESHNESS, TIDY
from orchestration.resources import Project
from orchestration.run_records import REFRESH
from orchestration.sources import open_edgar

# EDGAR takes filings until 22:00 in New York; the index of the day is there soon after.
AFTER_EDGAR_CLOSES = "30 22 * * *"
# After the reconciliation, and the refresh it may have asked for.
AFTER_RECONCILIATION = "30 23 * * *"
AT_NIGHT = "15 4 * * *"
# Results move prices within minutes, and the feed may be late or long on their evenings.
EVERY_TEN_MINUTES = "*/10 * * * *"
# Days of the index that are held against the warehouse: over a long weekend, and a day out.
DAYS_OF_INDEX = 5
# EDGAR may list a filing before its documents are there, or serve an error in their place.
READ_AGAIN_FOR = timedelta(days=14)


def build_schedules(project: Project) -> list[ScheduleDefinition]:
    """Everything that has its hour; hours are those of New York."""
    settings, registry = project.settings, project.registry
    status = schedule_status(settings)

    @schedule(
        name="daily_reconciliation",
        job_name=REFRESH,
        cron_schedule=AFTER_EDGAR_CLOSES,
        execution_timezone=NEW_YORK,
        default_status=status,
        description="Holds every company's list, and the index of each of the last days, against"
        " the published warehouse; asks for a refresh where something is missing, or of late"
        " could not be read.",
    )
    def daily_reconciliation(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        if reason := held_back(context.instance, settings):
            return SkipReason(reason)
        today = context.scheduled_execution_time.astimezone(NEW_YORK_ZONE).date()
        days = [today - timedelta(days=back) for back in range(DAYS_OF_INDEX)]
        known = published_filings(settings, unread_since=today - READ_AGAIN_FOR)
        try:
            with open_edgar(settings, DAILY_LOOK) as client:
                found = reconcile(client, registry.ciks, registry.followed_forms, known, days)
        except FetchError as error:
            return SkipReason(f"EDGAR could not be asked: {error}")
        # Of a form that is followed with certain items only, an index names others as well.
        unlisted = f"; in no list yet: {', '.join(found.unlisted)}" if found.unlisted else ""
        if not found.missing:
            return SkipReason(f"the warehouse has all that EDGAR lists{unlisted}")
        return _run_or_reason(request_refresh(context.instance, found.missing, today.isoformat()))

    @schedule(
        name="earnings_window",
        job_name=REFRESH,
        cron_schedule=EVERY_TEN_MINUTES,
        execution_timezone=NEW_YORK,
        default_status=status,
        description="Inside the window a company is expected to report in, asks for its list; asks"
        " for a refresh where that names something new.",
    )
    def earnings_window(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        if reason := held_back(context.instance, settings):
            return SkipReason(reason)
        now = context.scheduled_execution_time.astimezone(UTC)
        found = expectations(settings, registry)
        due = open_now(found, now)
        if not due:
            return SkipReason(f"no company is expected to report now; {next_window(found, now)}")
        tickers = ", ".join(dict.fromkeys(each.company.ticker for each in due))
        try:
            filings = _new_filings_of(project, [each.company.cik for each in due])
        except FetchError as error:
            return SkipReason(f"EDGAR could not be asked: {error}")
        if not filings:
            return SkipReason(f"{tickers} may report now, and has filed nothing new")
        return _run_or_reason(request_refresh(context.instance, filings))

    return [
        daily_reconciliation,
        earnings_window,
        _daily(
            "daily_freshness",
            FRESHNESS,
            AFTER_RECONCILIATION,
            "Says whether what is published is recent, and whether a report is overdue.",
            project,
        ),
        _daily("daily_tidying", TIDY, AT_NIGHT, "Removes Dagster's records of old runs.", project),
    ]


def _new_filings_of(project: Project, ciks: Sequence[str]) -> Sequence[NewFiling]:
    since = datetime.now(NEW_YORK_ZONE).date() - NEWEST_PART
    with open_edgar(project.settings, ONE_LOOK) as client:
        lists = {cik: filed_forms(client, cik, since) for cik in dict.fromkeys(ciks)}
    known = published_filings(project.settings)
    return new_filings(lists, project.registry.followed_forms, known)


def _run_or_reason(request: RunRequest | str) -> RunRequest | SkipReason:
    return SkipReason(request) if isinstance(request, str) else request


def _daily(
    name: str, job: str, cron: str, description: str, project: Project
) -> ScheduleDefinition:
    return ScheduleDefinition(
        name=name,
        job_name=job,
        description=description,
        cron_schedule=cron,
        execution_timezone=NEW_YORK,
        default_status=schedule_status(project.settings),
    )
