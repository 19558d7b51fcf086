{#- Evidence levels, strongest first: the rank of a level, and the level of a rank. -#}
{% macro evidence_levels() -%}
    {{ return([
        'xbrl', 'transcribed', 'companyfacts', 'data_set', 'filing_text', 'preliminary', 'secondary'
    ]) }}
{%- endmacro %}

{% macro evidence_rank(column) -%}
case {{ column }}
{%- for level in evidence_levels() %} when '{{ level }}' then {{ loop.index }}{% endfor %} end
{%- endmacro %}

{% macro evidence_level(rank) -%}
case {{ rank }}
{%- for level in evidence_levels() %} when {{ loop.index }} then '{{ level }}'{% endfor %} end
{%- endmacro %}

{#- Rank of the weakest level of a group. -#}
{% macro weakest_evidence_rank(column) -%}
max({{ evidence_rank(column) }})
{%- endmacro %}

{#- Rank of the weakest level among columns of one row; a null is no input and weakens nothing. -#}
{% macro weakest_of_columns(columns) -%}
greatest(
{%- for column in columns -%}
    coalesce({{ evidence_rank(column) }}, 1){{ ', ' if not loop.last }}
{%- endfor -%}
)
{%- endmacro %}

{#- 1 where a rank is that of a release's figure, which gives way to whatever a report states. -#}
{% macro is_preliminary(rank) -%}
case when {{ rank }} = {{ evidence_levels().index('preliminary') + 1 }} then 1 else 0 end
{%- endmacro %}
