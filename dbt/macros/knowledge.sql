{#-
  Whether something was known at the moment the warehouse is as of. Where it is as of now, the table
  of that moment has no row and everything on hand is known.
-#}
{% macro is_known(moment) -%}
{{ moment }} <= (
    select {{ or_never('min(knowledge.known_until)') }}
    from {{ source('clock', 'knowledge') }} as knowledge
)
{%- endmacro %}
