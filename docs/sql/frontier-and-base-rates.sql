-- Which combinations reach a target, and how often did companies so large grow as fast as it asks?
with combinations as (

    select
        ticker,
        target,
        count(*) as combinations_tried,
        count(*) filter (where is_feasible) as combinations_feasible,
        round(min(cloud_growth_now_ratio) * 100, 1) as least_growth_pct
    from valuation.frontier
    where is_current
    group by ticker, target

)

select
    combinations.*,
    rates.horizon_years,
    round(rates.required_growth_ratio * 100, 1) as required_growth_pct,
    rates.windows,
    rates.windows_reached,
    rates.companies,
    rates.missing_reason
from combinations
inner join valuation.base_rates as rates
    on combinations.ticker = rates.ticker and combinations.target = rates.target
where rates.is_current
order by combinations.ticker, rates.target_usd, rates.horizon_years;
