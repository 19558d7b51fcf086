{#- Twelve months to a fourth quarter's end are the fiscal year, wherever both may be filed. -#}
{% test ttm_of_fourth_quarter_is_fiscal_year(model) %}
with figures as (

    select * from {{ model }}

)

select
    years.ticker,
    years.metric,
    years.segment,
    years.fiscal_quarter,
    years.value as fiscal_year_value,
    twelve_months.value as ttm_value
from figures as years
inner join {{ ref('stg_registry__metrics') }} as metrics
    on years.metric = metrics.metric and metrics.ttm = 'filed_or_derived'
left join figures as twelve_months
    on
        years.ticker = twelve_months.ticker
        and years.metric = twelve_months.metric
        and years.segment = twelve_months.segment
        and years.fiscal_quarter = twelve_months.fiscal_quarter
        and twelve_months.basis = 'ttm'
where
    years.basis = 'fiscal_year'
    and (twelve_months.value is null or twelve_months.value <> years.value)
{% endtest %}
