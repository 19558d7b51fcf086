-- How many years of revenue are under contract, and does the backlog still mean the same?
-- A figure that changed its meaning is not compared with the one before: the reason says so.
select
    backlog.ticker,
    backlog.fiscal_quarter,
    round(backlog.backlog_usd / 1e9, 1) as backlog_usd_bn,
    round(backlog.previous_backlog_usd / 1e9, 1) as previous_backlog_usd_bn,
    round(backlog.coverage_years, 2) as coverage_years,
    round(backlog.remaining_life_years, 1) as remaining_life_years,
    regexp_extract(backlog.missing_reasons, 'previous_backlog_usd: ([^|]*)', 1)
        as why_not_compared,
    figures.version_note as definition_change
from marts.fct_backlog_coverage as backlog
left join marts.fct_metrics as figures
    on
        backlog.ticker = figures.ticker
        and backlog.fiscal_quarter = figures.fiscal_quarter
        and figures.metric = 'backlog'
        and figures.segment = ''
        and figures.basis = 'instant'
where backlog.backlog_usd is not null and backlog.period_end >= '2024-01-01'
order by backlog.ticker asc, backlog.period_end desc;
