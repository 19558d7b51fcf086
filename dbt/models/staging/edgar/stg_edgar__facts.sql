with days_after as (

    select
        fact_id,
        {{ as_text('cast(' ~ dbt.dateadd('day', 1, 'period_end') ~ ' as date)') }} as next_day
    from {{ source('edgar', 'facts') }}

),

signatures as (

    select
        dimensions.fact_id,
        {{ dbt.listagg(
            "dimensions.axis || '='"
            " || case"
            " when not dimensions.is_typed then dimensions.member"
            " when dimensions.member = days_after.next_day then 'next_day'"
            " else '*' end",
            "';'",
            "order by dimensions.axis"
        ) }} as dimension_signature
    from {{ source('edgar', 'fact_dimensions') }} as dimensions
    inner join days_after
        on dimensions.fact_id = days_after.fact_id
    group by dimensions.fact_id

)

select
    facts.fact_id,
    facts.cik,
    facts.accession_number,
    facts.concept,
    facts.period_start,
    facts.period_end,
    facts.dimensions,
    coalesce(signatures.dimension_signature, '') as dimension_signature,
    facts.unit,
    facts.value,
    facts.text_value,
    facts.decimals,
    -- Where the precision is not told, a whole number is as precise as it is written: to millions, to
    -- thousands, to the unit.
    case
        when facts.decimals = 'INF' then 99
        when facts.decimals is not null then cast(facts.decimals as integer)
        when facts.unit = 'USD/shares' then 2
        when facts.unit not in ('USD', 'shares') then 0
        when mod(facts.value, 1000000) = 0 then -6
        when mod(facts.value, 1000) = 0 then -3
        else 0
    end as precision_digits,
    facts.evidence,
    {{ evidence_rank('facts.evidence') }} as evidence_rank,
    facts.evidence_ref
from {{ source('edgar', 'facts') }} as facts
left join signatures
    on facts.fact_id = signatures.fact_id
-- A nil fact says that nothing is stated: it is no zero, and no figure.
where not facts.is_nil
