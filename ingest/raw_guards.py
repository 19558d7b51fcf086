"""All guards of the raw tables, as the sources declare them."""

from ingest.articles.expectations import ARTICLE_GUARDS, CLAIM_GUARDS
from ingest.edgar.expectations import (
    COMPANYFACTS_GUARDS,
    DIMENSION_GUARDS,
    FACT_GUARDS,
    FILING_GUARDS,
    REJECT_GUARDS,
    TEXT_FACT_GUARDS,
)
from ingest.guards import Guard
from ingest.guidance.expectations import GUIDANCE_GUARDS
from ingest.prices.expectations import PRICE_GUARDS

RAW_GUARDS: tuple[Guard, ...] = (
    *FILING_GUARDS,
    *FACT_GUARDS,
    *TEXT_FACT_GUARDS,
    *DIMENSION_GUARDS,
    *COMPANYFACTS_GUARDS,
    *REJECT_GUARDS,
    *PRICE_GUARDS,
    *GUIDANCE_GUARDS,
    *ARTICLE_GUARDS,
    *CLAIM_GUARDS,
)

GUARDED_TABLES = tuple(dict.fromkeys(guard.table for guard in RAW_GUARDS))
