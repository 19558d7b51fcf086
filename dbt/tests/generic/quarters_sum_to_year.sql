{#-
  The four quarters in force add up to the fiscal year, within half a unit of the last digit of each
  term. Not asked where the year was restated after it was first stated, or a quarter became known
  (or was restated) after the year: those stand in different vintages.
-#}
{% test quarters_sum_to_year(model) %}
with versions as (

    select * from {{ model }}

),

figures as (

    select
        figures.ticker,
        figures.metric,
        figures.segment,
        figures.basis,
        figures.fiscal_year,
        figures.value,
        figures.known_from,
        figures.known_to,
        0.5 * power(10.0, -figures.precision_digits) as half_unit,
        count(*) over (
            partition by
                figures.ticker, figures.metric, figures.segment, figures.basis,
                figures.fiscal_year, figures.fiscal_quarter_number
        ) as version_count
    from versions as figures
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on figures.metric = metrics.metric
    -- Averages and per-share figures do not add up over quarters.
    where metrics.ttm = 'filed_or_derived'

),

years as (

    select *
    from figures
    where basis = 'fiscal_year' and version_count = 1

),

sums as (

    select
        quarters.ticker,
        quarters.metric,
        quarters.segment,
        quarters.fiscal_year,
        sum(quarters.value) as quarters_value,
        sum(quarters.half_unit) as half_units,
        count(*) as quarter_count
    from figures as quarters
    inner join years
        on
            quarters.ticker = years.ticker
            and quarters.metric = years.metric
            and quarters.segment = years.segment
            and quarters.fiscal_year = years.fiscal_year
            and quarters.known_from <= years.known_from
    where quarters.basis = 'quarter' and quarters.known_to is null
    group by quarters.ticker, quarters.metric, quarters.segment, quarters.fiscal_year

)

select
    years.ticker,
    years.metric,
    years.segment,
    years.fiscal_year,
    sums.quarters_value,
    years.value as year_value
from years
inner join sums
    on
        years.ticker = sums.ticker
        and years.metric = sums.metric
        and years.segment = sums.segment
        and years.fiscal_year = sums.fiscal_year
where
    sums.quarter_count = 4
    and abs(sums.quarters_value - years.value) > sums.half_units + years.half_unit
{% endtest %}
