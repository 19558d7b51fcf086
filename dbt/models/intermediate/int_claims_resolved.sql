-- Claims with the figures that could bear them out: each metric the rules allow, in our own ids.
{% set days = dbt.datediff('claims.period_start', 'claims.period_end', 'day') %}
with settings as (

    select
        max(approximation_tolerance_ratio) as approximation_tolerance_ratio,
        max(stale_within_days) as stale_within_days
    from {{ ref('stg_registry__claim_settings') }}

),

rules as (

    select
        rules.claim_metric,
        rules.metric,
        rules.metric_rank,
        rules.measure,
        metrics.grain,
        max(case when metrics.grain = 'company' then 0 else 1 end) over (
            partition by rules.claim_metric
        ) as has_part_metric
    from {{ ref('stg_registry__claim_rules') }} as rules
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on rules.metric = metrics.metric

)

select
    claims.claim_key,
    claims.claim_id,
    claims.article_id,
    claims.ticker,
    claims.span_text,
    claims.claim_metric,
    claims.segment_name,
    claims.unit,
    claims.value as claimed_value,
    claims.modality,
    claims.period_end,
    articles.published_at,
    articles.known_from as article_known_from,
    settings.stale_within_days,
    case
        when claims.bound = 'le' then -{{ infinity() }}
        when claims.is_approximate
            then
                claims.printed_low
                - settings.approximation_tolerance_ratio * abs(claims.printed_low)
        else claims.printed_low
    end as accepted_low,
    case
        when claims.bound = 'ge' then {{ infinity() }}
        when claims.is_approximate
            then
                claims.printed_high
                + settings.approximation_tolerance_ratio * abs(claims.printed_high)
        else claims.printed_high
    end as accepted_high,
    claims.printed_low,
    claims.printed_high,
    open_modalities.open_modality is not null as is_open,
    rules.metric,
    rules.metric_rank,
    rules.measure,
    case
        when claims.is_instant then 'instant'
        when {{ days }} between 80 and 115 then 'quarter'
        when {{ days }} between 350 and 380 then 'ttm'
    end as basis,
    case when rules.grain = 'company' then '' else parts.segment end as segment
from {{ ref('stg_articles__claims') }} as claims
inner join {{ ref('stg_articles__articles') }} as articles
    on claims.article_id = articles.article_id
cross join settings
left join {{ ref('stg_registry__claim_settings') }} as open_modalities
    on claims.modality = open_modalities.open_modality
-- A claim about a part is never held against the company's figure, unless only that one exists.
left join rules
    on
        claims.claim_metric = rules.claim_metric
        and (claims.segment_name is null or rules.grain <> 'company' or rules.has_part_metric = 0)
left join {{ ref('stg_registry__parts') }} as parts
    on
        claims.ticker = parts.ticker
        and rules.grain = parts.grain
        and lower(claims.segment_name) = lower(parts.part_name)
