"""What starts by itself, evaluated look by look over a small EDGAR: no daemon, no waiting.

A refresh stands in for itself as a job that fails: what is counted is how often it is asked for.
"""

import json
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
import time_machine
from dagster import (
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    EventLogEntry,
    Failure,
    RunRequest,
    RunsFilter,
    build_schedule_context,
    build_sensor_context,
    job,
    op,
)

from ingest.edgar.earnings_calendar import Announced
from ingest.edgar.filings import is_followed
from orchestration import automation, versions
from orchestration.automation import MAX_REFRESHES_PER_HOUR, end_lost_refreshes, set_key
from orchestration.definitions import build_defs
from orchestration.guard_process import judge_here
from orchestration.resources import Project
from orchestration.retries import LONGEST_WAITING_SECONDS
from orchestration.run_tags import AUTOMATIC_TAG
from orchestration.schedules import build_schedules
from orchestration.sensors import build_sensors, read_cursor, written_cursor
from orchestration.settings import DAGSTER_INSTANCE_YAML, EdgarAccess, Source, SourceKind
from orchestration.sources import open_edgar
from registry.models import load_registry
from tests.conftest import settings_in
from tests.support.edgar_feed import FEED_PATH, write_feed
from tests.support.edgar_server import EdgarServer, Fault
from tests.support.small_edgar import (
    ANNUAL,
    NEXT_QUARTER,
    OTHER_COMPANY,
    QUARTER,
    list_path,
    write_small_edgar,
)

# Each has an instance of Dagster of its own.
pytestmark = pytest.mark.slow

MORNING = datetime(2025, 8, 1, 12, 0, tzinfo=UTC)
EARLIER = (OTHER_COMPANY, QUARTER, ANNUAL)


@op
def stop():
    raise Failure("the source is wrong for good", allow_retries=False)


@job(name="refresh")
def failing_refresh():
    stop()


@pytest.fixture
def edgar(tmp_path):
    small = write_small_edgar(tmp_path / "edgar")
    write_feed(small, EARLIER)
    return small


@pytest.fixture
def instance(tmp_path):
    # Schedules are given the instance by where it is, so it is on disk.
    (tmp_path / "dagster").mkdir()
    with DagsterInstance.local_temp(str(tmp_path / "dagster")) as on_disk:
        yield on_disk


class Installation:
    """One data directory, and what starts by itself in it."""

    def __init__(self, settings, instance):
        self.settings, self.instance, self.cursor = settings, instance, None
        project = Project(settings, load_registry(), judge_here)
        self.sensors = {each.name: each for each in build_sensors(project)}
        self.schedules = {each.name: each for each in build_schedules(project)}

    def look(self):
        """One tick of the sensor: the run it asks for, or the reason there is none."""
        context = build_sensor_context(instance=self.instance, cursor=self.cursor)
        told = self.sensors["new_filings"].evaluate_tick(context)
        self.cursor = told.cursor
        return told.run_requests[0] if told.run_requests else told.skip_message

    def hour(self, name, moment):
        """One tick of a schedule."""
        # Left open, it would put its instance in the place of every later one.
        with build_schedule_context(self.instance, scheduled_execution_time=moment) as context:
            told = self.schedules[name].evaluate_tick(context)
        return told.run_requests[0] if told.run_requests else told.skip_message

    def fail(self, request):
        """Run what was asked for, as the daemon does; it fails."""
        failing_refresh.execute_in_process(
            instance=self.instance, tags=request.tags, raise_on_error=False
        )

    def publish(self, *without, unread=()):
        """A warehouse that has every followed filing listed now, but for those.

        Of those `unread` it has no content; the day each was filed stands beside it.
        """
        self.settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        numbers = [n for n in self.followed() if n not in {f.accession_number for f in without}]
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute("create schema if not exists raw")
            connection.execute(
                "create or replace table raw.filings (accession_number text, source text,"
                " content_digest text, filed_at date)"
            )
            filed_at = {filing.accession_number: filing.filed_at for filing in unread}
            connection.executemany(
                "insert into raw.filings values (?, ?, ?, ?)",
                [
                    (
                        number,
                        self.settings.source.name,
                        None if number in filed_at else "digest",
                        filed_at.get(number),
                    )
                    for number in numbers
                ],
            )

    def land_lists(self):
        """What a refresh leaves in the landing directory."""
        with open_edgar(self.settings) as client:
            for cik in load_registry().ciks:
                client.submissions(cik)

    def followed(self):
        registry = load_registry()
        with open_edgar(self.settings) as client:
            return [
                filing.accession_number
                for cik in registry.ciks
                for filing in client.submissions(cik).filings
                if is_followed(filing, registry.followed_forms)
            ]


@pytest.fixture
def archive(edgar, tmp_path, instance):
    source = Source(SourceKind.ARCHIVE, edgar.directory)
    return Installation(replace(settings_in(tmp_path / "data"), source=source), instance)


@pytest.fixture
def server(edgar):
    with EdgarServer(edgar.directory) as running:
        yield running


@pytest.fixture
def online(server, tmp_path, instance):
    access = EdgarAccess(
        "Jane Doe jane@example.com", 10.0, tmp_path / "turns.sqlite", server.url, server.url
    )
    settings = replace(settings_in(tmp_path / "data"), source=Source(SourceKind.EDGAR))
    return Installation(replace(settings, edgar=access), instance)


# The sensor


def test_nothing_new_asks_for_nothing(archive):
    archive.publish()
    assert "nothing new" in archive.look()


def test_a_new_filing_asks_for_one_refresh_and_is_not_asked_for_again(archive, edgar):
    archive.publish()
    archive.look()
    edgar.add(NEXT_QUARTER)
    write_feed(edgar, [NEXT_QUARTER, *EARLIER])
    request = archive.look()
    assert isinstance(request, RunRequest)
    assert request.run_key == set_key([NEXT_QUARTER.accession_number])
    assert request.tags[AUTOMATIC_TAG] == "yes"
    archive.fail(request)
    assert isinstance(archive.look(), str)


def test_the_same_filings_have_the_same_key_in_whatever_order():
    assert set_key(["b", "a"]) == set_key(["a", "b"]) != set_key(["a"])
    assert set_key(["a"], "2025-08-01") != set_key(["a"], "2025-08-02")


def test_a_cursor_lost_asks_for_the_same_and_is_told_so(archive, edgar):
    archive.publish()
    edgar.add(NEXT_QUARTER)
    archive.fail(archive.look())
    archive.cursor = None
    assert "asked for before" in archive.look()


def test_one_more_filing_asks_again_for_both(archive, edgar):
    archive.publish()
    edgar.add(NEXT_QUARTER)
    archive.fail(archive.look())
    more = replace(NEXT_QUARTER, accession_number="0001018724-25-000009", form="10-Q/A")
    edgar.add(more)
    write_feed(edgar, [more, NEXT_QUARTER, *EARLIER])
    both = set_key([NEXT_QUARTER.accession_number, more.accession_number])
    assert archive.look().run_key == both


def test_the_cursor_is_small_and_can_be_read(archive):
    archive.publish()
    archive.look()
    assert read_cursor(archive.cursor) != read_cursor(None)
    assert len(archive.cursor) < 1000
    assert written_cursor(read_cursor(archive.cursor)) == archive.cursor


@pytest.mark.parametrize("text", ["", "{", '{"last": 2}', '{"other": 1}', "[]"])
def test_a_cursor_that_cannot_be_read_is_as_none(text):
    assert read_cursor(text) == read_cursor(None)


def test_the_snapshot_has_no_news_and_says_what_to_set(tmp_path, instance):
    told = Installation(settings_in(tmp_path), instance).look()
    assert "PLUMBLINE_SOURCE=edgar" in told


def test_a_held_warehouse_is_left_alone(archive, edgar, monkeypatch):
    archive.publish()
    edgar.add(NEXT_QUARTER)
    monkeypatch.setattr(automation, "hold_reason", lambda settings: "held at version x")
    assert archive.look() == "held at version x"
    assert archive.cursor is None


def test_the_hold_of_a_rollback_is_the_one_asked_for(archive):
    hold = {"version": "x", "since": "2026-01-01T00:00:00+00:00"}
    archive.settings.data_dir.mkdir(parents=True)
    archive.settings.hold_path.write_text(json.dumps(hold))
    assert archive.look() == versions.hold_reason(archive.settings)


@pytest.mark.parametrize("status", [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTED])
def test_while_a_refresh_waits_or_works_nothing_is_asked_for(archive, edgar, status):
    archive.publish()
    edgar.add(NEXT_QUARTER)
    archive.instance.create_run_for_job(failing_refresh, status=status)
    assert "waiting or at work" in archive.look()
    assert archive.cursor is None


def test_while_a_refresh_of_the_command_line_works_nothing_is_asked_for(archive, monkeypatch):
    monkeypatch.setattr(automation, "is_locked_by_another", lambda settings: True)
    assert "waiting or at work" in archive.look()


@pytest.mark.parametrize(
    ("events", "minutes"),
    [
        ([DagsterEventType.RUN_START], 15),
        # Between its tries a step holds no lock, and lives.
        (
            [DagsterEventType.RUN_START, DagsterEventType.STEP_UP_FOR_RETRY],
            15 + LONGEST_WAITING_SECONDS / 60,
        ),
    ],
)
def test_a_refresh_whose_process_is_gone_is_written_down_as_failed(archive, events, minutes):
    with time_machine.travel(MORNING, tick=False) as clock:
        run = archive.instance.create_run_for_job(failing_refresh, status=DagsterRunStatus.STARTING)
        for event in events:
            archive.instance.handle_new_event(_event(run, event))
        clock.shift(timedelta(minutes=minutes - 1))
        end_lost_refreshes(archive.instance, archive.settings)
        assert archive.instance.get_run_by_id(run.run_id).status == DagsterRunStatus.STARTED
        clock.shift(timedelta(minutes=2))
        end_lost_refreshes(archive.instance, archive.settings)
        assert archive.instance.get_run_by_id(run.run_id).status == DagsterRunStatus.FAILURE


def _event(run, kind):
    now = datetime.now(UTC).timestamp()
    return EventLogEntry(
        error_info=None, level=10, user_message="", run_id=run.run_id, timestamp=now,
        job_name=run.job_name, dagster_event=DagsterEvent(kind.value, run.job_name),
    )  # fmt: skip


# EDGAR down


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(503),
        Fault.too_many(retry_after="600"),
        Fault.throttle_page(),
        Fault.error_page(),
        Fault.malformed(),
        Fault.truncated(),
        Fault.status(404),
    ],
    ids=["503", "429", "throttle", "error page", "malformed", "truncated", "404"],
)
@pytest.mark.parametrize("where", [FEED_PATH, list_path("*")], ids=["feed", "list"])
def test_whatever_edgar_does_the_look_ends_with_its_reason(online, server, fault, where):
    online.publish()
    # Unchanged lists would be answered without a body, and nothing could go wrong with it.
    shutil.rmtree(online.settings.landing_dir)
    server.requests.clear()
    server.misbehave(where, fault)
    told = online.look()
    assert "EDGAR could not be asked" in told
    assert server.url in told
    assert online.cursor is None
    # Nothing is asked twice: a look has a minute.
    assert len(server.requests) == len({(each.path, each.query) for each in server.requests})


def test_after_edgar_is_back_the_filing_is_found(online, server, edgar):
    online.publish()
    online.look()
    before = online.cursor
    edgar.add(NEXT_QUARTER)
    write_feed(edgar, [NEXT_QUARTER, *EARLIER])
    server.misbehave(FEED_PATH, Fault.status(503), times=1)
    assert "EDGAR could not be asked" in online.look()
    assert online.cursor == before
    assert isinstance(online.look(), RunRequest)


def test_an_error_of_an_unknown_kind_shows(archive, monkeypatch):
    monkeypatch.setattr("orchestration.sensors.published_filings", lambda settings: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        archive.look()


# Schedules


def test_a_daily_reconciliation_finds_what_the_feed_missed_once_a_day(archive, edgar):
    archive.publish()
    evening = datetime(2025, 8, 2, 2, 30, tzinfo=UTC)  # 22:30 in New York, the day before
    assert "has all that EDGAR lists" in archive.hour("daily_reconciliation", evening)
    edgar.add(NEXT_QUARTER)
    request = archive.hour("daily_reconciliation", evening)
    assert request.run_key == set_key([NEXT_QUARTER.accession_number], "2025-08-01")
    archive.fail(request)
    assert "asked for before" in archive.hour("daily_reconciliation", evening)
    next_day = evening + timedelta(days=1)
    assert isinstance(archive.hour("daily_reconciliation", next_day), RunRequest)


def test_what_could_not_be_read_is_looked_for_again_each_day_for_two_weeks(archive):
    archive.publish(unread=[QUARTER])
    filed_on = datetime.fromisoformat(f"{QUARTER.filed_at}T23:30:00-04:00")
    for days, is_asked_for in ((0, True), (1, True), (13, True), (15, False)):
        asked = archive.hour("daily_reconciliation", filed_on + timedelta(days=days))
        assert isinstance(asked, RunRequest) is is_asked_for
        if is_asked_for:
            archive.fail(asked)
    assert isinstance(archive.look(), str)


def announced(_registry, ticker):
    moment = datetime(2025, 7, 31, 20, 0, tzinfo=UTC)
    return [Announced("release", "2025Q2", moment, "a page")] if ticker == "AMZN" else []


def test_outside_every_window_nothing_is_asked_and_the_next_one_is_named(online, server):
    online.publish()
    server.requests.clear()
    told = online.hour("earnings_window", MORNING)
    assert "no company is expected to report now; no later window is known" in told
    assert server.requests == []


def test_inside_a_window_the_company_alone_is_asked(server, online, edgar, monkeypatch):
    monkeypatch.setattr("orchestration.earnings.announced_of", announced)
    online.publish()
    online.land_lists()
    server.requests.clear()
    within = datetime(2025, 7, 31, 20, 10, tzinfo=UTC)
    assert "AMZN may report now, and has filed nothing new" in online.hour(
        "earnings_window", within
    )
    assert server.paths() == [list_path("0001018724")]
    edgar.add(NEXT_QUARTER)
    request = online.hour("earnings_window", within)
    assert request.run_key == set_key([NEXT_QUARTER.accession_number])
    before = datetime(2025, 7, 31, 12, 0, tzinfo=UTC)
    server.requests.clear()
    assert "2025-07-31 19:30 UTC" in online.hour("earnings_window", before)
    assert server.requests == []


# No storm


def test_a_source_that_fails_for_good_is_asked_for_once_a_set(archive, edgar, monkeypatch):
    """A day of looks, each minute; the bound an hour is lifted, so that keys alone hold."""
    monkeypatch.setattr(automation, "MAX_REFRESHES_PER_HOUR", 10_000)
    archive.publish()
    asked: Counter[str] = Counter()
    later = replace(NEXT_QUARTER, accession_number="0001018724-25-000010")
    arrivals = {60: NEXT_QUARTER, 600: later}
    with time_machine.travel(MORNING, tick=False) as clock:
        for minute in range(24 * 60):
            clock.move_to(MORNING + timedelta(minutes=minute))
            if minute in arrivals:
                edgar.add(arrivals[minute])
                write_feed(edgar, [*arrivals.values(), *EARLIER])
            ticks = [archive.look()]
            if minute % 10 == 0:
                ticks.append(archive.hour("earnings_window", MORNING + timedelta(minutes=minute)))
            if minute == 14 * 60 + 30:
                ticks.append(archive.hour("daily_reconciliation", datetime.now(UTC)))
            for request in ticks:
                if isinstance(request, RunRequest):
                    asked[request.run_key] += 1
                    archive.fail(request)
    # One for each of the two sets, one for the day.
    assert sorted(asked.values()) == [1, 1, 1]
    failed = archive.instance.get_runs_count(RunsFilter(statuses=[DagsterRunStatus.FAILURE]))
    assert failed == 3


def test_whatever_is_found_no_more_than_a_number_start_within_an_hour(archive, edgar):
    archive.publish()
    with time_machine.travel(MORNING, tick=False) as clock:
        runs = []
        for minute in range(120):
            clock.move_to(MORNING + timedelta(minutes=minute))
            edgar.add(replace(NEXT_QUARTER, accession_number=f"0001018724-25-1{minute:05d}"))
            archive.cursor = None
            request = archive.look()
            if isinstance(request, RunRequest):
                runs.append(minute)
                archive.fail(request)
    assert len(runs) == 2 * MAX_REFRESHES_PER_HOUR
    assert runs[:MAX_REFRESHES_PER_HOUR] == list(range(MAX_REFRESHES_PER_HOUR))
    assert runs[MAX_REFRESHES_PER_HOUR] >= 60


# What Dagster is told


@pytest.mark.parametrize("kind", [SourceKind.SNAPSHOT, SourceKind.ARCHIVE])
def test_what_runs_by_itself_does_so_where_there_can_be_news(edgar, tmp_path, kind):
    source = Source(kind, edgar.directory if kind is SourceKind.ARCHIVE else None)
    definitions = build_defs(replace(settings_in(tmp_path / "data"), source=source))
    is_running = kind is SourceKind.ARCHIVE
    for sensor in definitions.sensors:
        assert (sensor.default_status is DefaultSensorStatus.RUNNING) == is_running
    for schedule in definitions.schedules:
        assert (schedule.default_status is DefaultScheduleStatus.RUNNING) == is_running


def test_refreshes_queue_one_at_a_time(tmp_path):
    refresh = build_defs(settings_in(tmp_path)).resolve_job_def("refresh")
    with DagsterInstance.get() as real_instance:
        limits = real_instance.get_concurrency_config().run_queue_config
        assert {"key": "plumbline/refresh", "limit": 1} in limits.tag_concurrency_limits
        assert real_instance.run_monitoring_enabled
    assert refresh.tags["plumbline/refresh"] == "yes"
    # What was killed begins once more, whole; what failed by itself does not.
    assert refresh.tags["dagster/retry_strategy"] == "ALL_STEPS"
    assert "retry_on_asset_or_op_failure: false" in DAGSTER_INSTANCE_YAML
    assert "purge_after_days" in DAGSTER_INSTANCE_YAML
