select
    from_revenue_usd,
    below_revenue_usd
from {{ source('registry', 'registry_size_classes') }}
