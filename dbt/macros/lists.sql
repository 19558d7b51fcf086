{#- Sorted distinct union of a list column over a group. -#}
{% macro merge_lists(column) %}{{ return(adapter.dispatch('merge_lists')(column)) }}{% endmacro %}
{% macro default__merge_lists(column) %}array_sort(array_distinct(flatten(collect_list({{ column }})))){% endmacro %}
{% macro duckdb__merge_lists(column) %}list_sort(list_distinct(flatten(list({{ column }})))){% endmacro %}

{#- Sorted distinct union of two or more list columns of one row; a null list counts as empty. -#}
{% macro concat_lists(columns) %}{{ return(adapter.dispatch('concat_lists')(columns)) }}{% endmacro %}
{% macro default__concat_lists(columns) %}array_sort(array_distinct(flatten(array({% for c in columns %}coalesce({{ c }}, array()){{ ', ' if not loop.last }}{% endfor %})))){% endmacro %}
{% macro duckdb__concat_lists(columns) %}list_sort(list_distinct(flatten([{% for c in columns %}coalesce({{ c }}, []){{ ', ' if not loop.last }}{% endfor %}]))){% endmacro %}

{#- A list of one element. -#}
{% macro list_of(column) %}{{ return(adapter.dispatch('list_of')(column)) }}{% endmacro %}
{% macro default__list_of(column) %}array({{ column }}){% endmacro %}
{% macro duckdb__list_of(column) %}[{{ column }}]{% endmacro %}

{#- A list without elements. -#}
{% macro empty_list() %}{{ return(adapter.dispatch('empty_list')()) }}{% endmacro %}
{% macro default__empty_list() %}cast(array() as array<string>){% endmacro %}
{% macro duckdb__empty_list() %}cast([] as varchar[]){% endmacro %}
