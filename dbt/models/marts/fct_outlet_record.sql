{% set absolute_error %}
    case
        when is_judged = 1 and accepted_low is not null and accepted_high is not null
            then
                cast(
                    {{ ratio('abs(claimed_middle - filed_middle)', 'abs(filed_middle)') }}
                    as decimal(38, 12)
                )
    end
{% endset %}
-- Of each article the first version counts, for what an outlet mends it printed all the same, and
-- of a text it printed twice the first.
with articles as (

    select
        article_id,
        article_version,
        row_number() over (
            partition by outlet, coalesce(duplicate_of, article_id)
            order by known_from, article_id
        ) as printing
    from {{ ref('stg_articles__articles') }}
    where article_version = 1

),

counted as (

    select
        checks.*,
        case
            when
                checks.verdict in (
                    'confirmed', 'confirmed_rounded', 'truncated', 'stale', 'contradicted'
                )
                then 1
            else 0
        end as is_judged,
        coalesce(checks.claimed_value, (checks.claimed_low + checks.claimed_high) / 2)
            as claimed_middle,
        coalesce(checks.filed_value, (checks.guidance_low + checks.guidance_high) / 2)
            as filed_middle
    from {{ ref('fct_claim_checks') }} as checks
    inner join articles
        on
            checks.article_id = articles.article_id
            and checks.article_version = articles.article_version
            and articles.printing = 1

),

summed as (

    select
        outlet,
        count(distinct article_id) as articles,
        count(*) as claims,
        sum(is_judged) as verifiable_claims,
        {% for verdict in [
            'confirmed', 'confirmed_rounded', 'truncated', 'stale', 'contradicted',
            'not_yet_reported', 'not_verifiable'
        ] %}
        sum(case when verdict = '{{ verdict }}' then 1 else 0 end) as {{ verdict }},
        {% endfor %}
        -- What was open when it was printed, or true of its day, and what came of it.
        sum(case when verdict_now = 'missed' then 1 else 0 end) as missed,
        sum(case when verdict_now = 'superseded' then 1 else 0 end) as superseded,
        sum(
            case
                when
                    verdict = 'not_yet_reported'
                    and verdict_now in ('confirmed', 'confirmed_rounded', 'truncated') then 1
                else 0
            end
        ) as came_true,
        -- A bound is no estimate of the figure. Decimals add up to the same in any order.
        {{ mean_of_decimals(absolute_error, 12) }} as mean_absolute_error_ratio
    from counted
    group by outlet

)

select
    outlet,
    cast(articles as integer) as articles,
    cast(claims as integer) as claims,
    cast(verifiable_claims as integer) as verifiable_claims,
    cast(confirmed as integer) as confirmed,
    cast(confirmed_rounded as integer) as confirmed_rounded,
    cast(truncated as integer) as truncated,
    cast(stale as integer) as stale,
    cast(contradicted as integer) as contradicted,
    cast(not_yet_reported as integer) as not_yet_reported,
    cast(not_verifiable as integer) as not_verifiable,
    cast(missed as integer) as missed,
    cast(superseded as integer) as superseded,
    cast(came_true as integer) as came_true,
    {{ ratio('confirmed + confirmed_rounded + truncated', 'verifiable_claims') }} as right_ratio,
    cast(mean_absolute_error_ratio as double) as mean_absolute_error_ratio
from summed
