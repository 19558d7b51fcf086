-- Which numbers of the story do the filings bear out?
-- Judged by what was on file when the story appeared; later filings do not count.
select
    article_id,
    claim_id,
    span_text,
    claim_metric,
    verdict,
    case when unit = 'USD' then round(filed_value / 1e9, 3) else round(filed_value, 4) end
        as filed_usd_bn_or_ratio,
    filed_fiscal_quarter,
    round(guidance_low / 1e9, 1) as guided_low_usd_bn,
    round(guidance_high / 1e9, 1) as guided_high_usd_bn,
    case when unit = 'USD' then round(stale_value / 1e9, 3) else round(stale_value, 4) end
        as stale_usd_bn_or_ratio,
    stale_fiscal_quarter,
    reason,
    evidence
from marts.fct_claim_checks
where is_latest_version and not is_duplicate
order by article_id, char_length(claim_id), claim_id;
