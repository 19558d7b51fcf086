-- Each leg of a thesis, scored once its signal becomes known, against the quarters before it as
-- they were known that day. A restated signal is scored anew; no verdict is touched by what came
-- later.
{% set columns = {
    'cloud_acceleration': 'cloud_acceleration_ratio',
    'backlog_conversion': 'year_ago_backlog_conversion_ratio',
    'margin_stability': 'margin_stability_ratio',
    'capex_growth_gap': 'capex_growth_gap_ratio',
    'capex_productivity': 'capex_productivity_ratio',
    'free_cash_flow': 'free_cash_flow_ratio'
} %}
with signals as (

    {% for signal, column in columns.items() %}
    select
        ticker, '{{ signal }}' as signal, '{{ column }}' as column_name, fiscal_quarter,
        calendar_quarter, period_end, {{ quarter_index('fiscal_quarter') }} as quarter_index,
        {{ column }} as value, known_from as row_known_from, known_from, version_reason
    from {{ ref('fct_cloud_signals_history') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

followed as (

    select
        *,
        lag(value) over (partition by ticker, signal, fiscal_quarter order by known_from)
            as previous_value
    from signals

),

-- Versions of the row that leave the signal as it was are none of the signal.
versions as (

    select
        *,
        lead(known_from) over (partition by ticker, signal, fiscal_quarter order by known_from)
            as known_to
    from followed
    where value is distinct from previous_value

),

rules as (

    select * from {{ ref('stg_registry__signals') }}

),

-- The quarters a signal is held against, in order of size.
references_known as (

    select
        scored.ticker,
        scored.signal,
        scored.fiscal_quarter,
        scored.known_from,
        earlier.value,
        row_number() over (
            partition by scored.ticker, scored.signal, scored.fiscal_quarter, scored.known_from
            order by earlier.value
        ) as place,
        count(*) over (
            partition by scored.ticker, scored.signal, scored.fiscal_quarter, scored.known_from
        ) as reference_count
    from versions as scored
    inner join rules
        on scored.signal = rules.signal
    inner join versions as earlier
        on
            scored.ticker = earlier.ticker
            and scored.signal = earlier.signal
            and scored.quarter_index > earlier.quarter_index
            and scored.quarter_index - earlier.quarter_index <= rules.reference_quarters
            and scored.known_from >= earlier.known_from
            and (earlier.known_to is null or scored.known_from < earlier.known_to)
    where scored.value is not null and earlier.value is not null

),

-- Where a quantile lies among n figures in order, counted from 0 (Hyndman and Fan, type 7).
positions as (

    select
        places.*,
        (places.reference_count - 1) * rules.lower_quantile as lower_position,
        (places.reference_count - 1) * rules.upper_quantile as upper_position
    from references_known as places
    inner join rules
        on places.signal = rules.signal

),

-- Between the two figures around it, a quantile is interpolated.
thresholds as (

    select
        ticker,
        signal,
        fiscal_quarter,
        known_from,
        max(reference_count) as reference_count,
        sum(value * greatest(0, 1 - abs(place - 1 - lower_position))) as lower_threshold,
        sum(value * greatest(0, 1 - abs(place - 1 - upper_position))) as upper_threshold
    from positions
    group by ticker, signal, fiscal_quarter, known_from

),

-- The filings and the evidence of a signal are those of its own inputs, not of the whole row.
sources as (

    select
        columns.column_name,
        inputs.ticker,
        inputs.fiscal_quarter,
        inputs.known_from as row_known_from,
        {{ weakest_evidence_rank('inputs.evidence') }} as evidence_rank,
        {{ merge_lists('inputs.accession_numbers') }} as accession_numbers
    from {{ ref('int_declared_inputs') }} as inputs
    inner join {{ ref('dim_figure_column') }} as columns
        on
            inputs.table_name = columns.table_name
            and position(', ' || inputs.column_name || ',' in ', ' || columns.inputs || ',') > 0
    where inputs.table_name = 'fct_cloud_signals'
    group by columns.column_name, inputs.ticker, inputs.fiscal_quarter, inputs.known_from

)

select
    claims.thesis,
    claims.claim,
    claims.says,
    claims.refuted_by,
    versions.signal,
    versions.ticker,
    versions.fiscal_quarter,
    versions.calendar_quarter,
    versions.period_end,
    versions.column_name,
    versions.value,
    rules.unit,
    rules.is_higher_better,
    {% for bound in ['lower_threshold', 'upper_threshold'] %}
    case
        when thresholds.reference_count >= rules.minimum_quarters then thresholds.{{ bound }}
    end as {{ bound }},
    {% endfor %}
    cast(coalesce(thresholds.reference_count, 0) as integer) as reference_count,
    case
        when coalesce(thresholds.reference_count, 0) < rules.minimum_quarters then 'not_scored'
        when versions.value > thresholds.upper_threshold
            then case when rules.is_higher_better then 'strengthens' else 'weakens' end
        when versions.value < thresholds.lower_threshold
            then case when rules.is_higher_better then 'weakens' else 'strengthens' end
        else 'neutral'
    end as verdict,
    {{ evidence_level('sources.evidence_rank') }} as evidence,
    sources.accession_numbers,
    versions.known_from,
    versions.known_to,
    cast(row_number() over (
        partition by claims.thesis, claims.claim, versions.fiscal_quarter
        order by versions.known_from
    ) as integer) as version_number,
    case
        when row_number() over (
            partition by claims.thesis, claims.claim, versions.fiscal_quarter
            order by versions.known_from
        ) = 1 then 'first_known'
        when versions.version_reason = 'first_known' then 'completed'
        else versions.version_reason
    end as version_reason
from versions
inner join {{ ref('stg_registry__thesis_claims') }} as claims
    on versions.ticker = claims.ticker and versions.signal = claims.signal
inner join rules
    on versions.signal = rules.signal
inner join sources
    on
        versions.column_name = sources.column_name
        and versions.ticker = sources.ticker
        and versions.fiscal_quarter = sources.fiscal_quarter
        and versions.row_known_from = sources.row_known_from
left join thresholds
    on
        versions.ticker = thresholds.ticker
        and versions.signal = thresholds.signal
        and versions.fiscal_quarter = thresholds.fiscal_quarter
        and versions.known_from = thresholds.known_from
where versions.value is not null
