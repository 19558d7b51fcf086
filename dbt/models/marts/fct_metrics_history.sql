{% set columns %}
    ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number, derivation, value,
    value_as_filed, precision_digits, evidence_rank, accession_numbers, fact_ids, known_from,
    known_to
{% endset %}
with figures as (

    select {{ columns }}
    from {{ ref('int_formulas_applied') }}

    union all

    select {{ columns }}
    from {{ ref('int_reported_figures_unioned') }} as figures
    where not exists (
        select 1
        from {{ ref('stg_registry__formula_terms') }} as formulas
        where figures.ticker = formulas.ticker and figures.metric = formulas.metric
    )

),

numbered as (

    select
        *,
        row_number() over (
            partition by ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number
            order by known_from
        ) as version_number,
        lag(precision_digits) over (
            partition by ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number
            order by known_from
        ) as previous_precision_digits,
        lag(value) over (
            partition by ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number
            order by known_from
        ) as previous_value,
        lag(value_as_filed) over (
            partition by ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number
            order by known_from
        ) as previous_value_as_filed
    from figures

)

select
    numbered.ticker,
    numbered.metric,
    numbered.segment,
    numbered.basis,
    periods.fiscal_quarter,
    numbered.fiscal_year,
    numbered.fiscal_quarter_number,
    -- An instant has no start; twelve months start the day after the same quarter a year earlier.
    case numbered.basis
        when 'quarter' then periods.period_start
        when 'instant' then null
        else periods.twelve_months_start
    end as period_start,
    periods.period_end,
    cast(numbered.value as {{ figure_type() }}) as value,
    cast(numbered.value_as_filed as {{ figure_type() }}) as value_as_filed,
    metrics.unit,
    numbered.derivation,
    {{ evidence_level('numbered.evidence_rank') }} as evidence,
    numbered.accession_numbers,
    numbered.fact_ids,
    numbered.known_from,
    numbered.known_to,
    cast(numbered.version_number as integer) as version_number,
    case
        when numbered.version_number = 1 then 'first_known'
        -- A sum whose inputs stand in different share bases has no filed value.
        when
            (numbered.value_as_filed is null or numbered.value <> numbered.value_as_filed)
            and numbered.previous_value = numbered.previous_value_as_filed then 'split'
        when
            numbered.precision_digits > numbered.previous_precision_digits
            and abs(numbered.value - numbered.previous_value)
            <= 0.5 * power(10.0, -numbered.previous_precision_digits) then 'more_precise'
        else 'restated'
    end as version_reason
from numbered
inner join {{ ref('int_fiscal_periods_derived') }} as periods
    on
        numbered.ticker = periods.ticker
        and numbered.fiscal_year = periods.fiscal_year
        and numbered.fiscal_quarter_number = periods.fiscal_quarter_number
inner join {{ ref('stg_registry__metrics') }} as metrics
    on numbered.metric = metrics.metric
