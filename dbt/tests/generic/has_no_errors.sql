{#- Nothing recorded is severe enough to make a mart wrong. -#}
{% test has_no_errors(model) %}
select * from {{ model }}
where severity = 'error'
{% endtest %}
