-- Versions of each figure over twelve months: stated, the year rolled forward, or four quarters.
{% set target = ['ticker', 'metric', 'segment', 'fiscal_year', 'fiscal_quarter_number'] %}
{% set measures %}
    value, value_as_filed, precision_digits, evidence_rank, accession_numbers, added_fact_ids,
    subtracted_fact_ids, known_from, known_to
{% endset %}
with observations as (

    select
        observations.*,
        observations.fact_ids as added_fact_ids,
        {{ empty_list() }} as subtracted_fact_ids
    from {{ ref('int_observations_versioned') }} as observations
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on observations.metric = metrics.metric
    where metrics.ttm = 'filed_or_derived'

),

quarters as (

    select quarters.*
    from {{ ref('int_quarters_derived') }} as quarters
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on quarters.metric = metrics.metric
    where metrics.ttm in ('filed_or_derived', 'sum_of_quarters')

),

offsets as (

    select 0 as quarters_back
    union all
    select 1
    union all
    select 2
    union all
    select 3

),

terms as (

    select
        ticker, metric, segment, fiscal_year, fiscal_quarter_number,
        'reported' as derivation, 1 as priority, 1 as term_count, 1 as coefficient,
        cast(null as integer) as vintage,
        {{ measures }}
    from observations
    where span_quarters = 4

    union all

    -- Last year, plus this year to date, less the same part of last year.
    select
        ticker, metric, segment, fiscal_year, fiscal_quarter_number,
        'year_rolled_forward', 2, 3, 1, vintage,
        {{ measures }}
    from observations
    where span_quarters = fiscal_quarter_number and fiscal_quarter_number < 4

    union all

    select
        ticker, metric, segment, fiscal_year + 1, fiscal_quarter_number,
        'year_rolled_forward', 2, 3, -1, vintage,
        {{ measures }}
    from observations
    where span_quarters = fiscal_quarter_number and fiscal_quarter_number < 4

    union all

    select
        observations.ticker, observations.metric, observations.segment,
        observations.fiscal_year + 1, offsets.quarters_back,
        'year_rolled_forward', 2, 3, 1, observations.vintage,
        {{ measures }}
    from observations
    cross join offsets
    where
        observations.span_quarters = 4
        and observations.fiscal_quarter_number = 4
        and offsets.quarters_back between 1 and 3

    union all

    select
        quarters.ticker, quarters.metric, quarters.segment,
        quarters.fiscal_year
        + case when quarters.fiscal_quarter_number + offsets.quarters_back > 4 then 1 else 0 end,
        mod(quarters.fiscal_quarter_number + offsets.quarters_back - 1, 4) + 1,
        'sum_of_quarters', 3, 4, 1, cast(null as integer),
        {{ measures }}
    from quarters
    cross join offsets

),

{{ combine_versions('terms', target) }}

select
    ticker, metric, segment, fiscal_year, fiscal_quarter_number, derivation,
    value, value_as_filed, precision_digits, evidence_rank, accession_numbers, added_fact_ids,
    subtracted_fact_ids, known_from, known_to
from versions
