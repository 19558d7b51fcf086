"""What a numeric claim is, who finds them, and claims as rows.

Pure: text and claims in, claims and rows out. How the default extractor understands a text is the
business of `extraction`.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from ingest.articles.extraction.periods import Period
from ingest.articles.schema import (
    ATTRIBUTIONS,
    BOUNDS,
    CLAIM_KINDS,
    CLAIM_METRICS,
    CLAIM_UNITS,
    COMPARISONS,
    MODALITIES,
)
from ingest.errors import InvalidClaimError, OversizedArticleError

# More digits than anybody says: those of a third, or of arithmetic.
MOST_DIGITS = 4
MOST_NUMBERS = 20_000
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

    `value` is None for a range, which has `low` and `high` instead. `of_metric` is what a growth,
    a change or a share is of: cash flow growth of free cash flow, a share of operating income; None
    where `metric` says it. `company` is a ticker, None for
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
    of_metric: str | None = None
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


def printed_range(span_text: str, low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """The interval a range stands for: from that of its lower end to that of its upper end.

    "27% to 28%" stands for [26.5 %, 28.5 %). A single number is a range without width.
    """
    numbers = list(NUMBER.finditer(span_text))
    cut = numbers[1].start() if low != high and len(numbers) == 2 else None
    first, second = (span_text[:cut], span_text[cut:]) if cut else (span_text, span_text)
    is_falling = abs(low) > abs(high)  # printed as sizes: "falls 4% to 7%"
    first, second = (second, first) if is_falling else (first, second)
    return printed_interval(first, low)[0], printed_interval(second, high)[1]


def _last_digit(value: Decimal) -> int:
    """The power of ten of the last digit that counts."""
    exact = value.normalize()
    digits = len(exact.as_tuple().digits)
    is_plain = 2 <= digits <= MOST_DIGITS
    return exact.adjusted() - (digits - 1 if is_plain else 1)


def article_rows(
    article: Mapping[str, Any], extractor: ClaimExtractor
) -> Iterator[dict[str, object]]:
    """Rows of `raw.claims` of one article (a row of schema ARTICLES); raises as `find_claims`."""
    found = find_claims(extractor, article["article_id"], article["body"], article["published_at"])
    for number, claim in enumerate(found, start=1):
        yield {
            **_row(claim),
            "claim_id": f"C{number}",
            "article_id": article["article_id"],
            "article_version": article["article_version"],
            "extractor": extractor.name,
            "source": article["source"],
        }


def find_claims(
    extractor: ClaimExtractor, article_id: str, body: str, published_at: date
) -> list[Claim]:
    """The claims the extractor finds, checked against the text and the closed vocabulary.

    Raises OversizedArticleError for more numbers than an article has, and InvalidClaimError, naming
    article and claim, where the extractor fails, a span is not in the text or overlaps another, a
    value is none, or a word is outside the vocabulary.
    """
    numbers = sum(1 for _ in re.finditer(r"\d+", body))
    if numbers > MOST_NUMBERS:
        raise OversizedArticleError(
            f"article {article_id}: {numbers:,} numbers, and an article has {MOST_NUMBERS:,} at"
            " most; give the part that is to be judged"
        )
    try:
        claims = list(extractor.extract(body, published_at))
    except Exception as error:
        raise InvalidClaimError(
            f"article {article_id}: the extractor {extractor.name!r} failed:"
            f" {type(error).__name__}: {error}"
        ) from error
    end = 0
    for number, claim in enumerate(claims, start=1):
        where = f"article {article_id}, claim C{number}"
        if claim.char_start < end:
            raise InvalidClaimError(
                f"{where}: begins at {claim.char_start}, where the claim before ends at {end}"
            )
        _check(claim, body, where)
        end = claim.char_end
    return claims


def _check(claim: Claim, body: str, where: str) -> None:
    found = body[claim.char_start : claim.char_end]
    if not found or found != claim.span_text:
        raise InvalidClaimError(
            f"{where}: text at {claim.char_start}-{claim.char_end} is {found!r}, the claim says"
            f" {claim.span_text!r}"
        )
    for name, word, vocabulary in (
        ("unit", claim.unit, CLAIM_UNITS),
        ("kind", claim.kind, CLAIM_KINDS),
        ("metric", claim.metric, CLAIM_METRICS),
        ("of_metric", claim.of_metric, (None, *CLAIM_METRICS)),
        ("modality", claim.modality, MODALITIES),
        ("bound", claim.bound, (None, *BOUNDS)),
        ("comparison", claim.comparison.type, COMPARISONS),
        ("attribution", claim.attribution.type, ATTRIBUTIONS),
    ):
        if word not in vocabulary:
            known = ", ".join(map(str, vocabulary))
            raise InvalidClaimError(f"{where}: {name} {word!r} is not one of {known}")
    ends = (claim.value,) if claim.value is not None else (claim.low, claim.high)
    if any(end is None or not math.isfinite(end) for end in ends):
        raise InvalidClaimError(f"{where}: neither a value nor a low and a high")


def _row(claim: Claim) -> dict[str, object]:
    """A claim as a row of `raw.claims`, without what it shares with others of its article."""
    period, base = claim.period, claim.comparison.base
    return {
        "char_start": claim.char_start,
        "char_end": claim.char_end,
        "span_text": claim.span_text,
        "value": claim.value,
        "low": claim.low,
        "high": claim.high,
        **_printed(claim),
        "unit": claim.unit,
        "is_approximate": claim.approx,
        "bound": claim.bound,
        "kind": claim.kind,
        "metric": claim.metric,
        "of_metric": claim.of_metric,
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


def _printed(claim: Claim) -> dict[str, float]:
    ends = (claim.low, claim.high) if claim.value is None else (claim.value, claim.value)
    low, high = printed_range(claim.span_text, *(Decimal(str(end)) for end in ends))
    return {"printed_low": float(low), "printed_high": float(high)}


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
