select
    parts.ticker,
    parts.segment,
    parts.grain as segment_grain,
    parts.part_name as segment_name,
    coalesce(
        parts.grain = 'segment' and parts.segment = companies.cloud_segment, false
    ) as is_cloud
from {{ ref('stg_registry__parts') }} as parts
inner join {{ ref('stg_registry__companies') }} as companies
    on parts.ticker = companies.ticker
