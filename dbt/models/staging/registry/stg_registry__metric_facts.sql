select
    ticker,
    metric,
    segment,
    concept,
    dimension_signature,
    concept_rank
from {{ source('registry', 'registry_metric_facts') }}
