{#- Exact type of every figure: dollars, shares, per-share amounts and years alike. -#}
{% macro figure_type() %}decimal(38, 9){% endmacro %}
