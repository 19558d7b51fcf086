-- The verdict on each claim at two moments: when its article appeared, and now.
{% set days_from_start = dbt.datediff('statements.period_start', 'claims.period_start', 'day') %}
{% set middle = 'cast(statements.low_usd + statements.high_usd as double) / 2' %}
{% set days_from_end = dbt.datediff('statements.period_end', 'claims.period_end', 'day') %}
with claims as (

    select * from {{ ref('int_claims_resolved') }}

),

each_claim as (

    select
        claim_key, ticker, claim_metric, segment_name, unit, claimed_value, claimed_low,
        claimed_high, bound, is_approximate, modality, is_constant_currency, period_start,
        period_end, judged_as_of, stale_within_days, printed_low, printed_high, accepted_low,
        accepted_high, is_forecast, is_guidance, is_reported_beside,
        max(case when metric is not null then 1 else 0 end) as is_mapped,
        max(case when measure = 'market_value' then 1 else 0 end) as is_price,
        max(case when metric is not null and basis is null then 1 else 0 end) as is_of_odd_span,
        max(guided_metric) as guided_metric
    from claims
    group by
        claim_key, ticker, claim_metric, segment_name, unit, claimed_value, claimed_low,
        claimed_high, bound, is_approximate, modality, is_constant_currency, period_start,
        period_end, judged_as_of, stale_within_days, printed_low, printed_high, accepted_low,
        accepted_high, is_forecast, is_guidance, is_reported_beside

),

compared as (

    select
        figures.*,
        claims.stale_within_days,
        {{ dbt.datediff('figures.period_end', 'claims.period_end', 'day') }} as days_older,
        max(figures.period_end) over (partition by figures.claim_key, figures.moment)
            as newest_period_end,
        case
            -- A growth that a company states is rounded itself.
            when
                figures.figure = claims.claimed_value
                and claims.bound is null
                and (
                    coalesce(claims.unit, '') <> 'ratio' or figures.measure <> 'level'
                    or figures.over_metric <> ''
                )
                then 'confirmed'
            -- A bound holds its own number; what lies half a digit higher is rounded to the next.
            when
                figures.figure >= claims.accepted_low
                and (
                    figures.figure < claims.accepted_high
                    or (claims.bound is not null and figures.figure = claims.accepted_high)
                )
                then 'confirmed_rounded'
            -- Cut after the last printed digit instead of rounded to it.
            when
                claims.bound is null
                and abs(figures.figure) >= abs(claims.claimed_value)
                and abs(figures.figure)
                < abs(claims.claimed_value) + claims.printed_high - claims.printed_low
                and sign(figures.figure) = sign(claims.claimed_value)
                then 'truncated'
            -- Filed with fewer digits than are printed, and in line with them.
            when
                claims.bound is null
                and figures.half_unit > (claims.printed_high - claims.printed_low) / 2
                and figures.figure + figures.half_unit >= claims.accepted_low
                and figures.figure - figures.half_unit < claims.accepted_high
                then 'confirmed_rounded'
        end as agreement,
        -- That a bound was right once is no older figure repeated.
        claims.bound is null
        and figures.figure >= claims.printed_low and figures.figure < claims.printed_high
            as is_printed_figure
    from {{ ref('int_claim_figures_measured') }} as figures
    inner join each_claim as claims
        on figures.claim_key = claims.claim_key

),

of_period as (

    select
        *,
        case agreement
            when 'confirmed' then 1
            when 'confirmed_rounded' then 2
            when 'truncated' then 3
            else 4
        end as agreement_rank
    from compared
    where abs(days_older) <= 10

),

-- The definition that agreed when the article appeared is the one it spoke of: that another agrees
-- since it was filed is chance.
spoken_of as (

    select
        claim_key,
        metric,
        basis,
        row_number() over (
            partition by claim_key order by agreement_rank, metric_rank, basis_rank
        ) as preference
    from of_period
    where moment = 'article' and agreement is not null

),

on_period as (

    select
        of_period.*,
        row_number() over (
            partition by of_period.claim_key, of_period.moment
            order by
                case
                    when
                        of_period.metric = spoken_of.metric and of_period.basis = spoken_of.basis
                        then 0
                    else 1
                end,
                of_period.agreement_rank, of_period.metric_rank, of_period.basis_rank
        ) as preference
    from of_period
    left join spoken_of
        on of_period.claim_key = spoken_of.claim_key and spoken_of.preference = 1

),

-- A figure of before is stale where the claim speaks of the newest quarter there was; of an older
-- quarter it is merely another one.
older as (

    select
        *,
        row_number() over (
            partition by claim_key order by days_older, metric_rank, basis_rank
        ) as preference
    from compared
    where
        moment = 'article'
        and is_printed_figure
        and days_older > 10
        and days_older <= stale_within_days
        and {{ dbt.datediff('period_end', 'newest_period_end', 'day') }} <= days_older + 10

),

moments as (

    select 'article' as moment
    union all
    select 'now'

),

guidance as (

    select
        claims.claim_key,
        moments.moment,
        cast(statements.low_usd as double) as low_usd,
        cast(statements.high_usd as double) as high_usd,
        statements.stated_on,
        {{ evidence_rank('statements.evidence') }} as evidence_rank,
        statements.accession_numbers,
        statements.known_from,
        moments.moment = 'now' and statements.known_to is null
        or moments.moment = 'article'
        and claims.judged_as_of < {{ or_never('statements.known_to') }} as is_in_force,
        case
            when
                claims.claimed_value is null
                and claims.claimed_low = statements.low_usd
                and claims.claimed_high = statements.high_usd
                and not statements.is_approximate then 'confirmed'
            -- Of a range both ends are compared; a single number is a range without width.
            when
                claims.claimed_value is null
                and abs(claims.claimed_low - statements.low_usd)
                <= claims.claimed_low - claims.accepted_low
                and abs(claims.claimed_high - statements.high_usd)
                <= claims.accepted_high - claims.claimed_high then 'confirmed_rounded'
            when
                claims.claimed_value = statements.low_usd
                and statements.low_usd = statements.high_usd
                and not statements.is_approximate
                and claims.bound is null then 'confirmed'
            when
                statements.low_usd = statements.high_usd
                and claims.bound is null
                and statements.low_usd >= claims.accepted_low
                and statements.low_usd < claims.accepted_high then 'confirmed_rounded'
            -- "Up to" the upper end or more, "at least" the lower one or less.
            when
                claims.bound = 'le' and statements.high_usd < claims.printed_high
                then 'confirmed_rounded'
            when
                claims.bound = 'ge' and statements.low_usd >= claims.printed_low
                then 'confirmed_rounded'
            -- The middle of a range.
            when
                claims.claimed_value is not null
                and claims.bound is null
                and {{ middle }} >= claims.printed_low
                and {{ middle }} < claims.printed_high
                then 'confirmed_rounded'
        end as agreement
    from each_claim as claims
    cross join moments
    inner join {{ ref('fct_guidance') }} as statements
        on
            claims.ticker = statements.ticker
            and claims.guided_metric = statements.guided_metric
            and abs({{ days_from_start }}) <= 10
            and abs({{ days_from_end }}) <= 10
            and (moments.moment = 'now' or claims.judged_as_of >= statements.known_from)
    where claims.is_guidance and claims.segment_name is null

),

ranked_guidance as (

    select
        *,
        row_number() over (
            partition by claim_key, moment, is_in_force
            order by case when agreement is null then 1 else 0 end asc, known_from desc
        ) as preference
    from guidance

),

found as (

    select
        claims.*,
        moments.moment,
        on_period.metric,
        on_period.segment,
        on_period.basis,
        on_period.measure,
        on_period.fiscal_quarter,
        on_period.figure,
        on_period.formula,
        on_period.agreement,
        on_period.evidence_rank,
        on_period.accession_numbers,
        on_period.known_from,
        in_force.agreement as guidance_agreement,
        in_force.claim_key is not null as is_guided,
        before.agreement as earlier_guidance_agreement,
        before.stated_on as earlier_stated_on,
        in_force.stated_on,
        in_force.low_usd as guidance_low,
        in_force.high_usd as guidance_high,
        in_force.evidence_rank as guidance_evidence_rank,
        in_force.accession_numbers as guidance_accession_numbers,
        in_force.known_from as guidance_known_from,
        older.metric as stale_metric,
        older.segment as stale_segment,
        older.basis as stale_basis,
        older.fiscal_quarter as stale_fiscal_quarter,
        older.figure as stale_figure,
        older.evidence_rank as stale_evidence_rank,
        older.accession_numbers as stale_accession_numbers,
        -- What the article could not know of its own period.
        at_article.claim_key is not null as was_reported,
        guided_at_article.claim_key is not null as was_guided,
        guided_at_article.agreement is not null as was_guided_so
    from each_claim as claims
    cross join moments
    left join on_period
        on
            claims.claim_key = on_period.claim_key
            and moments.moment = on_period.moment
            and on_period.preference = 1
    left join on_period as at_article
        on
            claims.claim_key = at_article.claim_key
            and at_article.moment = 'article'
            and at_article.preference = 1
    left join ranked_guidance as in_force
        on
            claims.claim_key = in_force.claim_key
            and moments.moment = in_force.moment
            and in_force.is_in_force
            and in_force.preference = 1
    left join ranked_guidance as before
        on
            claims.claim_key = before.claim_key
            and moments.moment = before.moment
            and not before.is_in_force
            and before.preference = 1
    left join ranked_guidance as guided_at_article
        on
            claims.claim_key = guided_at_article.claim_key
            and guided_at_article.moment = 'article'
            and guided_at_article.is_in_force
            and guided_at_article.preference = 1
    left join older
        on claims.claim_key = older.claim_key and older.preference = 1

),

-- Whether the verdict rests on the figure of the period, on guidance, or on neither.
grounded as (

    select
        *,
        case
            when is_forecast and (was_reported or is_reported_beside or is_mapped = 0) then 'none'
            when is_forecast and moment = 'now' and metric is not null then 'outcome'
            when is_forecast then 'none'
            when
                is_guidance and moment = 'now' and metric is not null and not was_reported
                and (was_guided_so or not was_guided) then 'outcome'
            when is_guidance and is_guided then 'guidance'
            when is_guidance then 'none'
            when metric is not null then 'figure'
            else 'none'
        end as ground
    from found

),

judged as (

    select
        *,
        case
            when ground = 'outcome' then coalesce(agreement, 'missed')
            when ground = 'guidance' and guidance_agreement is not null then guidance_agreement
            when ground = 'guidance' and moment = 'now' and was_guided_so then 'superseded'
            when ground = 'guidance' and earlier_guidance_agreement is not null then 'stale'
            when ground = 'guidance' then 'contradicted'
            when ground = 'figure' and agreement is not null then agreement
            when ground = 'figure' and stale_figure is not null then 'stale'
            when ground = 'figure' then 'contradicted'
            when
                is_forecast and is_mapped = 1 and not was_reported and not is_reported_beside
                and (period_end is not null or is_price = 1) then 'not_yet_reported'
            else 'not_verifiable'
        end as verdict
    from grounded

)

select
    claim_key,
    moment,
    ground,
    verdict,
    case when ground in ('figure', 'outcome') then coalesce(
        case when verdict = 'stale' then stale_metric end, metric
    ) end as matched_metric,
    case when ground in ('figure', 'outcome') then basis end as matched_basis,
    case when ground in ('figure', 'outcome') then metric end as figure_metric,
    case when ground in ('figure', 'outcome') then figure end as filed_value,
    case when ground in ('figure', 'outcome') then fiscal_quarter end as filed_fiscal_quarter,
    case when ground = 'guidance' then guidance_low end as guidance_low,
    case when ground = 'guidance' then guidance_high end as guidance_high,
    case when ground = 'figure' and verdict = 'stale' then stale_figure end as stale_value,
    case when ground = 'figure' and verdict = 'stale' then stale_fiscal_quarter end
        as stale_fiscal_quarter,
    case when ground = 'figure' and verdict = 'stale' then stale_metric end as stale_metric,
    case when ground = 'figure' and verdict = 'stale' then stale_basis end as stale_basis,
    case
        when ground in ('figure', 'outcome') then formula
        when ground = 'guidance'
            then 'guidance on ' || guided_metric || ' stated on ' || {{ as_text('stated_on') }}
    end as formula,
    case
        when ground = 'outcome'
            then
                case
                    when agreement is not null then 'the figure since filed bears it out'
                    when figure >= accepted_high then 'the figure since filed is higher'
                    else 'the figure since filed is lower'
                end
        when ground = 'guidance'
            then
                case
                    when verdict = 'confirmed' then 'the guidance in force says so'
                    when verdict = 'confirmed_rounded' then 'the guidance in force says so, rounded'
                    when verdict = 'superseded'
                        then 'guidance of its day; the company has given newer'
                    when verdict = 'stale'
                        then
                            'the guidance of ' || {{ as_text('earlier_stated_on') }}
                            || '; newer was in force'
                    else 'the guidance in force is another'
                end
        when verdict = 'confirmed' then 'the filed figure is the printed one'
        when verdict = 'confirmed_rounded' and (figure < accepted_low or figure > accepted_high)
            then 'the filed figure, which has fewer digits, is in line with the printed one'
        when verdict = 'confirmed_rounded' and (figure < printed_low or figure >= printed_high)
            then
                case
                    when bound is null then 'the filed figure is within the hedge'
                    else 'the filed figure is on the printed side'
                end
        when verdict = 'confirmed_rounded' then 'the filed figure rounds to the printed one'
        when verdict = 'truncated' then 'the filed figure was cut, not rounded'
        when verdict = 'stale'
            then 'true of ' || stale_fiscal_quarter || '; a newer figure was on file'
        when verdict = 'contradicted' then 'the filed figure is another'
        when verdict = 'not_yet_reported' and moment = 'article'
            then 'about a period not yet reported when the article appeared'
        when verdict = 'not_yet_reported' then 'about a period not yet reported'
        when claim_metric = 'market_cap' then 'no filing states a market value'
        when claim_metric in ('share_price', 'share_price_change', 'price_target')
            then 'no filing states a price'
        when claim_metric = 'eps_adjusted' then 'adjusted earnings are not in the filings on hand'
        when is_forecast and (was_reported or is_reported_beside)
            then 'no filing states what was expected of a period already reported'
        when coalesce(is_constant_currency, false)
            then 'growth at constant exchange rates is not filed'
        when is_mapped = 0 and segment_name is not null
            then 'no filed metric measures it for ' || segment_name
        when is_mapped = 0 then 'no filed metric measures it'
        when period_end is null then 'the claim fixes no period'
        when is_guidance then 'no guidance on hand is about the period'
        when is_of_odd_span = 1 then 'figures are kept for quarters and years, not for the period'
        else 'no filing on hand states it for the period'
    end as reason,
    {{ evidence_level(
        "case ground when 'guidance' then guidance_evidence_rank when 'none' then null"
        " else greatest(evidence_rank, case when verdict = 'stale' then stale_evidence_rank else 1 end) end"
    ) }} as evidence,
    case
        when ground = 'none' then {{ empty_list() }}
        when ground = 'guidance' then guidance_accession_numbers
        when verdict = 'stale'
            then {{ concat_lists(['accession_numbers', 'stale_accession_numbers']) }}
        else accession_numbers
    end as accession_numbers,
    case ground
        when 'none' then null
        when 'guidance' then guidance_known_from
        else known_from
    end as known_from
from judged
