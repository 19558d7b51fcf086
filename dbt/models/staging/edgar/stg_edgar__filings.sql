select
    filings.accession_number,
    filings.cik,
    companies.ticker,
    filings.form,
    filings.period_of_report,
    filings.filed_at,
    filings.accepted_at,
    filings.known_from,
    filings.known_from_basis,
    filings.fiscal_year,
    filings.fiscal_period,
    filings.evidence_ref,
    filings.read_status,
    filings.read_detail,
    case when {{ is_known('filings.withdrawn_at') }} then filings.withdrawn_at end as withdrawn_at
from {{ source('edgar', 'filings') }} as filings
inner join {{ ref('stg_registry__companies') }} as companies
    on filings.cik = companies.cik
where {{ is_known('filings.known_from') }}
