"""No text makes the reader fail: numbers and declared words in any order."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles.claims import article_rows, find_claims

NUMBERS = [
    "$44.2 billion", "$44", "(4.2)", "-3%", "+2.5%", "17–20%", "150 bps", "$1.59", "dollar 36",
    "two quarters of", "a quarter of", "half of", "a third of", "doubled", "dozens", "12x", "3.3GW",
    "$190 billion to $190 billion", "from 20 to 23", "$(130.8) mln", "9" * 40, "31/12", "2026",
    "Q2 2026", "FY27E", "the twelve months to June 31", "June 0", "(31/12 close)", "high teens",
    "low- to mid-single digits", "365", "1,2,3", "€5 billion", "$ 7,665$ 8,663", "a hundred and",
    "the end of February", "nine months ended 30", "0%", "$0", "٣", "1e9", "plus or minus 3%",
]  # fmt: skip
MARKS = [" ", ". ", ", ", "\n", "\n\n", "; ", " (", ") ", ": ", " | ", " vs. ", " – ", "• ", "\x00"]
WORDS = [
    "Amazon", "AWS", "Microsoft", "Oracle (ORCL)", "OpenAI", "net sales", "operating income",
    "free cash flow", "backlog", "capex", "EPS", "shares", "market value", "price target", "up",
    "fell", "lost", "guides", "analysts expected", "if", "not", "a year earlier", "from", "to",
    "and", "or", "by", "of which", "beat the consensus by", "worth", "contract", "in millions",
    "estimate", "Change", "last year", "next quarter", "constant currency", "Had", "respectively",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(NUMBERS + MARKS * 2 + WORDS), max_size=60).map(" ".join)
DAYS = st.dates(date(1993, 1, 1), date(2099, 12, 31))


@settings(max_examples=300, deadline=None)
@given(TEXTS, DAYS)
def test_claims_are_in_the_text_in_order_and_in_the_closed_words(extractor, text, day):
    article = {
        "article_id": "any", "article_version": 1, "source": "listed", "body": text,
        "published_at": day,
    }  # fmt: skip
    rows = list(article_rows(article, extractor))
    assert len(rows) == len(find_claims(extractor, "any", text, day))
    assert all(row["printed_low"] < row["printed_high"] for row in rows)
