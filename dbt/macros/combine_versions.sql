{#-
  Versions of a figure that is a sum of versioned figures.

  `terms` is a relation with one row per (target, derivation, term, version of that term):
  the target columns, derivation, priority, term_count, coefficient, vintage, value, value_as_filed,
  precision_digits, evidence_rank, accession_numbers, fact_ids, known_from, known_to.

  At every moment when a term changed, each derivation whose terms are all known is summed; the most
  precise is taken, then the one of lowest priority number. A moment that leaves the value unchanged
  is no new version. Terms of different vintages are never combined: a restated nine months taken
  from a year that was not restated would leave a quarter nobody reported; a null vintage goes with
  any. The result has the target columns, derivation, value, value_as_filed,
  precision_digits, evidence_rank, accession_numbers, fact_ids, known_from, known_to.
-#}
{% macro combine_versions(terms, target_columns) %}
{%- set target = target_columns | join(', ') -%}
moments as (

    select distinct {{ target }}, known_from as moment
    from {{ terms }}

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
        {{ merge_lists('terms.accession_numbers') }} as accession_numbers,
        {{ merge_lists('terms.fact_ids') }} as fact_ids
    from moments
    inner join {{ terms }} as terms
        on {% for column in target_columns %}moments.{{ column }} = terms.{{ column }}
        and {% endfor %}terms.known_from <= moments.moment
        and (terms.known_to is null or terms.known_to > moments.moment)
    group by
        {% for column in target_columns %}moments.{{ column }}, {% endfor %}
        moments.moment, terms.derivation, terms.priority
    having count(*) = max(terms.term_count) and count(distinct terms.vintage) <= 1

),

ranked as (

    select
        *,
        row_number() over (
            partition by {{ target }}, moment
            order by precision_digits desc, priority
        ) as preference
    from sums

),

changes as (

    select
        *,
        lag(value) over (partition by {{ target }} order by moment) as previous_value
    from ranked
    where preference = 1

),

versions as (

    select
        {{ target }},
        derivation,
        value,
        value_as_filed,
        precision_digits,
        evidence_rank,
        accession_numbers,
        fact_ids,
        moment as known_from,
        lead(moment) over (partition by {{ target }} order by moment) as known_to
    from changes
    where value is distinct from previous_value

)
{% endmacro %}
