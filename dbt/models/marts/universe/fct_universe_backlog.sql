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
    figures.backlog_usd,
    figures.remaining_life_years,
    figures.ttm_cloud_revenue_usd,
    figures.net_bookings_usd,
    figures.implied_next_12m_revenue_usd,
    figures.coverage_years,
    {{ place_among('figures.coverage_years', ['figures.calendar_quarter']) }} as backlog_percentile_ratio,
    case
        when companies.sic is not null
            then {{ place_among('figures.coverage_years', ['figures.calendar_quarter', 'companies.sic']) }}
    end as industry_backlog_percentile_ratio,
    figures.evidence,
    figures.accession_numbers,
    figures.known_from
from {{ ref('fct_backlog_coverage') }} as figures
inner join {{ ref('dim_company') }} as companies
    on figures.ticker = companies.ticker
where figures.coverage_years is not null
