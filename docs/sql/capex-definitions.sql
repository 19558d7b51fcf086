-- What did each company spend on plant by every definition in use, and do they reconcile?
-- Twelve months to the quarter's end. The company's own words decide its definition: Amazon's is
-- net of proceeds, Meta's holds the principal of finance leases. unexplained_usd should be zero.
select
    calendar_quarter,
    ticker,
    fiscal_quarter,
    round(ttm_capex_gross_usd / 1e9, 3) as gross_usd_bn,
    round(ttm_capex_net_usd / 1e9, 3) as net_usd_bn,
    round(ttm_capex_with_finance_leases_usd / 1e9, 3) as with_finance_leases_usd_bn,
    round(ttm_property_additions_usd / 1e9, 3) as property_additions_usd_bn,
    round(ttm_capex_company_definition_usd / 1e9, 3) as company_definition_usd_bn,
    round(ttm_company_less_gross_usd / 1e9, 3) as company_less_gross_usd_bn,
    coalesce(ttm_net_difference_usd, 0) + coalesce(ttm_finance_leases_difference_usd, 0)
        as unexplained_usd
from marts.fct_capex_definitions
where calendar_quarter >= '2023Q4' and ttm_capex_gross_usd is not null
order by calendar_quarter desc, ticker asc;
