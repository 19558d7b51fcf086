{#-
  Marts that are declared and not written. A model's yml says in `config.meta`

    grain   company or segment: a row is one of these in one fiscal quarter
    rows    the inputs of which at least one must be known for the row to be there
    inputs  name: {metric, basis, quarters_back, scope} for a figure of fct_metrics_history, or
            name: {mart, column, quarters_back} for a column of another mart's history;
            quarters_back counts from the row's quarter (below zero: quarters after it),
            scope company takes the company's figure into a segment's row

  and in each computed column's `config.meta.formula` the SQL that makes it of inputs and of other
  computed columns. Formulas work on doubles, which hold every dollar and share count exactly; the
  inputs themselves are shown as the exact decimals they are. The same declaration is read by marts.dim_figure_column, by the audit
  and by the data dictionary, so that a formula stands in one place.
-#}

{#- The declared inputs and formulas of a node, empty while dbt only parses. -#}
{% macro declaration_of(node) -%}
{%- set declared = namespace(inputs={}, formulas={}) -%}
{%- if execute -%}
    {%- for name, given in node.config.meta.inputs.items() -%}
        {%- set complete = {
            'metric': none, 'basis': none, 'mart': none, 'column': none,
            'quarters_back': 0, 'scope': 'own'
        } -%}
        {%- do complete.update(given) -%}
        {%- do declared.inputs.update({name: complete}) -%}
    {%- endfor -%}
    {%- for name, column in node.columns.items() if column.config.meta.formula -%}
        {%- do declared.formulas.update({name: column.config.meta.formula}) -%}
    {%- endfor -%}
{%- endif -%}
{{ return({'inputs': declared.inputs, 'formulas': declared.formulas}) }}
{%- endmacro %}

{#- The marts that are declared, those first on which others rest. -#}
{% macro declared_marts() -%}
{{ return([
    'fct_segment_margins', 'fct_capex_intensity', 'fct_backlog_coverage', 'fct_capex_definitions',
    'fct_segment_returns', 'fct_backlog_burndown', 'fct_cloud_signals', 'fct_peer_comparison',
    'fct_company_margins', 'fct_revenue_growth'
]) }}
{%- endmacro %}

{#- The model that holds every version of a mart. -#}
{% macro history_of(mart) -%}
{{ return(graph.nodes['model.' ~ project_name ~ '.' ~ mart ~ '_history']) }}
{%- endmacro %}

{#- The metric an input shows, itself or through another mart; none where that mart computes it. -#}
{% macro metric_behind(given) -%}
{%- if not given.mart -%}
    {{ return(given.metric) }}
{%- endif -%}
{%- set source = declaration_of(history_of(given.mart)).inputs.get(given.column) -%}
{{ return(metric_behind(source) if source else none) }}
{%- endmacro %}

{#- The columns of its row a formula uses. -#}
{% macro columns_in(formula, declared) -%}
{%- set columns = declared.inputs.keys() | list + declared.formulas.keys() | list -%}
{{ return(names_in(formula) | select('in', columns) | unique | list) }}
{%- endmacro %}

{#- The inputs a computed column rests on, through other computed columns of its row. -#}
{% macro inputs_behind(column, declared) -%}
{%- set found = [] -%}
{%- for name in columns_in(declared.formulas[column], declared) -%}
    {%- do found.extend(
        [name] if name in declared.inputs else inputs_behind(name, declared)
    ) -%}
{%- endfor -%}
{{ return(found | unique | list) }}
{%- endmacro %}

{#- Why a version came, weakest first: of several reasons at one moment the last counts. -#}
{% macro version_reasons() -%}
{{ return([
    'first_known', 'completed', 'more_precise', 'reported', 'split', 'withdrawn', 'recast',
    'redefined', 'restated'
]) }}
{%- endmacro %}

{#- Why an input is missing where nothing more is known of it. -#}
{% macro default_reason(given) -%}
{%- if given.quarters_back < 0 -%}
the quarters after are not all known yet
{%- elif given.basis in ('quarter', 'ttm') -%}
no fact on hand states it, nor the periods it could be derived from
{%- else -%}
no fact on hand states it
{%- endif -%}
{%- endmacro %}

{#- Whether a column is shown as an exact decimal. -#}
{% macro is_exact(column) -%}
{{ return(column.data_type.startswith('decimal')) }}
{%- endmacro %}

{#- The names in a formula. -#}
{% macro names_in(formula) -%}
{{ return(modules.re.findall('[a-z_][a-z0-9_]*', formula)) }}
{%- endmacro %}

{#-
  Every version of a declared mart's rows: at each moment when an input changed, the inputs in force.
  `marts` gives the history relation of each mart the inputs name.
-#}
{% macro declared_versions(marts={}) -%}
{%- set declared = declaration_of(model) -%}
{%- set inputs = declared.inputs -%}
{%- set meta = model.config.meta if execute else {'grain': 'company', 'rows': []} -%}
{%- set key = ['ticker', 'segment', 'quarter_index'] -%}
{#- A row's days are those of its quarter, or of its twelve months where it has no quarter's figure. -#}
{%- set bases = inputs.values() | map(attribute='basis') | list -%}
{%- set own_span = 'quarter' if 'quarter' in bases else 'ttm' -%}
{%- set segments = ref('dim_segment') -%}
{%- set definition_changes = ref('int_definitions_changed') -%}
with figures as (

    select
        ticker, metric, segment, basis, {{ quarter_index('fiscal_quarter') }} as quarter_index,
        period_start, period_end, value,
        {{ evidence_rank('evidence') }} as evidence_rank,
        accession_numbers, known_from, known_to, version_reason
    from {{ ref('fct_metrics_history') }}

),

rows_of as (

    {% if meta.grain == 'segment' %}
    select ticker, segment
    from {{ segments }}
    where segment_grain = 'segment'
    {% else %}
    select distinct ticker, '' as segment
    from figures
    {% endif %}

),

-- Two sides of a change of meaning are not compared: such an input is marked and has no value.
terms as (

    {% for name, given in inputs.items() %}
    select
        rows_of.ticker,
        rows_of.segment,
        figures.quarter_index + {{ given.quarters_back }} as quarter_index,
        '{{ name }}' as input,
        {% if given.mart %}
        cast(figures.{{ given.column }} as double) as value,
        cast({{ 'figures.' ~ given.column if is_exact(model.columns[name]) else 'null' }}
            as {{ figure_type() }}) as exact_value,
        false as is_of_other_meaning,
        {% else %}
        case when changes.ticker is null then cast(figures.value as double) end as value,
        figures.value as exact_value,
        changes.ticker is not null as is_of_other_meaning,
        {% endif %}
        {{ 'figures.period_start' if given.basis in (none, own_span) and not given.quarters_back
            else 'cast(null as date)' }} as period_start,
        {{ 'cast(null as date)' if given.quarters_back else 'figures.period_end' }} as period_end,
        figures.evidence_rank,
        figures.accession_numbers,
        figures.known_from,
        figures.known_to,
        figures.version_reason
    {% if given.mart %}
    from (
        select
            *,
            {{ quarter_index('fiscal_quarter') }} as quarter_index,
            {{ evidence_rank('evidence') }} as evidence_rank
        from {{ marts[given.mart] }}
        where {{ given.column }} is not null
    ) as figures
    inner join rows_of
        on
            figures.ticker = rows_of.ticker
            {% if meta.grain == 'segment' %}
            and figures.segment = rows_of.segment
            {% endif %}
    {% else %}
    from figures
    inner join rows_of
        on
            figures.ticker = rows_of.ticker
            and figures.segment = {{ "rows_of.segment" if given.scope == 'own' else "''" }}
    left join (
        select distinct ticker, metric, {{ quarter_index('from_quarter') }} as from_index
        from {{ definition_changes }}
        where from_quarter <> ''
    ) as changes
        on
            figures.ticker = changes.ticker
            and figures.metric = changes.metric
            and changes.from_index > figures.quarter_index + {{ [given.quarters_back, 0] | min }}
            and changes.from_index <= figures.quarter_index + {{ [given.quarters_back, 0] | max }}
    where figures.metric = '{{ given.metric }}' and figures.basis = '{{ given.basis }}'
    {% endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

moments as (

    select {{ key | join(', ') }}, known_from as moment
    from terms
    where not is_of_other_meaning
    union
    select {{ key | join(', ') }}, known_to as moment
    from terms
    where known_to is not null and not is_of_other_meaning

),

followed as (

    select
        *,
        lead(moment) over (partition by {{ key | join(', ') }} order by moment) as next_moment
    from moments

),

in_force as (

    select
        followed.ticker,
        followed.segment,
        followed.quarter_index,
        followed.moment as known_from,
        min(followed.next_moment) as known_to,
        {% for name, given in inputs.items() %}
        max(case when terms.input = '{{ name }}' then terms.value end) as {{ name }},
        {% if is_exact(model.columns[name]) %}
        max(case
            when terms.input = '{{ name }}' and terms.value is not null then terms.exact_value
        end) as exact_{{ name }},
        {% endif %}
        {% if given.quarters_back != 0 and not given.mart %}
        max(case
            when terms.input = '{{ name }}' and terms.is_of_other_meaning then 1 else 0
        end) as {{ name }}_is_of_other_meaning,
        {% endif %}
        {% endfor %}
        max(terms.period_start) as period_start,
        max(terms.period_end) as period_end,
        max(case when terms.value is not null then terms.evidence_rank end) as evidence_rank,
        {{ merge_lists(
            'case when terms.value is null then ' ~ empty_list() ~ ' else terms.accession_numbers end'
        ) }} as accession_numbers,
        max(case
            when terms.known_from = followed.moment then
                case terms.version_reason
                    {% for reason in version_reasons() %}
                    when '{{ reason }}' then {{ loop.index }}
                    {% endfor %}
                end
        end) as reason_rank
    from followed
    inner join terms
        on
            followed.ticker = terms.ticker
            and followed.segment = terms.segment
            and followed.quarter_index = terms.quarter_index
            and followed.moment >= terms.known_from
            and (terms.known_to is null or followed.moment < terms.known_to)
    group by followed.ticker, followed.segment, followed.quarter_index, followed.moment

),

{{ computed_columns(declared.formulas, 'in_force') }}

-- A moment that leaves the row as it was is no new version.
compared as (

    select
        *,
        case
            when known_from = lag(known_to) over (partition by {{ key | join(', ') }} order by known_from)
                {% for name in inputs %}
                and {{ name }} is not distinct from lag({{ name }}) over (
                    partition by {{ key | join(', ') }} order by known_from
                )
                {% endfor %}
                and accession_numbers = lag(accession_numbers) over (
                    partition by {{ key | join(', ') }} order by known_from
                )
                and evidence_rank = lag(evidence_rank) over (
                    partition by {{ key | join(', ') }} order by known_from
                )
                then 0
            else 1
        end as is_change
    from computed

),

runs as (

    select
        *,
        sum(is_change) over (
            partition by {{ key | join(', ') }} order by known_from
            rows between unbounded preceding and current row
        ) as run_number
    from compared

),

versions as (

    select
        *,
        lead(known_from) over (
            partition by {{ key | join(', ') }}, run_number order by known_from desc
        ) is null as is_first_of_run,
        first_value(known_to) over (
            partition by {{ key | join(', ') }}, run_number order by known_from desc
        ) as run_known_to
    from runs

),

why_missing as (

    select
        ticker
        {% for name, given in inputs.items() if metric_behind(given) %},
        max(case when metric = '{{ metric_behind(given) }}' then reason end) as {{ name }}
        {% endfor %}
    from {{ ref('int_metrics_not_reported') }}
    group by ticker

),

numbered as (

    select
        *,
        row_number() over (partition by {{ key | join(', ') }} order by known_from)
            as version_number
    from versions
    where
        is_first_of_run
        and (
            {% for name in meta.rows %}
            {{ name }} is not null{{ ' or' if not loop.last }}
            {% endfor %}
        )

)

select
    numbered.ticker,
    {% if meta.grain == 'segment' %}
    numbered.segment,
    {% endif %}
    {{ fiscal_quarter('numbered.quarter_index') }} as fiscal_quarter,
    {{ calendar_quarter('numbered.period_end') }} as calendar_quarter,
    numbered.period_start,
    numbered.period_end,
    {% for name in model.columns if name in inputs or name in declared.formulas %}
    numbered.{{ 'exact_' if name in inputs and is_exact(model.columns[name]) }}{{ name }} as {{ name }},
    {% endfor %}
    {{ missing_inputs(inputs | map('replace', '', 'numbered.', 1) | list) }} as missing_inputs,
    concat_ws(
        ' | '
        {% for name, given in inputs.items() %},
        case
            {% if given.quarters_back != 0 and not given.mart %}
            when numbered.{{ name }}_is_of_other_meaning = 1
                then '{{ name }}: the metric meant something else then, the two are not compared'
            {% endif %}
            {% if metric_behind(given) %}
            when numbered.{{ name }} is null
                then
                    '{{ name }}: '
                    || coalesce(why_missing.{{ name }}, '{{ default_reason(given) }}')
            {% else %}
            when numbered.{{ name }} is null
                then
                    '{{ name }}: {{ given.mart }}.{{ given.column }} lacks an input, see its'
                    || ' missing_reasons for that quarter'
            {% endif %}
        end
        {% endfor %}
    ) as missing_reasons,
    {{ evidence_level('numbered.evidence_rank') }} as evidence,
    numbered.accession_numbers,
    numbered.known_from,
    numbered.run_known_to as known_to,
    cast(numbered.version_number as integer) as version_number,
    case
        when numbered.version_number = 1 then 'first_known'
        when numbered.reason_rank is null then 'withdrawn'
        when numbered.reason_rank = 1 then 'completed'
        {% for reason in version_reasons() %}
        when numbered.reason_rank = {{ loop.index }} then '{{ reason }}'
        {% endfor %}
    end as version_reason
from numbered
left join why_missing
    on numbered.ticker = why_missing.ticker
{%- endmacro %}

{#-
  Formulas as a chain of relations that ends in `computed`, each computing what rests on those before
  it: SQL does not let a column be used beside its own definition.
-#}
{% macro computed_columns(formulas, relation) -%}
{%- set state = namespace(left=formulas.keys() | list, from=relation, level=0) -%}
{%- for _ in formulas if state.left -%}
    {%- set ready = [] -%}
    {%- for name in state.left if not (names_in(formulas[name]) | select('in', state.left) | list) -%}
        {%- do ready.append(name) -%}
    {%- endfor -%}
    {%- if not ready -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ': formulas that rest on each other: ' ~ state.left | join(', ')
        ) }}
    {%- endif -%}
    {%- set state.level = state.level + 1 %}
computed_{{ state.level }} as (

    select
        *,
        {% for name in ready %}
        {{ in_doubles(formulas[name]) }} as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ state.from }}

),

    {% set state.from = 'computed_' ~ state.level -%}
    {%- set state.left = state.left | reject('in', ready) | list -%}
{%- endfor -%}
computed as (

    select * from {{ state.from }}

),
{%- endmacro %}

{#- Ranks of a comparison among the companies of a calendar quarter, as its history declares them. -#}
{% macro ranks_of(history) -%}
{%- for name, ranked in (history.config.meta.get('ranks') or {}).items() -%}
case
    when {{ ranked }} is not null
        then cast(rank() over (
            partition by calendar_quarter order by {{ ranked }} desc nulls last
        ) as integer)
end as {{ name }},
{% endfor -%}
{%- endmacro %}

{#- A mart as known now: the versions in force of its history. -#}
{% macro versions_in_force() -%}
{%- set relation = ref(model.name ~ '_history') -%}
{%- set ranks = (history_of(model.name).config.meta.get('ranks') or {}) if execute else {} -%}
select
    {{ ranks_of(history_of(model.name)) if execute }}
    {% for name in model.columns if name not in ranks %}
    {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    {{ '*' if not execute }}
from {{ relation }}
where known_to is null
{%- endmacro %}

{#- Post-hook of a history: `marts.<name>_as_of(moment)`, the mart as it was known at a moment. -#}
{% macro create_as_of_macro() -%}
{%- if execute and target.type == 'duckdb' -%}
{{ as_of_macro(this.schema, model) }}
{%- endif -%}
{%- endmacro %}

{% macro as_of_macro(schema, history) -%}
{%- set as_of = history.name | replace('fct_', '') | replace('_history', '_as_of') -%}
create or replace macro {{ schema }}.{{ as_of }}(moment) as table (
    select
        {{ ranks_of(history) }}
        * exclude (known_to)
    from {{ schema }}.{{ history.name }}
    where
        known_from <= cast(moment as timestamp with time zone)
        and (known_to is null or known_to > cast(moment as timestamp with time zone))
)
{%- endmacro %}

{#- The same for histories that are there without having been built here. -#}
{% macro create_as_of_macros(marts) -%}
{%- for mart in marts -%}
{%- do run_query(as_of_macro('marts', history_of(mart))) -%}
{%- endfor -%}
{%- endmacro %}
