"""From a new filing at EDGAR to a published value, with nobody at hand.

The looks are those of the sensor, the runs those it asks for, over an EDGAR on the loopback and a
directory that stands for it; only Dagster's daemon, which carries one to the other, is played here.
"""

import json
import logging
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import duckdb
import pytest
from dagster import (
    DagsterEventType,
    DagsterInstance,
    RunRequest,
    build_run_status_sensor_context,
    build_sensor_context,
)

from orchestration.definitions import build_defs
from orchestration.run_records import REFRESH
from orchestration.run_tags import NO_RETRIES, REFRESH_TAG, RETRIES_TAG
from orchestration.settings import EdgarAccess, Source, SourceKind
from tests.conftest import settings_in
from tests.support.edgar_feed import FEED_PATH, write_feed
from tests.support.edgar_server import EdgarServer, Fault
from tests.support.small_edgar import (
    ANNUAL,
    NEXT_QUARTER,
    OTHER_COMPANY,
    QUARTER,
    write_small_edgar,
)

pytestmark = pytest.mark.slow

EARLIER = (OTHER_COMPANY, QUARTER, ANNUAL)


@pytest.fixture
def edgar(tmp_path):
    small = write_small_edgar(tmp_path / "edgar")
    write_feed(small, EARLIER)
    return small


@pytest.fixture
def received():
    messages = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Not printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield messages, f"json://127.0.0.1:{server.server_address[1]}/s3cr3t"
    server.shutdown()
    server.server_close()


class Daemon:
    """What Dagster's daemon does: looks, and starts what a look asks for."""

    def __init__(self, settings):
        self.settings, self.cursor = settings, None
        self.definitions = build_defs(settings)
        self.instance = DagsterInstance.get()

    def look(self):
        sensor = self.definitions.get_sensor_def("new_filings")
        context = build_sensor_context(instance=self.instance, cursor=self.cursor)
        told = sensor.evaluate_tick(context)
        self.cursor = told.cursor
        return list(told.run_requests) or told.skip_message

    def start(self, request):
        return self.definitions.resolve_job_def(REFRESH).execute_in_process(
            instance=self.instance,
            tags={**request.tags, RETRIES_TAG: NO_RETRIES},
            raise_on_error=False,
        )

    def tell(self, run):
        """The look of the sensor that tells of failed runs, at a run that failed."""
        sensor = self.definitions.get_sensor_def("tell_failed_runs")
        (ended,) = [e for e in run.all_events if e.event_type == DagsterEventType.RUN_FAILURE]
        context = build_run_status_sensor_context(
            "tell_failed_runs", ended, self.instance, run.dagster_run
        ).for_run_failure()
        sensor(context)


def accession_numbers(settings):
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        rows = connection.execute("select accession_number from raw.filings").fetchall()
    return {number for (number,) in rows}


def test_a_new_filing_becomes_a_publication_and_is_told(edgar, tmp_path, received):
    messages, address = received
    source = Source(SourceKind.ARCHIVE, edgar.directory)
    settings = replace(settings_in(tmp_path / "data"), source=source, notify=(address,))
    daemon = Daemon(settings)

    (first,) = daemon.look()
    assert daemon.start(first).success
    assert messages == []
    assert "nothing new" in daemon.look()

    edgar.add(NEXT_QUARTER)
    write_feed(edgar, [NEXT_QUARTER, *EARLIER])
    (request,) = daemon.look()
    assert isinstance(request, RunRequest)
    assert "nothing new" in daemon.look()
    run = daemon.start(request)
    assert run.success
    assert run.dagster_run.tags[REFRESH_TAG] == "yes"
    assert NEXT_QUARTER.accession_number in accession_numbers(settings)
    assert "nothing new" in daemon.look()

    told = [message for message in messages if message["title"].startswith("published")]
    assert len(told) == 1
    assert NEXT_QUARTER.accession_number in told[0]["message"]
    # The address, which holds a secret, is nowhere in what Dagster keeps of the run.
    assert "s3cr3t" not in "".join(str(event) for event in daemon.instance.all_logs(run.run_id))


def test_a_refresh_that_fails_is_asked_for_once_and_told_once(edgar, tmp_path, received, caplog):
    caplog.set_level(logging.WARNING)
    messages, address = received
    with EdgarServer(edgar.directory) as server:
        access = EdgarAccess(
            "Jane Doe jane@example.com", 10.0, tmp_path / "turns.sqlite", server.url, server.url
        )
        settings = replace(settings_in(tmp_path / "data"), source=Source(SourceKind.EDGAR))
        daemon = Daemon(replace(settings, edgar=access, notify=(address,)))

        server.misbehave(FEED_PATH, Fault.status(503), times=1)
        assert "EDGAR could not be asked" in daemon.look()

        (request,) = daemon.look()
        server.misbehave(f"/{QUARTER.folder}/.*", Fault.status(403))
        run = daemon.start(request)
        assert not run.success
        assert not settings.warehouse_path.exists()
        daemon.tell(run)
        daemon.tell(run)
        assert [message["title"] for message in messages] == ["refresh failed"]
        for _ in range(5):
            assert isinstance(daemon.look(), str)
        daemon.cursor = None
        assert "asked for before" in daemon.look()
