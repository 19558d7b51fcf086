{% set columns %}
    ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number, derivation, value,
    value_as_filed, precision_digits, evidence_rank, accession_numbers, added_fact_ids,
    subtracted_fact_ids, known_from, known_to
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
        ) as previous_value_as_filed,
        {{ is_preliminary('evidence_rank') }} as is_preliminary,
        lag({{ is_preliminary('evidence_rank') }}) over (
            partition by ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number
            order by known_from
        ) as was_preliminary
    from figures

),

-- Why a version came, where a filing's own date tells: it restated to another meaning, or was taken
-- back.
redefinitions as (

    select changes.ticker, changes.metric, filings.known_from, min(changes.note) as note
    from {{ ref('int_definitions_changed') }} as changes
    inner join {{ ref('stg_edgar__filings') }} as filings
        on changes.accession_number = filings.accession_number
    group by changes.ticker, changes.metric, filings.known_from

),

-- What a metric means from a quarter on, until the next change.
meanings as (

    select
        ticker,
        metric,
        note,
        from_quarter,
        lead(from_quarter, 1, '9999Q4') over (partition by ticker, metric order by from_quarter)
            as next_from_quarter
    from {{ ref('int_definitions_changed') }}
    where from_quarter <> ''

),

withdrawals as (

    select distinct ticker, withdrawn_at
    from {{ ref('stg_edgar__filings') }}
    where withdrawn_at is not null

),

explained as (

    select
        numbered.*,
        periods.fiscal_quarter,
        periods.period_start as quarter_start,
        periods.period_end,
        periods.twelve_months_start,
        metrics.unit,
        0.5 * power(10.0, -numbered.precision_digits) as half_unit,
        -- A split makes the last digit of what was filed before it worth as much more or less.
        0.5 * power(10.0, -numbered.previous_precision_digits) * coalesce(
            abs({{ ratio('numbered.previous_value', 'numbered.previous_value_as_filed') }}), 1
        ) as previous_half_unit,
        redefinitions.note as redefinition_note,
        withdrawals.withdrawn_at,
        metrics.total_metric is not null and totals.value is null as is_total_unchanged
    from numbered
    inner join {{ ref('int_fiscal_periods_derived') }} as periods
        on
            numbered.ticker = periods.ticker
            and numbered.fiscal_year = periods.fiscal_year
            and numbered.fiscal_quarter_number = periods.fiscal_quarter_number
            and numbered.known_from = periods.known_from
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on numbered.metric = metrics.metric
    left join redefinitions
        on
            numbered.ticker = redefinitions.ticker
            and numbered.metric = redefinitions.metric
            and numbered.known_from = redefinitions.known_from
    left join withdrawals
        on numbered.ticker = withdrawals.ticker and numbered.known_from = withdrawals.withdrawn_at
    left join numbered as totals
        on
            numbered.ticker = totals.ticker
            and metrics.total_metric = totals.metric
            and totals.segment = ''
            and numbered.basis = totals.basis
            and numbered.fiscal_year = totals.fiscal_year
            and numbered.fiscal_quarter_number = totals.fiscal_quarter_number
            and numbered.known_from = totals.known_from

)

select
    explained.ticker,
    explained.metric,
    explained.segment,
    explained.basis,
    explained.fiscal_quarter,
    explained.fiscal_year,
    explained.fiscal_quarter_number,
    {{ calendar_quarter('explained.period_end') }} as calendar_quarter,
    -- An instant has no start; twelve months start the day after the same quarter a year earlier.
    case explained.basis
        when 'quarter' then explained.quarter_start
        when 'instant' then null
        else explained.twelve_months_start
    end as period_start,
    explained.period_end,
    cast(explained.value as {{ figure_type() }}) as value,
    cast(explained.value_as_filed as {{ figure_type() }}) as value_as_filed,
    explained.unit,
    explained.derivation,
    explained.precision_digits,
    {{ evidence_level('explained.evidence_rank') }} as evidence,
    explained.accession_numbers,
    {{ concat_lists(['explained.added_fact_ids', 'explained.subtracted_fact_ids']) }} as fact_ids,
    explained.added_fact_ids,
    explained.subtracted_fact_ids,
    explained.known_from,
    explained.known_to,
    cast(explained.version_number as integer) as version_number,
    case
        when explained.version_number = 1 then 'first_known'
        -- A sum whose inputs stand in different share bases has no filed value.
        when
            (explained.value_as_filed is null or explained.value <> explained.value_as_filed)
            and explained.previous_value = explained.previous_value_as_filed then 'split'
        when explained.withdrawn_at is not null then 'withdrawn'
        when explained.was_preliminary > explained.is_preliminary then 'reported'
        when
            explained.half_unit < explained.previous_half_unit
            and abs(explained.value - explained.previous_value) <= explained.previous_half_unit
            then 'more_precise'
        when explained.redefinition_note is not null then 'redefined'
        when explained.is_total_unchanged then 'recast'
        else 'restated'
    end as version_reason,
    case
        when explained.version_number > 1 and explained.redefinition_note is not null
            then explained.redefinition_note
        when meanings.note is not null
            then 'from ' || meanings.from_quarter || ' on: ' || meanings.note
    end as version_note
from explained
left join meanings
    on
        explained.ticker = meanings.ticker
        and explained.metric = meanings.metric
        and explained.fiscal_quarter >= meanings.from_quarter
        and explained.fiscal_quarter < meanings.next_from_quarter
