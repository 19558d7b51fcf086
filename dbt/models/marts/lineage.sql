{{ config(materialized='view') }}
-- From every figure to what it is made of, one step at a time: a column of its row, a figure of
-- fct_metrics, a column of another mart, a fact; as it was when the figure became known.
with figures as (

    select * from {{ ref('fct_metrics_history') }}

),

signed_facts as (

    select figures.*, added.fact_id, 1 as sign
    from figures
    {{ each_element('figures.added_fact_ids', 'added', 'fact_id') }}

    union all

    select figures.*, subtracted.fact_id, -1 as sign
    from figures
    {{ each_element('figures.subtracted_fact_ids', 'subtracted', 'fact_id') }}

),

facts_of as (

    select
        signed_facts.ticker,
        signed_facts.segment,
        signed_facts.metric,
        signed_facts.basis,
        signed_facts.fiscal_quarter,
        signed_facts.known_from,
        signed_facts.derivation,
        signed_facts.unit,
        signed_facts.fact_id,
        sum(signed_facts.sign) as sign
    from signed_facts
    group by
        signed_facts.ticker, signed_facts.segment, signed_facts.metric, signed_facts.basis,
        signed_facts.fiscal_quarter, signed_facts.known_from, signed_facts.derivation,
        signed_facts.unit, signed_facts.fact_id
    -- A fact added and subtracted alike is no part of the figure.
    having sum(signed_facts.sign) <> 0

),

-- A fact filed before a split counts in the share basis of the version.
split_factors as (

    select
        facts_of.ticker,
        facts_of.segment,
        facts_of.metric,
        facts_of.basis,
        facts_of.fiscal_quarter,
        facts_of.known_from,
        facts_of.fact_id,
        {{ product('splits.split_ratio') }} as split_ratio
    from facts_of
    inner join {{ ref('stg_edgar__facts') }} as facts
        on facts_of.fact_id = facts.fact_id
    inner join {{ ref('stg_edgar__filings') }} as filings
        on facts.accession_number = filings.accession_number
    inner join {{ ref('stg_registry__splits') }} as splits
        on
            facts_of.ticker = splits.ticker
            and filings.known_from < splits.effective_from
            and facts_of.known_from >= splits.effective_from
    where facts_of.unit in ('shares', 'USD/shares')
    group by
        facts_of.ticker, facts_of.segment, facts_of.metric, facts_of.basis,
        facts_of.fiscal_quarter, facts_of.known_from, facts_of.fact_id

),

formulas as (

    select
        ticker,
        metric,
        {{ dbt.listagg(
            "case coefficient when 1 then '+ ' else '- ' end || term_metric"
            " || case term_segment when '' then '' else '[' || term_segment || ']' end",
            "' '",
            "order by coefficient desc, term_metric, term_segment"
        ) }} as formula
    from {{ ref('stg_registry__formula_terms') }}
    group by ticker, metric

),

-- A claim shows the figure of then and the one of now, and a stale one the figure it was true of.
claim_figures as (

    select
        claim_key, moment, figure_metric as metric, matched_basis as basis,
        filed_fiscal_quarter as figure_quarter,
        case moment when 'article' then 'filed_value' else 'filed_value_now' end as column_name
    from {{ ref('int_claims_judged') }}
    where filed_value is not null
    union all
    select claim_key, moment, stale_metric, stale_basis, stale_fiscal_quarter, 'stale_value'
    from {{ ref('int_claims_judged') }}
    where stale_value is not null and moment = 'article'

),

steps as (

    -- A figure the company states, or a sum of such.
    select
        'fct_metrics' as table_name,
        'value' as column_name,
        facts_of.ticker,
        facts_of.segment,
        facts_of.metric,
        facts_of.basis,
        '' as item,
        facts_of.fiscal_quarter,
        facts_of.known_from,
        facts_of.derivation as formula,
        'fact' as input_kind,
        '' as input_table,
        '' as input_column,
        '' as input_segment,
        '' as input_metric,
        '' as input_basis,
        cast(null as {{ dbt.type_string() }}) as input_fiscal_quarter,
        cast(null as {{ moment_type() }}) as input_known_from,
        facts_of.sign * case facts_of.unit
            when 'shares' then coalesce(cast(split_factors.split_ratio as double), 1)
            when 'USD/shares' then 1 / coalesce(cast(split_factors.split_ratio as double), 1)
            else 1
        end as coefficient,
        cast(facts.value as double) as input_value,
        facts_of.fact_id,
        facts.concept,
        facts.accession_number,
        facts.evidence
    from facts_of
    inner join {{ ref('stg_edgar__facts') }} as facts
        on facts_of.fact_id = facts.fact_id
    left join split_factors
        on
            facts_of.ticker = split_factors.ticker
            and facts_of.segment = split_factors.segment
            and facts_of.metric = split_factors.metric
            and facts_of.basis = split_factors.basis
            and facts_of.fiscal_quarter = split_factors.fiscal_quarter
            and facts_of.known_from = split_factors.known_from
            and facts_of.fact_id = split_factors.fact_id
    where facts_of.derivation <> 'formula'

    union all

    -- A figure a company's formula defines.
    select
        'fct_metrics', 'value', made.ticker, made.segment, made.metric, made.basis, '',
        made.fiscal_quarter, made.known_from, formulas.formula, 'figure', 'fct_metrics', 'value',
        figures.segment as input_segment, figures.metric as input_metric,
        figures.basis as input_basis, figures.fiscal_quarter as input_fiscal_quarter,
        figures.known_from as input_known_from, terms.coefficient,
        cast(figures.value as double), null, null, null, figures.evidence
    from figures as made
    inner join {{ ref('stg_registry__formula_terms') }} as terms
        on made.ticker = terms.ticker and made.metric = terms.metric
    inner join formulas
        on made.ticker = formulas.ticker and made.metric = formulas.metric
    inner join figures
        on
            made.ticker = figures.ticker
            and terms.term_metric = figures.metric
            and terms.term_segment = figures.segment
            and made.basis = figures.basis
            and made.fiscal_quarter = figures.fiscal_quarter
            and made.known_from >= figures.known_from
            and (figures.known_to is null or made.known_from < figures.known_to)
    where made.derivation = 'formula'

    union all

    -- A computed column, of columns of its own row.
    select
        declared_rows.table_name, columns.column_name, declared_rows.ticker, declared_rows.segment,
        '', '', '', declared_rows.fiscal_quarter, declared_rows.known_from, columns.formula,
        'column', declared_rows.table_name as input_table, used.column_name as input_column,
        declared_rows.segment as input_segment, '', '',
        declared_rows.fiscal_quarter as input_fiscal_quarter,
        declared_rows.known_from as input_known_from, null, null, null, null, null, null
    from {{ ref('int_declared_rows') }} as declared_rows
    inner join {{ ref('dim_figure_column') }} as columns
        on
            declared_rows.table_name = columns.table_name
            and columns.kind in ('formula', 'rank')
    inner join {{ ref('dim_figure_column') }} as used
        on
            columns.table_name = used.table_name
            and position(', ' || used.column_name || ',' in ', ' || columns.rests_on || ',') > 0

    union all

    -- A column that shows a figure, or a column of another mart.
    select
        table_name, column_name, ticker, segment, '', '', '', fiscal_quarter, known_from,
        case input_kind
            when 'figure' then input_metric || ' (' || input_basis || ')'
            else input_table || '.' || input_column
        end,
        input_kind, input_table, input_column, input_segment, input_metric, input_basis,
        input_fiscal_quarter, input_known_from, 1, cast(input_value as double), null, null, null,
        evidence
    from {{ ref('int_declared_inputs') }}

    union all

    select
        'fct_thesis_signals', 'value', ticker, '', '', '', thesis || '/' || claim, fiscal_quarter,
        known_from, 'fct_cloud_signals.' || column_name, 'column', 'fct_cloud_signals', column_name,
        '', '', '', fiscal_quarter as input_fiscal_quarter, known_from as input_known_from, 1,
        value, null, null, null, evidence
    from {{ ref('fct_thesis_signals_history') }}

    union all

    select
        'fct_valuation_inputs', 'value', inputs.ticker, inputs.segment, '', '', inputs.input,
        coalesce(inputs.fiscal_quarter, ''), inputs.known_from,
        case when terms.role = 'addend' then 'sum of the terms' else 'latest / year_ago - 1' end,
        case when terms.metric = '' then 'price' else 'figure' end,
        case when terms.metric = '' then 'raw.prices' else 'fct_metrics' end,
        case when terms.metric = '' then 'close_usd' else 'value' end,
        terms.segment as input_segment, terms.metric as input_metric, terms.basis as input_basis,
        terms.fiscal_quarter as input_fiscal_quarter, terms.figure_known_from, terms.coefficient,
        terms.value, null, null, null, {{ evidence_level('terms.evidence_rank') }}
    from {{ ref('fct_valuation_inputs') }} as inputs
    inner join {{ ref('int_valuation_terms') }} as terms
        on
            inputs.ticker = terms.ticker
            and inputs.input = terms.input
            and inputs.segment = terms.segment
    where inputs.value is not null

    union all

    -- The quarters whose quantiles are the thresholds of a signal.
    select
        'fct_thesis_signals', thresholds.column_name, scored.ticker, '', '', '',
        scored.thesis || '/' || scored.claim, scored.fiscal_quarter, scored.known_from,
        thresholds.formula, 'column', 'fct_cloud_signals', scored.column_name as input_column, '',
        '', '',
        earlier.fiscal_quarter as input_fiscal_quarter, rows_known.known_from as input_known_from,
        null, earlier.value, null, null, null, earlier.evidence
    from {{ ref('fct_thesis_signals_history') }} as scored
    inner join {{ ref('stg_registry__signals') }} as rules
        on scored.signal = rules.signal
    inner join {{ ref('fct_thesis_signals_history') }} as earlier
        on
            scored.thesis = earlier.thesis
            and scored.claim = earlier.claim
            and scored.known_from >= earlier.known_from
            and (earlier.known_to is null or scored.known_from < earlier.known_to)
            and {{ quarter_index('scored.fiscal_quarter') }}
            between {{ quarter_index('earlier.fiscal_quarter') }} + 1
            and {{ quarter_index('earlier.fiscal_quarter') }} + rules.reference_quarters
    inner join {{ ref('int_declared_rows') }} as rows_known
        on
            rows_known.table_name = 'fct_cloud_signals'
            and scored.ticker = rows_known.ticker
            and earlier.fiscal_quarter = rows_known.fiscal_quarter
            and scored.known_from >= rows_known.known_from
            and (rows_known.known_to is null or scored.known_from < rows_known.known_to)
    inner join {{ ref('dim_figure_column') }} as thresholds
        on
            thresholds.table_name = 'fct_thesis_signals'
            and thresholds.column_name in ('lower_threshold', 'upper_threshold')
    where scored.lower_threshold is not null

    union all

    -- A claim's figure, what it is compared with, and what both are divided by.
    select
        'fct_claim_checks', claim_figures.column_name, checks.ticker, measured.segment, '', '',
        checks.claim_key, checks.fiscal_quarter,
        coalesce(checks.known_from, checks.known_from_now), measured.formula, 'figure',
        'fct_metrics', 'value', figures.segment as input_segment, figures.metric, figures.basis,
        figures.fiscal_quarter as input_fiscal_quarter, figures.known_from as input_known_from,
        case
            when measured.measure = 'run_rate' then 4
            when
                measured.measure = 'change' and measured.over_metric = ''
                and figures.fiscal_quarter = measured.base_fiscal_quarter then -1
            when measured.measure = 'level' and measured.over_metric = '' then 1
            when measured.measure = 'change' and measured.over_metric = '' then 1
        end,
        cast(figures.value as double), null, null, null, figures.evidence
    from claim_figures
    inner join {{ ref('fct_claim_checks') }} as checks
        on claim_figures.claim_key = checks.claim_key
    inner join {{ ref('int_claim_figures_measured') }} as measured
        on
            claim_figures.claim_key = measured.claim_key
            and claim_figures.moment = measured.moment
            and claim_figures.metric = measured.metric
            and claim_figures.basis = measured.basis
            and claim_figures.figure_quarter = measured.fiscal_quarter
    inner join figures
        on
            checks.ticker = figures.ticker
            and measured.basis = figures.basis
            and (
                measured.metric = figures.metric and measured.segment = figures.segment
                or measured.over_metric = figures.metric and measured.over_segment = figures.segment
            )
            and figures.fiscal_quarter in (measured.fiscal_quarter, measured.base_fiscal_quarter)
            and (
                claim_figures.moment = 'now' and figures.known_to is null
                or claim_figures.moment = 'article'
                and checks.judged_as_of >= figures.known_from
                and checks.judged_as_of < {{ or_never('figures.known_to') }}
            )

)

select
    steps.*,
    filings.edgar_address
from steps
left join {{ ref('dim_filing') }} as filings
    on steps.accession_number = filings.accession_number
