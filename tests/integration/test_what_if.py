"""The sliders in headless Chromium: what they show is what the model says."""

import json
import re
import shutil

import numpy as np
import pytest

from orchestration.build import connect
from orchestration.valuation_store import read_today
from registry.assumptions import DRIVERS, load_scenarios
from report import formats
from report.what_if import STEPS
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


@pytest.fixture(scope="module")
def html(refreshed):
    return refreshed.settings.report_path.read_text(encoding="utf-8")


@pytest.fixture
def page(browser, refreshed):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.context.set_offline(True)
    page.goto(refreshed.settings.report_path.as_uri())
    yield page
    assert complaints == []
    assert requests == [refreshed.settings.report_path.as_uri()]
    page.close()


def equity(page):
    return float(page.locator("#what-if-panel").get_attribute("data-equity")) * 1e9


def data_of(html):
    (data,) = re.findall(r'id="what-if-data">(.*?)</script>', html)
    return json.loads(data)


def move(page, positions):
    """Set sliders, each by driver."""
    page.evaluate(
        """positions => Object.entries(positions).forEach(([driver, position]) => {
            const slider = document.getElementById("slider-" + driver);
            slider.value = position;
            slider.dispatchEvent(new Event("input"));
        })""",
        positions,
    )


def value_at(axis, at):
    """What a position stands for: an even part of the range, or the base exactly."""
    first, last = axis["points"][0], axis["points"][-1]
    even = first + (last - first) * at / STEPS
    return axis["base"] if at == axis["basePosition"] else even


def test_it_starts_at_the_base_value_and_comes_back_to_it(page, stored):
    _, model = stored
    at_base, words = equity(page), page.locator("#what-if-panel").inner_text()
    assert at_base == pytest.approx(model({}), rel=1e-6)
    move(page, {"wacc": 0, "cloud_growth_now": STEPS})
    assert equity(page) > at_base
    page.locator("#what-if-reset").click()
    assert equity(page) == at_base
    assert page.locator("#what-if-panel").inner_text() == words


def test_what_it_starts_with_is_printed_above(page, warehouse):
    value, per_share, upside = warehouse.execute(
        "select equity_value_usd, value_per_share_usd, upside_ratio from valuation.scenarios"
        " where is_current and ticker = 'AMZN' and scenario = 'base'"
    ).fetchone()
    assert page.locator("#what-if-equity").inner_text() == formats.usd(value)
    assert page.locator("#what-if-share").inner_text() == formats.usd_price(per_share)
    last = page.locator("#what-if-panel dd").last.inner_text()
    assert last == f"{formats.percent(abs(upside))} {'above' if upside > 0 else 'below'}"


@pytest.mark.parametrize("key", ["Home", "ArrowLeft", "ArrowRight", "PageUp"])
def test_every_slider_moves_by_the_keyboard_and_moves_the_figures(page, stored, key):
    grid, _ = stored
    shown = page.locator("#what-if-panel")
    for driver in grid["drivers"]:
        before, words = equity(page), shown.inner_text()
        slider = page.locator(f"#slider-{driver}")
        slider.focus()
        page.keyboard.press(key)
        assert equity(page) != before
        assert shown.inner_text() != words
        assert (
            slider.get_attribute("aria-valuetext") == page.locator(f"#value-{driver}").inner_text()
        )


def test_every_slider_has_a_name_and_a_meaning(page, stored):
    grid, _ = stored
    for driver in grid["drivers"]:
        slider = page.locator(f"#slider-{driver}")
        name = page.locator(f"label[for=slider-{driver}]").inner_text()
        assert page.get_by_role("slider", name=name, exact=True).count() == 1
        assert slider.get_attribute("title") == DRIVERS[driver].meaning


def test_at_the_points_of_the_grid_it_shows_the_table(page, stored, html):
    """At every point of the grid that a slider can stand on: the corners, the base and others."""
    grid, _ = stored
    values = np.array(grid["equity_values_usd"]).reshape([len(each) for each in grid["points"]])
    on_points = [
        {
            index: at
            for index, point in enumerate(axis["points"])
            for at in range(STEPS + 1)
            if value_at(axis, at) == pytest.approx(point, rel=1e-12)
        }
        for axis in data_of(html)["axes"]
    ]
    assert sum(map(len, on_points)) > 2 * len(on_points)
    stream = np.random.default_rng(4)
    last = np.array(values.shape) - 1
    places = [tuple((last * ends).tolist()) for ends in np.ndindex(*[2] * values.ndim)]
    places += [tuple(int(stream.choice(list(each))) for each in on_points) for _ in range(100)]
    for place in places:
        positions = [each[index] for each, index in zip(on_points, place, strict=True)]
        move(page, dict(zip(grid["drivers"], positions, strict=True)))
        assert equity(page) == pytest.approx(values[place], rel=1e-6)


def test_between_the_points_it_is_the_model_within_the_error_printed(page, stored, html):
    grid, model = stored
    (printed,) = re.findall(r"within ([\d.]+)\u202f%", page.locator("#what-if").inner_text())
    stream, axes = np.random.default_rng(3), data_of(html)["axes"]
    for positions in stream.integers(0, STEPS + 1, (300, len(axes))).tolist():
        at = dict(zip(grid["drivers"], positions, strict=True))
        move(page, at)
        exact = model({axis["driver"]: value_at(axis, at[axis["driver"]]) for axis in axes})
        assert equity(page) == pytest.approx(exact, rel=float(printed) / 100)


@pytest.mark.parametrize("factor", [1, 0.1, 0.01, 0.0001, -0.01, -1])
def test_figures_are_written_as_elsewhere_on_the_page(browser, html, factor):
    """Of companies a tenth to a ten-thousandth as large, and of equity below nothing."""
    data = data_of(html)
    data["values"] = [value * factor for value in data["values"]]
    data["shares"] *= 0.1
    page = browser.new_page()
    page.set_content(re.sub(r'(id="what-if-data">).*?<', rf"\1{json.dumps(data)}<", html))
    for at in (0, 77, STEPS):
        move(page, {"wacc": at})
        value = equity(page)
        assert page.locator("#what-if-equity").inner_text() == formats.usd(value)
        per_share = formats.usd_price(value / (data["shares"] * 1e9))
        assert page.locator("#what-if-share").inner_text() == per_share
    page.close()


@pytest.mark.parametrize(("unit", "scale"), [("ratio", 1), ("years", 100), ("USD", 1e12)])
def test_drivers_are_written_in_their_unit(browser, html, unit, scale):
    data = data_of(html)
    axis = next(each for each in data["axes"] if each["driver"] == "wacc")
    axis |= {
        "unit": unit,
        "base": axis["base"] * scale,
        "points": [point * scale for point in axis["points"]],
    }
    page = browser.new_page()
    page.set_content(re.sub(r'(id="what-if-data">).*?<', rf"\1{json.dumps(data)}<", html))
    for at in (0, axis["basePosition"], STEPS):
        move(page, {"wacc": at})
        assert page.locator("#value-wacc").inner_text() == formats.in_unit(value_at(axis, at), unit)
    page.close()


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
    with_scripts = browser.new_page()
    with_scripts.goto(refreshed.settings.report_path.as_uri())
    others = "section:not(#what-if)"
    assert page.locator(others).count() > 10
    assert page.locator(others).all_inner_texts() == with_scripts.locator(others).all_inner_texts()
    with_scripts.close()
    context.close()


def test_in_print_the_values_stand_without_the_sliders(page):
    page.emulate_media(media="print")
    assert not page.locator("#slider-wacc").is_visible()
    assert page.locator("#value-wacc").is_visible()
    assert page.locator("#what-if-equity").is_visible()
