-- The most precise of the facts that one filing states for the same concept, period and dimensions.
-- Facts agree when each lies within half a unit of the other's last digit; others are a conflict.
with ranked as (

    select
        *,
        row_number() over (
            partition by
                accession_number, concept, period_start, period_end, dimension_signature,
                dimensions, unit
            order by precision_digits desc, evidence_rank asc, fact_id asc
        ) as preference,
        first_value(value) over (
            partition by
                accession_number, concept, period_start, period_end, dimension_signature,
                dimensions, unit
            order by precision_digits desc, evidence_rank asc, fact_id asc
        ) as kept_value
    from {{ ref('stg_edgar__facts') }}

),

judged as (

    select
        *,
        max(
            case
                when abs(value - kept_value) > 0.5 * power(10.0, -precision_digits) then 1
                else 0
            end
        ) over (
            partition by
                accession_number, concept, period_start, period_end, dimension_signature,
                dimensions, unit
        ) as has_conflict,
        count(*) over (
            partition by
                accession_number, concept, period_start, period_end, dimension_signature,
                dimensions, unit
        ) as duplicate_count
    from ranked

)

select
    fact_id,
    cik,
    accession_number,
    concept,
    period_start,
    period_end,
    dimensions,
    dimension_signature,
    unit,
    value,
    precision_digits,
    evidence,
    evidence_rank,
    duplicate_count,
    has_conflict = 1 as is_conflicting
from judged
where preference = 1
