"""Reader of articles kept as files: text with a front matter, claims listed beside it.

`NAME.md` opens with a yaml front matter (title, outlet, address, published_at, how_dated);
`NAME.claims.jsonl` holds one claim a line. Offsets count characters of the body after the front
matter.
"""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import yaml

from ingest.articles.claims import claim_row
from ingest.articles.schema import ARTICLES, CLAIMS
from ingest.errors import InvalidClaimError, MissingInputFileError, UnreadableInputFileError
from ingest.new_york import NEW_YORK

FRONT_MATTER_FENCE = "---\n"


def read_articles(directory: Path, source: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All articles of a folder and their listed claims.

    Raises UnreadableInputFileError for an article without a usable front matter,
    MissingInputFileError for one without its claims, InvalidClaimError for one that does not fit.
    """
    articles, claims = [], []
    for path in sorted(directory.glob("*.md")):
        article = _read_article(path)
        articles.append(article)
        claims += _read_claims(path.with_suffix(".claims.jsonl"), article)
    tagged = pl.lit(source).alias("source")
    article_schema = {name: ARTICLES[name] for name in ARTICLES if name != "source"}
    claim_schema = {name: CLAIMS[name] for name in CLAIMS if name != "source"}
    return (
        pl.DataFrame(articles, schema=article_schema).with_columns(tagged),
        pl.DataFrame(claims, schema=claim_schema).with_columns(tagged),
    )


def _read_article(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    _, fence, rest = text.partition(FRONT_MATTER_FENCE)
    header, closing, body = rest.partition(FRONT_MATTER_FENCE)
    if not (fence and closing):
        raise UnreadableInputFileError(f"{path.name}: no front matter between two lines of ---")
    try:
        front = yaml.safe_load(header)
        published_at = front["published_at"]
        if not isinstance(published_at, date):
            raise UnreadableInputFileError(
                f"{path.name}: published_at is not a date: {published_at!r}"
            )
        return {
            "article_id": path.stem,
            "title": front["title"],
            "outlet": front["outlet"],
            "address": front["address"],
            "published_at": published_at,
            "how_dated": front["how_dated"],
            # An article dated by day alone may have used whatever was public when that day ended.
            "known_from": datetime.combine(
                published_at + timedelta(days=1), time(), ZoneInfo(NEW_YORK)
            ).astimezone(UTC),
            "body": body,
            "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
        }
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise UnreadableInputFileError(
            f"{path.name}: front matter cannot be used: {error}"
        ) from error


def _read_claims(path: Path, article: dict[str, Any]) -> list[dict[str, object]]:
    if not path.is_file():
        raise MissingInputFileError(
            f"{path.name}: missing beside the article; list its claims there"
        )
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            claim = json.loads(line)
        except ValueError as error:
            raise InvalidClaimError(f"{path.name}:{number}: not JSON: {error}") from error
        rows.append(claim_row(claim, article["article_id"], article["body"]))
    return rows
