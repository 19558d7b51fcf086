select
    ticker,
    scope,
    definition,
    revenue_metric,
    revenue_segment
from {{ source('registry', 'registry_backlog_rules') }}
