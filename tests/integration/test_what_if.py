"""The sliders in headless Chromium: what they show is what the model says."""

import shutil

import numpy as np
import pytest

from orchestration.build import connect
from orchestration.valuation_store import read_today
from registry.assumptions import load_scenarios
from tests.integration.test_browser import ARGUMENTS, CHROMIUM
from valuation.model import equity_value, varied
from valuation.scenarios import plain, position, resolve_drivers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("chromium") is None, reason="chromium is not installed on this machine"
    ),
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stored(refreshed):
    """The stored grid, and the model's own value at any drivers."""
    (base,) = [each for each in load_scenarios(ticker="AMZN") if each.name == "base"]
    with connect(refreshed.settings.warehouse_path, refreshed.settings, read_only=True) as opened:
        grid = opened.sql(
            "select * from valuation.what_if where is_current and ticker = 'AMZN'"
        ).pl()
        inputs = read_today(opened).of("AMZN")
    drivers = plain(resolve_drivers(inputs, base))
    held = position(inputs, base.cloud_segment)
    return grid.row(0, named=True), lambda changes: float(
        equity_value(held, varied(drivers, changes))
    )


@pytest.fixture
def page(browser, refreshed):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.context.set_offline(True)
    page.goto(refreshed.settings.report_path.as_uri())
    yield page
    assert complaints == []
    page.close()


def equity(page):
    return float(page.locator("#what-if-panel").get_attribute("data-equity")) * 1e9


def move(page, driver, position):
    page.locator(f"#slider-{driver}").evaluate(
        "(slider, position) => { slider.value = position;"
        " slider.dispatchEvent(new Event('input')); }",
        position,
    )


def test_it_starts_at_the_base_value_and_comes_back_to_it(page, stored):
    _, model = stored
    at_base = equity(page)
    assert at_base == pytest.approx(model({}), rel=1e-6)
    move(page, "wacc", 0)
    assert equity(page) > at_base
    page.locator("#what-if-reset").click()
    assert equity(page) == at_base


def test_every_slider_moves_by_the_keyboard_and_moves_the_figures(page, stored):
    grid, _ = stored
    shown = page.locator("#what-if-panel .result")
    for driver in grid["drivers"]:
        before, words = equity(page), shown.inner_text()
        slider = page.locator(f"#slider-{driver}")
        slider.focus()
        page.keyboard.press("Home")
        assert equity(page) != before
        assert shown.inner_text() != words
        assert (
            slider.get_attribute("aria-valuetext") == page.locator(f"#value-{driver}").inner_text()
        )


def test_at_the_corners_it_shows_the_table(page, stored):
    grid, _ = stored
    values = np.array(grid["equity_values_usd"]).reshape([len(each) for each in grid["points"]])
    for ends in np.ndindex(*[2] * len(grid["drivers"])):
        for driver, end in zip(grid["drivers"], ends, strict=True):
            move(page, driver, 200 * end)
        corner = values[tuple(-end for end in ends)]
        assert equity(page) == pytest.approx(corner, rel=1e-6)


def test_between_the_points_it_is_the_model_within_the_error_stated(page, stored):
    grid, model = stored
    stream = np.random.default_rng(3)
    for positions in stream.integers(0, 201, (60, len(grid["drivers"]))):
        changes = {}
        for driver, points, position_ in zip(
            grid["drivers"], grid["points"], positions.tolist(), strict=True
        ):
            move(page, driver, position_)
            changes[driver] = points[0] + (points[-1] - points[0]) * position_ / 200
        assert equity(page) == pytest.approx(model(changes), rel=grid["error_ratio"] * 1.05 + 1e-6)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits(browser, refreshed, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(refreshed.settings.report_path.as_uri())
    assert page.locator("#what-if-panel").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_without_scripts_the_page_says_so_and_is_whole(browser, refreshed):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(refreshed.settings.report_path.as_uri())
    assert not page.locator("#what-if-panel").is_visible()
    assert "sliders need a script" in page.locator("#what-if").inner_text()
    assert page.locator("#scenarios table").count() >= 1
    context.close()


def test_in_print_the_values_stand_without_the_sliders(page):
    page.emulate_media(media="print")
    assert not page.locator("#slider-wacc").is_visible()
    assert page.locator("#value-wacc").is_visible()
    assert page.locator("#what-if-equity").is_visible()
