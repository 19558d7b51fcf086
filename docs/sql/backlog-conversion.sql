-- What did the backlog imply for the next twelve months, and what did they bring?
-- Most revenue is not in the backlog a year ahead: well below 100 % is usual, a rise means that
-- less came on top of what was under contract.
select
    ticker,
    fiscal_quarter,
    round(backlog_usd / 1e9, 1) as backlog_usd_bn,
    round(implied_next_12m_revenue_usd / 1e9, 1) as implied_next_12m_revenue_usd_bn,
    round(realised_next_12m_revenue_usd / 1e9, 1) as realised_next_12m_revenue_usd_bn,
    round(realised_less_implied_usd / 1e9, 1) as realised_less_implied_usd_bn,
    round(backlog_conversion_ratio * 100, 1) as implied_of_realised_pct
from marts.fct_backlog_burndown
where implied_next_12m_revenue_usd is not null and realised_next_12m_revenue_usd is not null
order by ticker asc, period_end desc;
