{#- The evidence of a figure is that of the weakest fact it was taken from, and it has a fact. -#}
{% test evidence_of_weakest_fact(model) %}
with all_figures as (

    select * from {{ model }}

),

weakest as (

    select
        figures.ticker,
        figures.metric,
        figures.segment,
        figures.basis,
        figures.fiscal_quarter,
        figures.known_from,
        figures.evidence,
        max(facts.evidence_rank) as evidence_rank
    from all_figures as figures
    {{ each_element('figures.fact_ids', 'cited', 'fact_id') }}
    left join {{ ref('stg_edgar__facts') }} as facts
        on cited.fact_id = facts.fact_id
    group by
        figures.ticker, figures.metric, figures.segment, figures.basis, figures.fiscal_quarter,
        figures.known_from, figures.evidence

)

select figures.ticker, figures.metric, figures.basis, figures.fiscal_quarter, figures.evidence
from all_figures as figures
left join weakest
    on
        figures.ticker = weakest.ticker
        and figures.metric = weakest.metric
        and figures.segment = weakest.segment
        and figures.basis = weakest.basis
        and figures.fiscal_quarter = weakest.fiscal_quarter
        and figures.known_from = weakest.known_from
where
    weakest.evidence_rank is null
    or {{ evidence_level('weakest.evidence_rank') }} <> figures.evidence
{% endtest %}
