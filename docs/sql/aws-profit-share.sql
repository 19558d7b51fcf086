-- How much of Amazon's operating income does AWS earn, and at what margin?
-- The share passes 100 % where the other segments together lose money.
select
    fiscal_quarter,
    round(revenue_usd / 1e9, 3) as revenue_usd_bn,
    round(operating_income_usd / 1e9, 3) as operating_income_usd_bn,
    round(operating_margin_ratio * 100, 2) as operating_margin_pct,
    round(share_of_operating_income_ratio * 100, 1) as share_of_operating_income_pct,
    round(ttm_operating_margin_ratio * 100, 2) as ttm_operating_margin_pct,
    evidence
from marts.fct_segment_margins
where ticker = 'AMZN' and segment = 'aws' and revenue_usd is not null
order by period_end desc;
