{#- What engines spell differently, in one place; lists are in lists.sql. -#}

{#- A value as text. -#}
{% macro as_text(expression) -%}
cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{#- The double above every other; an open end of an interval. -#}
{% macro infinity() %}{{ return(adapter.dispatch('infinity')()) }}{% endmacro %}
{% macro default__infinity() %}cast('infinity' as double){% endmacro %}
{% macro trino__infinity() %}infinity(){% endmacro %}

{#- Words as a comma separated list of string literals. -#}
{% macro quoted(words) -%}
{% for word in words %}'{{ word }}'{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- Product of a column of ratios over a group, to six decimals; SQL has no such aggregate. -#}
{% macro product(column) -%}
cast(round(exp(sum(ln(cast({{ column }} as double)))), 6) as decimal(18, 6))
{%- endmacro %}
