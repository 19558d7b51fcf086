{#- Names of the columns that are null in a row, comma separated; empty when none is. -#}
{% macro missing_inputs(columns) -%}
concat_ws(
    ', '
    {%- for column in columns %},
    case when {{ column }} is null then '{{ column.split('.') | last }}' end
    {%- endfor %}
)
{%- endmacro %}
