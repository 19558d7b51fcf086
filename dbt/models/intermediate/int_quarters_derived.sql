-- Versions of each figure for a single fiscal quarter: stated, or a difference of longer periods.
{% set target = ['ticker', 'metric', 'segment', 'fiscal_year', 'fiscal_quarter_number'] %}
with terms as (

    select
        observations.ticker,
        observations.metric,
        observations.segment,
        observations.fiscal_year,
        derivations.target_quarter as fiscal_quarter_number,
        derivations.derivation,
        derivations.priority,
        derivations.term_count,
        derivations.coefficient,
        case when derivations.term_count > 1 then observations.vintage end as vintage,
        observations.value,
        observations.value_as_filed,
        observations.precision_digits,
        observations.evidence_rank,
        observations.accession_numbers,
        observations.fact_ids as added_fact_ids,
        {{ empty_list() }} as subtracted_fact_ids,
        observations.known_from,
        observations.known_to
    from {{ ref('int_observations_versioned') }} as observations
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on observations.metric = metrics.metric
    inner join {{ ref('quarter_derivations') }} as derivations
        on
            observations.fiscal_quarter_number = derivations.last_quarter
            and observations.span_quarters
            = derivations.last_quarter - derivations.first_quarter + 1
    where
        metrics.quarters = 'derived'
        or (metrics.quarters = 'reported_only' and derivations.derivation = 'reported')

),

{{ combine_versions('terms', target) }}

select
    ticker, metric, segment, fiscal_year, fiscal_quarter_number, derivation,
    value, value_as_filed, precision_digits, evidence_rank, accession_numbers, added_fact_ids,
    subtracted_fact_ids, known_from, known_to
from versions
