{{ config(materialized='view') }}
-- What each input of the declared marts showed, version by version: the figure, or the row of
-- another mart, that was in force when the version became known.
with figures as (

    select *, {{ quarter_index('fiscal_quarter') }} as quarter_index
    from {{ ref('fct_metrics_history') }}

),

changes as (

    select distinct ticker, metric, {{ quarter_index('from_quarter') }} as from_index
    from {{ ref('int_definitions_changed') }}
    where from_quarter <> ''

)

select
    declared_rows.table_name,
    columns.column_name,
    declared_rows.ticker,
    declared_rows.segment,
    declared_rows.fiscal_quarter,
    declared_rows.known_from,
    declared_rows.known_to,
    'figure' as input_kind,
    'fct_metrics' as input_table,
    'value' as input_column,
    figures.metric as input_metric,
    figures.segment as input_segment,
    figures.basis as input_basis,
    figures.fiscal_quarter as input_fiscal_quarter,
    figures.known_from as input_known_from,
    figures.value as input_value,
    figures.evidence,
    figures.accession_numbers
from {{ ref('int_declared_rows') }} as declared_rows
inner join {{ ref('dim_figure_column') }} as columns
    on declared_rows.table_name = columns.table_name and columns.kind = 'figure'
inner join figures
    on
        declared_rows.ticker = figures.ticker
        and columns.metric = figures.metric
        and columns.basis = figures.basis
        and figures.segment = case when columns.scope = 'own' then declared_rows.segment else '' end
        and declared_rows.quarter_index = figures.quarter_index + columns.quarters_back
        and declared_rows.known_from >= figures.known_from
        and (figures.known_to is null or declared_rows.known_from < figures.known_to)
-- A figure of another meaning is no input.
left join changes
    on
        figures.ticker = changes.ticker
        and figures.metric = changes.metric
        and changes.from_index > least(figures.quarter_index, declared_rows.quarter_index)
        and changes.from_index <= greatest(figures.quarter_index, declared_rows.quarter_index)
where changes.ticker is null

union all

select
    declared_rows.table_name,
    columns.column_name,
    declared_rows.ticker,
    declared_rows.segment,
    declared_rows.fiscal_quarter,
    declared_rows.known_from,
    declared_rows.known_to,
    'column' as input_kind,
    columns.source_table as input_table,
    columns.source_column as input_column,
    '' as input_metric,
    shown.segment as input_segment,
    '' as input_basis,
    shown.fiscal_quarter as input_fiscal_quarter,
    shown.known_from as input_known_from,
    null as input_value,
    shown.evidence,
    shown.accession_numbers
from {{ ref('int_declared_rows') }} as declared_rows
inner join {{ ref('dim_figure_column') }} as columns
    on declared_rows.table_name = columns.table_name and columns.kind = 'mart'
inner join {{ ref('int_declared_rows') }} as shown
    on
        columns.source_table = shown.table_name
        and declared_rows.ticker = shown.ticker
        and declared_rows.segment = shown.segment
        and declared_rows.quarter_index = shown.quarter_index + columns.quarters_back
        and declared_rows.known_from >= shown.known_from
        and (shown.known_to is null or declared_rows.known_from < shown.known_to)
