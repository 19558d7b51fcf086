-- As first filed: what a release said before is preliminary, and stands while nothing is filed.
with in_order as (

    select
        *,
        row_number() over (
            partition by ticker, metric, segment, basis, fiscal_quarter
            order by case when evidence = 'preliminary' then 1 else 0 end, version_number
        ) as place
    from {{ ref('fct_metrics_history') }}

),

first_known as (

    select ticker, metric, segment, basis, fiscal_quarter, value_as_filed, accession_numbers
    from in_order
    where place = 1

)

select
    latest.ticker,
    latest.metric,
    latest.segment,
    latest.basis,
    latest.fiscal_quarter,
    latest.fiscal_year,
    latest.fiscal_quarter_number,
    latest.calendar_quarter,
    latest.period_start,
    latest.period_end,
    latest.value,
    first_known.value_as_filed,
    latest.unit,
    latest.derivation,
    latest.evidence,
    latest.accession_numbers,
    first_known.accession_numbers as first_accession_numbers,
    latest.fact_ids,
    latest.added_fact_ids,
    latest.subtracted_fact_ids,
    latest.known_from,
    latest.version_number,
    latest.version_reason,
    latest.version_note
from {{ ref('fct_metrics_history') }} as latest
inner join first_known
    on
        latest.ticker = first_known.ticker
        and latest.metric = first_known.metric
        and latest.segment = first_known.segment
        and latest.basis = first_known.basis
        and latest.fiscal_quarter = first_known.fiscal_quarter
where latest.known_to is null
