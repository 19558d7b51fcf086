{#-
  Versions of a figure follow one another without overlap, each for some time, and none but the
  last is open; where a filing was withdrawn and no other states the figure, there is a gap.
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
where
    known_to > next_known_from
    or (known_to is null and next_known_from is not null)
    or known_from >= known_to
{% endtest %}
