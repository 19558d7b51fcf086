-- Where do filings contradict themselves or each other, and how badly?
-- An error would have stopped the publication; "explained" is declared in the registry.
select
    severity,
    identity,
    ticker,
    reason,
    count(*) as cases,
    max(round(abs(gap) / 1e9, 3)) as largest_gap_usd_bn,
    min(fiscal_quarter) as first_fiscal_quarter,
    max(fiscal_quarter) as last_fiscal_quarter
from quality.identity_failures
group by severity, identity, ticker, reason
order by severity desc, cases desc;
