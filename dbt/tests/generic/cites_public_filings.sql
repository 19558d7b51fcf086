{#- Every filing a row rests on is in dim_filing, and was public when the row became known. -#}
{% test cites_public_filings(model) %}
with figures as (

    select * from {{ model }}

)

select cited.accession_number, figures.known_from, filings.known_from as filing_known_from
from figures
{{ each_element('figures.accession_numbers', 'cited', 'accession_number') }}
left join {{ ref('dim_filing') }} as filings
    on cited.accession_number = filings.accession_number
where
    filings.accession_number is null
    or figures.known_from is null
    or filings.known_from > figures.known_from
{% endtest %}
