"""The section on articles: each with its claims in their places, and how outlets fared."""

from collections import Counter
from collections.abc import Iterator, Sequence

import polars as pl

from report import formats
from report.article import OUTCOMES, marked_article, outcome
from report.content import Cell, Header, MarkedArticle, Row, Section, Statement, Table, number
from report.inputs import ReportInputs

MOST_ARTICLES = 20
MOST_WEIGHT = 2_000_000
"""What a page bears: characters of text, a claim counting as `CLAIM_WEIGHT` of them."""
CLAIM_WEIGHT = 1_000

_TITLE = "Articles on trial"
_NOTE = (
    "A printed number stands for the interval its last digit and its hedges allow. The first "
    "verdict compares that interval with what was known when the article appeared, the second "
    "with what is known now. An outlet is held to what it printed first, by the first verdict."
)
_FOLDED_FROM = 20
"""Rows from which the table of outlets is folded away."""


def articles_section(inputs: ReportInputs) -> Section:
    """The newest version of each article, the story's own first; how each outlet fared."""
    rows = list(inputs.articles_on_trial().iter_rows(named=True))
    if not rows:
        return Section("articles", _TITLE, absence="No article is on hand.")
    claims = inputs.claim_checks.filter("is_latest_version").partition_by(
        "article_id", as_dict=True
    )
    judged = [claims.get((row["article_id"],), inputs.claim_checks.clear()) for row in rows]
    shown = list(_that_fit(rows, judged))
    articles = tuple(
        marked_article(rows[at], judged[at], f"article-{place}")
        for place, at in enumerate(shown, start=1)
    )
    left_out = [judged[at].height for at in range(len(rows)) if at not in shown]
    return Section(
        "articles",
        _TITLE,
        statements=tuple(Statement(text) for text in _left_out(len(rows), left_out)),
        articles=articles,
        tables=(legend(articles), *_outlets(inputs.outlet_record)),
        notes=(_NOTE,),
    )


def article_section(article: MarkedArticle) -> Section:
    """A single article, with the legend of its verdicts."""
    return Section(
        "articles", article.title, articles=(article,), tables=(legend((article,)),), notes=(_NOTE,)
    )


def legend(articles: Sequence[MarkedArticle]) -> Table:
    """The verdicts given, what they mean, and how often they were given then and now."""
    claims = [claim for article in articles for claim in article.claims]
    told = Counter(claim.told.outcome for claim in claims)
    now = Counter((claim.now or claim.told).outcome for claim in claims)
    given = [
        each for each in dict.fromkeys((*OUTCOMES.values(), *told, *now)) if told[each] or now[each]
    ]
    return Table(
        "Verdicts",
        (
            Header("Verdict", is_number=False),
            Header("When told"),
            Header("Now"),
        ),
        tuple(
            (
                Cell(f"{each.sign} {each.words}", tone=each.tone, detail=each.meaning),
                number(str(told[each])),
                number(str(now[each])),
            )
            for each in given
        ),
    )


def _that_fit(rows: Sequence[Row], judged: Sequence[pl.DataFrame]) -> Iterator[int]:
    """Positions of the articles a page bears, in order."""
    weight = count = 0
    for at, (row, claims) in enumerate(zip(rows, judged, strict=True)):
        own = len(row["body"]) + claims.height * CLAIM_WEIGHT
        if count < MOST_ARTICLES and weight + own <= MOST_WEIGHT:
            weight, count = weight + own, count + 1
            yield at


def _left_out(total: int, claims: Sequence[int]) -> Iterator[str]:
    if claims:
        yield (
            f"{total - len(claims)} of {total} articles are shown, as many as a page bears. The "
            f"other {len(claims)}, with {sum(claims):,} claims, are in the warehouse: plumbline "
            'sql "from marts.fct_claim_checks"; or one at a time: plumbline check ARTICLE --html '
            "FILE."
        )


def _outlets(record: pl.DataFrame) -> tuple[Table, ...]:
    if record.is_empty():
        return ()
    rows = record.sort("claims", "outlet", descending=[True, False])
    return (
        Table(
            "How the outlets fared",
            (
                Header("Outlet", is_number=False),
                Header("Right"),
                Header("Verifiable"),
                *(Header(outcome(name).words.capitalize()) for name in ("contradicted", "stale")),
                Header("Confirmed / rounded / cut short"),
                Header("Mean error"),
                Header("Articles"),
                Header("Claims"),
                Header("Not yet reported"),
                Header("Since came true / missed / superseded"),
                Header("Not verifiable"),
            ),
            tuple(_outlet(row) for row in rows.iter_rows(named=True)),
            is_folded=record.height > _FOLDED_FROM,
        ),
    )


def _outlet(row: Row) -> tuple[Cell, ...]:
    none = "" if row["verifiable_claims"] else "no claim can be held against a filing"
    return (
        Cell(row["outlet"] or "unnamed"),
        number(formats.percent(row["right_ratio"], decimals=0), note=none),
        *_counts(row, "verifiable_claims", "contradicted", "stale"),
        _beside(row, "confirmed", "confirmed_rounded", "truncated"),
        number(formats.percent(row["mean_absolute_error_ratio"]), note=none),
        *_counts(row, "articles", "claims", "not_yet_reported"),
        _beside(row, "came_true", "missed", "superseded"),
        *_counts(row, "not_verifiable"),
    )


def _counts(row: Row, *names: str) -> tuple[Cell, ...]:
    return tuple(number(f"{row[name]:,}") for name in names)


def _beside(row: Row, *names: str) -> Cell:
    """Counts that belong together, in one cell."""
    return number(" / ".join(f"{row[name]:,}" for name in names))
