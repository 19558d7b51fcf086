-- Did the method beat forecasts that know nothing, and were its intervals honest?
select
    coalesce(nullif(ticker, ''), 'all') as company,
    target,
    method,
    origins,
    round(effective_origins, 1) as worth_origins,
    round(crps_ratio * 100, 1) as crps_pct,
    round(skill_ratio * 100, 0) as skill_pct,
    round(skill_error_ratio * 100, 0) as skill_error_pct,
    comparison,
    round(coverage_50_ratio * 100, 0) as in_50_pct,
    round(coverage_80_ratio * 100, 0) as in_80_pct,
    round(coverage_90_ratio * 100, 0) as in_90_pct,
    round(brier, 3) as brier_score
from valuation.backtest_scores
where is_current
order by company, target, crps_ratio;
