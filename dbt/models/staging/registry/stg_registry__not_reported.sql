select
    ticker,
    metric,
    reason
from {{ source('registry', 'registry_not_reported') }}
