select
    companies.ticker,
    companies.cik,
    companies.company_name,
    companies.sic,
    companies.trading_symbol,
    companies.fiscal_year_end_month,
    companies.cloud_segment,
    companies.capex_definition,
    companies.capex_company_metric,
    backlog.scope as backlog_scope,
    backlog.definition as backlog_definition,
    backlog.revenue_metric as backlog_revenue_metric,
    backlog.revenue_segment as backlog_revenue_segment
from {{ ref('stg_registry__companies') }} as companies
left join {{ ref('stg_registry__backlog_rules') }} as backlog
    on companies.ticker = backlog.ticker
