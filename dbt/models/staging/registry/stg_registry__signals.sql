select
    signal,
    says,
    unit,
    is_higher_better,
    reference_quarters,
    minimum_quarters,
    lower_quantile,
    upper_quantile
from {{ source('registry', 'registry_signals') }}
