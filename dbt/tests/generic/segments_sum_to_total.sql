{#-
  Where every declared segment of a company is known, the segments add up to the company's figure,
  within a million per term for rounding; asked of every version, as known at the time.

  `unallocated` lists the companies that leave amounts out of their segments: `ratio` of the total
  they may differ by (without it the company is not asked), up to the fiscal quarter `until`.
-#}
{% test segments_sum_to_total(model, segment_metric, total_metric, unallocated=[]) %}
with figures as (

    select
        ticker, segment, basis, fiscal_quarter, value, known_from, known_to,
        case when metric = '{{ total_metric }}' then 1 else 0 end as is_total
    from {{ model }}
    where metric in ('{{ segment_metric }}', '{{ total_metric }}')

),

moments as (

    select distinct ticker, basis, fiscal_quarter, known_from as moment
    from figures

),

declared as (

    select ticker, count(*) as segment_count
    from {{ ref('dim_segment') }}
    where segment_grain = 'segment'
    group by ticker

),

sums as (

    select
        moments.ticker,
        moments.basis,
        moments.fiscal_quarter,
        moments.moment,
        sum(case when figures.is_total = 0 then figures.value end) as segments_usd,
        max(case when figures.is_total = 1 then figures.value end) as total_usd,
        sum(1 - figures.is_total) as segment_count
    from moments
    inner join figures
        on
            moments.ticker = figures.ticker
            and moments.basis = figures.basis
            and moments.fiscal_quarter = figures.fiscal_quarter
            and moments.moment >= figures.known_from
            and (figures.known_to is null or moments.moment < figures.known_to)
    group by moments.ticker, moments.basis, moments.fiscal_quarter, moments.moment

)

select
    sums.ticker,
    sums.basis,
    sums.fiscal_quarter,
    sums.moment,
    sums.segments_usd,
    sums.total_usd,
    sums.segments_usd - sums.total_usd as gap_usd
from sums
inner join declared
    on sums.ticker = declared.ticker and sums.segment_count = declared.segment_count
where
    abs(sums.segments_usd - sums.total_usd) > 1000000 * (declared.segment_count + 1)
    {% for exception in unallocated %}
    and not (
        sums.ticker = '{{ exception.ticker }}'
        {% if exception.until %}
        and sums.fiscal_quarter <= '{{ exception.until }}'
        {% endif %}
        {% if exception.ratio %}
        and abs(sums.segments_usd - sums.total_usd) <= {{ exception.ratio }} * abs(sums.total_usd)
        {% endif %}
    )
    {% endfor %}
{% endtest %}
