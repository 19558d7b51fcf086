select
    ticker,
    effective_on,
    effective_from,
    split_ratio
from {{ source('registry', 'registry_splits') }}
where {{ is_known('effective_from') }}
