-- How fast filers of each class of size grew. One window ends with each fiscal year of a filer:
-- windows of several years overlap, and their number is not one of independent cases.
{% set points = {
    'p10': 0.10, 'p25': 0.25, 'median': 0.50, 'p75': 0.75, 'p90': 0.90
} %}
with windows as (

    select
        *,
        row_number() over (
            partition by horizon_years, from_revenue_usd
            order by growth_ratio, ticker, fiscal_quarter
        ) as place,
        count(*) over (partition by horizon_years, from_revenue_usd) as window_count
    from {{ ref('fct_universe_growth') }}
    where substring(fiscal_quarter, 5, 2) = 'Q4'

),

fiscal_years as (

    select
        ticker, period_end, ttm_revenue_usd, known_from,
        cast(substring(fiscal_quarter, 1, 4) as integer) as fiscal_year
    from {{ ref('fct_revenue_growth') }}
    where substring(fiscal_quarter, 5, 2) = 'Q4' and ttm_revenue_usd is not null

),

horizons as (

    select distinct horizon_years
    from windows

),

newest as (

    select cast(max(known_from) as date) as known_on
    from fiscal_years

),

-- Ends of windows that lie a year back or more, and whose filer tells no revenue there.
lost as (

    select
        horizons.horizon_years,
        classes.from_revenue_usd,
        count(*) as lost_window_count
    from fiscal_years as begun
    cross join horizons
    cross join newest
    inner join {{ ref('stg_registry__size_classes') }} as classes
        on {{ is_in_size_class('begun.ttm_revenue_usd', 'classes') }}
    left join fiscal_years as ended
        on
            begun.ticker = ended.ticker
            and begun.fiscal_year + horizons.horizon_years = ended.fiscal_year
    where
        ended.ticker is null
        and {{ dbt.dateadd('month', '12 * (horizons.horizon_years + 1)', 'begun.period_end') }}
        <= newest.known_on
    group by horizons.horizon_years, classes.from_revenue_usd

)

select
    windows.horizon_years,
    windows.from_revenue_usd,
    max(windows.below_revenue_usd) as below_revenue_usd,
    cast(count(*) as integer) as window_count,
    cast(count(distinct windows.ticker) as integer) as filer_count,
    cast(coalesce(max(lost.lost_window_count), 0) as integer) as lost_window_count,
    {% for name, share in points.items() %}
    sum(
        windows.growth_ratio
        * greatest(0, 1 - abs(windows.place - 1 - {{ share }} * (windows.window_count - 1)))
    ) as {{ name }}_growth_ratio,
    {% endfor %}
    max(windows.known_from) as known_from
from windows
left join lost
    on
        windows.horizon_years = lost.horizon_years
        and windows.from_revenue_usd = lost.from_revenue_usd
group by windows.horizon_years, windows.from_revenue_usd
