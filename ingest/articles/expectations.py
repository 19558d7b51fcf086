"""What must hold of raw articles and claims."""

from ingest.articles.schema import ARTICLES, CLAIM_KINDS, CLAIM_UNITS, CLAIMS, MODALITIES
from ingest.guards import Guard, always, declared_columns, not_null, not_shrinking, one_of, unique
from ingest.sql_types import sql_types

ARTICLE_GUARDS = (
    declared_columns("articles", sql_types(ARTICLES)),
    *not_null("articles", "article_id", "title", "published_at", "body", "known_from"),
    unique("articles_are_unique", "articles", "article_id"),
    Guard(
        "articles_are_not_of_the_future",
        "articles",
        "ExpectColumnMaxToBeBetween",
        lambda context: {"column": "published_at", "max_value": context.gathered_on},
    ),
    not_shrinking("articles"),
)

CLAIM_GUARDS = (
    declared_columns("claims", sql_types(CLAIMS)),
    *not_null(
        "claims", "article_id", "claim_id", "span_text", "metric", "printed_low", "printed_high"
    ),
    unique("claims_are_unique", "claims", "article_id", "claim_id"),
    one_of("claims_have_known_units", "claims", "unit", CLAIM_UNITS),
    one_of("claims_are_of_known_kinds", "claims", "kind", CLAIM_KINDS),
    one_of("claims_have_known_modalities", "claims", "modality", MODALITIES),
    Guard(
        "printed_intervals_are_not_empty",
        "claims",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        always(column_A="printed_high", column_B="printed_low"),
    ),
    not_shrinking("claims"),
)
