-- Which facts, in which filings, is Amazon's free cash flow of the twelve months to 2026Q2 made of?
-- A formula is followed to its figures, each figure to the facts that state it.
with recursive steps as (

    select lineage.*, 1 as depth, lineage.coefficient as sign
    from marts.lineage as lineage
    inner join marts.fct_metrics as metrics
        on
            lineage.table_name = 'fct_metrics'
            and lineage.ticker = metrics.ticker
            and lineage.metric = metrics.metric
            and lineage.segment = metrics.segment
            and lineage.basis = metrics.basis
            and lineage.fiscal_quarter = metrics.fiscal_quarter
            and lineage.known_from = metrics.known_from
    where
        metrics.ticker = 'AMZN'
        and metrics.metric = 'free_cash_flow'
        and metrics.basis = 'ttm'
        and metrics.fiscal_quarter = '2026Q2'

    union all

    select below.*, steps.depth + 1 as depth, steps.sign * below.coefficient as sign
    from steps
    inner join marts.lineage as below
        on
            steps.input_table = below.table_name
            and steps.ticker = below.ticker
            and steps.input_metric = below.metric
            and steps.input_segment = below.segment
            and steps.input_basis = below.basis
            and steps.input_fiscal_quarter = below.fiscal_quarter
            and steps.input_known_from = below.known_from

)

select
    depth,
    metric,
    formula,
    sign,
    coalesce(concept, input_metric) as made_of,
    round(input_value / 1e9, 3) as value_usd_bn,
    evidence,
    accession_number,
    edgar_address
from steps
order by depth, metric, made_of;
