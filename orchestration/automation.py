"""When a refresh may start by itself, and as what.

Belongs here: what holds one back, how often, the run that is asked for. Does not belong here: when
to look (`sensors`, `schedules`), what is new (`ingest.edgar.news`).

Nothing here can storm. A set of filings is asked for once: whatever became of that run, the same
set asks for no other, in whoever's name. And whatever is found, no more than a declared number of
runs start by themselves within an hour.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import duckdb
from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
)

from ingest.edgar.archive import archive_client
from ingest.edgar.client import EdgarClient
from ingest.edgar.listings import Submissions
from ingest.edgar.news import NewFiling
from ingest.errors import NotFoundError
from ingest.http import Timeouts
from orchestration.build import connect, is_locked_by_another
from orchestration.retries import LONGEST_WAITING_SECONDS
from orchestration.run_records import REFRESH
from orchestration.run_tags import AUTOMATIC_TAG, FILINGS_TAG
from orchestration.settings import Settings, SourceKind
from orchestration.sources import Patience, edgar_client
from orchestration.versions import hold_reason

# On an evening of results, releases and reports of several companies come within minutes of each
# other; what asks for more than this is a mistake, and costs no more than this.
MAX_REFRESHES_PER_HOUR = 12
# A refresh takes its lock within seconds, unless articles are fetched first.
LOCK_IS_TAKEN_WITHIN = timedelta(minutes=15)
# Unless another holds it: then steps wait between their tries.
WAITS_FOR_THE_LOCK = timedelta(seconds=LONGEST_WAITING_SECONDS)
# Dagster gives a look 60 seconds in all, and the next one comes a minute later.
ONE_LOOK = Patience(attempts=1, timeouts=Timeouts(5.0, 10.0, 15.0))
# What comes once a day does not end at one answer that goes wrong.
DAILY_LOOK = Patience(attempts=3, timeouts=ONE_LOOK.timeouts)
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
NO_EDGAR = (
    "the embedded snapshot has no news; set PLUMBLINE_SOURCE=edgar and SEC_USER_AGENT, or"
    " PLUMBLINE_SOURCE=archive:DIR, and start again"
)


def follows_edgar(settings: Settings) -> bool:
    """Whether the source is one that can have news."""
    return settings.source.kind is not SourceKind.SNAPSHOT


def sensor_status(settings: Settings) -> DefaultSensorStatus:
    """Sensors work from the start where there can be news."""
    return DefaultSensorStatus.RUNNING if follows_edgar(settings) else DefaultSensorStatus.STOPPED


def schedule_status(settings: Settings) -> DefaultScheduleStatus:
    """Schedules work from the start where there can be news."""
    running, stopped = DefaultScheduleStatus.RUNNING, DefaultScheduleStatus.STOPPED
    return running if follows_edgar(settings) else stopped


def held_back(instance: DagsterInstance, settings: Settings) -> str | None:
    """Why no refresh may start by itself now, for a person; None where one may."""
    if not follows_edgar(settings):
        return NO_EDGAR
    if reason := hold_reason(settings):
        return reason
    end_lost_refreshes(instance, settings)
    unfinished = RunsFilter(job_name=REFRESH, statuses=UNFINISHED)
    if instance.get_runs_count(unfinished) or is_locked_by_another(settings):
        return "a refresh is waiting or at work; whatever it leaves is found after it"
    since = datetime.now(UTC) - timedelta(hours=1)
    recent = RunsFilter(tags={AUTOMATIC_TAG: "yes"}, created_after=since)
    if instance.get_runs_count(recent) >= MAX_REFRESHES_PER_HOUR:
        return f"{MAX_REFRESHES_PER_HOUR} refreshes started by themselves within the last hour"
    return None


def request_refresh(
    instance: DagsterInstance, filings: Sequence[NewFiling], day: str = ""
) -> RunRequest | str:
    """The run that is to bring these filings; why there is none, where they were asked for before.

    With `day`, once that day. The same filings have the same key, in whatever order.
    """
    key = set_key([filing.accession_number for filing in filings], day)
    if instance.get_runs_count(RunsFilter(tags={FILINGS_TAG: key})):
        return f"{named(filings)}: a refresh was asked for before, and is not asked for again"
    return RunRequest(run_key=key, job_name=REFRESH, tags={AUTOMATIC_TAG: "yes", FILINGS_TAG: key})


def set_key(accession_numbers: Collection[str], day: str = "") -> str:
    """The name of a set of filings, of a day where one is given."""
    digest = sha256("\n".join(sorted(accession_numbers)).encode()).hexdigest()[:16]
    return "-".join(filter(None, ("filings", day, digest)))


def named(filings: Sequence[NewFiling], shown: int = 3) -> str:
    """A few of the filings, and how many more there are."""
    words = [f"{filing.form} {filing.accession_number}" for filing in filings[:shown]]
    more = len(filings) - shown
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def published_filings(settings: Settings, unread_since: date | None = None) -> frozenset[str]:
    """Accession numbers of the source's filings in the published warehouse, read or not.

    With `unread_since`, without those filed from that day on whose documents were not there, or
    could not be read. Empty where nothing is published yet. Raises BuildError for a file that is no
    warehouse.
    """
    if not settings.warehouse_path.exists():
        return frozenset()
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        try:
            rows = connection.execute(
                "select accession_number from raw.filings where source = ?"
                " and (content_digest is not null or coalesce(filed_at < ?, true))",
                [settings.source.name, unread_since],
            ).fetchall()
        except duckdb.CatalogException:
            return frozenset()
    return frozenset(number for (number,) in rows)


def end_lost_refreshes(instance: DagsterInstance, settings: Settings) -> None:
    """Write down as failed the refreshes whose process is gone, so that the next may begin.

    A refresh holds the lock of the data directory until its process ends, however it ends: where
    nobody holds it, no refresh that began some time ago is at work.
    """
    if is_locked_by_another(settings):
        return
    started = RunsFilter(job_name=REFRESH, statuses=[DagsterRunStatus.STARTED])
    for record in instance.get_run_records(started):
        created_at = record.create_timestamp.timestamp()
        began_at = datetime.fromtimestamp(record.start_time or created_at, UTC)
        run = record.dagster_run
        patience = LOCK_IS_TAKEN_WITHIN + (
            WAITS_FOR_THE_LOCK if _has_tried_again(instance, run.run_id) else timedelta()
        )
        if datetime.now(UTC) - began_at > patience:
            instance.report_run_failed(run, "The process of this run is gone.")


def _has_tried_again(instance: DagsterInstance, run_id: str) -> bool:
    kind = DagsterEventType.STEP_UP_FOR_RETRY
    return bool(instance.get_records_for_run(run_id, of_type=kind, limit=1).records)


@contextmanager
def edgar_on_hand(settings: Settings) -> Iterator[EdgarClient]:
    """A client for what is on hand without a request: an archive, or what has landed of EDGAR."""
    directory = settings.source.directory or settings.landing_dir
    with archive_client(directory) as http:
        yield edgar_client(settings, http, is_partial=True)


def list_on_hand(settings: Settings, client: EdgarClient, cik: str) -> Submissions | None:
    """A company's list from an archive, or as it landed last; None where there is none."""
    if settings.source.kind is SourceKind.EDGAR:
        return client.landed_submissions(cik)
    try:
        return client.submissions(cik)
    except NotFoundError:
        return None
