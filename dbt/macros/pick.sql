{#- One figure of a grouped `metrics` relation as a column; null where the group has none. -#}
{% macro pick(metric, basis) -%}
max(case
    when metrics.metric = '{{ metric }}' and metrics.basis = '{{ basis }}' then metrics.value
end)
{%- endmacro %}
