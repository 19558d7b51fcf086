-- How is Amazon's capital intensity of 2024Q4 computed, and which filings state its inputs?
-- Filings often state a fourth quarter only as a year and nine months: hence two of them.
with ratio as (

    select table_name, formula
    from marts.dim_figure_column
    where table_name = 'fct_capex_intensity' and column_name = 'capex_to_revenue_ratio'

),

inputs as (

    select ratio.formula, columns.column_name, columns.metric, columns.basis
    from marts.dim_figure_column as columns
    inner join ratio
        on
            columns.table_name = ratio.table_name
            and columns.kind = 'figure'
            and regexp_matches(ratio.formula, '\b' || columns.column_name || '\b')

),

figures as (

    select
        inputs.formula,
        inputs.column_name,
        metrics.value,
        metrics.derivation,
        metrics.evidence,
        unnest(metrics.accession_numbers) as accession_number
    from marts.fct_metrics as metrics
    inner join inputs
        on metrics.metric = inputs.metric and metrics.basis = inputs.basis
    where metrics.ticker = 'AMZN' and metrics.segment = '' and metrics.fiscal_quarter = '2024Q4'

)

select
    figures.formula,
    figures.column_name,
    round(figures.value / 1e9, 3) as value_usd_bn,
    figures.derivation,
    figures.evidence,
    filings.form,
    filings.known_from,
    filings.edgar_address
from figures
inner join marts.dim_filing as filings
    on figures.accession_number = filings.accession_number
order by figures.column_name, filings.known_from;
