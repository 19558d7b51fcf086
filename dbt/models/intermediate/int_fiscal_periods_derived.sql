-- First and last day of each fiscal quarter, as the filings date them; where no filing on hand
-- states a quarter, the calendar months of the fiscal year do.
with observed as (

    select
        ticker,
        fiscal_year,
        fiscal_quarter_number,
        max(period_end) as period_end,
        min(case when span_quarters = 1 then period_start end) as period_start
    from {{ ref('int_observations_mapped') }}
    group by ticker, fiscal_year, fiscal_quarter_number

),

quarters as (

    select distinct target_quarter as fiscal_quarter_number
    from {{ ref('quarter_derivations') }}

),

calendar as (

    select distinct
        observed.ticker,
        observed.fiscal_year,
        quarters.fiscal_quarter_number,
        {{ dbt.dateadd(
            'month',
            '12 * (observed.fiscal_year - 2000) + companies.fiscal_year_end_month - 1'
            ' + 3 * (quarters.fiscal_quarter_number - 4)',
            "cast('2000-01-01' as date)"
        ) }} as first_of_last_month
    from observed
    inner join {{ ref('stg_registry__companies') }} as companies
        on observed.ticker = companies.ticker
    cross join quarters

)

select
    calendar.ticker,
    calendar.fiscal_year,
    calendar.fiscal_quarter_number,
    {{ as_text('calendar.fiscal_year') }} || 'Q' || {{ as_text('calendar.fiscal_quarter_number') }}
        as fiscal_quarter,
    coalesce(
        observed.period_start,
        cast({{ dbt.dateadd('month', -2, 'calendar.first_of_last_month') }} as date)
    ) as period_start,
    coalesce(
        observed.period_end, {{ dbt.last_day('calendar.first_of_last_month', 'month') }}
    ) as period_end
from calendar
left join observed
    on
        calendar.ticker = observed.ticker
        and calendar.fiscal_year = observed.fiscal_year
        and calendar.fiscal_quarter_number = observed.fiscal_quarter_number
