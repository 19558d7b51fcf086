{{ config(materialized='view') }}
-- Every version of every row of the declared marts, in one shape.
{% for mart in declared_marts() %}
select
    '{{ mart }}' as table_name,
    ticker,
    {{ 'segment' if execute and history_of(mart).config.meta.grain == 'segment' else "''" }} as segment,
    fiscal_quarter,
    {{ quarter_index('fiscal_quarter') }} as quarter_index,
    evidence,
    accession_numbers,
    known_from,
    known_to
from {{ ref(mart ~ '_history') }}
{{ 'union all' if not loop.last }}
{% endfor %}
