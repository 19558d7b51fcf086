-- The declarations of the marts, read out of the project itself.
with columns as (

    {% for mart in declared_marts() if execute %}
    {% set declared = declaration_of(history_of(mart)) %}
    {% for name, given in declared.inputs.items() %}
    select
        '{{ mart }}' as table_name,
        '{{ name }}' as column_name,
        '{{ 'mart' if given.mart else 'figure' }}' as kind,
        '{{ given.metric or '' }}' as metric,
        '{{ given.basis or '' }}' as basis,
        '{{ given.scope }}' as scope,
        '{{ given.mart or '' }}' as source_table,
        '{{ given.column or '' }}' as source_column,
        {{ given.quarters_back }} as quarters_back,
        '' as formula,
        '' as rests_on
    union all
    {% endfor %}
    {% for name, formula in declared.formulas.items() %}
    select
        '{{ mart }}', '{{ name }}', 'formula', '', '', '', '', '', 0, '{{ formula }}',
        '{{ columns_in(formula, declared) | join(', ') }}'
    union all
    {% endfor %}
    {% endfor %}
    select 'fct_metrics', 'value', 'facts', '', '', '', '', '', 0,
        'sum of the facts added less those subtracted, in the share basis of the version', ''

)

select
    columns.*,
    case
        when column_name like '%_usd' then 'USD'
        when column_name like '%_ratio' then 'ratio'
        when column_name like '%_years' then 'years'
        else 'that of the metric'
    end as unit
from columns
