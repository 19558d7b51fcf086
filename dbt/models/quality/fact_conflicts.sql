-- Facts that one filing states twice with values that cannot both be right, within their precision.
-- A conflict in a concept that feeds a metric is an error: the figure is withheld.
with declared as (

    select distinct companies.cik, declared.concept, declared.dimension_signature
    from {{ ref('stg_registry__metric_facts') }} as declared
    inner join {{ ref('stg_registry__companies') }} as companies
        on declared.ticker = companies.ticker

)

select
    filings.ticker,
    kept.accession_number,
    kept.concept,
    kept.period_start,
    kept.period_end,
    kept.dimensions,
    kept.unit,
    kept.value as kept_value,
    min(facts.value) as lowest_value,
    max(facts.value) as highest_value,
    cast(count(*) as integer) as fact_count,
    {{ merge_lists(list_of('facts.fact_id')) }} as fact_ids,
    case when max(declared.concept) is null then 'warning' else 'error' end as severity,
    filings.known_from
from {{ ref('int_facts_deduplicated') }} as kept
inner join {{ ref('stg_edgar__filings') }} as filings
    on kept.accession_number = filings.accession_number
inner join {{ ref('stg_edgar__facts') }} as facts
    on
        kept.accession_number = facts.accession_number
        and kept.concept = facts.concept
        and kept.period_start is not distinct from facts.period_start
        and kept.period_end = facts.period_end
        and kept.dimensions = facts.dimensions
        and kept.unit = facts.unit
left join declared
    on
        kept.cik = declared.cik
        and kept.concept = declared.concept
        and kept.dimension_signature = declared.dimension_signature
where kept.is_conflicting
group by
    filings.ticker, kept.accession_number, kept.concept, kept.period_start, kept.period_end,
    kept.dimensions, kept.unit, kept.value, filings.known_from
