select
    ticker,
    cik,
    company_name,
    fiscal_year_end_month,
    cloud_segment
from {{ source('registry', 'registry_companies') }}
