{#- A quarter that is said to be reported rests on facts of about three months, never of more. -#}
{% test reported_quarter_is_three_months(model) %}
{% set days = dbt.datediff('facts.period_start', 'facts.period_end', 'day') %}
with figures as (

    select * from {{ model }}

)

select figures.ticker, figures.metric, figures.fiscal_quarter, facts.period_start, facts.period_end
from figures
{{ each_element('figures.fact_ids', 'cited', 'fact_id') }}
inner join {{ ref('stg_edgar__facts') }} as facts
    on cited.fact_id = facts.fact_id
where
    figures.basis = 'quarter'
    and figures.derivation = 'reported'
    and (
        facts.period_start is null
        or {{ days }} not between 75 and 120
    )
{% endtest %}
