"""The Dagster UI as a person uses it, in headless Chromium, over data directories of its own.

The tests of a class follow one another on one server: each looks at what the one before did. With
PLUMBLINE_WRITE_SCREENSHOTS set they also draw the pictures of the documents (`make screenshots`).
"""

import hashlib
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.freshness import PUBLICATION_CHECK, REPORTS_CHECK
from tests.conftest import copy_snapshot
from tests.integration.test_refresh import repeat_a_row
from tests.support.dagster_ui import CHROMIUM, LARGE, SMALL, DagsterUi, open_browser, ui_server
from tests.support.processes import wait_until
from tests.support.snapshot_edgar import write_snapshot_edgar

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed on this machine"),
]

GROUPS = (
    "landing", "raw", "staging", "intermediate", "marts", "quality", "valuation", "report",
    "publication",
)  # fmt: skip
AUTOMATIONS = (
    "daily_freshness", "daily_reconciliation", "daily_tidying", "earnings_window", "new_filings",
    "tell_failed_runs",
)  # fmt: skip
# One of each kind that is built in its own way.
DESCRIBED = {
    "landed/filings": "Documents of followed filings",
    "raw/facts": "Facts as filed, with their evidence.",
    "staging/stg_edgar__facts": "One row per",
    "marts/fct_metrics": "One row per",
    "valuation/scenarios": "What each scenario says a company is worth.",
    "report/page": "One self-contained HTML page",
    "publication/warehouse": "The published warehouse and report",
}
COLOUR = "each => getComputedStyle(each).color"
# Warnings of the UI itself, which come on every page.
WHATEVER_IS_NOT_OURS = re.compile("go.apollo.dev|has been deprecated")


def digests(data_dir: Path) -> list[str]:
    return [
        hashlib.sha256((data_dir / name).read_bytes()).hexdigest()
        for name in ("warehouse.duckdb", "report.html")
    ]


def complaints_of(ui: DagsterUi) -> list[str]:
    return [text for text in ui.complaints if not WHATEVER_IS_NOT_OURS.search(text)]


def value_of(ui: DagsterUi, key: str) -> str:
    """The value beside a key in the table of metadata."""
    row = ui.page.locator("tr").filter(has=ui.page.get_by_text(key, exact=True)).first
    return str(row.locator("td").last.inner_text())


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="class")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("ui")


@pytest.fixture(scope="class")
def snapshot(place):
    return copy_snapshot(place / "snapshot")


@pytest.fixture(scope="class")
def over_snapshot(browser, place, snapshot):
    with ui_server(
        place / "data", place / "ui.log", PLUMBLINE_SNAPSHOT_DIR=str(snapshot)
    ) as address:
        ui = DagsterUi(browser, address)
        ui.begin()
        yield ui
        ui.page.close()


@pytest.fixture(scope="class")
def over_archive(browser, place):
    edgar = write_snapshot_edgar(place / "edgar")
    edgar.publish_until(datetime.now(UTC))
    source = f"archive:{edgar.directory}"
    with ui_server(place / "data", place / "ui.log", PLUMBLINE_SOURCE=source) as address:
        ui = DagsterUi(browser, address)
        ui.begin()
        yield ui
        ui.page.close()


class TestOverTheSnapshot:
    """What is published by a click, and what is not."""

    def test_the_graph_has_every_group(self, over_snapshot):
        ui = over_snapshot
        ui.page.set_viewport_size(LARGE)
        ui.go_to("Lineage")
        assert ui.shows(*GROUPS), ui.read()
        ui.keep_picture("graph", {"x": 560, "y": 420, "width": 1030, "height": 200})
        ui.page.set_viewport_size(SMALL)

    @pytest.mark.parametrize("asset", DESCRIBED)
    def test_an_asset_says_what_it_is(self, over_snapshot, asset):
        over_snapshot.open(f"/assets/{asset}")
        assert over_snapshot.shows("Description", DESCRIBED[asset]), over_snapshot.read()
        assert "Raw SQL" not in over_snapshot.read()

    def test_a_refresh_started_by_a_click_publishes(self, over_snapshot, place):
        ui = over_snapshot
        ui.go_to("Jobs", "refresh")
        assert ui.shows("Load the source, judge it, build the marts")
        clicked_at = time.monotonic()
        ui.press("Materialize all")
        ui.view()
        is_published = wait_until((place / "data" / "warehouse.duckdb").exists, 400)
        seconds = time.monotonic() - clicked_at
        assert ui.outcome() == "Success", ui.read()
        assert is_published
        print(f"\nfrom the click to the published warehouse: {seconds:.0f} s")  # noqa: T201
        ui.page.reload()
        assert ui.shows("Executing (0)"), ui.read()
        ui.keep_picture("run")

    def test_the_terminal_is_quiet_about_it(self, over_snapshot, place):
        printed = (place / "ui.log").read_text()
        assert "Warning" not in printed
        assert "STEP_OUTPUT" not in printed

    def test_the_charts_of_the_report_are_seen(self, over_snapshot):
        ui = over_snapshot
        ui.open("/assets/report/page")
        ui.page.get_by_text("[Show Markdown]").first.click()
        charts = ui.page.locator("img[src^='data:image/svg']")
        charts.first.wait_for()
        widths = charts.evaluate_all("each => each.map(image => image.naturalWidth)")
        assert len(widths) >= 10
        assert min(widths) > 0
        assert all(charts.evaluate_all("each => each.map(image => image.alt.length > 20)"))
        charts.first.scroll_into_view_if_needed()
        ui.page.mouse.move(640, 400)
        ui.page.mouse.wheel(0, -100_000)
        ui.keep_picture("charts")
        ui.press("Close")

    def test_the_publication_says_its_version_cost_and_age(self, over_snapshot):
        ui = over_snapshot
        ui.page.set_viewport_size(LARGE)
        ui.open("/assets/publication/warehouse")
        assert ui.shows("version", "published at", "filings as of"), ui.read()
        assert re.match(r"\d{8}T\d{6}Z-", value_of(ui, "version"))
        assert float(value_of(ui, "time of the steps before (s)")) > 1
        assert 50 < float(value_of(ui, "peak memory (MB)")) < 4_000
        assert float(value_of(ui, "requests (count)")) == 0
        assert re.match(r"\d{4}-\d\d-\d\d$", value_of(ui, "filings as of"))
        ui.keep_picture("publication", {"x": 250, "y": 455, "width": 920, "height": 490})
        ui.page.set_viewport_size(SMALL)

    def test_whether_it_is_recent_is_judged_by_a_click(self, over_snapshot):
        ui = over_snapshot
        ui.go_to("Jobs", "check_publication", "Launchpad")
        ui.press("Launch Run")
        assert ui.outcome() == "Success", ui.read()
        ui.open("/assets/publication/warehouse")
        ui.go_to("Checks")
        assert ui.shows(PUBLICATION_CHECK, REPORTS_CHECK, "Succeeded"), ui.read()
        assert "Not Evaluated" not in ui.read()

    def test_a_blocking_check_stops_a_run_and_says_why(self, over_snapshot, place, snapshot):
        ui = over_snapshot
        before = digests(place / "data")
        facts = snapshot / "facts.csv"
        lines = repeat_a_row(facts.read_text().splitlines())
        facts.write_text("\n".join(lines) + "\n")
        ui.go_to("Jobs", "refresh")
        ui.press("Materialize all")
        ui.view()
        assert ui.outcome() == "Failure", ui.read()
        assert digests(place / "data") == before
        ui.open("/assets/raw/facts")
        ui.go_to("Checks")
        assert ui.shows("facts_hold_every_guard", "facts_are_unique"), ui.read()
        failed = ui.page.get_by_text("Failed", exact=True).last
        red, green, blue = map(int, re.findall(r"\d+", failed.evaluate(COLOUR))[:3])
        assert red > 1.5 * max(green, blue)
        ui.keep_picture("failed-check")

    def test_nothing_was_asked_of_another_place(self, over_snapshot):
        assert over_snapshot.foreign == []
        assert complaints_of(over_snapshot) == []


class TestOverAnArchive:
    """What starts by itself, and what is landed ahead."""

    def test_what_is_automatic_is_on_and_says_what_it_does(self, over_archive):
        ui = over_archive
        ui.go_to("Automation")
        assert ui.shows(*AUTOMATIONS), ui.read()
        assert ui.shows(" ago")
        ui.keep_picture("automation", {"x": 0, "y": 0, "width": 1280, "height": 560})
        for name in AUTOMATIONS:
            ui.go_to("Automation")
            ui.page.get_by_text(name, exact=True).first.click()
            assert ui.shows("Description", "Latest tick", "Running"), ui.read()

    def test_a_backfill_started_by_clicks_lands_a_company(self, over_archive, place):
        ui = over_archive
        ui.go_to("Jobs", "land_filings")
        ui.press("Materialize…")
        ui.choose_parts(["AMZN"], ["2024", "2025"])
        assert ui.shows("2 partitions")
        ui.keep_picture("backfill", {"x": 270, "y": 70, "width": 740, "height": 580})
        ui.press("Launch backfill")
        ui.view()
        assert ui.shows("100% completed", seconds=400), ui.read()
        ui.open("/assets/landed/filings")
        ui.go_to("Partitions")
        assert ui.shows("AMZN", "2024"), ui.read()
        ui.keep_picture("partitions")
        assert list((place / "data" / "landing").iterdir())

    def test_a_tick_that_asks_for_nothing_says_why(self, over_archive):
        ui = over_archive
        ui.go_to("Automation", "new_filings")
        assert ui.shows("1 run requested"), ui.read()
        assert ui.shows("0 runs requested", seconds=200), ui.read()
        ui.keep_picture("ticks")
        ui.press("0 runs requested")
        assert ui.shows("Skip reason:"), ui.read()
        why = ui.page.locator("[role=dialog]").inner_text().split("Skip reason:")[1]
        assert "a refresh is waiting or at work" in why or "nothing new" in why
        ui.keep_picture("tick", {"x": 120, "y": 40, "width": 1030, "height": 200})
        ui.press("Close")

    def test_what_the_sensor_asked_for_is_published(self, over_archive):
        ui = over_archive
        ui.go_to("Runs")
        ui.open("/jobs")
        ui.go_to("refresh", "Runs")
        assert ui.shows("Success", seconds=400), ui.read()

    def test_nothing_was_asked_of_another_place(self, over_archive):
        assert over_archive.foreign == []
        assert complaints_of(over_archive) == []
