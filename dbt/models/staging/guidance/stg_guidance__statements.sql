select
    ticker,
    metric as guided_metric,
    basis as definition,
    period_start,
    period_end,
    low_usd,
    high_usd,
    is_approximate,
    stated_on,
    known_from,
    accession_number,
    evidence,
    evidence_ref
from {{ source('guidance', 'guidance') }}
where {{ is_known('known_from') }}
