-- Facts as observations of canonical metrics, placed in the filer's fiscal calendar by their dates.
-- A period ends a fiscal quarter when it ends within ten days of a month's end (52/53-week years).
with mapped as (

    select
        declared.ticker,
        declared.metric,
        declared.segment,
        declared.concept_rank,
        metrics.period as period_type,
        metrics.unit,
        companies.fiscal_year_end_month,
        facts.fact_id,
        facts.accession_number,
        facts.concept,
        facts.period_start,
        case
            when metrics.period = 'cover' then filings.period_of_report
            else facts.period_end
        end as period_end,
        facts.value,
        facts.precision_digits,
        facts.evidence_rank,
        filings.known_from,
        filings.withdrawn_at
    from {{ ref('int_facts_deduplicated') }} as facts
    inner join {{ ref('stg_edgar__filings') }} as filings
        on facts.accession_number = filings.accession_number
    inner join {{ ref('stg_registry__companies') }} as companies
        on facts.cik = companies.cik
    inner join {{ ref('stg_registry__metric_facts') }} as declared
        on
            companies.ticker = declared.ticker
            and facts.concept = declared.concept
            and facts.dimension_signature = declared.dimension_signature
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on
            declared.metric = metrics.metric
            and facts.unit = metrics.fact_unit
            and (facts.period_start is null) = (metrics.period <> 'duration')
    where not facts.is_conflicting

),

-- Concepts are tried in order within one filing: where a filing states the metric under an earlier
-- concept, a later one is another figure, even for a period the earlier one leaves out.
ranked as (

    select
        *,
        min(concept_rank) over (
            partition by ticker, metric, segment, accession_number, concept
        ) as concept_preference,
        min(concept_rank) over (
            partition by ticker, metric, segment, accession_number
        ) as first_preference
    from mapped

),

dated as (

    select
        *,
        {{ dbt.dateadd('day', -10, 'period_end') }} as day_in_last_month,
        {{ dbt.datediff('period_start', 'period_end', 'day') }} + 1 as period_days
    from ranked
    where concept_preference = first_preference

),

placed as (

    select
        *,
        mod(extract(month from day_in_last_month) - fiscal_year_end_month + 12, 12)
            as months_into_year,
        extract(year from day_in_last_month)
        + case
            when extract(month from day_in_last_month) > fiscal_year_end_month then 1 else 0
        end as fiscal_year,
        case when period_type = 'duration' then round(period_days / 91.3125) else 0 end
            as span_quarters
    from dated

)

select
    ticker,
    metric,
    segment,
    cast(fiscal_year as integer) as fiscal_year,
    cast(case when months_into_year = 0 then 4 else months_into_year / 3 end as integer)
        as fiscal_quarter_number,
    cast(span_quarters as integer) as span_quarters,
    period_start,
    period_end,
    value,
    unit,
    precision_digits,
    concept_rank,
    evidence_rank,
    fact_id,
    accession_number,
    known_from,
    withdrawn_at
from placed
where
    mod(months_into_year, 3) = 0
    and (
        period_type <> 'duration'
        or (span_quarters between 1 and 4 and abs(period_days - span_quarters * 91.3125) <= 25)
    )
