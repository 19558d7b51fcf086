-- Versions of each directly stated figure: one row whenever a filing, or a split, changed it, and
-- when a report says what only a release had said: a preliminary figure gives way to a filed one,
-- and says nothing beside one.
{% set slot = 'ticker, metric, segment, fiscal_year, fiscal_quarter_number, span_quarters' %}
with per_moment as (

    select
        *,
        {{ is_preliminary('evidence_rank') }} as is_preliminary,
        row_number() over (
            partition by {{ slot }}, known_from
            order by
                {{ is_preliminary('evidence_rank') }} asc, precision_digits desc, concept_rank asc,
                evidence_rank asc, accession_number asc, fact_id asc
        ) as preference
    from {{ ref('int_observations_mapped') }}

),

as_filed as (

    select * from per_moment
    where preference = 1

),

-- When a filing is withdrawn, the newest of the others that still stand says the figure again.
still_standing as (

    select
        others.*,
        gone.withdrawn_at as gone_at
    from as_filed as gone
    inner join as_filed as others
        on
            gone.withdrawn_at > others.known_from
            and (others.withdrawn_at is null or gone.withdrawn_at < others.withdrawn_at)
            {% for column in slot.split(', ') %}
            and gone.{{ column }} = others.{{ column }}
            {% endfor %}

),

standing as (

    select
        *,
        row_number() over (
            partition by {{ slot }}, gone_at order by is_preliminary asc, known_from desc
        ) as recency
    from still_standing

),

-- Of a figure that a report states already, a release says nothing.
heard as (

    select as_filed.*
    from as_filed
    where
        as_filed.is_preliminary = 0
        or not exists (
            select 1
            from as_filed as reports
            where
                reports.is_preliminary = 0
                and reports.known_from <= as_filed.known_from
                and (reports.withdrawn_at is null or reports.withdrawn_at > as_filed.known_from)
                {% for column in slot.split(', ') %}
                and as_filed.{{ column }} = reports.{{ column }}
                {% endfor %}
        )

),

stated as (

    select
        {{ slot }}, period_start, period_end, value, unit, precision_digits, evidence_rank,
        is_preliminary, fact_id, accession_number, known_from, withdrawn_at, false as is_restated
    from heard
    union all
    select
        {{ slot }}, period_start, period_end, value, unit, precision_digits, evidence_rank,
        is_preliminary, fact_id, accession_number, gone_at as known_from, withdrawn_at,
        true as is_restated
    from standing
    where recency = 1

),

-- A later figure printed with fewer digits, in line with an earlier one, says nothing new.
informative as (

    select stated.*
    from stated
    where stated.is_restated or not exists (
        select 1
        from stated as earlier
        where
            earlier.known_from < stated.known_from
            and earlier.is_preliminary <= stated.is_preliminary
            and (earlier.withdrawn_at is null or earlier.withdrawn_at > stated.known_from)
            {% for column in slot.split(', ') %}
            and earlier.{{ column }} = stated.{{ column }}
            {% endfor %}
            and earlier.precision_digits > stated.precision_digits
            and abs(earlier.value - stated.value) <= 0.5 * power(10.0, -stated.precision_digits)
    )

),

filed as (

    select
        *,
        value as value_as_filed,
        least(
            lead(known_from) over (partition by {{ slot }} order by known_from), withdrawn_at
        ) as known_to,
        'filing' as change
    from informative

),

-- What a figure is multiplied by from each split on, by the first split that came after it.
split_factors as (

    select
        firsts.ticker,
        firsts.effective_from as first_split_from,
        latest.effective_from,
        {{ product('steps.split_ratio') }} as split_ratio
    from {{ ref('stg_registry__splits') }} as firsts
    inner join {{ ref('stg_registry__splits') }} as latest
        on firsts.ticker = latest.ticker and firsts.effective_from <= latest.effective_from
    inner join {{ ref('stg_registry__splits') }} as steps
        on
            firsts.ticker = steps.ticker
            and firsts.effective_from <= steps.effective_from
            and latest.effective_from >= steps.effective_from
    group by firsts.ticker, firsts.effective_from, latest.effective_from

),

split_adjusted as (

    select
        {% for column in slot.split(', ') %}
        filed.{{ column }},
        {% endfor %}
        filed.period_start,
        filed.period_end,
        case
            when filed.unit = 'shares' then filed.value * splits.split_ratio
            else cast(
                cast(filed.value as double) / cast(splits.split_ratio as double)
                as {{ figure_type() }}
            )
        end as value,
        filed.value_as_filed,
        filed.unit,
        filed.precision_digits,
        filed.evidence_rank,
        filed.fact_id,
        filed.accession_number,
        filed.withdrawn_at,
        false as is_restated,
        splits.effective_from as known_from,
        'split' as change
    from filed
    inner join split_factors as splits
        on
            filed.ticker = splits.ticker
            and filed.known_from < splits.first_split_from
            and (filed.known_to is null or filed.known_to > splits.effective_from)
    where
        filed.unit in ('shares', 'USD/shares')
        and not exists (
            select 1
            from {{ ref('stg_registry__splits') }} as earlier
            where
                filed.ticker = earlier.ticker
                and filed.known_from < earlier.effective_from
                and earlier.effective_from < splits.first_split_from
        )

),

all_changes as (

    select
        {{ slot }}, period_start, period_end, value, value_as_filed, unit, precision_digits,
        evidence_rank, fact_id, accession_number, withdrawn_at, is_restated, known_from, change
    from filed
    union all
    select
        {{ slot }}, period_start, period_end, value, value_as_filed, unit, precision_digits,
        evidence_rank, fact_id, accession_number, withdrawn_at, is_restated, known_from, change
    from split_adjusted

),

compared as (

    select
        *,
        {{ is_preliminary('evidence_rank') }} as is_preliminary,
        lag({{ is_preliminary('evidence_rank') }}) over (
            partition by {{ slot }} order by known_from
        ) as was_preliminary,
        lag(value) over (partition by {{ slot }} order by known_from) as previous_value,
        lag(precision_digits) over (partition by {{ slot }} order by known_from)
            as previous_precision_digits
    from all_changes

)

select
    {{ slot }},
    period_start,
    period_end,
    value,
    value_as_filed,
    unit,
    precision_digits,
    evidence_rank,
    {{ list_of('fact_id') }} as fact_ids,
    {{ list_of('accession_number') }} as accession_numbers,
    change,
    -- How often the figure was restated; more digits of it, or a split, restate nothing, nor does
    -- the report that takes the place of a release.
    cast(sum(
        case
            when
                change = 'filing'
                and was_preliminary = 0
                and abs(value - previous_value) > 0.5 * power(10.0, -previous_precision_digits)
                then 1
            else 0
        end
    ) over (
        partition by {{ slot }} order by known_from
        rows between unbounded preceding and current row
    ) as integer) as vintage,
    known_from,
    least(
        lead(known_from) over (partition by {{ slot }} order by known_from), withdrawn_at
    ) as known_to
from compared
where
    value is distinct from previous_value
    or is_preliminary is distinct from was_preliminary
    or is_restated
