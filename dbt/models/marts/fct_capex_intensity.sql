{% set weakest_rank %}
    greatest(latest.evidence_rank, coalesce(year_ago.evidence_rank, 1))
{% endset %}
with figures as (

    select
        metrics.ticker,
        metrics.fiscal_year,
        metrics.fiscal_quarter_number,
        metrics.fiscal_quarter,
        max(metrics.period_end) as period_end,
        max(case when metrics.basis = 'quarter' then metrics.period_start end) as period_start,
        {% for basis, prefix in [('quarter', ''), ('ttm', 'ttm_')] %}
        {{ pick('capex_gross', basis) }} as {{ prefix }}capex_gross_usd,
        {{ pick('capex_net', basis) }} as {{ prefix }}capex_net_usd,
        {{ pick('capex_with_finance_leases', basis) }}
            as {{ prefix }}capex_with_finance_leases_usd,
        {{ pick('net_sales', basis) }} as {{ prefix }}revenue_usd,
        {{ pick('operating_cash_flow', basis) }} as {{ prefix }}operating_cash_flow_usd,
        {{ pick('depreciation', basis) }} as {{ prefix }}depreciation_usd,
        {{ pick('free_cash_flow', basis) }} as {{ prefix }}free_cash_flow_usd,
        {% endfor %}
        {{ weakest_evidence_rank('metrics.evidence') }} as evidence_rank,
        {{ merge_lists('metrics.accession_numbers') }} as accession_numbers,
        max(metrics.known_from) as known_from
    from {{ ref('fct_metrics') }} as metrics
    where
        metrics.segment = ''
        and metrics.basis in ('quarter', 'ttm')
        and metrics.metric in (
            'capex_gross', 'capex_net', 'capex_with_finance_leases', 'net_sales',
            'operating_cash_flow', 'depreciation', 'free_cash_flow'
        )
    group by
        metrics.ticker, metrics.fiscal_year, metrics.fiscal_quarter_number, metrics.fiscal_quarter

)

select
    latest.ticker,
    latest.fiscal_quarter,
    latest.period_start,
    latest.period_end,
    latest.capex_gross_usd,
    latest.capex_net_usd,
    latest.capex_with_finance_leases_usd,
    latest.revenue_usd,
    latest.operating_cash_flow_usd,
    latest.depreciation_usd,
    latest.free_cash_flow_usd,
    {{ ratio('latest.capex_gross_usd', 'latest.revenue_usd') }} as capex_to_revenue_ratio,
    {{ ratio('latest.capex_gross_usd', 'latest.operating_cash_flow_usd') }}
        as capex_to_operating_cash_flow_ratio,
    {{ ratio('latest.capex_gross_usd', 'latest.depreciation_usd') }}
        as capex_to_depreciation_ratio,
    {{ ratio('latest.capex_gross_usd', 'year_ago.capex_gross_usd') }} - 1
        as capex_growth_yoy_ratio,
    {{ ratio('latest.capex_gross_usd', 'year_ago.capex_gross_usd') }}
    - {{ ratio('latest.revenue_usd', 'year_ago.revenue_usd') }} as capex_less_revenue_growth_ratio,
    latest.ttm_capex_gross_usd,
    latest.ttm_capex_net_usd,
    latest.ttm_capex_with_finance_leases_usd,
    latest.ttm_revenue_usd,
    latest.ttm_operating_cash_flow_usd,
    latest.ttm_depreciation_usd,
    latest.ttm_free_cash_flow_usd,
    {{ ratio('latest.ttm_capex_gross_usd', 'latest.ttm_revenue_usd') }}
        as ttm_capex_to_revenue_ratio,
    {{ ratio('latest.ttm_capex_gross_usd', 'latest.ttm_operating_cash_flow_usd') }}
        as ttm_capex_to_operating_cash_flow_ratio,
    {{ ratio('latest.ttm_capex_gross_usd', 'latest.ttm_depreciation_usd') }}
        as ttm_capex_to_depreciation_ratio,
    {{ missing_inputs([
        'latest.capex_gross_usd', 'latest.capex_net_usd', 'latest.capex_with_finance_leases_usd',
        'latest.revenue_usd', 'latest.operating_cash_flow_usd', 'latest.depreciation_usd',
        'latest.ttm_capex_gross_usd', 'latest.ttm_revenue_usd',
        'latest.ttm_operating_cash_flow_usd', 'latest.ttm_depreciation_usd',
        'latest.ttm_free_cash_flow_usd'
    ]) }} as missing_inputs,
    {{ evidence_level(weakest_rank) }} as evidence,
    {{ concat_lists(['latest.accession_numbers', 'year_ago.accession_numbers']) }}
        as accession_numbers,
    greatest(latest.known_from, coalesce(year_ago.known_from, latest.known_from)) as known_from
from figures as latest
left join figures as year_ago
    on
        latest.ticker = year_ago.ticker
        and latest.fiscal_year = year_ago.fiscal_year + 1
        and latest.fiscal_quarter_number = year_ago.fiscal_quarter_number
