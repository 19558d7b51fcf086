-- Where EDGAR's own extract and the filing's documents differ, among the facts that both should
-- hold: without dimensions, in concepts of the common taxonomies, of filings whose facts were read.
with read_filings as (

    select
        filings.accession_number,
        filings.ticker
    from {{ ref('stg_edgar__filings') }} as filings
    where
        filings.read_status = 'facts_read'
        and exists (
            select 1
            from {{ ref('stg_edgar__companyfacts') }} as extracts
            where
                filings.cik = extracts.cik
                and filings.accession_number = extracts.accession_number
        )

),

filed as (

    select
        facts.accession_number,
        facts.concept,
        facts.period_start,
        facts.period_end,
        -- The extract leaves the filer's prefix off its own units.
        case
            when facts.unit like '%:%' then substring(facts.unit, position(':' in facts.unit) + 1)
            else facts.unit
        end as unit,
        facts.value,
        facts.fact_id
    from {{ ref('stg_edgar__facts') }} as facts
    inner join read_filings
        on facts.accession_number = read_filings.accession_number
    where
        facts.dimension_signature = ''
        and facts.text_value is null
        and (
            facts.concept like 'us-gaap:%'
            or facts.concept like 'dei:%'
            or facts.concept like 'srt:%'
        )

),

extracted as (

    select
        extracts.accession_number,
        extracts.concept,
        extracts.period_start,
        extracts.period_end,
        extracts.unit,
        extracts.value
    from {{ ref('stg_edgar__companyfacts') }} as extracts
    inner join read_filings
        on extracts.accession_number = read_filings.accession_number

),

compared as (

    select
        coalesce(filed.accession_number, extracted.accession_number) as accession_number,
        coalesce(filed.concept, extracted.concept) as concept,
        coalesce(filed.period_start, extracted.period_start) as period_start,
        coalesce(filed.period_end, extracted.period_end) as period_end,
        coalesce(filed.unit, extracted.unit) as unit,
        max(filed.value) as filed_value,
        max(extracted.value) as extracted_value,
        min(filed.fact_id) as fact_id,
        max(case when filed.value = extracted.value then 1 else 0 end) as has_equal_value
    from filed
    full outer join extracted
        on
            filed.accession_number = extracted.accession_number
            and filed.concept = extracted.concept
            and coalesce(filed.period_start, filed.period_end)
            = coalesce(extracted.period_start, extracted.period_end)
            and filed.period_end = extracted.period_end
            and filed.unit = extracted.unit
    group by
        coalesce(filed.accession_number, extracted.accession_number),
        coalesce(filed.concept, extracted.concept),
        coalesce(filed.period_start, extracted.period_start),
        coalesce(filed.period_end, extracted.period_end),
        coalesce(filed.unit, extracted.unit)

)

select
    read_filings.ticker,
    compared.accession_number,
    compared.concept,
    compared.period_start,
    compared.period_end,
    compared.unit,
    compared.filed_value,
    compared.extracted_value,
    case
        when compared.extracted_value is null then 'only_in_filing'
        when compared.filed_value is null then 'only_in_companyfacts'
        else 'values_differ'
    end as disagreement,
    compared.fact_id
from compared
inner join read_filings
    on compared.accession_number = read_filings.accession_number
where compared.has_equal_value = 0
