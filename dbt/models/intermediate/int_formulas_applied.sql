-- Versions of the figures a company's formulas define; a figure the company states itself comes
-- first, unless it is stated with fewer digits.
{% set target = ['ticker', 'metric', 'segment', 'basis', 'fiscal_year', 'fiscal_quarter_number'] %}
{% set measures %}
    figures.value, figures.value_as_filed, figures.precision_digits, figures.evidence_rank,
    figures.accession_numbers, figures.added_fact_ids, figures.subtracted_fact_ids,
    figures.known_from, figures.known_to
{% endset %}
with figures as (

    select * from {{ ref('int_reported_figures_unioned') }}

),

terms as (

    select
        figures.ticker, formulas.metric, '' as segment, figures.basis, figures.fiscal_year,
        figures.fiscal_quarter_number, 'formula' as derivation, 2 as priority,
        formulas.term_count, formulas.coefficient, cast(null as integer) as vintage,
        {{ measures }}
    from figures
    inner join {{ ref('stg_registry__formula_terms') }} as formulas
        on
            figures.ticker = formulas.ticker
            and figures.metric = formulas.term_metric
            and figures.segment = formulas.term_segment

    union all

    select
        figures.ticker, figures.metric, figures.segment, figures.basis, figures.fiscal_year,
        figures.fiscal_quarter_number, figures.derivation, 1, 1, 1, cast(null as integer),
        {{ measures }}
    from figures
    where exists (
        select 1
        from {{ ref('stg_registry__formula_terms') }} as formulas
        where figures.ticker = formulas.ticker and figures.metric = formulas.metric
    )

),

{{ combine_versions('terms', target) }}

select
    ticker, metric, segment, basis, fiscal_year, fiscal_quarter_number, derivation,
    value, value_as_filed, precision_digits, evidence_rank, accession_numbers, added_fact_ids,
    subtracted_fact_ids, known_from, known_to
from versions
