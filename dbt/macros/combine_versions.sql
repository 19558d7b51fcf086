{#-
  Versions of a figure that is a sum of versioned figures.

  `terms` is a relation with one row per (target, derivation, term, version of that term):
  the target columns, derivation, priority, term_count, coefficient, vintage, value, value_as_filed,
  precision_digits, evidence_rank, accession_numbers, added_fact_ids, subtracted_fact_ids, known_from,
  known_to.

  At every moment when a term changed or ended, each derivation whose terms are all known is summed; one
  without figures of a release comes before one with any, then the most
  precise is taken, then the one of lowest priority number. A moment that leaves the value unchanged
  is no new version, unless reports have taken the place of a release; one at which no derivation has all its terms ends the figure. Terms of different vintages are never combined: a restated nine months taken
  from a year that was not restated would leave a quarter nobody reported; a null vintage goes with
  any. The result has the target columns, derivation, value, value_as_filed, precision_digits,
  evidence_rank, accession_numbers, added_fact_ids, subtracted_fact_ids, known_from, known_to: the
  value is the sum of the facts added less those subtracted, each in the share basis of the version.
-#}
{% macro combine_versions(terms, target_columns) %}
{%- set target = target_columns | join(', ') -%}
{%- set kept = target_columns + [
    'derivation', 'value', 'value_as_filed', 'precision_digits', 'evidence_rank', 'known_from',
    'known_to'
] -%}
moments as (

    select {{ target }}, known_from as moment
    from {{ terms }}
    union
    select {{ target }}, known_to as moment
    from {{ terms }}
    where known_to is not null

),

sums as (

    select
        {% for column in target_columns %}moments.{{ column }}, {% endfor %}
        moments.moment,
        terms.derivation,
        terms.priority,
        sum(terms.coefficient * terms.value) as value,
        case
            when count(*) = 1 then min(terms.value_as_filed)
            when sum(case when terms.value = terms.value_as_filed then 0 else 1 end) = 0
                then sum(terms.coefficient * terms.value)
        end as value_as_filed,
        min(terms.precision_digits) as precision_digits,
        max(terms.evidence_rank) as evidence_rank,
        max({{ is_preliminary('terms.evidence_rank') }}) as is_preliminary,
        count(*) = max(terms.term_count) as is_whole,
        count(distinct terms.vintage) <= 1 as is_of_one_vintage
    from moments
    inner join {{ terms }} as terms
        on {% for column in target_columns %}moments.{{ column }} = terms.{{ column }}
        and {% endfor %}terms.known_from <= moments.moment
        and (terms.known_to is null or terms.known_to > moments.moment)
    group by
        {% for column in target_columns %}moments.{{ column }}, {% endfor %}
        moments.moment, terms.derivation, terms.priority

),

ranked as (

    select
        *,
        row_number() over (
            partition by {{ target }}, moment
            order by is_preliminary asc, precision_digits desc, priority asc
        ) as preference
    from sums
    where is_whole and is_of_one_vintage

),

whole_moments as (

    select distinct {{ target }}, moment
    from sums
    where is_whole

),

changes as (

    select
        {% for column in target_columns %}moments.{{ column }}, {% endfor %}
        moments.moment,
        ranked.derivation,
        ranked.priority,
        ranked.value,
        ranked.value_as_filed,
        ranked.precision_digits,
        ranked.evidence_rank,
        ranked.is_preliminary,
        lag(ranked.is_preliminary) over (
            partition by {% for column in target_columns %}moments.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by moments.moment
        ) as was_preliminary,
        lag(ranked.value) over (
            partition by {% for column in target_columns %}moments.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by moments.moment
        ) as previous_value
    from moments
    left join ranked
        on {% for column in target_columns %}moments.{{ column }} = ranked.{{ column }}
        and {% endfor %}moments.moment = ranked.moment
        and ranked.preference = 1
    left join whole_moments
        on {% for column in target_columns %}moments.{{ column }} = whole_moments.{{ column }}
        and {% endfor %}moments.moment = whole_moments.moment
    -- Whole but of two vintages says nothing; only where a term has ended does the figure end.
    where ranked.value is not null or whole_moments.moment is null

),

steps as (

    select
        {{ target }},
        derivation,
        priority,
        value,
        value_as_filed,
        precision_digits,
        evidence_rank,
        moment as known_from,
        lead(moment) over (partition by {{ target }} order by moment) as known_to
    from changes
    where
        value is distinct from previous_value
        or is_preliminary is distinct from was_preliminary

),

-- Filings and facts are gathered for the versions alone: there are far fewer of them than sums.
versions as (

    select
        {% for column in kept %}
        steps.{{ column }},
        {% endfor %}
        {{ merge_lists('terms.accession_numbers') }} as accession_numbers,
        {{ chain_lists(
            'case when terms.coefficient = 1 then terms.added_fact_ids'
            ' else terms.subtracted_fact_ids end'
        ) }} as added_fact_ids,
        {{ chain_lists(
            'case when terms.coefficient = 1 then terms.subtracted_fact_ids'
            ' else terms.added_fact_ids end'
        ) }} as subtracted_fact_ids
    from steps
    inner join {{ terms }} as terms
        on {% for column in target_columns %}steps.{{ column }} = terms.{{ column }}
        and {% endfor %}steps.derivation = terms.derivation
        and steps.priority = terms.priority
        and terms.known_from <= steps.known_from
        and (terms.known_to is null or terms.known_to > steps.known_from)
    where steps.value is not null
    group by {% for column in kept %}steps.{{ column }}{{ ', ' if not loop.last }}{% endfor %}

)
{% endmacro %}
