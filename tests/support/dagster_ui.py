"""The Dagster UI in headless Chromium, used as a person uses it: what is read, what is clicked.

    with ui_server(environment, log) as address, open_browser() as browser:
        ui = DagsterUi(browser, address)
        ui.begin()
        ui.go_to("Jobs", "refresh")
        ui.press("Materialize all")
        ui.view()
        assert ui.outcome() == "Success"

What every page asked for and complained of is kept.
"""

import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.support.processes import free_port, running, wait_until

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "docs" / "assets" / "ui"
WRITE_SCREENSHOTS = "PLUMBLINE_WRITE_SCREENSHOTS"
SMALL, LARGE = {"width": 1280, "height": 800}, {"width": 1600, "height": 1000}
COLOURS = 128
SECONDS_TO_START = 240
SECONDS_TO_SHOW = 60
SECONDS_TO_RUN = 400
ENDED = re.compile("^(Success|Failure|Canceled)$")
OWN = {"127.0.0.1", None}


# The server


@contextmanager
def ui_server(data_dir: Path, log: Path, **variables: str) -> Iterator[str]:
    """The address of `plumbline ui` over a data directory while the block runs.

    AssertionError if a process of it is alive after it was told to end; that is ended then.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PLUMBLINE_", "DAGSTER"))}
    environment = {**inherited, "PLUMBLINE_DATA_DIR": str(data_dir), **variables}
    port = free_port()
    command = [str(Path(sys.executable).with_name("plumbline")), "ui", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    try:
        with running(command, environment, ROOT, log):
            assert wait_until(lambda: _answers(address), SECONDS_TO_START), log.read_text()
            yield address
    finally:
        has_ended = wait_until(lambda: not processes_over(data_dir), 60)
        for process in processes_over(data_dir):
            os.kill(process, signal.SIGKILL)
    assert has_ended, "the UI left processes behind"


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/server_info", timeout=5):
            return True
    except (URLError, OSError):
        return False


def processes_over(data_dir: Path) -> list[int]:
    """Processes that were started for a data directory, in whatever group they are."""
    mark = f"PLUMBLINE_DATA_DIR={data_dir}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


# The browser


@contextmanager
def open_browser() -> Iterator[Any]:
    """Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class DagsterUi:
    """One tab of a browser with the UI in it."""

    def __init__(self, browser: Any, address: str) -> None:
        self.page = browser.new_page(viewport=SMALL, timezone_id="America/New_York")
        self.page.set_default_timeout(SECONDS_TO_SHOW * 1000)
        self.address = address
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._keep_complaint)

    def _keep_complaint(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    @property
    def foreign(self) -> list[str]:
        """What was asked of another place than this machine."""
        return [url for url in self.asked if urlsplit(url).hostname not in OWN]

    def open(self, path: str) -> None:
        """A page by its address."""
        self.page.goto(self.address + path)

    def begin(self) -> None:
        """Open the UI for the first time: a greeting covers it a few seconds after, and goes."""
        self.open("/")
        self.press("Skip")

    def go_to(self, *names: str) -> None:
        """Follow links one after another, by what they say."""
        for name in names:
            says = re.compile(f"^\\s*{re.escape(name)}\\s*$")
            self.page.locator("a:visible").filter(has_text=says).first.click()

    def press(self, name: str) -> None:
        """Press the button that says so."""
        says = re.compile(f"^\\s*{re.escape(name)}\\s*$")
        self.page.locator("button:visible").filter(has_text=says).first.click()

    def read(self) -> str:
        """All that can be read."""
        return str(self.page.inner_text("body"))

    def shows(self, *texts: str, seconds: float = SECONDS_TO_SHOW) -> bool:
        """Whether all the texts come to be read in time."""
        return wait_until(lambda: all(text in self.read() for text in texts), seconds)

    def view(self) -> None:
        """Follow the notice of what was just started, which is there for some seconds."""
        notice = self.page.get_by_text("View", exact=True).first
        notice.click()
        # It stays for as long as it is pointed at.
        self.page.mouse.move(640, 400)
        notice.wait_for(state="hidden")

    def outcome(self) -> str:
        """What the run that is on the screen ended as."""
        ended = self.page.get_by_text(ENDED).first
        ended.wait_for(timeout=SECONDS_TO_RUN * 1000)
        return str(ended.inner_text())

    def choose_parts(self, *choices: Sequence[str]) -> None:
        """In the dialog of a backfill, choose parts of each dimension in its order."""
        for parts in choices:
            self.page.get_by_text("Select a partition or create one").first.click()
            self.page.get_by_placeholder("Filter partitions").wait_for()
            for part in parts:
                self.page.locator("label:visible").filter(has_text=part).last.click()
            self.page.get_by_text("Launch runs to materialize").first.click()
            self.page.get_by_placeholder("Filter partitions").wait_for(state="hidden")

    def keep_picture(self, name: str, clip: Mapping[str, int] | None = None) -> None:
        """Keep what is on the screen for the documents, where that is asked for."""
        if os.environ.get(WRITE_SCREENSHOTS):
            # What moves has come to rest by then.
            self.page.wait_for_timeout(1500)
            path = SCREENSHOTS / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=path, **({"clip": clip} if clip else {}))
            _quantise(path)


def _quantise(path: Path) -> None:
    """Few colours: texts and lines need no more, and are small so."""
    from PIL import Image

    with Image.open(path) as image:
        # The rare colours count: red is on few points of a screen, and tells the most.
        few = image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    few.save(path, optimize=True)
