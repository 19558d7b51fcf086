select
    metric,
    description,
    unit,
    fact_unit,
    period,
    grain,
    quarters,
    ttm,
    total_metric
from {{ source('registry', 'registry_metrics') }}
