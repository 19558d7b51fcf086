-- How did a figure change after it was first filed, when, and why?
-- Amazon's 2016 cash flow was redefined twice; its 2020 shares were split 20 for 1, then restated.
select
    metric,
    fiscal_quarter,
    version_number,
    case when unit = 'USD/shares' then value else value / 1e6 end as value_m_or_usd_per_share,
    case when unit = 'USD/shares' then value_as_filed else value_as_filed / 1e6 end
        as as_filed_m_or_usd_per_share,
    version_reason,
    version_note,
    known_from,
    known_to
from marts.fct_metrics_history
where
    ticker = 'AMZN'
    and basis = 'fiscal_year'
    and segment = ''
    and (
        (metric = 'operating_cash_flow' and fiscal_quarter = '2016Q4')
        or (metric in ('diluted_shares', 'diluted_eps') and fiscal_quarter = '2020Q4')
    )
order by metric desc, version_number asc;
