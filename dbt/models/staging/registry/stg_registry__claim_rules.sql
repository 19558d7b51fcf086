select
    claim_metric,
    metric,
    metric_rank,
    measure,
    over_metric,
    of_metric,
    guided_metric,
    is_outlook,
    is_constant_currency,
    is_of_backlog_segment
from {{ source('registry', 'registry_claim_rules') }}
