select
    metric,
    description,
    unit,
    fact_unit,
    period,
    grain,
    quarters,
    ttm
from {{ source('registry', 'registry_metrics') }}
