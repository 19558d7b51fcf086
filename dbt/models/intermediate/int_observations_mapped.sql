-- Facts as observations of canonical metrics, placed in the filer's fiscal calendar by their dates.
-- A period belongs to the fiscal quarter whose nominal end its own lies nearest to: years of 52 or
-- 53 weeks end some days beside it, quarters of 12 and 16 weeks some weeks. A date that is no
-- period's end is no balance sheet.
with mapped as (

    select
        declared.ticker,
        declared.metric,
        declared.segment,
        declared.concept_rank,
        declared.period_type,
        declared.unit,
        declared.fiscal_year_end_month,
        facts.fact_id,
        facts.accession_number,
        facts.concept,
        facts.period_start,
        case
            when declared.period_type = 'cover' then filings.period_of_report
            else facts.period_end
        end as period_end,
        facts.value,
        facts.precision_digits,
        facts.evidence_rank,
        filings.period_of_report,
        filings.known_from,
        filings.withdrawn_at
    from {{ ref('int_facts_deduplicated') }} as facts
    inner join {{ ref('stg_edgar__filings') }} as filings
        on facts.accession_number = filings.accession_number
    inner join {{ ref('int_concepts_declared') }} as declared
        on
            facts.cik = declared.cik
            and facts.concept = declared.concept
            and facts.dimension_signature = declared.dimension_signature
            and facts.unit = declared.fact_unit
            and (facts.period_start is not null) = declared.is_duration
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
        -- Months, with the share of the last one, since the fiscal year that ended in year 0.
        12 * extract(year from period_end) + extract(month from period_end) - 1
        + cast(extract(day from period_end) as double)
        / extract(day from {{ dbt.last_day('period_end', 'month') }})
        - fiscal_year_end_month as months_of_fiscal_years,
        {{ dbt.datediff('period_start', 'period_end', 'day') }} + 1 as period_days
    from ranked
    where concept_preference = first_preference

),

placed as (

    select
        *,
        round(months_of_fiscal_years / 3) as quarters_of_fiscal_years,
        abs(months_of_fiscal_years - 3 * round(months_of_fiscal_years / 3))
            as months_from_nominal_end,
        case
            when period_type = 'duration' then round(cast(period_days as double) / 91.3125)
            else 0
        end as span_quarters
    from dated

)

select
    ticker,
    metric,
    segment,
    cast(ceil(quarters_of_fiscal_years / 4) as integer) as fiscal_year,
    cast(quarters_of_fiscal_years - 4 * (ceil(quarters_of_fiscal_years / 4) - 1) as integer)
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
    (
        period_type <> 'duration'
        and (months_from_nominal_end <= 0.4 or period_end = period_of_report)
    )
    or (
        period_type = 'duration'
        and months_from_nominal_end <= 0.9
        and span_quarters between 1 and 4
        and abs(period_days - span_quarters * 91.3125) <= 25
    )
