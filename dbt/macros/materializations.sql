{#-
  Tables and views of DuckDB, written in place in one statement with their comments. The adapter's own
  builds beside, renames twice and drops, so that readers never miss a table: nobody reads a build
  before it is published as a whole, and the renames were half of the time of a refresh.
-#}
{% materialization table, adapter='duckdb' %}
    {{ return(replaced_in_place('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(replaced_in_place('view')) }}
{% endmaterialization %}

{% macro replaced_in_place(type) %}
    {%- set target_relation = this.incorporate(type=type) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_contracted = config.get('contract').enforced -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}
        {%- if is_contracted %}
        {{ get_assert_columns_equivalent(sql) }}
        {%- endif %}
        {%- if existing is not none and existing.type != type %}
        drop {{ existing.type }} {{ existing }} cascade;
        {%- endif %}
        {%- if type == 'table' and is_contracted %}
        create or replace table {{ target_relation }} {{ get_table_columns_and_constraints() }};
        insert into {{ target_relation }} {{ get_column_names() }} (
            {{ get_select_subquery(sql) }}
        );
        {%- else %}
        create or replace {{ type }} {{ target_relation }} as (
            {{ sql }}
        );
        {%- endif %}
        {{ comments_on(target_relation) }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmacro %}

{#- The descriptions of the yml as comments in the warehouse, where the model wants them kept. -#}
{% macro comments_on(relation) %}
    {%- if config.persist_relation_docs() and model.description %}
        comment on {{ relation.type }} {{ relation }} is $comment${{ model.description }}$comment$;
    {%- endif %}
    {%- if config.persist_column_docs() %}
        {%- for name, column in model.columns.items() if column.description %}
        comment on column {{ relation }}.{{ name }} is $comment${{ column.description }}$comment$;
        {%- endfor %}
    {%- endif %}
{% endmacro %}
