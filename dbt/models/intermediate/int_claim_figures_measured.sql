-- Every figure of a claim's metric, segment and basis that was public when the article appeared, in
-- the measure the claim speaks of.
with known as (

    select
        claims.claim_key,
        claims.metric as rule_metric,
        claims.measure,
        figures.*
    from {{ ref('int_claims_resolved') }} as claims
    inner join {{ ref('fct_metrics_history') }} as figures
        on
            claims.ticker = figures.ticker
            and claims.metric = figures.metric
            and claims.segment = figures.segment
            and claims.basis = figures.basis
            and claims.article_known_from >= figures.known_from
            and (figures.known_to is null or claims.article_known_from < figures.known_to)

)

select
    latest.claim_key,
    latest.metric,
    latest.fiscal_quarter,
    latest.period_end,
    case latest.measure
        when 'growth_yoy' then {{ ratio('latest.value', 'year_ago.value') }} - 1
        else cast(latest.value as double)
    end as figure,
    case latest.measure
        when 'growth_yoy'
            then
                latest.metric || ' ' || latest.fiscal_quarter || ' / ' || latest.metric || ' '
                || year_ago.fiscal_quarter || ' - 1'
        else latest.metric || ' ' || latest.fiscal_quarter
    end as formula,
    case latest.measure
        when 'growth_yoy'
            then {{ weakest_of_columns(['latest.evidence', 'year_ago.evidence']) }}
        else {{ evidence_rank('latest.evidence') }}
    end as evidence_rank,
    case latest.measure
        when 'growth_yoy'
            then {{ concat_lists(['latest.accession_numbers', 'year_ago.accession_numbers']) }}
        else latest.accession_numbers
    end as accession_numbers,
    case latest.measure
        when 'growth_yoy' then greatest(latest.known_from, year_ago.known_from)
        else latest.known_from
    end as known_from
from known as latest
left join known as year_ago
    on
        latest.claim_key = year_ago.claim_key
        and latest.metric = year_ago.metric
        and latest.fiscal_year = year_ago.fiscal_year + 1
        and latest.fiscal_quarter_number = year_ago.fiscal_quarter_number
where latest.measure = 'level' or year_ago.value is not null
