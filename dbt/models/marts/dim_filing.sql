select
    accession_number,
    ticker,
    cik,
    form,
    period_of_report,
    filed_at,
    accepted_at,
    known_from,
    known_from_basis,
    read_status,
    read_detail,
    withdrawn_at,
    'https://www.sec.gov/Archives/edgar/data/'
    || {{ as_text('cast(cik as bigint)') }}
    || '/'
    || replace(accession_number, '-', '')
    || '/'
    || accession_number
    || '-index.htm' as edgar_address
from {{ ref('stg_edgar__filings') }}
