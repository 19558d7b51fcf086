import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser

import polars as pl
import pytest

from report.columns import REQUIRED_COLUMNS
from report.page import Page, ReportInputError, ReportInputs, build_page

Make = Callable[..., ReportInputs]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@dataclass
class Elements(HTMLParser):
    """Every start tag of a page with its attributes, and the text of the page."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def elements(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    return parser


@pytest.fixture(scope="module")
def page(make_inputs: Make) -> Page:
    return build_page(make_inputs())


def test_page_asks_nothing_of_the_network(page: Page) -> None:
    parsed = elements(page.html)
    assert not {tag for tag, _ in parsed.tags} & {"link", "img", "iframe", "object"}
    scripts = [attributes for tag, attributes in parsed.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "what-if-data"}, {}]
    for tag, attributes in parsed.tags:
        for name in ("src", "href", "xlink:href", "action", "data"):
            target = attributes.get(name) or "#"
            is_link = tag == "a" and target.startswith(
                ("https://www.sec.gov/", "https://paper.example/")
            )
            assert target.startswith("#") or is_link, (tag, target)
    assert "url(" not in page.html
    assert "@import" not in page.html
    policy = dict(parsed.tags).get("meta")
    assert policy is not None
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page.html


def test_every_source_link_leads_to_a_row_of_the_list(page: Page) -> None:
    parsed = elements(page.html)
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes.get("href") or "" for tag, attributes in parsed.tags if tag == "a"}
    inner = {link[1:] for link in links if link.startswith("#")}
    assert inner
    assert inner <= set(ids)


def test_every_tile_and_chart_has_sources(page: Page) -> None:
    tiles = re.findall(r'<dd class="detail">.*?</dd>', page.html)
    captions = re.findall(r"<figcaption>.*?</figcaption>", page.html)
    assert len(tiles) == 8
    assert len(captions) == len(page.pictures) == 19
    for block in [*tiles, *captions]:
        assert 'href="#source-' in block
        assert 'title="0000000001-2' in block


def test_every_row_of_filed_figures_has_sources(page: Page) -> None:
    for section in ("cloud", "capex", "backlog"):
        body = re.search(rf'<section id="{section}".*?</section>', page.html, re.S)
        assert body is not None
        rows = re.findall(r"<tr>.*?</tr>", body.group(), re.S)[1:]
        assert len(rows) == 4
        assert all('href="#source-' in row for row in rows)


def test_sources_list_form_date_and_edgar_address(page: Page) -> None:
    body = page.html[page.html.index('<section id="sources"') :]
    assert 'href="https://www.sec.gov/Archives/edgar/data/1/0000000001-26-000002-index.htm"' in body
    assert "10-Q" in body
    assert "30 April 2026" in body
    assert body.index("0000000001-26-000002") < body.index("0000000001-25-000001")


def test_charts_have_text_alternatives(page: Page) -> None:
    for name, svg in page.pictures.items():
        label = re.match(r'<svg role="img" aria-label="([^"]+)"', svg)
        assert label, name
        assert any(digit in label.group(1) for digit in "0123456789"), name
        assert svg in page.html


@pytest.mark.usefixtures("without_drawing")
def test_hostile_text_comes_out_escaped(make_inputs: Make) -> None:
    inputs = make_inputs()
    page = build_page(
        make_inputs(
            articles=inputs.articles.with_columns(
                title=pl.lit(HOSTILE),
                outlet=pl.lit(HOSTILE),
                how_dated=pl.lit(HOSTILE),
                address=pl.lit("javascript:alert(4)"),
                body=pl.lit(HOSTILE),
            ),
            claim_checks=inputs.claim_checks.head(1).with_columns(
                *(
                    pl.lit(HOSTILE).alias(name)
                    for name in ("span_text", "claim_metric", "reason", "formula", "verdict")
                ),
                char_start=pl.lit(0),
                char_end=pl.lit(len(HOSTILE)),
            ),
            outlet_record=inputs.outlet_record.with_columns(outlet=pl.lit(HOSTILE)),
            filings=inputs.filings.with_columns(
                form=pl.lit(HOSTILE), edgar_address=pl.lit("javascript:alert(3)")
            ),
            valuation_inputs=inputs.valuation_inputs.with_columns(missing_reason=pl.lit(HOSTILE)),
            company=inputs.company.model_copy(update={"name": HOSTILE}),
            run_id=HOSTILE,
        )
    )
    parsed = elements(page.html)
    assert "img" not in {tag for tag, _ in parsed.tags}
    assert [tag for tag, _ in parsed.tags].count("script") == 2
    assert not [name for _, attributes in parsed.tags for name in attributes if name[:2] == "on"]
    assert "javascript:" not in page.html
    assert HOSTILE in "".join(parsed.text)


def test_unknown_figures_are_not_stated_and_say_why(page: Page) -> None:
    assert re.search(
        r'<td class="n missing " title="not on hand: realised next 12m revenue usd">not stated',
        page.html,
    )
    assert "income tax is not known" in page.html
    assert "Inputs not stated: ttm income tax (no filing states it)." in page.html


def test_older_balance_sheet_is_dated(page: Page) -> None:
    assert "Bridge (balance sheet of 31 December 2025)" in page.html
    assert "income and cash flow run to 31 March 2026" in page.html


def section(html: str, anchor: str) -> str:
    body = re.search(rf'<section id="{anchor}".*?</section>', html, re.S)
    assert body is not None
    return body.group()


def test_the_story_stands_with_its_claims_legend_and_outlet(page: Page) -> None:
    text = "".join(elements(section(page.html, "articles")).text)
    for words in (
        "The case for three trillion",
        "The backlog is $244 billion",
        "out of date",
        "filed $364,000m (2026Q1)",
        "How the outlets fared",
        "16.5",
    ):
        assert words in text


def many(inputs: ReportInputs, count: int, **given: object) -> dict[str, pl.DataFrame]:
    """The story and so many followed articles with its text, one a day, newest last."""
    followed = [
        inputs.articles.with_columns(
            article_id=pl.lit(f"followed-{day}"),
            title=pl.lit(f"Followed {day}"),
            source=pl.lit("followed"),
            published_at=pl.lit(date(2026, 6, 1) + timedelta(days=day)),
            **{name: pl.lit(value) for name, value in given.items()},
        )
        for day in range(count)
    ]
    claims = [
        inputs.claim_checks.with_columns(article_id=pl.lit(f"followed-{day}"))
        for day in range(count)
    ]
    return {
        "articles": pl.concat([*followed, inputs.articles]),
        "claim_checks": pl.concat([*claims, inputs.claim_checks]),
    }


@pytest.mark.usefixtures("without_drawing")
def test_articles_fold_and_the_story_stands_first(make_inputs: Make) -> None:
    page = build_page(make_inputs(**many(make_inputs(), 2)))
    body = section(page.html, "articles")
    assert body.count('<details class="article"') == 3
    assert body.count(" open>") == 1
    titles = re.findall(r"<summary><bdi>(.*?)</bdi>", body)
    assert titles == ["The case for three trillion", "Followed 1", "Followed 0"]


@pytest.mark.usefixtures("without_drawing")
def test_followed_articles_leave_the_verdict_on_the_story_alone(make_inputs: Make) -> None:
    alone = build_page(make_inputs())
    among = build_page(make_inputs(**many(make_inputs(), 3)))
    assert among.key_figures == alone.key_figures


@pytest.mark.usefixtures("without_drawing")
@pytest.mark.parametrize("column", ["duplicate_of", "is_latest_version"])
def test_copies_and_older_versions_are_not_shown(make_inputs: Make, column: str) -> None:
    value = "story" if column == "duplicate_of" else False
    page = build_page(make_inputs(**many(make_inputs(), 1, **{column: value})))
    assert "Followed 0" not in page.html


@pytest.mark.usefixtures("without_drawing")
def test_what_a_page_does_not_bear_is_counted_and_found_elsewhere(make_inputs: Make) -> None:
    page = build_page(make_inputs(**many(make_inputs(), 22)))
    text = "".join(elements(section(page.html, "articles")).text)
    assert "20 of 23 articles are shown" in text
    assert "The other 3, with 9 claims, are in the warehouse" in text
    assert "plumbline check ARTICLE --html FILE" in text


@pytest.mark.usefixtures("without_drawing")
def test_megabytes_are_told_and_not_drawn(make_inputs: Make) -> None:
    inputs = make_inputs()
    frames = many(inputs, 1, body="x" * 5_000_000)
    page = build_page(make_inputs(**{**frames, "claim_checks": inputs.claim_checks}))
    assert len(page.html) < 1_000_000
    assert "1 of 2 articles are shown" in page.html
    assert "Followed 0" not in page.html


def test_assumptions_show_value_basis_and_rationale(page: Page) -> None:
    assert "judgement: Why wacc is so (base)." in page.html
    assert "Bear: judgement: Why wacc is so (bear)." in page.html


def test_weaker_evidence_is_labelled(page: Page) -> None:
    assert '<span class="evidence">secondary</span>' in page.html
    assert '<span class="evidence">xbrl</span>' not in page.html


@pytest.mark.usefixtures("without_drawing")
def test_scenarios_out_of_order_are_called_out(make_inputs: Make) -> None:
    crooked = make_inputs().scenarios.with_columns(
        value_per_share_usd=pl.Series([500.0, 200.0, 100.0])
    )
    assert "do not stand in the order" in build_page(make_inputs(scenarios=crooked)).html


@pytest.mark.usefixtures("without_drawing")
def test_other_companies_are_left_out(make_inputs: Make) -> None:
    inputs = make_inputs()
    other = inputs.scenarios.with_columns(ticker=pl.lit("OTHER"), equity_value_usd=pl.lit(9.87e12))
    both = build_page(make_inputs(scenarios=pl.concat([other, inputs.scenarios])))
    assert "$9.87T" not in both.html


@pytest.mark.usefixtures("without_drawing")
@pytest.mark.parametrize("name", REQUIRED_COLUMNS)
def test_page_stands_without_any_one_frame(make_inputs: Make, name: str) -> None:
    empty = getattr(make_inputs(), name).clear()
    page = build_page(make_inputs(**{name: empty}))
    assert page.html.count("<section ") == 18
    assert "None" not in "".join(elements(page.html).text)


@pytest.mark.usefixtures("without_drawing")
def test_empty_warehouse_gives_a_page_that_says_so(make_inputs: Make) -> None:
    inputs = make_inputs()
    empty = {name: getattr(inputs, name).clear() for name in REQUIRED_COLUMNS}
    page = build_page(make_inputs(**empty, declared_scenarios=()))
    for words in (
        "cannot be decided",
        "No scenario was valued.",
        "No figures of Acme Cloud are on hand.",
        "No backlog is on hand.",
        "No assumptions are declared.",
        "No filing is cited.",
    ):
        assert words in page.html
    assert page.pictures == {}
    assert page.key_figures["market_cap_usd"] == "not stated"


@pytest.mark.parametrize("name", REQUIRED_COLUMNS)
def test_missing_column_is_named(make_inputs: Make, name: str) -> None:
    column = REQUIRED_COLUMNS[name][-1]
    frame = getattr(make_inputs(), name).drop(column)
    with pytest.raises(ReportInputError, match=rf"{name}: missing columns {column}"):
        make_inputs(**{name: frame})


def test_what_is_no_frame_is_named(make_inputs: Make) -> None:
    with pytest.raises(ReportInputError, match="multiples: a polars frame is needed, got NoneType"):
        make_inputs(multiples=None)


@pytest.mark.usefixtures("without_drawing")
def test_decimals_of_the_warehouse_are_read(make_inputs: Make) -> None:
    decimals = make_inputs().backlog_coverage.cast({"backlog_usd": pl.Decimal(38, 9)})
    page = build_page(make_inputs(backlog_coverage=decimals))
    assert page.key_figures["backlog_usd"] == 496e9


def test_key_figures_are_those_of_the_page(page: Page) -> None:
    assert page.key_figures["stance"] == "possible"
    assert str(page.key_figures["verdict"]).startswith("The $3.0T story")
    assert page.key_figures["base_equity_value_usd"] == 2.15e12
    assert page.key_figures["ttm_free_cash_flow_usd"] == -7.6e9
    assert page.key_figures["newest_fiscal_quarter"] == "2026Q1"


def test_same_inputs_give_the_same_page(page: Page, make_inputs: Make) -> None:
    assert build_page(make_inputs()) == page
