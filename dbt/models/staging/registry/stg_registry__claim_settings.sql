select
    open_modality,
    approximation_tolerance_ratio,
    stale_within_days
from {{ source('registry', 'registry_claim_settings') }}
