{#- What engines spell differently, in one place; lists are in lists.sql. -#}

{#- A value as text. -#}
{% macro as_text(expression) -%}
cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{#- Type of a moment: an instant, whatever the time zone of the session. -#}
{% macro moment_type() %}{{ return(adapter.dispatch('moment_type')()) }}{% endmacro %}
{% macro default__moment_type() %}timestamp with time zone{% endmacro %}
{% macro spark__moment_type() %}timestamp{% endmacro %}

{#- The double above every other; an open end of an interval. -#}
{% macro infinity() %}{{ return(adapter.dispatch('infinity')()) }}{% endmacro %}
{% macro default__infinity() %}cast('infinity' as double){% endmacro %}
{% macro trino__infinity() %}infinity(){% endmacro %}

{#- SQL whose numbers with a point are doubles, as formulas mean them: decimals where not said so. -#}
{% macro in_doubles(formula) %}{{ return(adapter.dispatch('in_doubles')(formula)) }}{% endmacro %}
{% macro default__in_doubles(formula) %}{{ return(formula) }}{% endmacro %}
{% macro spark__in_doubles(formula) -%}
    {{ return(modules.re.sub('(?<![a-z0-9_.])([0-9]+[.][0-9]+)', '\\1D', formula)) }}
{%- endmacro %}

{#- Words as a comma separated list of string literals. -#}
{% macro quoted(words) -%}
{% for word in words %}'{{ word }}'{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- Product of a column of ratios over a group, to six decimals; SQL has no such aggregate. -#}
{% macro product(column) -%}
cast(round(exp(sum(ln(cast({{ column }} as double)))), 6) as decimal(18, 6))
{%- endmacro %}

{#-
  Mean of a column of decimals with so many digits after the point, as a double: the exact sum over
  the count. An engine's own mean of decimals is a decimal here and a double there.
-#}
{% macro mean_of_decimals(column, digits) -%}
    {{ return(adapter.dispatch('mean_of_decimals')(column, digits)) }}
{%- endmacro %}
{% macro duckdb__mean_of_decimals(column, digits) %}avg({{ column }}){% endmacro %}
{% macro default__mean_of_decimals(column, digits) -%}
cast(sum(cast({{ column }} * 1{{ '0' * digits }} as decimal(38, 0))) as double)
/ nullif(cast(count({{ column }}) as double) * 1{{ '0' * digits }}, 0)
{%- endmacro %}

{#- A whole number as text with commas between thousands. -#}
{% macro with_thousands(number) -%}
    {{ return(adapter.dispatch('with_thousands')(number)) }}
{%- endmacro %}
{% macro duckdb__with_thousands(number) %}format('{:,}', cast({{ number }} as bigint)){% endmacro %}
{% macro default__with_thousands(number) %}format_number({{ number }}, 0){% endmacro %}

{#- Fiscal quarter as 2025Q4, of its number counted from the first quarter of year 0. -#}
{% macro fiscal_quarter(index) -%}
{{ as_text('cast(floor((' ~ index ~ ' - 1) / 4) as integer)') }} || 'Q'
|| {{ as_text('cast(' ~ index ~ ' - 4 * floor((' ~ index ~ ' - 1) / 4) as integer)') }}
{%- endmacro %}

{#- The number of a fiscal quarter written as 2025Q4: neighbouring quarters differ by one. -#}
{% macro quarter_index(fiscal_quarter) -%}
4 * cast(substring({{ fiscal_quarter }}, 1, 4) as integer)
+ cast(substring({{ fiscal_quarter }}, 6, 1) as integer)
{%- endmacro %}

{#-
  The calendar quarter that holds the middle of a quarter that ends on a day: fiscal quarters of
  different companies are compared by it. SEC's frames place durations in calendar quarters likewise.
-#}
{% macro calendar_quarter(period_end) -%}
{%- set middle = dbt.dateadd('day', -45, period_end) -%}
{{ as_text('extract(year from ' ~ middle ~ ')') }} || 'Q'
|| {{ as_text('extract(quarter from ' ~ middle ~ ')') }}
{%- endmacro %}

{#-
  The end of an interval of time, or one that never comes where it is open. As one comparison with it, a
  join on intervals stays a join on keys; with `or` it becomes a loop over every pair.
-#}
{% macro or_never(moment) -%}
coalesce({{ moment }}, cast('9999-12-31' as {{ moment_type() }}))
{%- endmacro %}
