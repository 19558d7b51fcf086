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
    figures.ttm_capex_gross_usd,
    figures.ttm_revenue_usd,
    figures.ttm_operating_cash_flow_usd,
    figures.ttm_depreciation_usd,
    figures.ttm_free_cash_flow_usd,
    figures.capex_growth_yoy_ratio,
    figures.ttm_capex_to_revenue_ratio,
    figures.ttm_capex_to_operating_cash_flow_ratio,
    figures.ttm_capex_to_depreciation_ratio,
    {{ place_among('figures.ttm_capex_to_revenue_ratio', ['figures.calendar_quarter']) }} as capex_percentile_ratio,
    case
        when companies.sic is not null
            then {{ place_among('figures.ttm_capex_to_revenue_ratio', ['figures.calendar_quarter', 'companies.sic']) }}
    end as industry_capex_percentile_ratio,
    figures.evidence,
    figures.accession_numbers,
    figures.known_from
from {{ ref('fct_capex_intensity') }} as figures
inner join {{ ref('dim_company') }} as companies
    on figures.ticker = companies.ticker
where figures.ttm_capex_to_revenue_ratio is not null
