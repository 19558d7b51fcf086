-- A company's outlook is in force until its next statement on the same figure and period.
select
    statements.ticker,
    statements.guided_metric,
    statements.definition,
    statements.period_start,
    statements.period_end,
    statements.low_usd,
    statements.high_usd,
    statements.is_approximate,
    statements.stated_on,
    statements.evidence,
    statements.evidence_ref,
    statements.accession_number,
    -- A statement may rest on a filing that is not on hand, or on none: on a call.
    case
        when filings.accession_number is null then {{ empty_list() }}
        else {{ list_of('filings.accession_number') }}
    end as accession_numbers,
    statements.known_from,
    lead(statements.known_from) over (
        partition by
            statements.ticker, statements.guided_metric, statements.period_start,
            statements.period_end
        order by statements.known_from
    ) as known_to
from {{ ref('stg_guidance__statements') }} as statements
left join {{ ref('dim_filing') }} as filings
    on
        statements.accession_number = filings.accession_number
        and statements.known_from >= filings.known_from
