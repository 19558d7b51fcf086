"""What must hold of raw filings and facts before anything is derived from them."""

from datetime import timedelta

from ingest.edgar.schema import (
    EVIDENCE_LEVELS,
    FACT_DIMENSIONS,
    FACTS,
    FILINGS,
    FORMS,
    KNOWN_FROM_BASES,
)
from ingest.guards import (
    Guard,
    always,
    declared_columns,
    not_null,
    not_shrinking,
    one_of,
    unique,
)
from ingest.sql_types import sql_types

ACCESSION_NUMBER = r"^\d{10}-\d{2}-\d{6}$"
CONCEPT = r"^[a-z-]+:\w+$"
DECIMALS = r"^(?:INF|-?\d{1,2})$"

# A company files quarterly: the newest filing of a source in use is never older than a quarter and
# the weeks a filer has to report it.
NEWEST_FILING_WITHIN = timedelta(days=140)

# Widest figures that can be true of one company; thousands taken for dollars fall outside.
VALUE_RANGES = {
    "USD": (-5e12, 5e12),
    "shares": (0, 1e11),
    "USD/shares": (-1e4, 1e4),
    "duration": (0, 50),
    "pure": (-100, 100),
}

FACT_KEY = (
    "accession_number", "concept", "period_start", "period_end", "dimensions", "unit", "value",
    "decimals",
)  # fmt: skip

FILING_GUARDS = (
    declared_columns("filings", sql_types(FILINGS)),
    *not_null("filings", "accession_number", "cik", "form", "period_of_report", "known_from"),
    unique("filings_are_unique", "filings", "accession_number"),
    Guard(
        "filings_have_well_formed_accession_numbers",
        "filings",
        "ExpectColumnValuesToMatchRegex",
        always(column="accession_number", regex=ACCESSION_NUMBER),
    ),
    Guard(
        "filings_are_of_registered_companies",
        "filings",
        "ExpectColumnValuesToBeInSet",
        lambda context: {"column": "cik", "value_set": list(context.ciks)},
    ),
    one_of("filings_are_of_known_forms", "filings", "form", FORMS),
    one_of("filings_say_how_they_are_dated", "filings", "known_from_basis", KNOWN_FROM_BASES),
    Guard(
        "filings_are_filed_after_their_period",
        "filings",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        always(
            column_A="filed_at",
            column_B="period_of_report",
            ignore_row_if="either_value_is_missing",
        ),
    ),
    Guard(
        "the_newest_filing_is_fresh",
        "filings",
        "ExpectColumnMaxToBeBetween",
        lambda context: {
            "column": "filed_at",
            "min_value": context.gathered_on - NEWEST_FILING_WITHIN,
            "max_value": context.gathered_on,
        },
    ),
    not_shrinking("filings"),
)

FACT_GUARDS = (
    declared_columns("facts", sql_types(FACTS)),
    *not_null(
        "facts", "fact_id", "cik", "accession_number", "concept", "period_end", "unit", "value"
    ),
    unique("facts_are_unique", "facts", *FACT_KEY),
    Guard(
        "facts_have_well_formed_accession_numbers",
        "facts",
        "ExpectColumnValuesToMatchRegex",
        always(column="accession_number", regex=ACCESSION_NUMBER),
    ),
    Guard(
        "facts_belong_to_a_filing",
        "facts",
        "ExpectColumnValuesToNotBeNull",
        always(column="filing_form"),
    ),
    Guard(
        "facts_are_of_registered_companies",
        "facts",
        "ExpectColumnValuesToBeInSet",
        lambda context: {"column": "cik", "value_set": list(context.ciks)},
    ),
    Guard(
        "facts_have_prefixed_concepts",
        "facts",
        "ExpectColumnValuesToMatchRegex",
        always(column="concept", regex=CONCEPT),
    ),
    one_of("facts_have_known_units", "facts", "unit", tuple(VALUE_RANGES)),
    one_of("facts_have_known_evidence", "facts", "evidence", EVIDENCE_LEVELS),
    Guard(
        "stated_precisions_are_well_formed",
        "facts",
        "ExpectColumnValuesToMatchRegex",
        always(column="decimals", regex=DECIMALS),
    ),
    Guard(
        "periods_start_before_they_end",
        "facts",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        always(
            column_A="period_end", column_B="period_start", ignore_row_if="either_value_is_missing"
        ),
    ),
    Guard(
        "periods_end_before_they_are_filed",
        "facts",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        always(
            column_A="known_on",
            column_B="period_end",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        ),
    ),
    *(
        Guard(
            f"values_in_{unit.replace('/', '_per_')}_are_plausible".lower(),
            "facts",
            "ExpectColumnValuesToBeBetween",
            always(column="value", min_value=low, max_value=high),
            where=("unit", unit),
        )
        for unit, (low, high) in VALUE_RANGES.items()
    ),
    not_shrinking("facts"),
)

DIMENSION_GUARDS = (
    declared_columns("fact_dimensions", sql_types(FACT_DIMENSIONS)),
    *not_null("fact_dimensions", "fact_id", "axis", "member", "is_typed"),
    unique("dimensions_of_a_fact_are_unique", "fact_dimensions", "fact_id", "axis"),
    not_shrinking("fact_dimensions"),
)

REJECT_GUARDS = (
    Guard(
        "no_row_of_the_source_was_rejected",
        "rejects",
        "ExpectColumnValuesToBeInSet",
        always(column="reason", value_set=[]),
    ),
)
