-- Each leg of a thesis, scored once its signal becomes known, against the quarters before it as they were
-- known that day. A restated signal is scored anew; a verdict is never touched by what came later.
{% set columns = {
    'cloud_acceleration': 'cloud_acceleration_ratio',
    'backlog_conversion': 'year_ago_backlog_conversion_ratio',
    'margin_stability': 'margin_stability_ratio',
    'capex_growth_gap': 'capex_growth_gap_ratio',
    'capex_productivity': 'capex_productivity_ratio',
    'free_cash_flow': 'free_cash_flow_ratio'
} %}
{% set declared = declaration_of(history_of('fct_cloud_signals')) if execute else none %}
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

-- Quantiles by linear interpolation between the two figures around them (Hyndman and Fan, type 7).
thresholds as (

    select
        places.ticker,
        places.signal,
        places.fiscal_quarter,
        places.known_from,
        max(places.reference_count) as reference_count,
        {% for bound in ['lower', 'upper'] %}
        {% set position = '(places.reference_count - 1) * rules.' ~ bound ~ '_quantile' %}
        sum(case
            when places.place = floor({{ position }}) + 1
                then places.value * (1 - ({{ position }} - floor({{ position }})))
            when places.place = floor({{ position }}) + 2
                then places.value * ({{ position }} - floor({{ position }}))
            else 0
        end) as {{ bound }}_threshold{{ ',' if not loop.last }}
        {% endfor %}
    from references_known as places
    inner join rules
        on places.signal = rules.signal
    group by places.ticker, places.signal, places.fiscal_quarter, places.known_from

),

-- The filings and the evidence of a signal are those of its own inputs, not of the whole row.
sources as (

    {% for signal, column in columns.items() if execute %}
    select
        '{{ signal }}' as signal, ticker, fiscal_quarter, known_from as row_known_from,
        max({{ evidence_rank('evidence') }}) as evidence_rank,
        {{ merge_lists('accession_numbers') }} as accession_numbers
    from {{ ref('int_declared_inputs') }}
    where
        table_name = 'fct_cloud_signals'
        and column_name in ({{ quoted(inputs_behind(column, declared)) }})
    group by ticker, fiscal_quarter, known_from
    {{ 'union all' if not loop.last }}
    {% else %}
    select * from {{ ref('int_declared_inputs') }}
    {% endfor %}

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
    case when thresholds.reference_count >= rules.minimum_quarters then thresholds.lower_threshold end
        as lower_threshold,
    case when thresholds.reference_count >= rules.minimum_quarters then thresholds.upper_threshold end
        as upper_threshold,
    cast(coalesce(thresholds.reference_count, 0) as integer) as reference_count,
    case
        when thresholds.reference_count is null
            or thresholds.reference_count < rules.minimum_quarters then 'not_scored'
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
        versions.signal = sources.signal
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
