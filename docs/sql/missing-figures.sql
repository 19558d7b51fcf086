-- What is missing of each company's newest quarter, and why?
-- Nothing is filled in: a null has a reason. Use the csv or json format to see long reasons whole.
with stated as (

    select 'fct_capex_intensity' as table_name, ticker, fiscal_quarter, period_end, missing_reasons
    from marts.fct_capex_intensity

    union all

    select 'fct_backlog_coverage', ticker, fiscal_quarter, period_end, missing_reasons
    from marts.fct_backlog_coverage

),

newest as (

    select table_name, ticker, fiscal_quarter, missing_reasons
    from stated
    qualify row_number() over (partition by table_name, ticker order by period_end desc) = 1

),

each_reason as (

    select
        table_name,
        ticker,
        fiscal_quarter,
        unnest(string_split(missing_reasons, ' | ')) as column_and_reason
    from newest
    where missing_reasons <> ''

),

lacking as (

    select
        table_name,
        ticker,
        fiscal_quarter,
        split_part(column_and_reason, ': ', 1) as missing,
        substr(column_and_reason, strpos(column_and_reason, ': ') + 2) as reason
    from each_reason

    union all

    select 'fct_valuation_inputs', ticker, null, trim(input || ' ' || segment), missing_reason
    from marts.fct_valuation_inputs
    where missing_reason is not null

)

select
    ticker,
    table_name,
    fiscal_quarter,
    reason,
    count(*) as figures,
    string_agg(missing, ', ' order by missing) as missing
from lacking
group by ticker, table_name, fiscal_quarter, reason
order by ticker asc, table_name asc, figures desc, reason asc;
