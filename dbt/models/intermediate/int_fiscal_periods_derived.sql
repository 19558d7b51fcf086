-- First and last day of each fiscal quarter, as the filings date them; a quarter whose own days no
-- filing states lies between its neighbours, and where they are unknown too, the calendar months
-- of the fiscal year are taken.
{% set quarter_index = '4 * fiscal_year + fiscal_quarter_number' %}
with observed as (

    select
        ticker,
        {{ quarter_index }} as quarter_index,
        max(period_end) as period_end,
        min(case when span_quarters = 1 then period_start end) as period_start
    from {{ ref('int_observations_mapped') }}
    group by ticker, {{ quarter_index }}

),

-- A year, or a part of it, begins on the first day of its first quarter.
begun as (

    select
        ticker,
        {{ quarter_index }} - span_quarters + 1 as quarter_index,
        min(period_start) as period_start
    from {{ ref('int_observations_mapped') }}
    where span_quarters > 1
    group by ticker, {{ quarter_index }} - span_quarters + 1

),

quarters as (

    select distinct target_quarter as fiscal_quarter_number
    from {{ ref('quarter_derivations') }}

),

years as (

    select distinct ticker, fiscal_year
    from {{ ref('int_observations_mapped') }}

),

calendar as (

    select
        years.ticker,
        years.fiscal_year,
        quarters.fiscal_quarter_number,
        4 * years.fiscal_year + quarters.fiscal_quarter_number as quarter_index,
        {{ dbt.dateadd(
            'month',
            '12 * (years.fiscal_year - 2000) + companies.fiscal_year_end_month - 1'
            ' + 3 * (quarters.fiscal_quarter_number - 4)',
            "cast('2000-01-01' as date)"
        ) }} as first_of_last_month
    from years
    inner join {{ ref('stg_registry__companies') }} as companies
        on years.ticker = companies.ticker
    cross join quarters

),

-- First day of every quarter that some filing dates, by its own start or the end of the one before.
starts as (

    select
        ticker,
        quarter_index,
        coalesce(min(stated_start), min(begun_start), min(day_after_previous)) as period_start
    from (
        select
            ticker, quarter_index, period_start as stated_start,
            cast(null as date) as begun_start, cast(null as date) as day_after_previous
        from observed
        union all
        select ticker, quarter_index, cast(null as date), period_start, cast(null as date)
        from begun
        union all
        select
            ticker, quarter_index + 1, cast(null as date), cast(null as date),
            cast({{ dbt.dateadd('day', 1, 'period_end') }} as date)
        from observed
    ) as sources
    group by ticker, quarter_index

)

select
    calendar.ticker,
    calendar.fiscal_year,
    calendar.fiscal_quarter_number,
    {{ as_text('calendar.fiscal_year') }} || 'Q' || {{ as_text('calendar.fiscal_quarter_number') }}
        as fiscal_quarter,
    cast(coalesce(
        own.period_start, {{ dbt.dateadd('month', -2, 'calendar.first_of_last_month') }}
    ) as date) as period_start,
    cast(coalesce(
        observed.period_end,
        {{ dbt.dateadd('day', -1, 'next.period_start') }},
        {{ dbt.last_day('calendar.first_of_last_month', 'month') }}
    ) as date) as period_end,
    cast(coalesce(
        year_ago.period_start, {{ dbt.dateadd('month', -11, 'calendar.first_of_last_month') }}
    ) as date) as twelve_months_start
from calendar
left join observed
    on calendar.ticker = observed.ticker and calendar.quarter_index = observed.quarter_index
left join starts as own
    on calendar.ticker = own.ticker and calendar.quarter_index = own.quarter_index
left join starts as next
    on calendar.ticker = next.ticker and calendar.quarter_index = next.quarter_index - 1
left join starts as year_ago
    on calendar.ticker = year_ago.ticker and calendar.quarter_index = year_ago.quarter_index + 3
