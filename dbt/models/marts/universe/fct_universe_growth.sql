-- What each filer achieved over each span of years, and how large it was when the span began.
{% set horizons = {1: 'one_year', 3: 'three_years', 5: 'five_years', 10: 'ten_years'} %}
with spans as (

    {% for years, name in horizons.items() %}
    select
        ticker, fiscal_quarter, calendar_quarter, period_end, {{ years }} as horizon_years,
        {{ name }}_ago_ttm_revenue_usd as start_revenue_usd, ttm_revenue_usd as end_revenue_usd,
        revenue_growth_{{ years }}y_ratio as growth_ratio, evidence, accession_numbers, known_from
    from {{ ref('fct_revenue_growth') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    spans.ticker,
    companies.trading_symbol,
    companies.cik,
    companies.company_name,
    companies.sic,
    spans.fiscal_quarter,
    spans.calendar_quarter,
    spans.period_end,
    spans.horizon_years,
    spans.start_revenue_usd,
    spans.end_revenue_usd,
    spans.growth_ratio,
    classes.from_revenue_usd,
    classes.below_revenue_usd,
    spans.evidence,
    spans.accession_numbers,
    spans.known_from
from spans
inner join {{ ref('dim_company') }} as companies
    on spans.ticker = companies.ticker
inner join {{ ref('stg_registry__size_classes') }} as classes
    on {{ is_in_size_class('spans.start_revenue_usd', 'classes') }}
where spans.growth_ratio is not null
