select
    ticker,
    metric,
    accession_number,
    from_quarter,
    note
from {{ source('registry', 'registry_definition_changes') }}
