select
    cik,
    accession_number,
    concept,
    period_start,
    period_end,
    unit,
    value,
    form,
    filed_at
from {{ source('edgar', 'companyfacts') }}
