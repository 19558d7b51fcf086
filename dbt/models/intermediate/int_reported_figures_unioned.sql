-- Versions of every figure that is stated or derived in time, in one shape, before formulas.
select
    ticker, metric, segment, 'quarter' as basis, fiscal_year, fiscal_quarter_number, derivation,
    value, value_as_filed, precision_digits, evidence_rank, accession_numbers, added_fact_ids,
    subtracted_fact_ids, known_from, known_to
from {{ ref('int_quarters_derived') }}

union all

select
    ticker, metric, segment, 'ttm' as basis, fiscal_year, fiscal_quarter_number, derivation,
    value, value_as_filed, precision_digits, evidence_rank, accession_numbers, added_fact_ids,
    subtracted_fact_ids, known_from, known_to
from {{ ref('int_ttm_derived') }}

union all

select
    ticker,
    metric,
    segment,
    case when span_quarters = 0 then 'instant' else 'fiscal_year' end as basis,
    fiscal_year,
    fiscal_quarter_number,
    case when change = 'split' then 'split_adjusted' else 'reported' end as derivation,
    value, value_as_filed, precision_digits, evidence_rank, accession_numbers,
    fact_ids as added_fact_ids,
    {{ empty_list() }} as subtracted_fact_ids,
    known_from, known_to
from {{ ref('int_observations_versioned') }}
where span_quarters = 0 or (span_quarters = 4 and fiscal_quarter_number = 4)
