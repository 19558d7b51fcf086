select
    ticker,
    segment_metric,
    allowed_ratio,
    until_quarter,
    note
from {{ source('registry', 'registry_unallocated') }}
