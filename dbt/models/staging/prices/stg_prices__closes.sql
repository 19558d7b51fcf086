select
    ticker,
    date as close_date,
    close_usd,
    adjusted,
    provider,
    known_from
from {{ source('prices', 'prices') }}
where {{ is_known('known_from') }}
