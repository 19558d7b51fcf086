-- How is each column of the backlog's burn-down computed, and what does it rest on?
-- A formula is SQL over columns of the same row; the others show a figure or another mart's column.
select
    column_name,
    unit,
    case kind
        when 'formula' then formula
        when 'figure' then metric || ' (' || basis || ')'
        else source_table || '.' || source_column
    end as made_of,
    case when quarters_back <> 0 then quarters_back end as quarters_back
from marts.dim_figure_column
where table_name = 'fct_backlog_burndown'
order by kind, column_name;
