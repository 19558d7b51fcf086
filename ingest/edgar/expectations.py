"""What must hold of raw filings and facts before anything is derived from them."""

from datetime import timedelta

from ingest.edgar.schema import (
    COMPANYFACTS,
    EVIDENCE_LEVELS,
    FACT_DIMENSIONS,
    FACTS,
    FILINGS,
    FORMS,
    KNOWN_FROM_BASES,
    PRELIMINARY,
    READ_STATUSES,
    TEXT_FACTS,
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
RELEASE_CONCEPT = r"^release:\w+$"
PLACE_IN_A_RELEASE = r"\.html?#(?:table\d+\.row\d+|paragraph\d+)$"
DECIMALS = r"^(?:INF|-?\d{1,2})$"

# A currency, a plain unit or one of the filer's own; products and one ratio of them.
UNIT = r"^[\w.:-]+(?:\*[\w.:-]+)*(?:/[\w.:-]+(?:\*[\w.:-]+)*)?$"

# One fact in this many may be one that cannot be read; more means a reader or a source gone wrong.
FACTS_TO_A_REJECT = 200

# A company files quarterly: the newest filing of a source in use is never older than a quarter and
# the weeks a filer has to report it.
NEWEST_FILING_WITHIN = timedelta(days=140)
# What is accepted in the evening is dated the next business day.
FILED_AHEAD = timedelta(days=7)

# Widest figures that can be true of one company's declared metrics; thousands taken for dollars
# fall outside.
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
    one_of("filings_say_whether_they_were_read", "filings", "read_status", READ_STATUSES),
    one_of("filings_say_how_they_are_dated", "filings", "known_from_basis", KNOWN_FROM_BASES),
    Guard(
        "filings_are_filed_after_their_period",
        "filings",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        always(
            column_A="filed_at",
            column_B="period_of_report",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        ),
    ),
    Guard(
        "the_newest_filing_is_fresh",
        "filings",
        "ExpectColumnMaxToBeBetween",
        lambda context: {
            "column": "filed_at",
            "min_value": context.filings_gathered_on - NEWEST_FILING_WITHIN,
            "max_value": context.filings_gathered_on + FILED_AHEAD,
        },
    ),
    not_shrinking("filings"),
)

FACT_GUARDS = (
    declared_columns("facts", sql_types(FACTS)),
    *not_null("facts", "fact_id", "cik", "accession_number", "concept", "period_end", "unit"),
    Guard(
        "facts_that_are_not_nil_have_value",
        "facts",
        "ExpectColumnValuesToNotBeNull",
        always(column="value"),
        where=("is_nil", False),
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
    Guard(
        "facts_have_well_formed_units",
        "facts",
        "ExpectColumnValuesToMatchRegex",
        always(column="unit", regex=UNIT),
    ),
    one_of("facts_have_known_evidence", "facts", "evidence", EVIDENCE_LEVELS),
    Guard(
        "preliminary_facts_are_stated_in_releases",
        "facts",
        "ExpectColumnValuesToBeInSet",
        always(column="filing_form", value_set=["8-K", "8-K/A"]),
        where=("evidence", PRELIMINARY),
    ),
    Guard(
        "preliminary_facts_are_declared_of_releases",
        "facts",
        "ExpectColumnValuesToMatchRegex",
        always(column="concept", regex=RELEASE_CONCEPT),
        where=("evidence", PRELIMINARY),
    ),
    Guard(
        "preliminary_facts_say_where_they_are_printed",
        "facts",
        "ExpectColumnValuesToMatchRegex",
        always(column="evidence_ref", regex=PLACE_IN_A_RELEASE),
        where=("evidence", PRELIMINARY),
    ),
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
            column_A="period_end",
            column_B="period_start",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
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
        where=("is_declared_actual", True),
    ),
    *(
        Guard(
            f"values_in_{unit.replace('/', '_per_')}_are_plausible".lower(),
            "facts",
            "ExpectColumnValuesToBeBetween",
            always(column="value", min_value=low, max_value=high),
            where=("declared_unit", unit),
        )
        for unit, (low, high) in VALUE_RANGES.items()
    ),
    not_shrinking("facts"),
)

DIMENSION_GUARDS = (
    declared_columns("fact_dimensions", sql_types(FACT_DIMENSIONS)),
    *not_null("fact_dimensions", "fact_id", "axis", "is_typed"),
    Guard(
        "explicit_dimensions_have_member",
        "fact_dimensions",
        "ExpectColumnValuesToNotBeNull",
        always(column="member"),
        where=("is_typed", False),
    ),
    unique("dimensions_of_a_fact_are_unique", "fact_dimensions", "fact_id", "axis"),
    not_shrinking("fact_dimensions"),
)

TEXT_FACT_GUARDS = (
    declared_columns("text_facts", sql_types(TEXT_FACTS)),
    *not_null("text_facts", "cik", "accession_number", "concept", "dimensions", "evidence_ref"),
)

COMPANYFACTS_GUARDS = (
    declared_columns("companyfacts", sql_types(COMPANYFACTS)),
    *not_null("companyfacts", "cik", "accession_number", "concept", "period_end", "unit"),
)

REJECT_GUARDS = (
    Guard(
        "no_row_of_a_table_was_rejected",
        "rejects",
        "ExpectColumnValuesToNotBeInSet",
        always(column="reason", value_set=["malformed_row", "malformed_dimensions"]),
    ),
    Guard(
        "few_facts_were_rejected",
        "rejects",
        "ExpectTableRowCountToBeBetween",
        lambda context: {
            "max_value": len(context.ciks)
            + context.current_rows.get("facts", 0) // FACTS_TO_A_REJECT
            + context.current_rows.get("rejects", 0)
            - context.rejected_facts
        },
    ),
)
