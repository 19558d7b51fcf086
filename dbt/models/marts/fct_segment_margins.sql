{% set weakest_rank %}
    greatest(latest.all_evidence_rank, coalesce(previous.all_evidence_rank, 1))
{% endset %}
with figures as (

    select
        metrics.ticker,
        metrics.segment,
        metrics.fiscal_year,
        metrics.fiscal_quarter_number,
        metrics.fiscal_quarter,
        max(metrics.period_end) as period_end,
        max(case when metrics.basis = 'quarter' then metrics.period_start end) as period_start,
        {{ pick('segment_revenue', 'quarter') }} as revenue_usd,
        {{ pick('segment_operating_income', 'quarter') }} as operating_income_usd,
        {{ pick('segment_revenue', 'ttm') }} as ttm_revenue_usd,
        {{ pick('segment_operating_income', 'ttm') }} as ttm_operating_income_usd,
        {{ weakest_evidence_rank('metrics.evidence') }} as evidence_rank,
        {{ merge_lists('metrics.accession_numbers') }} as accession_numbers,
        max(metrics.known_from) as known_from
    from {{ ref('fct_metrics') }} as metrics
    inner join {{ ref('dim_segment') }} as segments
        on
            metrics.ticker = segments.ticker
            and metrics.segment = segments.segment
            and segments.segment_grain = 'segment'
    where
        metrics.metric in ('segment_revenue', 'segment_operating_income')
        and metrics.basis in ('quarter', 'ttm')
    group by
        metrics.ticker, metrics.segment, metrics.fiscal_year, metrics.fiscal_quarter_number,
        metrics.fiscal_quarter

),

company as (

    select
        ticker,
        fiscal_quarter,
        value as operating_income_usd,
        {{ evidence_rank('evidence') }} as evidence_rank,
        accession_numbers,
        known_from
    from {{ ref('fct_metrics') }}
    where metric = 'operating_income' and basis = 'quarter'

),

grown as (

    select
        current_year.*,
        company.operating_income_usd as company_operating_income_usd,
        {{ ratio('current_year.revenue_usd', 'year_ago.revenue_usd') }} - 1
            as revenue_growth_yoy_ratio,
        greatest(
            current_year.evidence_rank,
            coalesce(year_ago.evidence_rank, 1),
            coalesce(company.evidence_rank, 1)
        ) as all_evidence_rank,
        {{ concat_lists([
            'current_year.accession_numbers', 'year_ago.accession_numbers',
            'company.accession_numbers'
        ]) }} as all_accession_numbers,
        greatest(
            current_year.known_from,
            coalesce(year_ago.known_from, current_year.known_from),
            coalesce(company.known_from, current_year.known_from)
        ) as all_known_from
    from figures as current_year
    left join figures as year_ago
        on
            current_year.ticker = year_ago.ticker
            and current_year.segment = year_ago.segment
            and current_year.fiscal_year = year_ago.fiscal_year + 1
            and current_year.fiscal_quarter_number = year_ago.fiscal_quarter_number
    left join company
        on
            current_year.ticker = company.ticker
            and current_year.fiscal_quarter = company.fiscal_quarter

)

select
    latest.ticker,
    latest.segment,
    latest.fiscal_quarter,
    latest.period_start,
    latest.period_end,
    latest.revenue_usd,
    latest.operating_income_usd,
    {{ ratio('latest.operating_income_usd', 'latest.revenue_usd') }} as operating_margin_ratio,
    {{ ratio('latest.operating_income_usd', 'latest.company_operating_income_usd') }}
        as share_of_operating_income_ratio,
    latest.revenue_growth_yoy_ratio,
    latest.revenue_growth_yoy_ratio - previous.revenue_growth_yoy_ratio
        as growth_acceleration_ratio,
    latest.ttm_revenue_usd,
    latest.ttm_operating_income_usd,
    {{ ratio('latest.ttm_operating_income_usd', 'latest.ttm_revenue_usd') }}
        as ttm_operating_margin_ratio,
    {{ missing_inputs([
        'latest.revenue_usd', 'latest.operating_income_usd', 'latest.revenue_growth_yoy_ratio',
        'latest.ttm_revenue_usd', 'latest.ttm_operating_income_usd'
    ]) }} as missing_inputs,
    {{ evidence_level(weakest_rank) }} as evidence,
    {{ concat_lists(['latest.all_accession_numbers', 'previous.all_accession_numbers']) }}
        as accession_numbers,
    greatest(latest.all_known_from, coalesce(previous.all_known_from, latest.all_known_from))
        as known_from
from grown as latest
left join grown as previous
    on
        latest.ticker = previous.ticker
        and latest.segment = previous.segment
        and latest.fiscal_year * 4 + latest.fiscal_quarter_number
        = previous.fiscal_year * 4 + previous.fiscal_quarter_number + 1
