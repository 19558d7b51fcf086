"""What a printed number can stand for, and the check of listed claims against their article.

Pure: text and claims in, rows out.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ingest.articles.schema import BOUNDS, CLAIM_KINDS, CLAIM_UNITS, MODALITIES
from ingest.errors import InvalidClaimError

NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?")


def printed_interval(span_text: str, value: Decimal) -> tuple[Decimal, Decimal]:
    """The half-open interval [low, high) of values that round to the printed digits.

    "$44.2 billion" with value 44.2e9 stands for [44.15e9, 44.25e9): half a unit of the last printed
    digit on each side, in the value's own unit. Raises InvalidClaimError if no digits are printed
    or the printed number is zero.
    """
    match = NUMBER.search(span_text)
    if match is None:
        raise InvalidClaimError(f"{span_text!r} prints no digits; give low and high instead")
    printed = Decimal(match.group(0).replace(",", ""))
    if printed == 0:
        raise InvalidClaimError(f"{span_text!r} prints zero; its scale cannot be read")
    scale = abs(value) / printed
    half = scale * Decimal(10) ** -len(match.group(1) or "") / 2
    return value - half, value + half


def claim_row(claim: Mapping[str, Any], article_id: str, body: str) -> dict[str, object]:
    """A listed claim as a row of `raw.claims`.

    Raises InvalidClaimError, naming article and claim, if the span is not where the claim says, a
    word is outside the closed vocabulary, or a field is missing.
    """
    where = f"article {article_id}, claim {claim.get('claim_id')}"
    try:
        start, end, span = claim["char_start"], claim["char_end"], claim["span_text"]
        if body[start:end] != span:
            raise InvalidClaimError(
                f"{where}: text at {start}-{end} is {body[start:end]!r}, the claim says {span!r}"
            )
        for field, vocabulary in (
            ("unit", CLAIM_UNITS),
            ("kind", CLAIM_KINDS),
            ("modality", MODALITIES),
        ):
            if claim[field] not in vocabulary:
                raise InvalidClaimError(
                    f"{where}: {field} {claim[field]!r} is not one of {', '.join(vocabulary)}"
                )
        if claim["bound"] not in (None, *BOUNDS):
            raise InvalidClaimError(f"{where}: bound {claim['bound']!r} is not ge, le or null")
        return {
            "article_id": article_id,
            "claim_id": claim["claim_id"],
            "char_start": start,
            "char_end": end,
            "span_text": span,
            "value": claim["value"],
            "low": claim["low"],
            "high": claim["high"],
            **_printed(claim),
            "unit": claim["unit"],
            "is_approximate": claim["approx"],
            "bound": claim["bound"],
            "kind": claim["kind"],
            "metric": claim["metric"],
            "ticker": claim["company"],
            "segment": claim["segment"],
            **_period(claim["period"]),
            "comparison": claim["comparison"]["type"],
            "modality": claim["modality"],
            "attributed_to": claim["attribution"]["type"],
            "attribution_name": claim["attribution"]["name"],
        }
    except KeyError as error:
        raise InvalidClaimError(f"{where}: field {error} is missing") from error
    except ValueError as error:
        raise InvalidClaimError(f"{where}: {error}") from error


def _printed(claim: Mapping[str, Any]) -> dict[str, float]:
    if claim["value"] is None:
        return {"printed_low": claim["low"], "printed_high": claim["high"]}
    low, high = printed_interval(claim["span_text"], Decimal(str(claim["value"])))
    return {"printed_low": float(low), "printed_high": float(high)}


def _period(period: Mapping[str, Any] | None) -> dict[str, object]:
    if period is None:
        return dict.fromkeys(("period_start", "period_end", "is_instant", "period_label"))
    start, end = period["start"], period["end"]
    return {
        "period_start": start and date.fromisoformat(start),
        "period_end": end and date.fromisoformat(end),
        "is_instant": period["instant"],
        "period_label": period["label"],
    }
