select
    ticker,
    grain,
    segment,
    part_name
from {{ source('registry', 'registry_parts') }}
