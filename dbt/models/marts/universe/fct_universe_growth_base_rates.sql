-- How fast filers of each class of size grew. One window ends with each fiscal year of a filer: windows
-- of several years overlap, and their number is not one of independent cases.
{% set points = {
    'p10': 0.10, 'p25': 0.25, 'median': 0.50, 'p75': 0.75, 'p90': 0.90
} %}
with windows as (

    select
        *,
        row_number() over (
            partition by horizon_years, from_revenue_usd order by growth_ratio, ticker, fiscal_quarter
        ) as place,
        count(*) over (partition by horizon_years, from_revenue_usd) as window_count
    from {{ ref('fct_universe_growth') }}
    where substring(fiscal_quarter, 5, 2) = 'Q4'

)

select
    horizon_years,
    from_revenue_usd,
    max(below_revenue_usd) as below_revenue_usd,
    cast(count(*) as integer) as window_count,
    cast(count(distinct ticker) as integer) as filer_count,
    {% for name, share in points.items() %}
    sum(growth_ratio * greatest(0, 1 - abs(place - 1 - {{ share }} * (window_count - 1))))
        as {{ name }}_growth_ratio,
    {% endfor %}
    max(known_from) as known_from
from windows
group by horizon_years, from_revenue_usd
