-- Is capital spending outgrowing revenue and eating free cash flow?
-- Amazon's free cash flow counts spending net of proceeds, as the company defines it.
select
    ticker,
    fiscal_quarter,
    round(capex_gross_usd / 1e9, 3) as capex_gross_usd_bn,
    round(capex_growth_yoy_ratio * 100, 2) as capex_growth_yoy_pct,
    round(capex_less_revenue_growth_ratio * 100, 2) as capex_less_revenue_growth_points,
    round(ttm_operating_cash_flow_usd / 1e9, 3) as ttm_operating_cash_flow_usd_bn,
    round(ttm_free_cash_flow_usd / 1e9, 3) as ttm_free_cash_flow_usd_bn,
    round(ttm_capex_to_operating_cash_flow_ratio * 100, 1) as ttm_capex_of_cash_flow_pct
from marts.fct_capex_intensity
where period_end >= '2024-01-01' and ttm_free_cash_flow_usd is not null
order by ticker asc, period_end desc;
