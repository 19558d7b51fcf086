"""Sensors: what is looked for again and again, and what is told of runs.

Belongs here: how often, what is remembered between two looks, how a look ends. Does not belong
here: what is news (`ingest.edgar.news`), whether a refresh may start (`automation`).
"""

from datetime import datetime

from dagster import (
    DagsterEventType,
    RunFailureSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)
from pydantic import TypeAdapter, ValidationError

from ingest.edgar.news import News, Seen, look_for_news
from ingest.errors import FetchError
from ingest.new_york import NEW_YORK_ZONE
from orchestration.automation import (
    ONE_LOOK,
    held_back,
    named,
    published_filings,
    request_refresh,
    sensor_status,
)
from orchestration.notices import Channel, tell_failure
from orchestration.problems import problem_of
from orchestration.resources import Project
from orchestration.run_records import REFRESH
from orchestration.sources import open_edgar

# EDGAR renews its feed every minute or so. A look costs one conditional request a followed form,
# far below what EDGAR allows in a second.
SECONDS_BETWEEN_LOOKS = 60
SECONDS_BETWEEN_FAILURES = 30


# What one look leaves to the next, in Dagster's store.
CURSOR = TypeAdapter(Seen)


def read_cursor(text: str | None) -> Seen:
    """What the last look left; nothing where it cannot be read: the next look asks every list."""
    try:
        return CURSOR.validate_json(text) if text else Seen()
    except ValidationError:
        return Seen()


def written_cursor(seen: Seen) -> str:
    """What was seen, as `read_cursor` takes it."""
    return CURSOR.dump_json(seen).decode()


def build_sensors(project: Project) -> list[SensorDefinition]:
    """New filings ask for a refresh; failed runs are told."""
    settings = project.settings

    @sensor(
        name="new_filings",
        job_name=REFRESH,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=sensor_status(settings),
        description="Looks at EDGAR's feed of the newest filings, and asks for a refresh where a"
        " registered company's list names one the warehouse lacks.",
    )
    def new_filings(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        if reason := held_back(context.instance, settings):
            return SkipReason(reason)
        try:
            news = _look(project, read_cursor(context.cursor))
        except FetchError as error:
            # The cursor stays: the next look finds what this one could not.
            return SkipReason(f"EDGAR could not be asked: {error}")
        cursor = written_cursor(news.seen)
        if not news.filings:
            waiting = f"; {len(news.seen.pending)} not in a list yet" if news.seen.pending else ""
            asked = f"nothing new; {news.asked} lists asked{waiting}"
            return SensorResult(skip_reason=asked, cursor=cursor)
        request = request_refresh(context.instance, news.filings)
        if isinstance(request, str):
            return SensorResult(skip_reason=request, cursor=cursor)
        context.log.info(f"new: {named(news.filings)}")
        return SensorResult(run_requests=[request], cursor=cursor)

    @run_failure_sensor(
        name="tell_failed_runs",
        minimum_interval_seconds=SECONDS_BETWEEN_FAILURES,
        default_status=sensor_status(settings),
        description="Tells of a run that failed, to the addresses in PLUMBLINE_NOTIFY: once for"
        " each cause.",
    )
    def tell_failed_runs(context: RunFailureSensorContext) -> None:
        problems = [
            problem_of(event.event_specific_data)
            for event in context.get_step_failure_events()
            if event.event_type == DagsterEventType.STEP_FAILURE
        ]
        cause = "\n".join(dict.fromkeys(problems)) or context.failure_event.message or "unknown"
        run = context.dagster_run
        channel = Channel(settings.notify, context.log)
        tell_failure(settings, channel, run.job_name, run.run_id, cause)

    return [new_filings, tell_failed_runs]


def _look(project: Project, seen: Seen) -> News:
    registry, settings = project.registry, project.settings
    with open_edgar(settings, ONE_LOOK) as client:
        return look_for_news(
            client,
            registry.ciks,
            registry.followed_forms,
            published_filings(settings),
            seen,
            datetime.now(NEW_YORK_ZONE).date(),
        )
