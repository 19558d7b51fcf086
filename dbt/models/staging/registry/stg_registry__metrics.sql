select
    metric,
    description,
    unit,
    fact_unit,
    period,
    grain,
    quarters,
    ttm,
    is_formula
from {{ source('registry', 'registry_metrics') }}
