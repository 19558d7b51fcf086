-- Claims with the figures that could bear them out: each metric the rules allow, in our own ids.
{% set days_back = dbt.datediff('claims.base_end', 'claims.period_end', 'day') %}
{% set days = dbt.datediff('claims.period_start', 'claims.period_end', 'day') %}
with settings as (

    select
        max(approximation_tolerance_ratio) as approximation_tolerance_ratio,
        max(stale_within_days) as stale_within_days
    from {{ ref('stg_registry__claim_settings') }}

),

open_modalities as (

    select distinct open_modality
    from {{ ref('stg_registry__claim_settings') }}

),

outlooks as (

    select distinct claim_metric
    from {{ ref('stg_registry__claim_rules') }}
    where is_outlook

),

claims as (

    select
        claims.*,
        articles.published_at,
        articles.outlet,
        articles.is_latest_version,
        articles.duplicate_of,
        -- A filing dated by its day is known a millisecond after that day, an article when its day
        -- is over: of the same day, the filing comes first.
        {{ dbt.dateadd('millisecond', 1, 'articles.known_from') }} as judged_as_of,
        settings.stale_within_days,
        case when claims.is_approximate then settings.approximation_tolerance_ratio else 0 end
            as tolerance_ratio,
        -- "More than" of a loss or a fall speaks of its size.
        case
            when coalesce(claims.value, claims.high) < 0 and claims.bound = 'ge' then 'le'
            when coalesce(claims.value, claims.high) < 0 and claims.bound = 'le' then 'ge'
            else claims.bound
        end as side,
        case claims.bound
            when 'ge' then coalesce(claims.value, claims.low)
            when 'le' then coalesce(claims.value, claims.high)
        end as nearest,
        open_modalities.open_modality is not null as is_forecast,
        open_modalities.open_modality is null
        and (claims.modality = 'guided' or outlooks.claim_metric is not null) as is_guidance,
        case
            when claims.is_instant then 'instant'
            when {{ days }} between 80 and 115 then 'quarter'
            when {{ days }} between 350 and 380 then 'year'
        end as span,
        -- Against the period named, a year or a quarter before; against none otherwise.
        case
            when claims.base_end is not null and claims.period_end is not null
                then cast(round(cast({{ days_back }} as double) / 91.3) as integer)
            when claims.comparison = 'qoq' then 1
            when claims.comparison = 'yoy' or coalesce(claims.kind, 'level') <> 'growth' then 4
        end as quarters_back,
        -- A forecast beside the figure itself is the consensus of before.
        max(case when claims.modality = 'reported' then 1 else 0 end) over (
            partition by
                claims.article_id, claims.article_version, claims.ticker, claims.claim_metric,
                claims.segment_name, claims.period_start, claims.period_end
        ) as is_reported_beside
    from {{ ref('stg_articles__claims') }} as claims
    inner join {{ ref('stg_articles__articles') }} as articles
        on
            claims.article_id = articles.article_id
            and claims.article_version = articles.article_version
    cross join settings
    left join open_modalities
        on claims.modality = open_modalities.open_modality
    left join outlooks
        on claims.claim_metric = outlooks.claim_metric

),

rules as (

    select
        rules.*,
        metrics.grain,
        metrics.period,
        metrics.unit,
        over_metrics.grain as over_grain
    from {{ ref('stg_registry__claim_rules') }} as rules
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on rules.metric = metrics.metric
    left join {{ ref('stg_registry__metrics') }} as over_metrics
        on rules.over_metric = over_metrics.metric

),

-- A part by its name, and whether the company's backlog is held against it.
parts as (

    select
        parts.ticker,
        parts.grain,
        parts.segment,
        lower(parts.part_name) as part_name,
        backlogs.ticker is not null as is_of_backlog
    from {{ ref('stg_registry__parts') }} as parts
    left join {{ ref('stg_registry__backlog_rules') }} as backlogs
        on parts.ticker = backlogs.ticker and parts.segment = backlogs.revenue_segment

),

bases as (

    select 'instant' as span, 'instant' as basis, 0 as basis_rank
    union all
    select 'quarter', 'quarter', 0
    union all
    select 'year', 'fiscal_year', 0
    union all
    select 'year', 'ttm', 1

),

candidates as (

    select
        claims.claim_key,
        rules.metric,
        rules.metric_rank,
        case
            when rules.measure = 'growth' and claims.unit = 'multiple' then 'multiple'
            when rules.measure = 'level' and claims.kind = 'change' then 'change'
            else rules.measure
        end as measure,
        rules.guided_metric,
        rules.over_metric,
        rules.over_grain,
        rules.grain,
        case
            when rules.measure = 'growth' and claims.unit = 'multiple' then 'multiple'
            when rules.measure = 'growth' or rules.over_metric <> '' then 'ratio'
            when rules.measure = 'market_value' then 'USD'
            when rules.unit = 'USD/shares' then 'USD_per_share'
            else rules.unit
        end as unit,
        case when rules.period = 'duration' then claims.span else 'instant' end as span
    from claims
    inner join rules
        on
            claims.claim_metric = rules.claim_metric
            and coalesce(claims.is_constant_currency, false) = rules.is_constant_currency
            and (rules.of_metric = '' or claims.of_metric = rules.of_metric)
    where
        -- A change needs to say against when, a change of a growth is not measured.
        not (
            coalesce(claims.kind, 'level') = 'change'
            and (rules.measure <> 'level' or coalesce(claims.comparison, 'none') = 'none')
        )
        -- What a company states as growth is on the year before.
        and not (
            rules.measure = 'level' and rules.unit = 'ratio'
            and coalesce(claims.kind, 'level') = 'growth' and coalesce(claims.quarters_back, 0) <> 4
        )
        and not (rules.measure = 'growth' and coalesce(claims.quarters_back, 0) <= 0)
        and (rules.measure <> 'run_rate' or claims.span = 'quarter')

),

placed as (

    select
        candidates.*,
        bases.basis,
        bases.basis_rank,
        case when candidates.grain = 'company' then '' else parts.segment end as segment,
        case
            when candidates.over_grain = 'company' then ''
            when candidates.over_grain is not null then parts.segment
        end as over_segment
    from candidates
    inner join claims
        on candidates.claim_key = claims.claim_key and candidates.unit = claims.unit
    left join bases
        on candidates.span = bases.span
    left join parts
        on
            claims.ticker = parts.ticker
            and candidates.grain = parts.grain
            and lower(claims.segment_name) = parts.part_name
    where
        -- A claim about a part is held against the figure of that part, and one about the company
        -- against the company's.
        (candidates.grain = 'company' and claims.segment_name is null)
        or (candidates.grain <> 'company' and parts.segment is not null)
        -- Unless only the company states it, and states it of that part.
        or (
            candidates.grain = 'company'
            and exists (
                select 1
                from rules
                inner join parts as covered
                    on rules.is_of_backlog_segment and covered.is_of_backlog
                where
                    rules.claim_metric = claims.claim_metric
                    and rules.metric = candidates.metric
                    and covered.ticker = claims.ticker
                    and covered.part_name = lower(claims.segment_name)
            )
        )

)

select
    claims.claim_key,
    claims.claim_id,
    claims.article_id,
    claims.article_version,
    claims.is_latest_version,
    claims.duplicate_of,
    claims.outlet,
    claims.ticker,
    claims.span_text,
    claims.kind,
    claims.claim_metric,
    claims.segment_name,
    claims.unit,
    claims.value as claimed_value,
    claims.low as claimed_low,
    claims.high as claimed_high,
    claims.bound,
    claims.is_approximate,
    claims.modality,
    claims.is_constant_currency,
    claims.period_start,
    claims.period_end,
    claims.published_at,
    claims.judged_as_of,
    claims.stale_within_days,
    -- A bound begins at the number itself: what rounds to it may lie on the other side.
    case
        when claims.side = 'le' then -{{ infinity() }}
        when claims.side = 'ge' then claims.nearest - claims.tolerance_ratio * abs(claims.nearest)
        else claims.printed_low - claims.tolerance_ratio * abs(claims.printed_low)
    end as accepted_low,
    case
        when claims.side = 'ge' then {{ infinity() }}
        when claims.side = 'le' then claims.nearest + claims.tolerance_ratio * abs(claims.nearest)
        else claims.printed_high + claims.tolerance_ratio * abs(claims.printed_high)
    end as accepted_high,
    claims.printed_low,
    claims.printed_high,
    claims.is_forecast,
    claims.is_guidance,
    claims.is_reported_beside = 1 as is_reported_beside,
    placed.metric,
    placed.metric_rank,
    placed.measure,
    placed.guided_metric,
    placed.over_metric,
    placed.basis,
    placed.basis_rank,
    placed.segment,
    placed.over_segment,
    claims.quarters_back
from claims
left join placed
    on claims.claim_key = placed.claim_key
