select
    ticker,
    metric,
    term_metric,
    term_segment,
    coefficient,
    term_count
from {{ source('registry', 'registry_formula_terms') }}
