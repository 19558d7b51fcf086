-- Accounting identities that do not hold within rounding, each as known at a moment. An error would
-- make a mart wrong and stops the publication; a warning stands between figures of different
-- vintages or definitions; what the registry explains is kept with the explanation.
with figures as (

    select
        ticker, metric, segment, basis, fiscal_quarter, fiscal_year, fiscal_quarter_number, value,
        0.5 * power(10.0, -precision_digits) as half_unit, known_from, known_to, accession_numbers,
        evidence
    from {{ ref('fct_metrics_history') }}

),

-- When the parts changed, or their total did.
moments as (

    select ticker, metric, basis, fiscal_quarter, known_from as moment
    from figures
    union
    select figures.ticker, metrics.metric, figures.basis, figures.fiscal_quarter, figures.known_from
    from {{ ref('stg_registry__metrics') }} as metrics
    inner join figures
        on metrics.total_metric = figures.metric

),

-- Every segment declared for the company is known at the moment.
part_sums as (

    select
        totals.ticker,
        parts.metric,
        metrics.total_metric,
        totals.basis,
        totals.fiscal_quarter,
        moments.moment,
        max(totals.value) as expected_value,
        sum(parts.value) as found_value,
        sum(parts.half_unit) + max(totals.half_unit) as tolerance,
        count(*) as part_count,
        {{ merge_lists('parts.accession_numbers') }} as accession_numbers
    from {{ ref('stg_registry__metrics') }} as metrics
    inner join moments
        on metrics.metric = moments.metric
    inner join figures as totals
        on
            moments.ticker = totals.ticker
            and metrics.total_metric = totals.metric
            and totals.segment = ''
            and moments.basis = totals.basis
            and moments.fiscal_quarter = totals.fiscal_quarter
            and moments.moment >= totals.known_from
            and (totals.known_to is null or moments.moment < totals.known_to)
    inner join figures as parts
        on
            totals.ticker = parts.ticker
            and metrics.metric = parts.metric
            and totals.basis = parts.basis
            and totals.fiscal_quarter = parts.fiscal_quarter
            and moments.moment >= parts.known_from
            and (parts.known_to is null or moments.moment < parts.known_to)
    where metrics.metric in ('segment_revenue', 'segment_operating_income')
    group by
        totals.ticker, parts.metric, metrics.total_metric, totals.basis, totals.fiscal_quarter,
        moments.moment

),

declared_parts as (

    select ticker, count(*) as part_count
    from {{ ref('dim_segment') }}
    where segment_grain = 'segment'
    group by ticker

),

segments_to_total as (

    select
        sums.metric || '_sums_to_' || sums.total_metric as identity,
        sums.ticker,
        sums.metric,
        '' as segment,
        sums.basis,
        sums.fiscal_quarter,
        sums.moment as known_from,
        sums.expected_value,
        sums.found_value,
        sums.tolerance,
        case
            when
                abs(sums.found_value - sums.expected_value)
                <= unallocated.allowed_ratio * abs(sums.expected_value) then 'explained'
            else 'error'
        end as severity,
        coalesce(unallocated.note, 'the parts do not add up to the total') as reason,
        sums.accession_numbers
    from part_sums as sums
    inner join declared_parts
        on sums.ticker = declared_parts.ticker and sums.part_count = declared_parts.part_count
    left join {{ ref('stg_registry__unallocated') }} as unallocated
        on
            sums.ticker = unallocated.ticker
            and sums.metric = unallocated.segment_metric
            and sums.fiscal_quarter <= coalesce(unallocated.until_quarter, sums.fiscal_quarter)

),

quarters as (

    select
        years.ticker,
        years.metric,
        years.segment,
        years.fiscal_quarter,
        years.known_from,
        years.known_to,
        max(years.value) as expected_value,
        sum(quarters.value) as found_value,
        max(years.half_unit) + sum(quarters.half_unit) as tolerance,
        max(quarters.known_from) as quarters_known_from,
        {{ merge_lists('quarters.accession_numbers') }} as accession_numbers
    from figures as years
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on years.metric = metrics.metric and metrics.ttm = 'filed_or_derived'
    inner join figures as quarters
        on
            years.ticker = quarters.ticker
            and years.metric = quarters.metric
            and years.segment = quarters.segment
            and years.fiscal_year = quarters.fiscal_year
            and quarters.basis = 'quarter'
            and quarters.known_to is null
    where years.basis = 'fiscal_year' and years.known_to is null
    group by
        years.ticker, years.metric, years.segment, years.fiscal_quarter, years.known_from,
        years.known_to
    having count(*) = 4

),

year_versions as (

    select ticker, metric, segment, fiscal_quarter, count(*) as version_count
    from figures
    where basis = 'fiscal_year'
    group by ticker, metric, segment, fiscal_quarter

),

quarters_to_year as (

    select
        'quarters_sum_to_year' as identity,
        quarters.ticker,
        quarters.metric,
        quarters.segment,
        'fiscal_year' as basis,
        quarters.fiscal_quarter,
        greatest(quarters.known_from, quarters.quarters_known_from) as known_from,
        quarters.expected_value,
        quarters.found_value,
        quarters.tolerance,
        case
            when versions.version_count = 1 and quarters.quarters_known_from <= quarters.known_from
                then 'error'
            else 'warning'
        end as severity,
        case
            when versions.version_count = 1 and quarters.quarters_known_from <= quarters.known_from
                then 'the quarters do not add up to the year'
            else 'year and quarters were restated apart'
        end as reason,
        quarters.accession_numbers
    from quarters
    inner join year_versions as versions
        on
            quarters.ticker = versions.ticker
            and quarters.metric = versions.metric
            and quarters.segment = versions.segment
            and quarters.fiscal_quarter = versions.fiscal_quarter

),

twelve_months_to_year as (

    select
        'twelve_months_are_the_year' as identity,
        years.ticker,
        years.metric,
        years.segment,
        'ttm' as basis,
        years.fiscal_quarter,
        greatest(years.known_from, twelve_months.known_from) as known_from,
        years.value as expected_value,
        twelve_months.value as found_value,
        0 as tolerance,
        'error' as severity,
        'twelve months to the end of the fiscal year are another figure than the year' as reason,
        twelve_months.accession_numbers
    from figures as years
    inner join {{ ref('stg_registry__metrics') }} as metrics
        on years.metric = metrics.metric and metrics.ttm = 'filed_or_derived'
    inner join figures as twelve_months
        on
            years.ticker = twelve_months.ticker
            and years.metric = twelve_months.metric
            and years.segment = twelve_months.segment
            and years.fiscal_quarter = twelve_months.fiscal_quarter
            and twelve_months.basis = 'ttm'
            and twelve_months.known_to is null
    where years.basis = 'fiscal_year' and years.known_to is null

),

balance_sheets as (

    select
        assets.ticker,
        assets.fiscal_quarter,
        assets.value as assets,
        other_side.value as other_side,
        liabilities.value + equity.value as liabilities_plus_equity,
        assets.half_unit + coalesce(liabilities.half_unit, 0) + coalesce(equity.half_unit, 0)
            as tolerance,
        coalesce(assets.accession_numbers = other_side.accession_numbers, false)
            as is_of_one_filing,
        assets.known_from,
        assets.accession_numbers
    from figures as assets
    {% for alias, metric in [
        ('other_side', 'liabilities_and_equity'), ('liabilities', 'liabilities'), ('equity', 'equity')
    ] %}
    left join figures as {{ alias }}
        on
            assets.ticker = {{ alias }}.ticker
            and {{ alias }}.metric = '{{ metric }}'
            and {{ alias }}.segment = ''
            and assets.fiscal_quarter = {{ alias }}.fiscal_quarter
            and assets.known_from >= {{ alias }}.known_from
            and assets.known_from < {{ or_never(alias ~ '.known_to') }}
    {% endfor %}
    where assets.metric = 'total_assets' and assets.segment = ''

),

balances as (

    select
        'assets_are_liabilities_and_equity' as identity, ticker, 'total_assets' as metric,
        '' as segment, 'instant' as basis, fiscal_quarter, known_from, other_side as expected_value,
        -- The same total, printed twice: nothing is rounded between them.
        assets as found_value, 0 as tolerance,
        case when is_of_one_filing then 'error' else 'warning' end as severity,
        case
            when is_of_one_filing then 'the two sides of the balance sheet differ'
            else 'the newest filings to state the two sides are different ones'
        end as reason,
        accession_numbers
    from balance_sheets

    union all

    -- Interests of others in subsidiaries stand between the two.
    select
        'assets_are_liabilities_plus_equity', ticker, 'total_assets', '', 'instant',
        fiscal_quarter, known_from, liabilities_plus_equity, assets, tolerance, 'warning',
        'liabilities and equity of the shareholders do not add up to the assets', accession_numbers
    from balance_sheets

),

capex as (

    {% for prefix, basis in [('', 'quarter'), ('ttm_', 'ttm')] %}
    {% for column, metric in [
        ('net_difference_usd', 'capex_net'), ('finance_leases_difference_usd', 'capex_with_finance_leases')
    ] %}
    select
        'capex_definitions_reconcile' as identity, ticker, '{{ metric }}' as metric, '' as segment,
        '{{ basis }}' as basis, fiscal_quarter, known_from, 0 as expected_value,
        {{ prefix }}{{ column }} as found_value,
        -- Three figures in millions, each rounded.
        1500000 as tolerance, 'warning' as severity,
        'the definitions of capital expenditures do not reconcile' as reason, accession_numbers
    from {{ ref('fct_capex_definitions_history') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

checked as (

    {% for relation in [
        'segments_to_total', 'quarters_to_year', 'twelve_months_to_year', 'balances', 'capex'
    ] %}
    select
        identity, ticker, metric, segment, basis, fiscal_quarter, known_from,
        cast(expected_value as double) as expected_value,
        cast(found_value as double) as found_value, cast(tolerance as double) as tolerance,
        severity, reason, accession_numbers
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

failed as (

    select * from checked
    where abs(found_value - expected_value) > tolerance

),

-- What a release got wrong, or its reader, is corrected by the report: it withholds no filing.
of_releases as (

    select distinct
        failed.identity, failed.ticker, failed.metric, failed.segment, failed.basis,
        failed.fiscal_quarter, failed.known_from
    from failed
    inner join figures
        on
            failed.ticker = figures.ticker
            and failed.fiscal_quarter = figures.fiscal_quarter
            and failed.known_from >= figures.known_from
            and failed.known_from < {{ or_never('figures.known_to') }}
    where figures.evidence = 'preliminary'

)

select
    failed.identity,
    failed.ticker,
    failed.metric,
    failed.segment,
    failed.basis,
    failed.fiscal_quarter,
    failed.known_from,
    failed.expected_value,
    failed.found_value,
    failed.found_value - failed.expected_value as gap,
    failed.tolerance,
    case
        when failed.severity = 'error' and of_releases.ticker is not null then 'warning'
        else failed.severity
    end as severity,
    failed.reason,
    failed.accession_numbers
from failed
left join of_releases
    on
        failed.identity = of_releases.identity
        and failed.ticker = of_releases.ticker
        and failed.metric = of_releases.metric
        and failed.segment = of_releases.segment
        and failed.basis = of_releases.basis
        and failed.fiscal_quarter = of_releases.fiscal_quarter
        and failed.known_from = of_releases.known_from
