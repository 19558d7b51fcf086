-- What an earnings release said before a report did, and what the report then said. A reading of
-- the versions of fct_metrics: a preliminary one, and the first after it that rests on no release.
with figures as (

    select * from {{ ref('fct_metrics_history') }}

),

-- A sum of rounded figures may be half a unit off for each of them.
rounding as (

    select
        figures.ticker,
        figures.metric,
        figures.segment,
        figures.basis,
        figures.fiscal_quarter,
        figures.known_from,
        0.5 * power(10.0, -figures.precision_digits) * count(*) as tolerance
    from figures
    {{ each_element('figures.fact_ids', 'cited', 'fact_id') }}
    group by
        figures.ticker, figures.metric, figures.segment, figures.basis, figures.fiscal_quarter,
        figures.known_from, figures.precision_digits

),

rounded as (

    select figures.*, rounding.tolerance
    from figures
    inner join rounding
        on
            figures.ticker = rounding.ticker
            and figures.metric = rounding.metric
            and figures.segment = rounding.segment
            and figures.basis = rounding.basis
            and figures.fiscal_quarter = rounding.fiscal_quarter
            and figures.known_from = rounding.known_from

),

preliminary as (

    select * from rounded
    where evidence = 'preliminary'

),

filed as (

    select
        preliminary.ticker,
        preliminary.metric,
        preliminary.segment,
        preliminary.basis,
        preliminary.fiscal_quarter,
        preliminary.known_from as preliminary_known_from,
        reports.value,
        reports.tolerance,
        reports.accession_numbers,
        reports.known_from,
        row_number() over (
            partition by
                preliminary.ticker, preliminary.metric, preliminary.segment, preliminary.basis,
                preliminary.fiscal_quarter, preliminary.known_from
            order by reports.known_from
        ) as place
    from preliminary
    inner join rounded as reports
        on
            preliminary.ticker = reports.ticker
            and preliminary.metric = reports.metric
            and preliminary.segment = reports.segment
            and preliminary.basis = reports.basis
            and preliminary.fiscal_quarter = reports.fiscal_quarter
            and preliminary.known_from < reports.known_from
    where reports.evidence <> 'preliminary'

)

select
    preliminary.ticker,
    preliminary.metric,
    preliminary.segment,
    preliminary.basis,
    preliminary.fiscal_quarter,
    preliminary.period_start,
    preliminary.period_end,
    preliminary.unit,
    preliminary.derivation,
    preliminary.value as preliminary_value,
    preliminary.accession_numbers as preliminary_accession_numbers,
    preliminary.known_from as preliminary_known_from,
    filed.value as filed_value,
    filed.accession_numbers as filed_accession_numbers,
    filed.known_from as filed_known_from,
    cast(filed.value - preliminary.value as {{ figure_type() }}) as difference,
    {{ ratio(
        'cast(filed.value - preliminary.value as double)',
        'abs(cast(preliminary.value as double))'
    ) }} as difference_ratio,
    cast({{ dbt.datediff('preliminary.known_from', 'filed.known_from', 'second') }} as double)
    / 3600 as hours_between,
    case
        when filed.value is null then 'awaited'
        when
            abs(filed.value - preliminary.value)
            <= greatest(preliminary.tolerance, filed.tolerance) then 'confirmed'
        else 'revised'
    end as status,
    preliminary.evidence,
    {{ concat_lists(['preliminary.accession_numbers', 'filed.accession_numbers']) }}
        as accession_numbers,
    coalesce(filed.known_from, preliminary.known_from) as known_from
from preliminary
left join filed
    on
        preliminary.ticker = filed.ticker
        and preliminary.metric = filed.metric
        and preliminary.segment = filed.segment
        and preliminary.basis = filed.basis
        and preliminary.fiscal_quarter = filed.fiscal_quarter
        and preliminary.known_from = filed.preliminary_known_from
        and filed.place = 1
