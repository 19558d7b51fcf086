"""What must hold of raw articles and claims.

Either table may shrink: an article that is followed no longer is gone, and its claims with it. Of a
followed article's date its loading judges, against the day it was seen.
"""

from ingest.articles.schema import ARTICLES, CLAIM_KINDS, CLAIM_UNITS, CLAIMS, MODALITIES
from ingest.guards import Guard, always, declared_columns, not_null, one_of, unique
from ingest.snapshot.client import SOURCE as SNAPSHOT
from ingest.sql_types import sql_types

HIDDEN_CHARACTERS = "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"

ARTICLE_GUARDS = (
    declared_columns("articles", sql_types(ARTICLES)),
    *not_null(
        "articles",
        "article_id",
        "article_version",
        "title",
        "published_at",
        "how_dated",
        "body",
        "body_sha256",
        "known_from",
        "source",
    ),
    unique("articles_are_unique", "articles", "article_id", "article_version"),
    Guard(
        "article_versions_count_from_one",
        "articles",
        "ExpectColumnValuesToBeBetween",
        always(column="article_version", min_value=1),
    ),
    Guard(
        "articles_are_not_of_the_future",
        "articles",
        "ExpectColumnValuesToBeBetween",
        lambda context: {"column": "published_at", "max_value": context.gathered_on},
        where=("source", SNAPSHOT),
    ),
    Guard(
        "articles_are_no_duplicates_of_themselves",
        "articles",
        "ExpectSelectColumnValuesToBeUniqueWithinRecord",
        always(column_list=["article_id", "duplicate_of"], ignore_row_if="any_value_is_missing"),
    ),
    *(
        Guard(
            f"article_{column}_hides_no_characters",
            "articles",
            "ExpectColumnValuesToNotMatchRegex",
            always(column=column, regex=HIDDEN_CHARACTERS),
        )
        for column in ("title", "body")
    ),
)

CLAIM_GUARDS = (
    declared_columns("claims", sql_types(CLAIMS)),
    *not_null(
        "claims", "article_id", "claim_id", "span_text", "metric", "printed_low", "printed_high"
    ),
    unique("claims_are_unique", "claims", "article_id", "article_version", "claim_id"),
    one_of("claims_have_known_units", "claims", "unit", CLAIM_UNITS),
    one_of("claims_are_of_known_kinds", "claims", "kind", CLAIM_KINDS),
    one_of("claims_have_known_modalities", "claims", "modality", MODALITIES),
    Guard(
        "printed_intervals_are_not_empty",
        "claims",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        always(column_A="printed_high", column_B="printed_low"),
    ),
)
