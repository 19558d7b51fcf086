-- The declarations of the marts, read out of the project itself.
{% set rows = [] %}
{% for mart in declared_marts() if execute %}
    {% set declared = declaration_of(history_of(mart)) %}
    {% for name, given in declared.inputs.items() %}
        {% do rows.append([
            mart, name, 'mart' if given.mart else 'figure', given.metric or '', given.basis or '',
            given.scope, given.mart or '', given.column or '', '', '', name, given.quarters_back
        ]) %}
    {% endfor %}
    {% for name, formula in declared.formulas.items() %}
        {% do rows.append([
            mart, name, 'formula', '', '', '', '', '', formula,
            columns_in(formula, declared) | join(', '),
            inputs_behind(name, declared) | join(', '), 0
        ]) %}
    {% endfor %}
    {% for name, ranked in (history_of(mart).config.meta.get('ranks') or {}).items() %}
        {% do rows.append([
            mart, name, 'rank', '', '', '', '', '',
            'rank of ' ~ ranked ~ ' among the companies of the calendar quarter, 1 the highest',
            ranked, ranked, 0
        ]) %}
    {% endfor %}
{% endfor %}
{% for node in graph.nodes.values() if execute and node.schema == 'marts' %}
    {% for column in node.columns.values() if column.config.meta.source %}
        {% do rows.append([
            node.name, column.name, 'described', '', '', '', '', '', column.config.meta.source, '', '', 0
        ]) %}
    {% endfor %}
{% endfor %}
with columns as (

    select *
    from (
        values
        {% for row in rows %}
        (
            {{ quoted(row[:11]) }}, {{ row[11] }}
        ){{ ',' if not loop.last }}
        {% endfor %}
    ) as declared (
        table_name, column_name, kind, metric, basis, scope, source_table, source_column, formula,
        rests_on, inputs, quarters_back
    )

)

select
    table_name,
    column_name,
    kind,
    metric,
    basis,
    scope,
    source_table,
    source_column,
    quarters_back,
    formula,
    rests_on,
    inputs,
    case
        when column_name like '%_usd' then 'USD'
        when column_name like '%_ratio' then 'ratio'
        when column_name like '%_years' then 'years'
        else 'that of the row'
    end as unit
from columns
