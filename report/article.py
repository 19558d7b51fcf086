"""An article with its claims in their places: a row and its judged claims -> `MarkedArticle`.

Belongs here: where a claim stands in the text, what it is said to be, and its verdicts in words.
Does not belong here: HTML (the templates escape all of this), or which articles are shown.
"""

import re
from collections.abc import Iterator, Sequence

import polars as pl

from report import formats
from report.content import (
    Citation,
    JudgedClaim,
    Judgement,
    MarkedArticle,
    Outcome,
    Paragraph,
    Piece,
    Row,
)

ARTICLE_COLUMNS = (
    "article_id", "title", "outlet", "address", "published_at", "how_dated", "body",
)  # fmt: skip
CLAIM_COLUMNS = (
    "article_id", "claim_id", "char_start", "char_end", "span_text",
    "ticker", "segment_name", "claim_metric", "kind", "period_label", "is_approximate", "bound",
    "modality", "attributed_to", "unit",
    "verdict", "filed_value", "filed_fiscal_quarter", "guidance_low", "guidance_high",
    "stale_value", "stale_fiscal_quarter", "formula", "reason", "evidence", "accession_numbers",
    "verdict_now", "filed_value_now", "filed_fiscal_quarter_now", "guidance_low_now",
    "guidance_high_now", "formula_now", "reason_now", "evidence_now", "accession_numbers_now",
    "implied_multiple_ratio", "implied_multiple_basis",
)  # fmt: skip
"""What is read of an article and of its claims."""

OUTCOMES = {
    "confirmed": Outcome("confirmed", "✓", "good", "the filed figure, or the guidance in force"),
    "confirmed_rounded": Outcome("confirmed, rounded", "≈", "good", "rounds to the printed number"),
    "truncated": Outcome("confirmed, cut short", "≲", "good", "cut after the last printed digit"),
    "stale": Outcome("out of date", "↺", "weak", "true of an earlier quarter or earlier guidance"),
    "superseded": Outcome("superseded", "↷", "weak", "guidance of its day, since replaced"),
    "contradicted": Outcome("contradicted", "≠", "bad", "the filed figure or guidance is another"),
    "missed": Outcome("missed", "✗", "bad", "not reported then; the figure since filed is another"),
    "not_yet_reported": Outcome("not yet reported", "…", "open", "its period is still to come"),
    "not_verifiable": Outcome("not verifiable", "?", "open", "no filing on hand decides it"),
}
"""Verdict of the mart -> how it is shown, in the order of the legend."""

_METRICS = {
    "capex_gross": "capex",
    "capex_guidance": "capex, planned",
    "capex_incl_leases": "capex with leases",
    "eps_diluted": "diluted EPS",
    "market_cap": "market value",
}
"""Metrics whose name does not read as words."""
_KINDS_TOLD_BY_METRIC = ("level", "guidance")
_WEB = ("http://", "https://")
_BOUNDS = {"ge": "at least", "le": "at most"}
_PARAGRAPH_END = re.compile(r"\n\s*\n")


class MisplacedClaimError(ValueError):
    """A claim is not where it is said to be: names article, claim and characters."""


def marked_article(article: Row, claims: pl.DataFrame, anchor: str) -> MarkedArticle:
    """The article with its claims marked.

    `article` has `ARTICLE_COLUMNS`, `claims` the rows of this article with `CLAIM_COLUMNS`; offsets
    count characters of the body. Raises MisplacedClaimError for a claim outside the text, over
    another, or over other words than it prints.
    """
    rows = list(claims.sort("char_start", "char_end").iter_rows(named=True))
    _refuse_misplaced(article, rows)
    judged = tuple(_claim(number, row) for number, row in enumerate(rows, start=1))
    address = article["address"] or ""
    return MarkedArticle(
        anchor=anchor,
        title=article["title"],
        outlet=article["outlet"],
        address=address if address.lower().startswith(_WEB) else None,
        published_at=article["published_at"],
        how_dated=article["how_dated"] or "",
        paragraphs=tuple(_paragraphs(_pieces(article["body"], rows, judged))),
        claims=judged,
    )


def outcome(verdict: str) -> Outcome:
    """How a verdict is shown; one that is not known in its own words."""
    return OUTCOMES.get(verdict) or Outcome(verdict.replace("_", " "), "?", "open", "")


def _refuse_misplaced(article: Row, rows: Sequence[Row]) -> None:
    body, last = article["body"], 0
    for row in rows:
        start, end = row["char_start"], row["char_end"]
        where = (
            f"article {article['article_id']}, claim {row['claim_id']}: characters {start}-{end}"
        )
        if not 0 <= start < end <= len(body):
            raise MisplacedClaimError(f"{where} are not in its text of {len(body)} characters")
        if start < last:
            raise MisplacedClaimError(f"{where} overlap the claim before, which ends at {last}")
        if body[start:end] != row["span_text"]:
            raise MisplacedClaimError(
                f"{where} are {body[start:end]!r}, the claim prints {row['span_text']!r}"
            )
        last = end


def _pieces(body: str, rows: Sequence[Row], judged: Sequence[JudgedClaim]) -> Iterator[Piece]:
    """The whole text in order; only what stands between claims can be empty."""
    last = 0
    for row, claim in zip(rows, judged, strict=True):
        yield Piece(body[last : row["char_start"]])
        yield Piece(claim.text, claim)
        last = row["char_end"]
    yield Piece(body[last:])


def _paragraphs(pieces: Iterator[Piece]) -> Iterator[Paragraph]:
    """Parted at blank lines, save those within a claim."""
    open_pieces: list[Piece] = []
    for piece in pieces:
        if piece.claim is not None:
            open_pieces.append(piece)
            continue
        last = 0
        for end in _PARAGRAPH_END.finditer(piece.text):
            open_pieces += _text(piece.text[last : end.start()])
            yield Paragraph(tuple(open_pieces), end.group())
            open_pieces, last = [], end.end()
        open_pieces += _text(piece.text[last:])
    yield Paragraph(tuple(open_pieces))


def _text(text: str) -> list[Piece]:
    return [Piece(text)] if text else []


def _claim(number: int, row: Row) -> JudgedClaim:
    told, now = _told(row), _now(row)
    is_same = (told.outcome, told.figures, told.formula, told.citation) == (
        now.outcome, now.figures, now.formula, now.citation,
    )  # fmt: skip
    return JudgedClaim(number, row["span_text"], _subject(row), told, None if is_same else now)


def _subject(row: Row) -> str:
    """What the number is said to be, of whom, when, and by whom."""
    metric = row["claim_metric"]
    kind = row["kind"] if row["kind"] not in _KINDS_TOLD_BY_METRIC else ""
    words = (
        " ".join(filter(None, (row["ticker"], row["segment_name"]))),
        _METRICS.get(metric, _words(metric)),
        kind if kind not in metric else "",
        _BOUNDS.get(row["bound"], ""),
        "approximate" if row["is_approximate"] else "",
        row["period_label"],
        _words(row["modality"]) if row["modality"] != "reported" else "",
        f"said by: {row['attributed_to']}" if row["attributed_to"] != "unattributed" else "",
    )
    return ", ".join(word for word in words if word)


def _told(row: Row) -> Judgement:
    figures = [*_figure(row, ""), *_stale(row), *_multiple(row)]
    return _judgement(row, "", figures)


def _now(row: Row) -> Judgement:
    # What does not change with time stands once for both moments.
    is_stale = row["verdict_now"] == "stale"
    figures = [*_figure(row, "_now"), *(_stale(row) if is_stale else []), *_multiple(row)]
    return _judgement(row, "_now", figures)


def _judgement(row: Row, moment: str, figures: Sequence[str]) -> Judgement:
    return Judgement(
        outcome(row[f"verdict{moment}"]),
        tuple(figures),
        row[f"formula{moment}"] or "",
        row[f"reason{moment}"] or "",
        Citation(tuple(row[f"accession_numbers{moment}"] or ()), row[f"evidence{moment}"]),
    )


def _figure(row: Row, moment: str) -> list[str]:
    """The figure filed, or the guidance, that a verdict rests on."""
    value, low, high = (
        row[f"{name}{moment}"] for name in ("filed_value", "guidance_low", "guidance_high")
    )
    if value is not None:
        quarter = row[f"filed_fiscal_quarter{moment}"]
        return [f"filed {formats.as_filed(value, row['unit'])}{_of(quarter)}"]
    if low is None and high is None:
        return []
    ends = dict.fromkeys(formats.as_filed(end, "USD") for end in (low, high))
    return [f"guided {' to '.join(ends)}"]


def _stale(row: Row) -> list[str]:
    if row["stale_value"] is None:
        return []
    older = formats.as_filed(row["stale_value"], row["unit"])
    return [f"earlier {older}{_of(row['stale_fiscal_quarter'])}"]


def _multiple(row: Row) -> list[str]:
    if row["implied_multiple_ratio"] is None:
        return []
    times = formats.multiple(row["implied_multiple_ratio"])
    return [f"implies {times} earnings: {row['implied_multiple_basis']}"]


def _of(quarter: str | None) -> str:
    return f" ({quarter})" if quarter else ""


def _words(name: str) -> str:
    return name.replace("_", " ")
