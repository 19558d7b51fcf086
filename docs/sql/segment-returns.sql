-- What does each segment earn on the assets it ties up?
-- Twelve months to the quarter's end, on the mean of opening and closing assets; of the embedded
-- filings only Amazon's state assets by segment, most of them once a year.
select
    returns.ticker,
    segments.segment_name,
    returns.fiscal_quarter,
    round(returns.average_segment_assets_usd / 1e9, 1) as average_assets_usd_bn,
    round(returns.return_on_segment_assets_ratio * 100, 2) as return_before_tax_pct,
    round(returns.return_on_invested_capital_ratio * 100, 2) as return_after_tax_pct,
    round(returns.asset_turnover_ratio, 2) as asset_turnover_ratio,
    round(returns.incremental_return_ratio * 100, 1) as incremental_return_pct
from marts.fct_segment_returns as returns
inner join marts.dim_segment as segments
    on
        returns.ticker = segments.ticker
        and returns.segment = segments.segment
        and segments.segment_grain = 'segment'
where returns.return_on_segment_assets_ratio is not null
order by returns.ticker asc, segments.segment_name asc, returns.period_end desc;
