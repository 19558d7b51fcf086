{#-
  What Spark needs in place of what dbt-spark brings, so that it answers as DuckDB does. Models call
  the macros of dbt; this is the only place that knows.
-#}

{#- A day or moment moved; null where it is null, for which dbt-spark's own raises. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}

{#- Boundaries of a datepart between two moments; null where either is. -#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
timestampdiff(
    {{ datepart }},
    date_trunc('{{ datepart }}', {{ first_date }}),
    date_trunc('{{ datepart }}', {{ second_date }})
)
{%- endmacro %}

{#- Texts of a group, joined in order: dbt-spark's own leaves the order to chance. -#}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    {%- if limit_num -%}
        {{ exceptions.raise_compiler_error(
            'listagg of at most so many texts is not written for Spark; leave limit_num out'
        ) }}
    {%- endif -%}
    {{ return(
        'listagg(' ~ measure ~ ', ' ~ delimiter_text ~ ')'
        ~ (' within group (' ~ order_by_clause ~ ')' if order_by_clause else '')
    ) }}
{%- endmacro %}

{#- A type of a contract, in the words of Spark. -#}
{% macro spark_type(declared) -%}
{%- set element = declared | replace('[]', '') -%}
{%- set type = {'varchar': 'string', 'timestamp with time zone': 'timestamp'}.get(element, element) -%}
{{ return('array<' ~ type ~ '>' if declared.endswith('[]') else type) }}
{%- endmacro %}

{#-
  A model's SQL in the columns and types that its yml declares. DuckDB holds a model to its contract;
  Spark is given the types, so that a reader finds the same table.
-#}
{% macro in_declared_types(sql) -%}
{%- set columns = model.columns.values() | list -%}
{%- if columns and columns | selectattr('data_type') | list | length == columns | length -%}
select
    {% for column in columns -%}
    cast({{ column.name }} as {{ spark_type(column.data_type) }}) as {{ column.name }}
    {{- ',' if not loop.last }}
    {% endfor -%}
from (
{{ sql }}
) as made
{%- else -%}
{{ sql }}
{%- endif -%}
{%- endmacro %}

{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {{ dbt.spark__create_table_as(
        temporary, relation, in_declared_types(compiled_code), language
    ) }}
{%- endmacro %}

{% macro spark__create_view_as(relation, sql) -%}
    {{ dbt.spark__create_view_as(relation, in_declared_types(sql)) }}
{%- endmacro %}
