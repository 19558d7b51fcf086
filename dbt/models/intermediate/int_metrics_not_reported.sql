-- Why a company has no figures of a metric, where that is known beforehand.
with declared as (

    select ticker, metric from {{ ref('stg_registry__metric_facts') }}
    union
    select ticker, metric from {{ ref('stg_registry__formula_terms') }}

)

select
    companies.ticker,
    metrics.metric,
    coalesce(
        not_reported.reason, 'no concept and no formula of it is declared for the company'
    ) as reason
from {{ ref('stg_registry__companies') }} as companies
cross join {{ ref('stg_registry__metrics') }} as metrics
left join declared
    on companies.ticker = declared.ticker and metrics.metric = declared.metric
left join {{ ref('stg_registry__not_reported') }} as not_reported
    on companies.ticker = not_reported.ticker and metrics.metric = not_reported.metric
where not_reported.reason is not null or declared.ticker is null
