"""An article with its claims in their places, as data and as the HTML of a page of its own."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.article import OUTCOMES, MisplacedClaimError, marked_article
from report.content import MarkedArticle
from report.inputs import ReportInputs
from report.page import build_article_page
from tests.unit.report.conftest import BODY, EDGAR, SECOND, claim, filings

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'); drop table raw.claims;--"
ARTICLE = {
    "article_id": "story",
    "title": "The case",
    "outlet": "The Paper",
    "address": "https://paper.example/story",
    "published_at": date(2026, 5, 14),
    "how_dated": "the address",
    "body": BODY,
}


class Story(HTMLParser):
    """The text of the article on a page, without the signs that stand for verdicts."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.marked = "", []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img", "br"):
            self._open.append(f"{tag}.{dict(attrs).get('class', '')}")
            if tag == "mark":
                self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if "div.story" in self._open and "span.sign" not in self._open:
            self.text += data
            if any(each.startswith("mark.") for each in self._open):
                self.marked[-1] += data


def claims_at(body: str, places: Sequence[tuple[int, int]], **given: Any) -> pl.DataFrame:
    template = claim("C1", "$244 billion", "backlog", "confirmed", filed_value=244e9, **given)
    rows = [
        {
            **template,
            "claim_id": f"C{number}",
            "char_start": start,
            "char_end": end,
            "span_text": body[start:end],
        }
        for number, (start, end) in enumerate(places, start=1)
    ]
    return pl.DataFrame(rows or [template], infer_schema_length=None).head(len(rows))


def page(body: str = BODY, claims: pl.DataFrame | None = None, **article: Any) -> str:
    judged = claims_at(body, []) if claims is None else claims
    return build_article_page({**ARTICLE, "body": body, **article}, judged, filings())


def one(verdict: str, **given: Any) -> MarkedArticle:
    row = claim("C1", "$244 billion", "backlog", verdict, **given)
    return marked_article(ARTICLE, pl.DataFrame([row], infer_schema_length=None), "a")


def story(html: str) -> Story:
    parser = Story()
    parser.feed(html)
    parser.close()
    return parser


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text, and places in it that do not overlap."""
    alphabet = st.one_of(
        st.sampled_from("<>&\"'\n {}%$1"), st.characters(exclude_categories=["Cs"])
    )
    body = draw(st.text(alphabet, min_size=1, max_size=120))
    cuts = sorted(draw(st.sets(st.integers(0, len(body)), max_size=12)))
    return body, list(zip(cuts[::2], cuts[1::2], strict=False))


@given(marked_texts())
def test_without_its_tags_the_article_is_its_text(
    marked: tuple[str, list[tuple[int, int]]],
) -> None:
    body, places = marked
    shown = story(page(body, claims_at(body, places)))
    assert shown.text == body
    assert shown.marked == [body[start:end] for start, end in places]


@given(marked_texts())
def test_paragraphs_and_gaps_are_the_whole_text(
    marked: tuple[str, list[tuple[int, int]]],
) -> None:
    body, places = marked
    article = marked_article({**ARTICLE, "body": body}, claims_at(body, places), "a")
    parts = ["".join(piece.text for piece in each.pieces) + each.gap for each in article.paragraphs]
    assert "".join(parts) == body


def test_claims_in_any_order_are_numbered_as_they_stand() -> None:
    claims = claims_at("1 and 2", [(6, 7), (0, 1)])
    assert [
        (each.number, each.text)
        for each in marked_article({**ARTICLE, "body": "1 and 2"}, claims, "a").claims
    ] == [(1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([(-1, 3)], "claim C1: characters -1-3 are not in its text of 9 characters"),
        ([(3, 10)], "claim C1: characters 3-10 are not in its text"),
        ([(4, 4)], "claim C1: characters 4-4 are not in its text"),
        ([(5, 3)], "claim C1: characters 5-3 are not in its text"),
        ([(0, 5), (4, 6)], "claim C2: characters 4-6 overlap the claim before, which ends at 5"),
        ([(0, 5), (0, 5)], "claim C2: characters 0-5 overlap"),
    ],
)
def test_misplaced_claims_are_named(places: list[tuple[int, int]], words: str) -> None:
    with pytest.raises(MisplacedClaimError, match=f"article story, {words}"):
        page("123456789", claims_at("123456789", places))


def test_a_claim_over_other_words_is_named() -> None:
    claims = claims_at("12 and 34", [(0, 2)])
    with pytest.raises(MisplacedClaimError, match="characters 0-2 are '99', the claim prints '12'"):
        page("99 and 34", claims)


def test_hostile_text_is_text() -> None:
    claims = claims_at(
        HOSTILE, [(0, len(HOSTILE))], reason=HOSTILE, formula=HOSTILE, evidence=HOSTILE
    ).with_columns(
        *(
            pl.lit(HOSTILE).alias(name)
            for name in (
                "claim_metric", "kind", "period_label", "attributed_to", "verdict", "verdict_now",
                "segment_name", "modality",
            )
        )
    )  # fmt: skip
    html = page(HOSTILE, claims, title=HOSTILE, outlet=HOSTILE, how_dated=HOSTILE)
    assert not re.search(r"<(script|img)", html)
    assert story(html).text == HOSTILE
    assert "drop table raw.claims" in html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " https://a.example",
        "data:text/html,x",
        "//a.example",
        "",
        "file:///",
    ],
)
def test_an_address_off_the_web_is_no_link(address: str) -> None:
    html = page(address=address)
    assert not re.search(r'<a href="(?!#)', html)


def test_an_address_on_the_web_is_a_link_that_cannot_break_out() -> None:
    html = page(address='HTTPS://a.example/"onclick="alert(1)')
    assert '<a href="HTTPS://a.example/&#34;onclick=&#34;alert(1)" rel="noreferrer' in html


@pytest.mark.parametrize("verdict", OUTCOMES)
def test_a_mark_says_its_verdict_without_colour(verdict: str) -> None:
    place = BODY.index("$244 billion")
    claims = claims_at(BODY, [(place, place + 12)]).with_columns(
        verdict=pl.lit(verdict), verdict_now=pl.lit(verdict)
    )
    html = page(claims=claims)
    shown = OUTCOMES[verdict]
    mark = re.search(r"<mark.*?</mark>", html, re.S)
    assert mark is not None
    assert f'class="{shown.tone}"' in mark.group()
    assert f'<sup aria-hidden="true">{shown.sign}</sup>' in mark.group()
    assert f'<span class="unseen"> ({shown.words})</span>' in mark.group()
    assert f'{shown.words}</span> <span class="detail">{shown.meaning}' in html


def test_the_signs_differ() -> None:
    assert len({each.sign for each in OUTCOMES.values()}) == len(OUTCOMES)


def test_mark_and_row_lead_to_each_other_and_the_row_to_edgar(
    make_inputs: Callable[..., ReportInputs],
) -> None:
    html = page(claims=make_inputs().claim_checks)
    for number in (1, 2, 3):
        assert f'<mark id="article-text-{number}"' in html
        assert f'<a href="#article-claim-{number}"' in html
        assert f'<tr id="article-claim-{number}">' in html
        assert f'<a href="#article-text-{number}"' in html
    assert f'<a href="{EDGAR}/{SECOND}-index.htm" rel="noreferrer" title="{SECOND}">10-Q' in html


def test_the_page_counts_its_claims(make_inputs: Callable[..., ReportInputs]) -> None:
    html = page(claims=make_inputs().claim_checks)
    assert "3 claims: 1 out of date; 1 confirmed; 1 not yet reported" in html
    assert "No numeric claim was found." in page()


def test_a_stale_figure_shows_both_quarters() -> None:
    judged = one(
        "stale", filed_value=364e9, filed_fiscal_quarter="2026Q1",
        stale_value=244e9, stale_fiscal_quarter="2025Q4",
    ).claims[0]  # fmt: skip
    assert judged.told.figures == ("filed $364,000m (2026Q1)", "earlier $244,000m (2025Q4)")
    assert judged.now is None


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(200e9, 200e9, "guided $200,000m"), (195e9, 205e9, "guided $195,000m to $205,000m")],
)
def test_guidance_shows_its_ends(low: float, high: float, words: str) -> None:
    judged = one("confirmed", guidance_low=low, guidance_high=high).claims[0]
    assert judged.told.figures == (words,)


def test_an_open_market_value_shows_the_multiple_and_its_basis() -> None:
    judged = one(
        "not_yet_reported", implied_multiple_ratio=38.65, implied_multiple_basis="the basis"
    ).claims[0]
    assert judged.told.figures == ("implies 38.6× earnings: the basis",)


def test_a_verdict_that_changed_is_told_twice() -> None:
    judged = one("not_yet_reported", verdict_now="missed", filed_value_now=1e9).claims[0]
    assert judged.verdicts == "not yet reported; now: missed"
    assert judged.now is not None
    assert judged.now.figures == ("filed $1,000m",)


def test_what_a_claim_is_said_to_be() -> None:
    judged = one(
        "confirmed", segment_name="AWS", claim_metric="capex_guidance", kind="guidance",
        is_approximate=True, bound="ge", modality="guided", attributed_to="company",
    ).claims[0]  # fmt: skip
    assert judged.subject == (
        "ACME AWS, capex, planned, at least, approximate, Q1 2026, guided, said by: company"
    )
    assert one("confirmed", kind="growth", claim_metric="capex_growth").claims[0].subject == (
        "ACME, capex growth, Q1 2026"
    )
