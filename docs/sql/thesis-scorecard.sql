-- Which way does each leg of the thesis point today, and which way when the story appeared?
-- Each is held against the quarters before it (twelve at most) as they were known at the time; a
-- low backlog_converts strengthens: more revenue came than the backlog had implied.
with today as (

    select thesis, claim, signal, fiscal_quarter, value, lower_threshold, upper_threshold, verdict
    from marts.fct_thesis_signals
    qualify row_number() over (partition by thesis, claim order by period_end desc) = 1

),

story as (

    select thesis, claim, fiscal_quarter, value, verdict
    from marts.thesis_signals_as_of('2026-05-14 23:59:59-04')
    qualify row_number() over (partition by thesis, claim order by period_end desc) = 1

)

select
    today.claim,
    today.fiscal_quarter,
    round(today.value * 100, 2) as value_pct,
    round(today.lower_threshold * 100, 2) as lower_threshold_pct,
    round(today.upper_threshold * 100, 2) as upper_threshold_pct,
    today.verdict,
    story.fiscal_quarter as fiscal_quarter_then,
    round(story.value * 100, 2) as value_then_pct,
    story.verdict as verdict_then
from today
left join story
    on today.thesis = story.thesis and today.claim = story.claim
order by today.thesis, today.claim;
