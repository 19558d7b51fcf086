select
    ticker,
    cik,
    company_name,
    sic,
    trading_symbol,
    fiscal_year_end_month,
    cloud_segment,
    capex_definition,
    capex_company_metric
from {{ source('registry', 'registry_companies') }}
