-- Is new business signed faster than revenue is billed?
-- Net bookings are the change of backlog plus revenue; above 1 the backlog grows. The last columns
-- burn the backlog down at its stated life.
select
    ticker,
    fiscal_quarter,
    round(cloud_revenue_usd / 1e9, 3) as revenue_usd_bn,
    round(net_bookings_usd / 1e9, 3) as net_bookings_usd_bn,
    round(book_to_bill_ratio, 2) as book_to_bill_ratio,
    round(ttm_book_to_bill_ratio, 2) as ttm_book_to_bill_ratio,
    round(burndown_year_1_usd / 1e9, 1) as burndown_year_1_usd_bn,
    round(burndown_year_2_usd / 1e9, 1) as burndown_year_2_usd_bn
from marts.fct_backlog_burndown
where book_to_bill_ratio is not null
order by ticker asc, period_end desc;
