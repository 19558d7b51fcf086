-- A provider restates every close to the newest split. As of an earlier moment nobody knew of it,
-- and share counts are those of the time: a close is put back to what was traded.
with later_splits as (

    select
        ticker,
        {{ product('split_ratio') }} as split_ratio
    from {{ source('registry', 'registry_splits') }}
    where not ({{ is_known('effective_from') }})
    group by ticker

)

select
    prices.ticker,
    prices.date as close_date,
    prices.close_usd * coalesce(later_splits.split_ratio, 1) as close_usd,
    prices.adjusted,
    prices.provider,
    prices.known_from
from {{ source('prices', 'prices') }} as prices
left join later_splits
    on prices.ticker = later_splits.ticker
where {{ is_known('prices.known_from') }}
