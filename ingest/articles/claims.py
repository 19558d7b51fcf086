"""What a numeric claim is, who finds them, and claims as rows.

Pure: text and claims in, claims and rows out. How the default extractor understands a text is the
business of `extraction`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import polars as pl

from ingest.articles.extraction.periods import Period
from ingest.articles.schema import BOUNDS, CLAIM_KINDS, CLAIM_UNITS, CLAIMS, MODALITIES
from ingest.errors import InvalidClaimError

# More digits than anybody says: those of a third, or of arithmetic.
MOST_DIGITS = 4
NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?")


@dataclass(frozen=True)
class Comparison:
    """Against what a growth is measured: yoy, qoq or none, the earlier period, the currency."""

    type: str = "none"
    base: Period | None = None
    is_constant_currency: bool = False


@dataclass(frozen=True)
class Attribution:
    """Whose word a claim is: company, analyst or unattributed, and a name where one is given."""

    type: str = "unattributed"
    name: str | None = None


@dataclass(frozen=True)
class Claim:
    """A number a text prints at [char_start, char_end), and what it is said to be.

    `value` is None for a range, which has `low` and `high` instead. `company` is a ticker, None for
    a group or a company without filings; `segment` is None for the whole company. `approx` and
    `bound` carry the hedges beside the number.
    """

    char_start: int
    char_end: int
    span_text: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    kind: str
    metric: str
    company: str | None = None
    segment: str | None = None
    approx: bool = False
    bound: str | None = None
    period: Period | None = None
    comparison: Comparison = field(default_factory=Comparison)
    modality: str = "reported"
    attribution: Attribution = field(default_factory=Attribution)


class ClaimExtractor(Protocol):
    """Whoever finds the numeric claims of a text.

    The default is `extraction.extractor.RuleExtractor`; a language model, say, is another. What it
    returns is checked against the text and the closed vocabulary, whoever it is.
    """

    name: str

    def extract(self, text: str, published_at: date) -> Sequence[Claim]:
        """The claims of one article, in the order of the text."""


def printed_interval(span_text: str, value: Decimal) -> tuple[Decimal, Decimal]:
    """The half-open interval [low, high) of values that round to the printed digits.

    "$44.2 billion" with value 44.2e9 stands for [44.15e9, 44.25e9): half a unit of the last printed
    digit on each side, in the value's own unit. Words print no digits, nor does zero tell a scale:
    they stand for their value to its last digit, a single digit or a fraction to two.
    """
    match = NUMBER.search(span_text)
    printed = Decimal(match.group(0).replace(",", "")) if match else Decimal(0)
    if match is None or printed == 0:
        half = Decimal(10) ** _last_digit(value) / 2
        return value - half, value + half
    scale = Decimal(10) ** (abs(value) / printed).adjusted()
    if abs(value) == printed * scale:
        half = scale * Decimal(10) ** -len(match.group(1) or "") / 2
    else:
        # "17 and a half" prints 17 and means 17.5: the fraction is its last digit.
        half = Decimal(10) ** _last_digit(value) / 2
    return value - half, value + half


def _last_digit(value: Decimal) -> int:
    """The power of ten of the last digit that counts."""
    exact = value.normalize()
    digits = len(exact.as_tuple().digits)
    is_plain = 2 <= digits <= MOST_DIGITS
    return exact.adjusted() - (digits - 1 if is_plain else 1)


def claims_frame(articles: pl.DataFrame, extractor: ClaimExtractor) -> pl.DataFrame:
    """Rows of `raw.claims`: every claim the extractor finds in articles (schema ARTICLES).

    Raises InvalidClaimError, naming article and claim, where a claim is not in its text or is
    outside the closed vocabulary.
    """
    rows: list[dict[str, object]] = []
    for article in articles.iter_rows(named=True):
        claims = extractor.extract(article["body"], article["published_at"])
        rows += [
            {
                **claim_row(claim, f"C{number}", article["article_id"], article["body"]),
                "article_version": article["article_version"],
                "extractor": extractor.name,
                "source": article["source"],
            }
            for number, claim in enumerate(claims, start=1)
        ]
    return pl.DataFrame(rows, schema=CLAIMS)


def claim_row(claim: Claim, claim_id: str, article_id: str, body: str) -> dict[str, object]:
    """A claim as a row of `raw.claims`, without version, extractor and source.

    Raises InvalidClaimError, naming article and claim, if the span is not where the claim says or a
    word is outside the closed vocabulary.
    """
    where = f"article {article_id}, claim {claim_id}"
    found = body[claim.char_start : claim.char_end]
    if found != claim.span_text:
        raise InvalidClaimError(
            f"{where}: text at {claim.char_start}-{claim.char_end} is {found!r}, the claim says"
            f" {claim.span_text!r}"
        )
    for name, word, vocabulary in (
        ("unit", claim.unit, CLAIM_UNITS),
        ("kind", claim.kind, CLAIM_KINDS),
        ("modality", claim.modality, MODALITIES),
        ("bound", claim.bound, (None, *BOUNDS)),
    ):
        if word not in vocabulary:
            known = ", ".join(map(str, vocabulary))
            raise InvalidClaimError(f"{where}: {name} {word!r} is not one of {known}")
    period, base = claim.period, claim.comparison.base
    return {
        "article_id": article_id,
        "claim_id": claim_id,
        "char_start": claim.char_start,
        "char_end": claim.char_end,
        "span_text": claim.span_text,
        "value": claim.value,
        "low": claim.low,
        "high": claim.high,
        **_printed(claim, where),
        "unit": claim.unit,
        "is_approximate": claim.approx,
        "bound": claim.bound,
        "kind": claim.kind,
        "metric": claim.metric,
        "ticker": claim.company,
        "segment": claim.segment,
        "period_start": period and period.start,
        "period_end": period and period.end,
        "is_instant": period and period.instant,
        "period_label": period and period.label,
        "comparison": claim.comparison.type,
        "is_constant_currency": claim.comparison.is_constant_currency,
        "base_start": base and base.start,
        "base_end": base and base.end,
        "modality": claim.modality,
        "attributed_to": claim.attribution.type,
        "attribution_name": claim.attribution.name,
    }


def _printed(claim: Claim, where: str) -> dict[str, float]:
    if claim.value is not None:
        low, high = printed_interval(claim.span_text, Decimal(str(claim.value)))
        return {"printed_low": float(low), "printed_high": float(high)}
    if claim.low is None or claim.high is None:
        raise InvalidClaimError(f"{where}: neither a value nor a low and a high")
    return {"printed_low": claim.low, "printed_high": claim.high}


def claim_json(claim: Claim, claim_id: str, article: str) -> dict[str, Any]:
    """A claim as one JSON object: the fields of a labelled claim, plus `article`."""
    base = claim.comparison.base
    return {
        "type": "claim",
        "claim_id": claim_id,
        "article": article,
        **{
            name: getattr(claim, name)
            for name in (
                "char_start", "char_end", "span_text", "value", "low", "high", "unit", "approx",
                "bound", "kind", "metric", "company", "segment",
            )
        },
        "period": claim.period
        and {
            **_days(claim.period),
            "instant": claim.period.instant,
            "label": claim.period.label,
        },
        "comparison": {
            "type": claim.comparison.type,
            "base_period": base and _days(base),
            "constant_currency": claim.comparison.is_constant_currency,
        },
        "modality": claim.modality,
        "attribution": {"type": claim.attribution.type, "name": claim.attribution.name},
    }  # fmt: skip


def _days(period: Period) -> Mapping[str, str | None]:
    return {
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat(),
    }


def jsonl(objects: Iterable[Mapping[str, Any]]) -> str:
    """Objects as JSON lines."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)
