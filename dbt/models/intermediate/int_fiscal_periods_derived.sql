-- First and last day of a figure's fiscal quarter, as the filings known with the figure date it: a
-- quarter whose own days none of them states lies between its neighbours, and where they are
-- unknown too, the calendar months of the fiscal year are taken. Later filings change no earlier
-- version.
{% set quarter_index = '4 * fiscal_year + fiscal_quarter_number' %}
{% set up_to_then %}
    partition by ticker, quarter_index, kind order by known_from
    range between unbounded preceding and current row
{% endset %}
with figures as (

    select ticker, {{ quarter_index }} as quarter_index, known_from
    from {{ ref('int_reported_figures_unioned') }}
    union
    select ticker, {{ quarter_index }} as quarter_index, known_from
    from {{ ref('int_formulas_applied') }}

),

stated as (

    select
        ticker, {{ quarter_index }} as quarter_index, 'end' as kind, period_end as day, known_from
    from {{ ref('int_observations_mapped') }}

    union

    select
        ticker, {{ quarter_index }} + 1, 'day_after_previous',
        cast({{ dbt.dateadd('day', 1, 'period_end') }} as date), known_from
    from {{ ref('int_observations_mapped') }}

    union

    -- A year, or a part of it, begins on the first day of its first quarter.
    select
        ticker, {{ quarter_index }} - span_quarters + 1,
        case when span_quarters = 1 then 'own_start' else 'longer_start' end,
        period_start, known_from
    from {{ ref('int_observations_mapped') }}
    where span_quarters > 0

),

settled as (

    select
        ticker,
        quarter_index,
        kind,
        known_from,
        case
            when kind = 'end' then max(day) over ({{ up_to_then }})
            else min(day) over ({{ up_to_then }})
        end as day
    from stated

),

-- Days change hardly ever: each is kept once for as long as it stays the same.
days as (

    select
        ticker,
        quarter_index,
        kind,
        day,
        min(known_from) as known_from,
        lead(min(known_from)) over (
            partition by ticker, quarter_index, kind order by min(known_from)
        ) as known_to
    from settled
    group by ticker, quarter_index, kind, day

),

around as (

    select
        figures.ticker,
        figures.quarter_index,
        figures.known_from,
        days.quarter_index - figures.quarter_index as quarters_away,
        days.kind,
        days.day
    from figures
    left join days
        on
            figures.ticker = days.ticker
            and days.quarter_index between figures.quarter_index - 3 and figures.quarter_index + 1
            and figures.known_from >= days.known_from
            and figures.known_from < {{ or_never('days.known_to') }}

),

dated as (

    select
        ticker,
        quarter_index,
        known_from,
        {% for name, quarters_away in [('own', 0), ('next', 1), ('year_ago', -3)] %}
        coalesce(
            {% for kind in ['own_start', 'longer_start', 'day_after_previous'] %}
            max(case when quarters_away = {{ quarters_away }} and kind = '{{ kind }}' then day end)
            {{- ',' if not loop.last }}
            {% endfor %}
        ) as {{ name }}_start,
        {% endfor %}
        max(case when quarters_away = 0 and kind = 'end' then day end) as own_end
    from around
    group by ticker, quarter_index, known_from

),

calendar as (

    select
        dated.*,
        floor((dated.quarter_index - 1) / 4) as fiscal_year,
        dated.quarter_index - 4 * floor((dated.quarter_index - 1) / 4) as fiscal_quarter_number,
        {{ dbt.dateadd(
            'month',
            '3 * (dated.quarter_index - 8004) + companies.fiscal_year_end_month - 1',
            "cast('2000-01-01' as date)"
        ) }} as first_of_last_month
    from dated
    inner join {{ ref('stg_registry__companies') }} as companies
        on dated.ticker = companies.ticker

)

select
    ticker,
    cast(fiscal_year as integer) as fiscal_year,
    cast(fiscal_quarter_number as integer) as fiscal_quarter_number,
    {{ fiscal_quarter('quarter_index') }} as fiscal_quarter,
    cast(coalesce(own_start, {{ dbt.dateadd('month', -2, 'first_of_last_month') }}) as date)
        as period_start,
    cast(coalesce(
        own_end,
        {{ dbt.dateadd('day', -1, 'next_start') }},
        {{ dbt.last_day('first_of_last_month', 'month') }}
    ) as date) as period_end,
    cast(coalesce(year_ago_start, {{ dbt.dateadd('month', -11, 'first_of_last_month') }}) as date)
        as twelve_months_start,
    known_from
from calendar
