-- How often did the report say what the earnings release had said, and how many hours later?
-- The embedded filings are reports: figures are counted once releases are followed.
select
    companies.ticker,
    count(figures.metric) as preliminary_figures,
    count(case when figures.status = 'awaited' then 1 end) as awaited,
    count(case when figures.status = 'confirmed' then 1 end) as confirmed,
    count(case when figures.status = 'revised' then 1 end) as revised,
    round(max(abs(figures.difference_ratio)) * 100, 2) as largest_difference_pct,
    round(min(figures.hours_between), 2) as fewest_hours_between,
    round(max(figures.hours_between), 2) as most_hours_between
from marts.dim_company as companies
left join marts.fct_preliminary_figures as figures
    on companies.ticker = figures.ticker
group by companies.ticker
order by preliminary_figures desc, companies.ticker asc;
