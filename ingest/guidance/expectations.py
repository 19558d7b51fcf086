"""What must hold of raw guidance."""

from ingest.edgar.expectations import ACCESSION_NUMBER
from ingest.edgar.schema import EVIDENCE_LEVELS
from ingest.guards import Guard, always, declared_columns, not_null, not_shrinking, one_of, unique
from ingest.guidance.schema import GUIDANCE, GUIDED_METRICS
from ingest.sql_types import sql_types

GUIDANCE_GUARDS = (
    declared_columns("guidance", sql_types(GUIDANCE)),
    *not_null(
        "guidance", "ticker", "metric", "period_start", "period_end", "low_usd", "high_usd",
        "is_approximate", "known_from", "evidence", "evidence_ref",
    ),
    unique(
        "guidance_is_stated_once", "guidance", "ticker", "metric", "period_start", "period_end",
        "known_from",
    ),
    one_of("guidance_is_of_known_metrics", "guidance", "metric", GUIDED_METRICS),
    one_of("guidance_has_known_evidence", "guidance", "evidence", EVIDENCE_LEVELS),
    Guard(
        "guidance_is_of_registered_companies",
        "guidance",
        "ExpectColumnValuesToBeInSet",
        lambda context: {"column": "ticker", "value_set": list(context.tickers)},
    ),
    Guard(
        "guided_ranges_are_not_reversed",
        "guidance",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        always(column_A="high_usd", column_B="low_usd", or_equal=True),
    ),
    Guard(
        "guidance_cites_well_formed_accession_numbers",
        "guidance",
        "ExpectColumnValuesToMatchRegex",
        always(column="accession_number", regex=ACCESSION_NUMBER),
    ),
    Guard(
        "guidance_is_not_of_the_future",
        "guidance",
        "ExpectColumnMaxToBeBetween",
        lambda context: {"column": "stated_on", "max_value": context.gathered_on},
    ),
    not_shrinking("guidance"),
)  # fmt: skip
