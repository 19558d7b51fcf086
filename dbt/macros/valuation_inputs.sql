{#-
  The figures the valuation asks for, as one relation for today's marts and for those of any moment.

  `figures` has the columns of fct_metrics, `closes` those of stg_prices__closes; both hold only what
  was known at the moment in question.
-#}

{#-
  One row per input and figure it is made of. An input of several figures is their sum, each times
  its coefficient; a growth is the figure of role 'latest' over the one of role 'year_ago', less one.
-#}
{% macro valuation_terms(figures, closes) -%}
{%- set balance_items = ['cash', 'securities', 'debt', 'leases', 'ppe_net'] -%}
with figures as (

    select *, {{ quarter_index('fiscal_quarter') }} as quarter_index
    from {{ figures }}

),

-- A release states less of a quarter than a valuation takes from it: the count of shares is on the
-- cover of the report.
released as (

    select ticker, quarter_index
    from figures
    where metric = 'net_sales' and basis = 'quarter' and evidence = 'preliminary'

),

-- The newest quarter whose sales, or twelve months' sales, a report has made known; every flow is
-- taken there.
newest as (

    select figures.ticker, max(figures.quarter_index) as quarter_index
    from figures
    left join released
        on figures.ticker = released.ticker and figures.quarter_index = released.quarter_index
    where
        figures.metric = 'net_sales'
        and figures.basis in ('quarter', 'ttm')
        and released.ticker is null
    group by figures.ticker

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

placed as (

    select
        figures.*,
        figures.quarter_index - newest.quarter_index as quarters_after_newest,
        figures.quarter_index - balance_sheets.quarter_index as quarters_after_balance_sheet,
        newest.quarter_index - balance_sheets.quarter_index as quarters_since_balance_sheet
    from figures
    inner join newest
        on figures.ticker = newest.ticker
    left join balance_sheets
        on figures.ticker = balance_sheets.ticker

),

used as (

    select basis || '_' || metric as input, 'addend' as role, 1 as coefficient, 1 as term_count, *
    from placed
    where quarters_after_newest = 0 and basis in ('quarter', 'ttm')

    union all

    select metric, 'addend', 1, 1, *
    from placed
    where
        quarters_after_newest = 0
        and (
            (basis = 'instant' and metric in ('backlog', 'backlog_remaining_life', 'shares_outstanding'))
            or (basis = 'quarter' and metric = 'diluted_shares')
        )

    union all

    select case metric when 'leases' then 'lease_liabilities' else metric end, 'addend', 1, 1, *
    from placed
    where
        quarters_after_balance_sheet = 0
        and basis = 'instant'
        and segment = ''
        and metric in ({{ quoted(balance_items) }})

    union all

    -- A missing quarter leaves the sum unknown.
    select
        'free_cash_flow_since_balance_sheet', 'addend', 1, quarters_since_balance_sheet, *
    from placed
    where
        quarters_after_balance_sheet > 0
        and quarters_after_newest <= 0
        and metric = 'free_cash_flow'
        and basis = 'quarter'

    union all

    -- A balance sheet of the newest quarter has nothing after it.
    select 'free_cash_flow_since_balance_sheet', 'addend', 0, 1, *
    from placed
    where
        quarters_after_balance_sheet = 0
        and quarters_after_newest = 0
        and metric = 'ppe_net'
        and basis = 'instant'
        and segment = ''

    union all

    select
        metric || '_growth_yoy',
        case quarters_after_newest when 0 then 'latest' else 'year_ago' end, 1, 2, *
    from placed
    where
        quarters_after_newest in (0, -4)
        and basis = 'quarter'
        and metric in ('net_sales', 'segment_revenue')

),

newest_closes as (

    select
        *,
        row_number() over (partition by ticker order by close_date desc) as recency
    from {{ closes }}

)

select
    ticker,
    input,
    segment,
    role,
    coefficient,
    term_count,
    metric,
    basis,
    fiscal_quarter,
    period_end,
    known_from as figure_known_from,
    cast(value as double) as value,
    case role when 'addend' then unit else 'ratio' end as unit,
    {{ evidence_rank('evidence') }} as evidence_rank,
    accession_numbers,
    known_from
from used

union all

select
    ticker, 'share_price', '', 'addend', 1, 1, '', '', null, close_date, known_from,
    cast(close_usd as double), 'USD/shares', {{ evidence_rank("'secondary'") }}, {{ empty_list() }},
    known_from
from newest_closes
where recency = 1
{%- endmacro %}

{#- The inputs made of their terms; a wanted one that cannot be made has a reason and no value. -#}
{% macro valuation_inputs(terms) -%}
with made as (

    select
        ticker,
        input,
        segment,
        case
            when max(role) = 'addend' then sum(coefficient * value)
            else max(case when role = 'latest' then value end)
                / nullif(max(case when role = 'year_ago' then value end), 0) - 1
        end as value,
        max(unit) as unit,
        max(fiscal_quarter) as fiscal_quarter,
        max(period_end) as period_end,
        {{ evidence_level('max(evidence_rank)') }} as evidence,
        {{ merge_lists('accession_numbers') }} as accession_numbers,
        max(known_from) as known_from
    from {{ terms }} as terms
    group by ticker, input, segment
    having count(*) = max(term_count)

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

),

with_sales as (

    select distinct ticker
    from {{ terms }} as terms
    where input = 'quarter_net_sales'

)

select
    wanted.ticker,
    wanted.input,
    wanted.segment,
    made.value,
    made.unit,
    made.fiscal_quarter,
    made.period_end,
    made.evidence,
    coalesce(made.accession_numbers, {{ empty_list() }}) as accession_numbers,
    made.known_from,
    case
        when made.ticker is not null then null
        when with_sales.ticker is null then 'no quarterly sales are known for the company'
        else 'no filing on hand states it for the newest quarter, or its inputs'
    end as missing_reason
from wanted
left join made
    on
        wanted.ticker = made.ticker
        and wanted.input = made.input
        and wanted.segment = made.segment
left join with_sales
    on wanted.ticker = with_sales.ticker
{%- endmacro %}

{#-
  Post-hook: `marts.valuation_inputs_as_of(moment)`, the inputs as they were known at a moment, and
  `marts.valuation_inputs_restated(moment, last_day)`, the inputs of quarters ended by a day as they were
  known later.
-#}
{% macro create_valuation_inputs_as_of() -%}
{%- if execute and target.type == 'duckdb' -%}
{%- set moment = 'cast(moment as timestamp with time zone)' -%}
{%- set closes -%}
(
    select closes.* replace (closes.close_usd * coalesce(splits.split_ratio, 1) as close_usd)
    from {{ ref('stg_prices__closes') }} as closes
    left join (
        select ticker, {{ product('split_ratio') }} as split_ratio
        from {{ ref('stg_registry__splits') }}
        where effective_from > {{ moment }}
        group by ticker
    ) as splits
        on closes.ticker = splits.ticker
    where closes.known_from <= {{ moment }}
)
{%- endset -%}
{%- set figures = this.schema ~ '.metrics_as_of(moment)' -%}
{%- set ended = '(select * from ' ~ figures ~ ' where period_end <= cast(last_day as date))' -%}
create or replace macro {{ this.schema }}.valuation_inputs_as_of(moment) as table (
    {{ valuation_inputs('(' ~ valuation_terms(figures, closes) ~ ')') }}
);
create or replace macro {{ this.schema }}.valuation_inputs_restated(moment, last_day) as table (
    {{ valuation_inputs('(' ~ valuation_terms(ended, closes) ~ ')') }}
)
{%- endif -%}
{%- endmacro %}
