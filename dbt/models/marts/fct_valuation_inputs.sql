{% set quarter_index = 'fiscal_year * 4 + fiscal_quarter_number' %}
{% set balance_items = ['cash', 'securities', 'debt', 'leases', 'ppe_net'] %}
{% set columns %}
    value, unit, fiscal_quarter, period_end, evidence, accession_numbers, known_from
{% endset %}
with figures as (

    select *, {{ quarter_index }} as quarter_index
    from {{ ref('fct_metrics') }}

),

-- The newest quarter whose sales are known; every flow is taken at that quarter.
newest as (

    select ticker, max(quarter_index) as quarter_index
    from figures
    where metric = 'net_sales' and basis = 'quarter'
    group by ticker

),

-- The newest balance sheet on which every item of the bridge is stated; items of different dates
-- are never mixed.
balance_sheets as (

    select ticker, max(quarter_index) as quarter_index
    from (
        select ticker, quarter_index
        from figures
        where
            basis = 'instant'
            and segment = ''
            and metric in ({{ quoted(balance_items) }})
        group by ticker, quarter_index
        having count(distinct metric) = {{ balance_items | length }}
    ) as complete
    group by ticker

),

flows as (

    select
        figures.ticker,
        figures.basis || '_' || figures.metric as input,
        figures.segment,
        {{ columns }}
    from figures
    inner join newest
        on figures.ticker = newest.ticker and figures.quarter_index = newest.quarter_index
    where figures.basis in ('quarter', 'ttm')

),

instants as (

    select
        figures.ticker,
        figures.metric as input,
        figures.segment,
        {{ columns }}
    from figures
    inner join newest
        on figures.ticker = newest.ticker and figures.quarter_index = newest.quarter_index
    where
        (
            figures.basis = 'instant'
            and figures.metric in ('backlog', 'backlog_remaining_life', 'shares_outstanding')
        )
        or (figures.basis = 'quarter' and figures.metric = 'diluted_shares')

),

balances as (

    select
        figures.ticker,
        case figures.metric when 'leases' then 'lease_liabilities' else figures.metric end as input,
        figures.segment,
        {{ columns }}
    from figures
    inner join balance_sheets
        on
            figures.ticker = balance_sheets.ticker
            and figures.quarter_index = balance_sheets.quarter_index
    where
        figures.basis = 'instant'
        and figures.segment = ''
        and figures.metric in ({{ quoted(balance_items) }})

),

since_balance_sheet as (

    select
        figures.ticker,
        'free_cash_flow_since_balance_sheet' as input,
        '' as segment,
        sum(figures.value) as value,
        'USD' as unit,
        max(figures.fiscal_quarter) as fiscal_quarter,
        max(figures.period_end) as period_end,
        {{ evidence_level(weakest_evidence_rank('figures.evidence')) }} as evidence,
        {{ merge_lists('figures.accession_numbers') }} as accession_numbers,
        max(figures.known_from) as known_from
    from figures
    inner join newest
        on figures.ticker = newest.ticker and figures.quarter_index <= newest.quarter_index
    inner join balance_sheets
        on
            figures.ticker = balance_sheets.ticker
            and figures.quarter_index > balance_sheets.quarter_index
    where figures.metric = 'free_cash_flow' and figures.basis = 'quarter'
    group by figures.ticker, newest.quarter_index, balance_sheets.quarter_index
    -- A missing quarter leaves the sum unknown.
    having count(*) = newest.quarter_index - balance_sheets.quarter_index

),

-- A balance sheet of the newest quarter has nothing after it.
none_since_balance_sheet as (

    select
        ppe.ticker,
        'free_cash_flow_since_balance_sheet' as input,
        '' as segment,
        0 as value,
        'USD' as unit,
        ppe.fiscal_quarter, ppe.period_end, ppe.evidence, ppe.accession_numbers, ppe.known_from
    from figures as ppe
    inner join newest
        on ppe.ticker = newest.ticker and ppe.quarter_index = newest.quarter_index
    inner join balance_sheets
        on
            newest.ticker = balance_sheets.ticker
            and newest.quarter_index = balance_sheets.quarter_index
    where ppe.metric = 'ppe_net' and ppe.basis = 'instant' and ppe.segment = ''

),

growth as (

    select
        latest.ticker,
        latest.metric || '_growth_yoy' as input,
        latest.segment,
        {{ ratio('latest.value', 'year_ago.value') }} - 1 as value,
        'ratio' as unit,
        latest.fiscal_quarter,
        latest.period_end,
        {{ evidence_level(weakest_of_columns(['latest.evidence', 'year_ago.evidence'])) }}
            as evidence,
        {{ concat_lists(['latest.accession_numbers', 'year_ago.accession_numbers']) }}
            as accession_numbers,
        greatest(latest.known_from, year_ago.known_from) as known_from
    from figures as latest
    inner join newest
        on latest.ticker = newest.ticker and latest.quarter_index = newest.quarter_index
    inner join figures as year_ago
        on
            latest.ticker = year_ago.ticker
            and latest.metric = year_ago.metric
            and latest.segment = year_ago.segment
            and latest.basis = year_ago.basis
            and latest.quarter_index = year_ago.quarter_index + 4
    where latest.basis = 'quarter' and latest.metric in ('net_sales', 'segment_revenue')

),

closes as (

    select
        *,
        row_number() over (partition by ticker order by close_date desc) as recency
    from {{ ref('stg_prices__closes') }}

),

prices as (

    select
        ticker,
        'share_price' as input,
        '' as segment,
        close_usd as value,
        'USD/shares' as unit,
        cast(null as {{ dbt.type_string() }}) as fiscal_quarter,
        close_date as period_end,
        'secondary' as evidence,
        {{ empty_list() }} as accession_numbers,
        known_from
    from closes
    where recency = 1

),

known as (

    {% for relation in [
        'flows', 'instants', 'balances', 'since_balance_sheet', 'none_since_balance_sheet',
        'growth', 'prices'
    ] %}
    select
        ticker, input, segment, cast(value as double) as value, unit, fiscal_quarter, period_end,
        evidence, accession_numbers, known_from
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

wanted as (

    select companies.ticker, inputs.input, '' as segment
    from {{ ref('dim_company') }} as companies
    cross join {{ ref('valuation_inputs') }} as inputs
    where inputs.grain = 'company'

    union all

    select segments.ticker, inputs.input, segments.segment
    from {{ ref('dim_segment') }} as segments
    cross join {{ ref('valuation_inputs') }} as inputs
    where inputs.grain = 'segment' and segments.segment_grain = 'segment'

)

select
    wanted.ticker,
    wanted.input,
    wanted.segment,
    known.value,
    known.unit,
    known.fiscal_quarter,
    known.period_end,
    known.evidence,
    coalesce(known.accession_numbers, {{ empty_list() }}) as accession_numbers,
    known.known_from,
    case
        when known.ticker is not null then null
        when newest.ticker is null then 'no quarterly sales are known for the company'
        else 'no filing on hand states it for the newest quarter, or its inputs'
    end as missing_reason
from wanted
left join known
    on
        wanted.ticker = known.ticker
        and wanted.input = known.input
        and wanted.segment = known.segment
left join newest
    on wanted.ticker = newest.ticker
