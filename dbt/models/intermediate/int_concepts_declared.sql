-- The concepts of each metric with all that places a fact of them, so that facts are joined once.
select
    declared.ticker,
    companies.cik,
    companies.fiscal_year_end_month,
    declared.metric,
    declared.segment,
    declared.concept,
    declared.dimension_signature,
    declared.concept_rank,
    metrics.period as period_type,
    metrics.period = 'duration' as is_duration,
    metrics.unit,
    metrics.fact_unit
from {{ ref('stg_registry__metric_facts') }} as declared
inner join {{ ref('stg_registry__metrics') }} as metrics
    on declared.metric = metrics.metric
inner join {{ ref('stg_registry__companies') }} as companies
    on declared.ticker = companies.ticker
