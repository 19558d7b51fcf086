-- What a claimed market value that lies ahead would be as a multiple of earnings: of those the same
-- article expects a share, or else of the last twelve months known when it appeared.
with each_claim as (

    select distinct
        claim_key, claim_id, article_id, article_version, ticker, claim_metric, kind, claimed_value,
        judged_as_of, is_forecast, period_end
    from {{ ref('int_claims_resolved') }}

),

earnings_claimed as (

    select
        *,
        row_number() over (
            partition by article_id, article_version, ticker
            order by case when is_forecast then 0 else 1 end asc, period_end desc, claim_id asc
        ) as preference
    from each_claim
    where
        claim_metric = 'eps_diluted' and claimed_value > 0
        and coalesce(kind, 'level') in ('level', 'guidance')

),

known as (

    select
        claims.claim_key,
        figures.metric,
        figures.fiscal_quarter,
        cast(figures.value as double) as value,
        row_number() over (
            partition by claims.claim_key, figures.metric order by figures.period_end desc
        ) as preference
    from each_claim as claims
    inner join {{ ref('fct_metrics_history') }} as figures
        on
            claims.ticker = figures.ticker
            and claims.judged_as_of >= figures.known_from
            and claims.judged_as_of < {{ or_never('figures.known_to') }}
    where
        claims.claim_metric = 'market_cap'
        and (
            (figures.metric = 'diluted_shares' and figures.basis = 'quarter')
            or (figures.metric = 'net_income' and figures.basis = 'ttm')
        )

)

select
    claims.claim_key,
    case
        when earnings.claimed_value is not null and shares.value is not null
            then {{ ratio('claims.claimed_value', '(earnings.claimed_value * shares.value)') }}
        when income.value > 0 then {{ ratio('claims.claimed_value', 'income.value') }}
    end as implied_multiple_ratio,
    case
        when earnings.claimed_value is not null and shares.value is not null
            then
                'claimed market value / (' || {{ as_text('earnings.claimed_value') }}
                || ' a share of claim ' || earnings.claim_id || ' * '
                || {{ with_thousands('shares.value') }} || ' diluted shares of '
                || shares.fiscal_quarter || ')'
        when income.value > 0
            then
                'claimed market value / ' || {{ with_thousands('income.value') }}
                || ' of net income in the twelve months to ' || income.fiscal_quarter
    end as implied_multiple_basis
from each_claim as claims
left join earnings_claimed as earnings
    on
        claims.article_id = earnings.article_id
        and claims.article_version = earnings.article_version
        and claims.ticker = earnings.ticker
        and earnings.preference = 1
left join known as shares
    on
        claims.claim_key = shares.claim_key
        and shares.metric = 'diluted_shares'
        and shares.preference = 1
left join known as income
    on
        claims.claim_key = income.claim_key
        and income.metric = 'net_income'
        and income.preference = 1
where
    claims.claim_metric = 'market_cap'
    and coalesce(claims.kind, 'level') = 'level'
    and claims.claimed_value is not null
