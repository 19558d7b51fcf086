-- What became of each claim since it was printed?
-- Then: by what was public when the article appeared. Now: by what the warehouse knows.
select
    article_id,
    claim_id,
    span_text,
    claim_metric,
    verdict,
    verdict_now,
    case when unit = 'USD' then round(filed_value_now / 1e9, 3) else round(filed_value_now, 4) end
        as filed_now_usd_bn_or_ratio,
    round(guidance_low_now / 1e9, 1) as guided_now_low_usd_bn,
    round(guidance_high_now / 1e9, 1) as guided_now_high_usd_bn,
    round(implied_multiple_ratio, 1) as implied_multiple,
    reason_now
from marts.fct_claim_checks
where is_latest_version and not is_duplicate
order by article_id, char_length(claim_id), claim_id;
