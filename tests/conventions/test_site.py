"""The documentation as a site: it builds strictly, is whole, and loads nothing from anywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MKDOCS = Path(sys.executable).with_name("mkdocs")
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOWN = ("index", "tutorial", "reference/commands", "reference/errors", "architecture", "limits")
# Named in comments of the theme's scripts, and in one test of an address.
IN_COMMENTS = {"https://", "https://clipboardjs.com/", "http://lunrjs.com"}
IN_COMMENTS |= {"http://tartarus.org/", "https://bit.ly/2s3ChXG"}


def build(source: Path, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MKDOCS, "build", "--strict", "--site-dir", directory],
        cwd=source,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    directory = tmp_path_factory.mktemp("site")
    built = build(ROOT, directory)
    assert built.returncode == 0, built.stderr
    return directory


class Loads(HTMLParser):
    """The addresses a page loads by itself: links to click are none of them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        wanted = {"link": "href", "a": None, "use": "href", "object": "data"}.get(tag, "src")
        for name in filter(None, (wanted, "srcset", "poster")):
            if given.get(name) and not (
                tag == "link" and given.get("rel") in ("canonical", "next")
            ):
                self.found.append(given[name])


def test_pages_load_nothing_from_another_host(site):
    for page in site.rglob("*.html"):
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert loads.found
        assert [each for each in loads.found if re.match(r"(https?:)?//", each)] == [], page


def test_styles_load_nothing_from_another_host(site):
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*['\"]?\s*(https?:)?//", text), style


def test_scripts_name_no_other_host(site):
    for script in site.rglob("*.js"):
        if script.parent.name == "search":
            continue
        found = re.findall(r"https?://[\w./-]*", script.read_text(encoding="utf-8"))
        assert set(found) <= IN_COMMENTS, script


def test_every_document_is_a_page_of_the_site_and_can_be_searched(site):
    written = {
        path.relative_to(ROOT / "docs").with_suffix("")
        for kind in ("*.md", "*.sql")
        for path in (ROOT / "docs").rglob(kind)
    }
    pages = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")}
    assert {each.with_name("index") if each.name == "README" else each for each in written} <= pages
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].partition("#")[0].removesuffix(".html") for entry in index["docs"]}
    assert {str(page) for page in pages} - {"404"} == {each or "index" for each in found}


def test_no_page_stands_twice_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = re.findall(r"^ .*?([\w/-]+\.md)$", navigation, flags=re.MULTILINE)
    assert len(named) > 20
    assert [name for name in named if named.count(name) > 1] == []


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path):
    for name in ("docs", "benchmarks", "ingest"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.py[co]"))
    for path in ("mkdocs.yml", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"):
        shutil.copy(ROOT / path, tmp_path)
    page = tmp_path / "docs" / "limits.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[gone](no-such-page.md)\n")
    built = build(tmp_path, tmp_path / "site")
    assert built.returncode != 0
    assert "no-such-page.md" in built.stdout + built.stderr


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_and_ask_for_nothing(site, browser, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    for name in SHOWN:
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.locator("h1").first.is_visible()
        scheme_shown = page.locator("body").get_attribute("data-md-color-scheme")
        assert scheme_shown == {"light": "default", "dark": "slate"}[scheme]
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "about:"))] == []
    page.close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed on this machine")
def test_search_works_from_the_file_system(site, browser):
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.locator("input.md-search__input").press_sequentially("vintage")
    page.wait_for_selector(".md-search-result__item", timeout=10_000)
    assert "vintage" in page.locator(".md-search-result__list").inner_text().lower()
    page.close()
