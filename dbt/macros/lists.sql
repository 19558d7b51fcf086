{#- Lists are spelt differently by every engine; these are the only places that know how. -#}

{#- Sorted distinct union of a list column over a group. -#}
{% macro merge_lists(column) %}{{ return(adapter.dispatch('merge_lists')(column)) }}{% endmacro %}
{% macro default__merge_lists(column) -%}
array_sort(array_distinct(flatten(collect_list({{ column }}))))
{%- endmacro %}
{% macro duckdb__merge_lists(column) -%}
list_sort(list_distinct(flatten(list({{ column }}))))
{%- endmacro %}

{#- Sorted union of a list column over a group, repeats kept. -#}
{% macro chain_lists(column) %}{{ return(adapter.dispatch('chain_lists')(column)) }}{% endmacro %}
{% macro default__chain_lists(column) -%}
array_sort(flatten(collect_list({{ column }})))
{%- endmacro %}
{% macro duckdb__chain_lists(column) -%}
list_sort(flatten(list({{ column }})))
{%- endmacro %}

{#- Sorted distinct union of two or more list columns of one row; a null list counts as empty. -#}
{% macro concat_lists(columns) -%}
    {{ return(adapter.dispatch('concat_lists')(columns)) }}
{%- endmacro %}
{% macro default__concat_lists(columns) -%}
array_sort(array_distinct(flatten(array(
    {%- for column in columns -%}
    coalesce({{ column }}, array()){{ ', ' if not loop.last }}
    {%- endfor -%}
))))
{%- endmacro %}
{% macro duckdb__concat_lists(columns) -%}
list_sort(list_distinct(flatten([
    {%- for column in columns -%}
    coalesce({{ column }}, []){{ ', ' if not loop.last }}
    {%- endfor -%}
])))
{%- endmacro %}

{#- A list of one element. -#}
{% macro list_of(column) %}{{ return(adapter.dispatch('list_of')(column)) }}{% endmacro %}
{% macro default__list_of(column) %}array({{ column }}){% endmacro %}
{% macro duckdb__list_of(column) %}[{{ column }}]{% endmacro %}

{#- A list of texts without elements. -#}
{% macro empty_list() %}{{ return(adapter.dispatch('empty_list')()) }}{% endmacro %}
{% macro default__empty_list() %}cast(array() as array<string>){% endmacro %}
{% macro duckdb__empty_list() %}cast([] as varchar[]){% endmacro %}

{#- Join that gives one row per element of a list column, as `alias.column`. -#}
{% macro each_element(list, alias, column) -%}
    {{ return(adapter.dispatch('each_element')(list, alias, column)) }}
{%- endmacro %}
{% macro default__each_element(list, alias, column) -%}
cross join unnest({{ list }}) as {{ alias }}({{ column }})
{%- endmacro %}
{% macro spark__each_element(list, alias, column) -%}
lateral view explode({{ list }}) {{ alias }} as {{ column }}
{%- endmacro %}
