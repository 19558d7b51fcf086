{#- No fact that a metric is declared to come from contradicts another in its own filing. -#}
{% test metric_facts_do_not_conflict(model) %}
with facts as (

    select * from {{ model }}

)

select distinct facts.fact_id, facts.accession_number, facts.concept, facts.period_end, facts.value
from facts
inner join {{ ref('stg_registry__companies') }} as companies
    on facts.cik = companies.cik
inner join {{ ref('stg_registry__metric_facts') }} as declared
    on
        companies.ticker = declared.ticker
        and facts.concept = declared.concept
        and facts.dimension_signature = declared.dimension_signature
where facts.is_conflicting
{% endtest %}
