-- Why is the base value not what it was?
select
    ticker,
    compared_with,
    from_known_at,
    part,
    round(change_usd / 1e9, 1) as change_usd_bn,
    meaning
from valuation.run_diff
where is_current
order by ticker, compared_with, step;
