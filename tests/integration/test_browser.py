"""The report as a person opens it, in headless Chromium."""

import shutil

import pytest
from typer.testing import CliRunner

from orchestration.cli import app

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed on this machine"),
]

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [400, 1280])
def test_the_report_loads_nothing_and_fits(browser, refreshed, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(refreshed.settings.report_path.as_uri())
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg").count() >= 5
    assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_marks_of_an_article_are_seen_and_lead_to_their_rows(browser, refreshed, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(refreshed.settings.report_path.as_uri())
    marks = page.locator("#articles mark")
    assert marks.count() >= 8
    for mark in marks.all():
        assert mark.is_visible()
        link = mark.locator("a")
        row = page.locator(link.get_attribute("href"))
        link.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == link.get_attribute("href")
        assert row.is_visible()
        assert page.locator(row.locator("th a").get_attribute("href")).count() == 1
    ground = {
        mark.evaluate("each => getComputedStyle(each).backgroundColor") for mark in marks.all()
    }
    assert len(ground) >= 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_closed_articles_open_where_a_link_leads_and_print_in_full(browser, refreshed, tmp_path):
    html = refreshed.settings.report_path.read_text(encoding="utf-8")
    folded = html.replace('<article class="article" id="article-1">', '<details class="article">')
    page = browser.new_page()
    page.set_content(folded.replace("</article>", "</details>"))
    assert not page.locator("#article-1-claim-1").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#article-1-claim-1").is_visible()


HOSTILE = """---
title: "Amazon'); drop table raw.claims;-- <script>alert(1)</script>"
outlet: '"><img src=x onerror=alert(2)>'
address: "javascript:alert(3)"
published_at: 2026-08-10
---
<script>alert(4)</script> Amazon's AWS revenue grew 36.8% in the second quarter of 2026.
AWS revenue grew 2\u200b0% in the second quarter of 2026.
\u202eAmazon backlog stood at $496 billion.
"""


def test_a_hostile_article_is_checked_into_a_page_that_runs_nothing(
    browser, refreshed, tmp_path, monkeypatch
):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(refreshed.settings.data_dir))
    article, target = tmp_path / "hostile.md", tmp_path / "hostile.html"
    article.write_text(HOSTILE, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(article), "--html", str(target)])
    assert result.exit_code == 0, result.output
    page = browser.new_page(viewport={"width": 400, "height": 900})
    complaints, dialogs = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(target.as_uri())
    assert (complaints, dialogs) == ([], [])
    assert page.locator("script, img, a[href^=javascript]").count() == 0
    assert page.get_by_role("heading", level=2).first.inner_text().endswith("</script>")
    assert [text.split("%")[0] for text in page.locator("mark").all_inner_texts()[:2]] == [
        "36.8", "20",
    ]  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("target", ["missing/page.html", "."])
def test_a_page_that_cannot_be_written_is_named(refreshed, tmp_path, monkeypatch, target):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(refreshed.settings.data_dir))
    article = tmp_path / "hostile.md"
    article.write_text(HOSTILE, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(article), "--html", str(tmp_path / target)])
    assert result.exit_code == 1
    assert f"{tmp_path / target} cannot be written" in result.output
