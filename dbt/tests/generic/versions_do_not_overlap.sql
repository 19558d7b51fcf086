{#-
  Versions of a figure follow one another without gap or overlap, each for some time, and exactly
  the last is open.
-#}
{% test versions_do_not_overlap(model, key) %}
with followed as (

    select
        {{ key | join(', ') }},
        known_from,
        known_to,
        lead(known_from) over (
            partition by {{ key | join(', ') }} order by known_from
        ) as next_known_from
    from {{ model }}

)

select *
from followed
where known_to is distinct from next_known_from or known_from >= known_to
{% endtest %}
