-- Metrics that began to mean something else, and the figures that formulas make of them.
select ticker, metric, accession_number, from_quarter, note
from {{ ref('stg_registry__definition_changes') }}

union

select stated.ticker, formulas.metric, stated.accession_number, stated.from_quarter, stated.note
from {{ ref('stg_registry__definition_changes') }} as stated
inner join {{ ref('stg_registry__formula_terms') }} as formulas
    on stated.ticker = formulas.ticker and stated.metric = formulas.term_metric
