-- How likely is each target: worth it now, paid for it in a year, paid for it at a close before?
select
    ticker,
    target_usd / 1e12 as target_usd_tn,
    event,
    round(probability_ratio * 100, 1) as probability_pct,
    round(standard_error_ratio * 100, 3) as standard_error_pct,
    horizon_years,
    draws,
    missing_reason
from valuation.simulation_events
where is_current
order by ticker, target_usd, event;
