select
    claim_metric,
    metric,
    metric_rank,
    measure
from {{ source('registry', 'registry_claim_rules') }}
