-- A figure's place among all filers, and among those of its industry, in the calendar quarter.
select
    figures.ticker,
    companies.trading_symbol,
    companies.cik,
    companies.company_name,
    companies.sic,
    figures.fiscal_quarter,
    figures.calendar_quarter,
    figures.period_end,
    figures.ttm_revenue_usd,
    figures.ttm_operating_income_usd,
    figures.ttm_net_income_usd,
    figures.revenue_growth_yoy_ratio,
    figures.operating_margin_change_yoy_ratio,
    figures.ttm_operating_margin_ratio,
    figures.ttm_net_margin_ratio,
    {{ place_among('figures.ttm_operating_margin_ratio', ['figures.calendar_quarter']) }} as margin_percentile_ratio,
    case
        when companies.sic is not null
            then {{ place_among('figures.ttm_operating_margin_ratio', ['figures.calendar_quarter', 'companies.sic']) }}
    end as industry_margin_percentile_ratio,
    figures.evidence,
    figures.accession_numbers,
    figures.known_from
from {{ ref('fct_company_margins') }} as figures
inner join {{ ref('dim_company') }} as companies
    on figures.ticker = companies.ticker
where figures.ttm_operating_margin_ratio is not null
