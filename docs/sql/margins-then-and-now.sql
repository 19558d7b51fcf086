-- What margin did Microsoft's segments earn as known at the end of 2022, and as known today?
-- Microsoft moved products between its segments in 2023 and recast the years before.
select
    today.segment,
    today.fiscal_quarter,
    round(back_then.ttm_operating_margin_ratio * 100, 2) as ttm_margin_at_end_of_2022_pct,
    round(today.ttm_operating_margin_ratio * 100, 2) as ttm_margin_today_pct,
    round(
        (today.ttm_operating_margin_ratio - back_then.ttm_operating_margin_ratio) * 100, 3
    ) as change_in_points,
    today.known_from as todays_known_from
from marts.fct_segment_margins as today
inner join marts.segment_margins_as_of('2022-12-31 12:00:00-05') as back_then
    on
        today.ticker = back_then.ticker
        and today.segment = back_then.segment
        and today.fiscal_quarter = back_then.fiscal_quarter
where
    today.ticker = 'MSFT'
    and today.ttm_operating_margin_ratio <> back_then.ttm_operating_margin_ratio
order by today.period_end desc, today.segment asc;
