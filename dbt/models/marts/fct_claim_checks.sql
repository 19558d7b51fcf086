with claims as (

    select distinct
        claim_key, article_id, article_version, is_latest_version, duplicate_of, outlet, claim_id,
        ticker, span_text, claim_metric, segment_name, unit, claimed_value, claimed_low,
        claimed_high, accepted_low, accepted_high, modality, published_at, judged_as_of
    from {{ ref('int_claims_resolved') }}

),

judged as (

    select * from {{ ref('int_claims_judged') }}

)

select
    claims.claim_key,
    claims.article_id,
    claims.article_version,
    claims.is_latest_version,
    claims.duplicate_of is not null as is_duplicate,
    claims.outlet,
    claims.claim_id,
    claims.ticker,
    claims.span_text,
    claims.claim_metric,
    claims.segment_name,
    claims.unit,
    claims.claimed_value,
    claims.claimed_low,
    claims.claimed_high,
    case when claims.accepted_low > -{{ infinity() }} then claims.accepted_low end as accepted_low,
    case when claims.accepted_high < {{ infinity() }} then claims.accepted_high end
        as accepted_high,
    claims.modality,
    claims.published_at,
    told.verdict,
    told.matched_metric,
    coalesce(told.filed_fiscal_quarter, today.filed_fiscal_quarter) as fiscal_quarter,
    told.filed_value,
    told.filed_fiscal_quarter,
    told.guidance_low,
    told.guidance_high,
    told.stale_value,
    told.stale_fiscal_quarter,
    told.formula,
    told.reason,
    told.evidence,
    told.accession_numbers,
    told.known_from,
    claims.judged_as_of,
    today.verdict as verdict_now,
    today.matched_metric as matched_metric_now,
    today.filed_value as filed_value_now,
    today.filed_fiscal_quarter as filed_fiscal_quarter_now,
    today.guidance_low as guidance_low_now,
    today.guidance_high as guidance_high_now,
    today.formula as formula_now,
    today.reason as reason_now,
    today.evidence as evidence_now,
    today.accession_numbers as accession_numbers_now,
    today.known_from as known_from_now,
    case when told.verdict = 'not_yet_reported' then implied.implied_multiple_ratio end
        as implied_multiple_ratio,
    case when told.verdict = 'not_yet_reported' then implied.implied_multiple_basis end
        as implied_multiple_basis
from claims
inner join judged as told
    on claims.claim_key = told.claim_key and told.moment = 'article'
inner join judged as today
    on claims.claim_key = today.claim_key and today.moment = 'now'
left join {{ ref('int_claim_multiples_implied') }} as implied
    on claims.claim_key = implied.claim_key
