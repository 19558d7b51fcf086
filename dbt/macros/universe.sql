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

{#-
  The rows of a mart that have a figure, each with its filer and with the figure's place among all
  filers of the calendar quarter (column `place`) and among those of its industry (the same after
  `industry_`). Which columns there are, the yml of the model says.
-#}
{% macro among_all_filers(mart, figure, place) -%}
{%- set quarter = ['figures.calendar_quarter'] -%}
{%- set made = {
    place: place_among('figures.' ~ figure, quarter),
    'industry_' ~ place: 'case when companies.sic is not null then '
        ~ place_among('figures.' ~ figure, quarter + ['companies.sic']) ~ ' end'
} -%}
{%- set of_filer = ['trading_symbol', 'cik', 'company_name', 'sic'] -%}
select
    {% for name in model.columns %}
    {{ made.get(name) or ('companies.' if name in of_filer else 'figures.') ~ name }} as {{ name }}
    {{- ',' if not loop.last }}
    {% endfor %}
    {{ '*' if not execute }}
from {{ ref(mart) }} as figures
inner join {{ ref('dim_company') }} as companies
    on figures.ticker = companies.ticker
where figures.{{ figure }} is not null
{%- endmacro %}

{#- Whether a revenue lies in a class of size. -#}
{% macro is_in_size_class(revenue, classes) -%}
cast({{ revenue }} as double) >= {{ classes }}.from_revenue_usd
and (
    {{ classes }}.below_revenue_usd is null
    or cast({{ revenue }} as double) < {{ classes }}.below_revenue_usd
)
{%- endmacro %}
