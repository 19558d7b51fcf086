{% set weakest_rank %}
    greatest(
        period_evidence_rank,
        case when verdict = 'stale' then older_evidence_rank else 1 end
    )
{% endset %}
with claims as (

    select * from {{ ref('int_claims_resolved') }}

),

figures as (

    select * from {{ ref('int_claim_figures_measured') }}

),

compared as (

    select
        claims.claim_key,
        claims.metric_rank,
        figures.metric,
        figures.fiscal_quarter,
        figures.period_end,
        figures.figure,
        figures.formula,
        figures.evidence_rank,
        figures.accession_numbers,
        figures.known_from,
        {{ dbt.datediff('figures.period_end', 'claims.period_end', 'day') }} as days_older,
        case
            when figures.figure = claims.claimed_value then 'confirmed'
            when figures.figure >= claims.accepted_low and figures.figure < claims.accepted_high
                then 'confirmed_rounded'
            -- Cut after the last printed digit instead of rounded to it.
            when
                abs(figures.figure) >= abs(claims.claimed_value)
                and abs(figures.figure)
                < abs(claims.claimed_value) + claims.printed_high - claims.printed_low
                and sign(figures.figure) = sign(claims.claimed_value)
                then 'truncated'
        end as agreement,
        figures.figure >= claims.printed_low and figures.figure < claims.printed_high
            as is_printed_figure
    from claims
    inner join figures
        on claims.claim_key = figures.claim_key and claims.metric = figures.metric

),

on_period as (

    select
        *,
        row_number() over (
            partition by claim_key
            order by
                case agreement
                    when 'confirmed' then 1
                    when 'confirmed_rounded' then 2
                    when 'truncated' then 3
                    else 4
                end,
                metric_rank
        ) as preference
    from compared
    where abs(days_older) <= 10

),

older as (

    select
        compared.*,
        row_number() over (
            partition by compared.claim_key order by compared.days_older, compared.metric_rank
        ) as preference
    from compared
    inner join claims
        on compared.claim_key = claims.claim_key and compared.metric_rank = claims.metric_rank
    where
        compared.is_printed_figure
        and compared.days_older > 10
        and compared.days_older <= claims.stale_within_days

),

each_claim as (

    select distinct
        claim_key, article_id, claim_id, ticker, span_text, claim_metric, segment_name, unit,
        claimed_value, printed_low, printed_high, accepted_low, accepted_high, modality, period_end,
        published_at, article_known_from, is_open,
        max(case when metric is not null then 1 else 0 end) over (partition by claim_key)
            as is_mapped
    from claims

),

judged as (

    select
        each_claim.*,
        on_period.figure as period_figure,
        on_period.fiscal_quarter as period_fiscal_quarter,
        case
            when each_claim.is_open and on_period.claim_key is null then 'not_yet_reported'
            when on_period.agreement is not null then on_period.agreement
            when older.claim_key is not null and on_period.claim_key is not null then 'stale'
            when on_period.claim_key is not null then 'contradicted'
            else 'not_verifiable'
        end as verdict,
        on_period.metric as period_metric,
        on_period.formula as period_formula,
        on_period.evidence_rank as period_evidence_rank,
        on_period.accession_numbers as period_accession_numbers,
        on_period.known_from as period_known_from,
        older.figure as older_figure,
        older.metric as older_metric,
        older.fiscal_quarter as older_fiscal_quarter,
        older.formula as older_formula,
        older.evidence_rank as older_evidence_rank,
        older.accession_numbers as older_accession_numbers
    from each_claim
    left join on_period
        on each_claim.claim_key = on_period.claim_key and on_period.preference = 1
    left join older
        on each_claim.claim_key = older.claim_key and older.preference = 1

)

select
    claim_key,
    article_id,
    claim_id,
    ticker,
    span_text,
    claim_metric,
    segment_name,
    unit,
    claimed_value,
    accepted_low,
    accepted_high,
    modality,
    published_at,
    verdict,
    case
        when verdict = 'stale' then older_metric
        when verdict <> 'not_yet_reported' then period_metric
    end as matched_metric,
    case when verdict <> 'not_yet_reported' then period_fiscal_quarter end as fiscal_quarter,
    case when verdict <> 'not_yet_reported' then period_figure end as filed_value,
    case when verdict <> 'not_yet_reported' then period_fiscal_quarter end as filed_fiscal_quarter,
    case when verdict = 'stale' then older_figure end as stale_value,
    case when verdict = 'stale' then older_fiscal_quarter end as stale_fiscal_quarter,
    case when verdict <> 'not_yet_reported' then period_formula end as formula,
    case verdict
        when 'confirmed' then 'the filed figure is the printed one'
        when 'confirmed_rounded' then 'the filed figure rounds to the printed one'
        when 'truncated' then 'the filed figure was cut, not rounded'
        when 'stale' then 'true of ' || older_fiscal_quarter || '; a newer figure was on file'
        when 'contradicted' then 'the filed figure is another'
        when 'not_yet_reported' then 'about a period not yet reported when the article appeared'
        when 'not_verifiable' then
            case
                when is_mapped = 0 then 'no filed metric measures it'
                when period_end is null then 'the claim fixes no period'
                else 'no filing on hand states it for the period'
            end
    end as reason,
    case
        when verdict not in ('not_yet_reported', 'not_verifiable')
            then {{ evidence_level(weakest_rank) }}
    end as evidence,
    case
        when verdict in ('not_yet_reported', 'not_verifiable') then {{ empty_list() }}
        when verdict = 'stale'
            then {{ concat_lists(['period_accession_numbers', 'older_accession_numbers']) }}
        else period_accession_numbers
    end as accession_numbers,
    case when verdict not in ('not_yet_reported', 'not_verifiable') then period_known_from end
        as known_from,
    article_known_from as judged_as_of
from judged
