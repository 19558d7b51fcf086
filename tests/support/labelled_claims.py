"""Articles and claims as raw rows, made of the shared labels or listed in a test.

So that verdicts are tried on what texts say, whatever an extractor makes of them.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ingest.articles.claims import printed_range
from ingest.articles.schema import ARTICLES, CLAIMS
from ingest.new_york import NEW_YORK

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "articles" / "corpus"


def corpus_articles() -> list[dict[str, Any]]:
    """A row of each labelled article; its outlet is the site it was found at."""
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return [
            article(
                row["name"],
                date.fromisoformat(row["published_at"]),
                outlet=row["address"].split("/")[2],
                body=(CORPUS / f"{row['name']}.txt").read_text(encoding="utf-8"),
            )
            for row in csv.DictReader(lines)
        ]


def labels() -> Iterator[dict[str, Any]]:
    """Every labelled claim of the corpus."""
    for path in sorted(CORPUS.glob("*.labels.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            if label["type"] == "claim":
                yield label


def article(article_id: str, published_at: date, **given: Any) -> dict[str, Any]:
    """A row of `raw.articles`, known when its day was over in New York."""
    body = given.get("body", article_id)
    return {
        "article_id": article_id,
        "article_version": 1,
        "title": article_id,
        "outlet": "a paper",
        "address": "",
        "published_at": published_at,
        "how_dated": "listed",
        "known_from": datetime.combine(
            published_at + timedelta(days=1), time(), ZoneInfo(NEW_YORK)
        ).astimezone(UTC),
        "body": body,
        "body_sha256": sha256(body.encode()).hexdigest(),
        "duplicate_of": None,
        "source": "listed",
        **given,
    }


def claim(article_id: str, claim_id: str, span: str, value: float | None, **given: Any) -> dict:
    """A row of `raw.claims`: a number of dollars said of the year 2026, unless given otherwise."""
    row = {
        "article_id": article_id,
        "article_version": 1,
        "claim_id": claim_id,
        "char_start": 0,
        "char_end": len(span),
        "span_text": span,
        "value": value,
        "low": None,
        "high": None,
        "unit": "USD",
        "is_approximate": False,
        "bound": None,
        "kind": "level",
        "of_metric": None,
        "ticker": "AMZN",
        "segment": None,
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 12, 31),
        "is_instant": False,
        "period_label": None,
        "comparison": "none",
        "is_constant_currency": False,
        "base_start": None,
        "base_end": None,
        "modality": "reported",
        "attributed_to": "unattributed",
        "attribution_name": None,
        "extractor": "listed",
        "source": "listed",
        **given,
    }
    ends = (row["low"], row["high"]) if value is None else (value, value)
    low, high = printed_range(span, *(Decimal(str(end)) for end in ends))
    return {**row, "printed_low": float(low), "printed_high": float(high)}


def labelled_claim(label: Mapping[str, Any]) -> dict[str, Any]:
    """A label as a row of `raw.claims`."""
    period = label["period"] or dict.fromkeys(("start", "end", "instant", "label"))
    comparison = label["comparison"]
    base = comparison.get("base_period") or {}
    return claim(
        label["article"],
        label["claim_id"],
        label["span_text"],
        label["value"],
        char_start=label["char_start"],
        char_end=label["char_end"],
        low=label["low"],
        high=label["high"],
        unit=label["unit"],
        is_approximate=label["approx"],
        bound=label["bound"],
        kind=label["kind"],
        metric=label["metric"],
        ticker=label["company"],
        segment=label["segment"],
        period_start=_day(period["start"]),
        period_end=_day(period["end"]),
        is_instant=period["instant"],
        period_label=period["label"],
        comparison=comparison["type"],
        is_constant_currency=comparison.get("constant_currency", False),
        base_start=_day(base.get("start")),
        base_end=_day(base.get("end")),
        modality=label["modality"],
        attributed_to=label["attribution"]["type"],
        attribution_name=label["attribution"]["name"],
    )


def replacing(
    directory: Path, articles: list[dict[str, Any]], claims: list[dict[str, Any]]
) -> tuple[str, ...]:
    """SQL that puts these rows in the place of all articles and claims of a rebuilt warehouse."""
    changes = []
    for table, rows, schema in (("articles", articles, ARTICLES), ("claims", claims, CLAIMS)):
        path = directory / f"{table}.parquet"
        pl.DataFrame(rows, schema=schema).write_parquet(path)
        changes += [
            f"delete from raw.{table} where true",
            f"insert into raw.{table} by name from '{path}'",
        ]
    return tuple(changes)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
