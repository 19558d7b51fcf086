{#- Quotient as a double; null where the denominator is zero or either side is null. -#}
{% macro ratio(numerator, denominator) -%}
cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#-
  Where a figure stands among those of its group: the share of the others that are lower, 0 for the
  lowest and 1 for the highest, the same for equal ones. A group of one has no place.
-#}
{% macro place_among(figure, group) -%}
case
    when count({{ figure }}) over (partition by {{ group | join(', ') }}) > 1
        then percent_rank() over (partition by {{ group | join(', ') }} order by {{ figure }})
end
{%- endmacro %}
