select
    thesis,
    ticker,
    claim,
    signal,
    says,
    refuted_by
from {{ source('registry', 'registry_thesis_claims') }}
