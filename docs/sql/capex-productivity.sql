-- How much cloud revenue does a dollar of the year before's capital spending bring back?
-- The spending is the whole company's, warehouses and offices included; only the trend compares.
select
    ticker,
    fiscal_quarter,
    round(year_ago_ttm_capex_gross_usd / 1e9, 1) as capex_of_year_before_usd_bn,
    round((ttm_cloud_business_revenue_usd - year_ago_ttm_cloud_revenue_usd) / 1e9, 1)
        as cloud_revenue_added_usd_bn,
    round(capex_productivity_ratio, 3) as added_usd_per_capex_usd,
    round(capex_growth_gap_ratio * 100, 1) as capex_less_cloud_growth_points,
    round(margin_stability_ratio * 100, 2) as ttm_cloud_margin_pct
from marts.fct_cloud_signals
where capex_productivity_ratio is not null
order by ticker asc, period_end desc;
