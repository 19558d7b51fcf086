-- Every figure of a claim's metric, part and basis, in the measure the claim speaks of: as it was
-- known when the article appeared, and as it is known now.
{% set ended = "cast('9999-12-30' as " ~ moment_type() ~ ")" %}
with moments as (

    select 'article' as moment
    union all
    select 'now'

),

candidates as (

    select
        claims.claim_key,
        moments.moment,
        -- What is known now is every version that none has replaced.
        case moments.moment when 'now' then {{ ended }} else claims.judged_as_of end as judged_at,
        claims.ticker,
        claims.metric,
        claims.metric_rank,
        claims.basis_rank,
        claims.measure,
        claims.segment,
        claims.basis,
        claims.over_metric,
        -- Joined by equality below, which a null would fail.
        case claims.over_metric when '' then '' else claims.over_segment end as over_segment,
        claims.quarters_back,
        case when claims.measure in ('growth', 'multiple', 'change') then 1 else 0 end
            as is_compared
    from {{ ref('int_claims_resolved') }} as claims
    cross join moments
    where
        claims.metric is not null
        and claims.basis is not null
        and claims.measure <> 'market_value'

),

-- Many claims ask the same: each question is answered once.
questions as (

    select distinct
        judged_at, ticker, metric, measure, segment, basis, over_metric, over_segment,
        quarters_back, is_compared
    from candidates

),

needed as (

    select distinct judged_at, ticker, metric, segment, basis
    from questions
    union
    select distinct judged_at, ticker, over_metric, over_segment, basis
    from questions
    where over_metric <> ''

),

known as (

    select
        needed.judged_at,
        needed.ticker,
        figures.metric,
        figures.segment,
        figures.basis,
        figures.fiscal_quarter,
        {{ quarter_index('figures.fiscal_quarter') }} as quarter_index,
        figures.period_end,
        cast(figures.value as double) as value,
        0.5 * power(10.0, -figures.precision_digits) as half_unit,
        {{ evidence_rank('figures.evidence') }} as evidence_rank,
        figures.accession_numbers,
        figures.known_from
    from needed
    inner join {{ ref('fct_metrics_history') }} as figures
        on
            needed.ticker = figures.ticker
            and needed.metric = figures.metric
            and needed.segment = figures.segment
            and needed.basis = figures.basis
            and needed.judged_at >= figures.known_from
            and needed.judged_at < {{ or_never('figures.known_to') }}

),

terms as (

    select
        questions.*,
        latest.fiscal_quarter,
        latest.period_end,
        base.fiscal_quarter as base_fiscal_quarter,
        latest.value as latest_value,
        base.value as base_value,
        over_latest.value as over_value,
        over_base.value as over_base_value,
        latest.half_unit,
        case
            when questions.segment = '' then questions.metric
            else questions.metric || '[' || questions.segment || ']'
        end as term,
        case
            when questions.over_segment = '' then questions.over_metric
            else questions.over_metric || '[' || questions.over_segment || ']'
        end as over_term,
        greatest(
            latest.evidence_rank, coalesce(base.evidence_rank, 1),
            coalesce(over_latest.evidence_rank, 1), coalesce(over_base.evidence_rank, 1)
        ) as evidence_rank,
        {{ concat_lists([
            'latest.accession_numbers', 'base.accession_numbers', 'over_latest.accession_numbers',
            'over_base.accession_numbers'
        ]) }} as accession_numbers,
        greatest(
            latest.known_from, coalesce(base.known_from, latest.known_from),
            coalesce(over_latest.known_from, latest.known_from),
            coalesce(over_base.known_from, latest.known_from)
        ) as known_from
    from questions
    inner join known as latest
        on
            questions.judged_at = latest.judged_at
            and questions.ticker = latest.ticker
            and questions.metric = latest.metric
            and questions.segment = latest.segment
            and questions.basis = latest.basis
    left join known as base
        on
            questions.is_compared = 1
            and questions.judged_at = base.judged_at
            and questions.ticker = base.ticker
            and questions.metric = base.metric
            and questions.segment = base.segment
            and questions.basis = base.basis
            and latest.quarter_index = base.quarter_index + questions.quarters_back
    left join known as over_latest
        on
            questions.judged_at = over_latest.judged_at
            and questions.ticker = over_latest.ticker
            and questions.over_metric = over_latest.metric
            and questions.over_segment = over_latest.segment
            and questions.basis = over_latest.basis
            and latest.quarter_index = over_latest.quarter_index
    left join known as over_base
        on
            questions.judged_at = over_base.judged_at
            and questions.ticker = over_base.ticker
            and questions.over_metric = over_base.metric
            and questions.over_segment = over_base.segment
            and questions.basis = over_base.basis
            and base.quarter_index = over_base.quarter_index

),

-- Figures of two meanings are never compared.
redefined as (

    select distinct
        terms.ticker, terms.metric, terms.fiscal_quarter, terms.base_fiscal_quarter
    from terms
    inner join {{ ref('int_definitions_changed') }} as changes
        on
            terms.ticker = changes.ticker
            and terms.metric = changes.metric
            and terms.fiscal_quarter >= changes.from_quarter
            and terms.base_fiscal_quarter < changes.from_quarter
    where changes.from_quarter <> ''

),

measured as (

    select
        terms.judged_at,
        terms.ticker,
        terms.metric,
        terms.basis,
        terms.segment,
        terms.measure,
        terms.over_metric,
        terms.over_segment,
        terms.quarters_back,
        terms.fiscal_quarter,
        terms.base_fiscal_quarter,
        terms.period_end,
        case
            -- Of a loss, or of nothing, there is no growth.
            when terms.measure in ('growth', 'multiple') and terms.base_value <= 0 then null
            when terms.measure = 'growth'
                then {{ ratio('terms.latest_value', 'terms.base_value') }} - 1
            when terms.measure = 'multiple'
                then {{ ratio('terms.latest_value', 'terms.base_value') }}
            when terms.measure = 'run_rate' then 4 * terms.latest_value
            when terms.measure = 'change' and terms.over_metric = ''
                then terms.latest_value - terms.base_value
            when terms.measure = 'change'
                then
                    {{ ratio('terms.latest_value', 'terms.over_value') }}
                    - {{ ratio('terms.base_value', 'terms.over_base_value') }}
            when terms.over_metric <> ''
                then {{ ratio('terms.latest_value', 'terms.over_value') }}
            else terms.latest_value
        end as figure,
        -- What the last digit of a filed figure leaves open; what is computed has no such digit.
        case
            when terms.measure = 'level' and terms.over_metric = ''
                then cast(terms.half_unit as double)
            else 0
        end as half_unit,
        case
            when terms.measure = 'growth'
                then
                    terms.term || ' ' || terms.fiscal_quarter || ' / ' || terms.term || ' '
                    || terms.base_fiscal_quarter || ' - 1'
            when terms.measure = 'multiple'
                then
                    terms.term || ' ' || terms.fiscal_quarter || ' / ' || terms.term || ' '
                    || terms.base_fiscal_quarter
            when terms.measure = 'run_rate' then '4 * ' || terms.term || ' ' || terms.fiscal_quarter
            when terms.measure = 'change' and terms.over_metric = ''
                then
                    terms.term || ' ' || terms.fiscal_quarter || ' - ' || terms.term || ' '
                    || terms.base_fiscal_quarter
            when terms.measure = 'change'
                then
                    terms.term || ' ' || terms.fiscal_quarter || ' / ' || terms.over_term || ' '
                    || terms.fiscal_quarter || ' - ' || terms.term || ' '
                    || terms.base_fiscal_quarter || ' / ' || terms.over_term || ' '
                    || terms.base_fiscal_quarter
            when terms.over_metric <> ''
                then
                    terms.term || ' ' || terms.fiscal_quarter || ' / ' || terms.over_term || ' '
                    || terms.fiscal_quarter
            else terms.term || ' ' || terms.fiscal_quarter
        end as formula,
        terms.evidence_rank,
        terms.accession_numbers,
        terms.known_from
    from terms
    left join redefined
        on
            terms.ticker = redefined.ticker
            and terms.metric = redefined.metric
            and terms.fiscal_quarter = redefined.fiscal_quarter
            and terms.base_fiscal_quarter = redefined.base_fiscal_quarter
    where redefined.ticker is null

)

select
    candidates.claim_key,
    candidates.moment,
    candidates.metric,
    candidates.metric_rank,
    candidates.basis,
    candidates.basis_rank,
    candidates.segment,
    candidates.measure,
    candidates.over_metric,
    candidates.over_segment,
    measured.fiscal_quarter,
    measured.base_fiscal_quarter,
    measured.period_end,
    measured.figure,
    measured.half_unit,
    measured.formula,
    measured.evidence_rank,
    measured.accession_numbers,
    measured.known_from
from candidates
inner join measured
    on
        candidates.judged_at = measured.judged_at
        and candidates.ticker = measured.ticker
        and candidates.metric = measured.metric
        and candidates.segment = measured.segment
        and candidates.basis = measured.basis
        and candidates.measure = measured.measure
        and candidates.over_metric = measured.over_metric
        and candidates.over_segment = measured.over_segment
        and candidates.quarters_back = measured.quarters_back
where measured.figure is not null
