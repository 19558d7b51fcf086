{% set quarter_index = 'fiscal_year * 4 + fiscal_quarter_number' %}
with revenue as (

    select
        metrics.ticker,
        metrics.{{ quarter_index }} as quarter_index,
        metrics.basis,
        metrics.value,
        metrics.evidence,
        metrics.accession_numbers,
        metrics.known_from
    from {{ ref('fct_metrics') }} as metrics
    inner join {{ ref('stg_registry__backlog_rules') }} as rules
        on
            metrics.ticker = rules.ticker
            and metrics.metric = rules.revenue_metric
            and metrics.segment = rules.revenue_segment

),

backlog as (

    select
        ticker, fiscal_quarter, period_end, {{ quarter_index }} as quarter_index,
        value, evidence, accession_numbers, known_from
    from {{ ref('fct_metrics') }}
    where metric = 'backlog' and basis = 'instant'

),

lives as (

    select ticker, fiscal_quarter, value, evidence, accession_numbers, known_from
    from {{ ref('fct_metrics') }}
    where metric = 'backlog_remaining_life' and basis = 'instant'

),

joined as (

    select
        backlog.ticker,
        backlog.fiscal_quarter,
        backlog.period_end,
        backlog.value as backlog_usd,
        previous.value as previous_backlog_usd,
        lives.value as remaining_life_years,
        quarter_revenue.value as cloud_revenue_usd,
        ttm_revenue.value as ttm_cloud_revenue_usd,
        next_revenue.value as realised_next_12m_revenue_usd,
        {{ weakest_of_columns([
            'backlog.evidence', 'previous.evidence', 'lives.evidence', 'quarter_revenue.evidence',
            'ttm_revenue.evidence'
        ]) }} as evidence_rank,
        {{ concat_lists([
            'backlog.accession_numbers', 'previous.accession_numbers', 'lives.accession_numbers',
            'quarter_revenue.accession_numbers', 'ttm_revenue.accession_numbers'
        ]) }} as accession_numbers,
        greatest(
            backlog.known_from,
            coalesce(lives.known_from, backlog.known_from),
            coalesce(previous.known_from, backlog.known_from),
            coalesce(quarter_revenue.known_from, backlog.known_from),
            coalesce(ttm_revenue.known_from, backlog.known_from)
        ) as known_from,
        -- What the year after brought is known a year later: it keeps a clock of its own.
        next_revenue.known_from as conversion_known_from,
        {{ weakest_of_columns(['backlog.evidence', 'lives.evidence', 'next_revenue.evidence']) }}
            as conversion_evidence_rank,
        next_revenue.accession_numbers as conversion_accession_numbers
    from backlog
    left join lives
        on backlog.ticker = lives.ticker and backlog.fiscal_quarter = lives.fiscal_quarter
    left join backlog as previous
        on
            backlog.ticker = previous.ticker
            and backlog.quarter_index = previous.quarter_index + 1
    left join revenue as quarter_revenue
        on
            backlog.ticker = quarter_revenue.ticker
            and backlog.quarter_index = quarter_revenue.quarter_index
            and quarter_revenue.basis = 'quarter'
    left join revenue as ttm_revenue
        on
            backlog.ticker = ttm_revenue.ticker
            and backlog.quarter_index = ttm_revenue.quarter_index
            and ttm_revenue.basis = 'ttm'
    left join revenue as next_revenue
        on
            backlog.ticker = next_revenue.ticker
            and backlog.quarter_index + 4 = next_revenue.quarter_index
            and next_revenue.basis = 'ttm'

)

select
    ticker,
    fiscal_quarter,
    period_end,
    backlog_usd,
    remaining_life_years,
    cloud_revenue_usd,
    ttm_cloud_revenue_usd,
    {{ ratio('backlog_usd', 'ttm_cloud_revenue_usd') }} as coverage_years,
    {{ ratio('backlog_usd', 'remaining_life_years') }} as implied_next_12m_revenue_usd,
    backlog_usd - previous_backlog_usd + cloud_revenue_usd as net_bookings_usd,
    {{ ratio('(backlog_usd - previous_backlog_usd + cloud_revenue_usd)', 'cloud_revenue_usd') }}
        as book_to_bill_ratio,
    realised_next_12m_revenue_usd,
    {{ ratio('backlog_usd', 'remaining_life_years') }}
    / nullif(cast(realised_next_12m_revenue_usd as double), 0) as backlog_conversion_ratio,
    case
        when realised_next_12m_revenue_usd is not null
            then {{ evidence_level('conversion_evidence_rank') }}
    end as conversion_evidence,
    conversion_accession_numbers,
    conversion_known_from,
    {{ missing_inputs([
        'remaining_life_years', 'previous_backlog_usd', 'cloud_revenue_usd',
        'ttm_cloud_revenue_usd', 'realised_next_12m_revenue_usd'
    ]) }} as missing_inputs,
    {{ evidence_level('evidence_rank') }} as evidence,
    accession_numbers,
    known_from
from joined
