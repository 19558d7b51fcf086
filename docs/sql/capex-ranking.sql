-- Which company puts the largest part of its revenue into plant, calendar quarter by quarter?
-- Fiscal years differ: the quarters Microsoft calls 2026Q4 and Amazon 2026Q2 are the same months.
-- Ranks count only the companies whose figure is on hand for the quarter.
select
    peers.calendar_quarter,
    peers.capex_to_revenue_rank,
    companies.company_name,
    peers.fiscal_quarter,
    peers.period_end,
    round(peers.ttm_capex_to_revenue_ratio * 100, 2) as ttm_capex_to_revenue_pct,
    round(peers.ttm_capex_to_operating_cash_flow_ratio * 100, 1)
        as ttm_capex_to_operating_cash_flow_pct
from marts.fct_peer_comparison as peers
inner join marts.dim_company as companies
    on peers.ticker = companies.ticker
where peers.calendar_quarter >= '2023Q2' and peers.capex_to_revenue_rank is not null
order by peers.calendar_quarter desc, peers.capex_to_revenue_rank asc;
