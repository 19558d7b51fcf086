-- What did companies guide to, and what did the period bring?
-- The statement in force last; capital spending by each company's own definition.
select
    guidance.ticker,
    guidance.guided_metric,
    guidance.period_end,
    guidance.stated_on,
    round(guidance.low_usd / 1e9, 1) as low_usd_bn,
    round(guidance.high_usd / 1e9, 1) as high_usd_bn,
    round(figures.value / 1e9, 3) as filed_usd_bn,
    figures.value between guidance.low_usd and guidance.high_usd as is_within,
    guidance.evidence_ref
from marts.fct_guidance as guidance
left join marts.fct_metrics as figures
    on
        guidance.ticker = figures.ticker
        and figures.segment = ''
        and figures.basis in ('quarter', 'fiscal_year')
        and guidance.period_start = figures.period_start
        and guidance.period_end = figures.period_end
        and figures.metric = case guidance.guided_metric
            when 'capex' then 'capex_company_definition'
            else guidance.guided_metric
        end
where guidance.known_to is null
order by guidance.ticker, guidance.guided_metric, guidance.period_end;
