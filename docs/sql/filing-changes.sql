-- Which figures that were already known did one filing change, and by how much?
-- Microsoft's 10-K for fiscal 2023; any accession number of dim_filing does.
with filing as (

    select accession_number, known_from
    from marts.dim_filing
    where accession_number = '0000950170-23-035122'

)

select
    after_it.metric,
    after_it.segment,
    after_it.fiscal_quarter,
    round(before_it.value / 1e9, 3) as before_usd_bn,
    round(after_it.value / 1e9, 3) as after_usd_bn,
    round((after_it.value / before_it.value - 1) * 100, 2) as change_pct,
    after_it.version_reason
from marts.fct_metrics_history as after_it
inner join filing
    on
        list_contains(after_it.accession_numbers, filing.accession_number)
        and after_it.known_from = filing.known_from
inner join marts.fct_metrics_history as before_it
    on
        after_it.ticker = before_it.ticker
        and after_it.metric = before_it.metric
        and after_it.segment = before_it.segment
        and after_it.basis = before_it.basis
        and after_it.fiscal_quarter = before_it.fiscal_quarter
        and after_it.version_number = before_it.version_number + 1
where after_it.basis = 'fiscal_year' and after_it.unit = 'USD'
order by after_it.fiscal_quarter desc, after_it.metric asc, after_it.segment asc;
