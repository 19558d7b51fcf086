{#- A fiscal year rests only on twelve months that end when the company's fiscal year does. -#}
{% test fiscal_year_ends_with_fiscal_year(model) %}
{% set days = dbt.datediff('facts.period_start', 'facts.period_end', 'day') %}
with figures as (

    select * from {{ model }}

)

select figures.ticker, figures.metric, figures.fiscal_quarter, facts.period_start, facts.period_end
from figures
{{ each_element('figures.fact_ids', 'cited', 'fact_id') }}
inner join {{ ref('stg_edgar__facts') }} as facts
    on cited.fact_id = facts.fact_id
inner join {{ ref('dim_company') }} as companies
    on figures.ticker = companies.ticker
where
    figures.basis = 'fiscal_year'
    and (
        figures.fiscal_quarter_number <> 4
        or facts.period_start is null
        or {{ days }} not between 340 and 390
        or extract(month from {{ dbt.dateadd('day', -10, 'facts.period_end') }})
        <> companies.fiscal_year_end_month
    )
{% endtest %}
