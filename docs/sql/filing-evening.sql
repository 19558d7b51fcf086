-- What became known on the evening of 2024-10-31, when Amazon's 10-Q reached EDGAR at 18:44:54?
-- The hours are those of New York, known_from is UTC; millions of the unit.
select
    at_seven.metric,
    at_seven.segment,
    at_seven.basis,
    at_seven.fiscal_quarter,
    round(at_six.value / 1e6, 3) as value_m_at_18_00,
    round(at_seven.value / 1e6, 3) as value_m_at_19_00,
    at_seven.unit,
    at_seven.known_from
from marts.metrics_as_of('2024-10-31 19:00:00-04') as at_seven
left join marts.metrics_as_of('2024-10-31 18:00:00-04') as at_six
    on
        at_seven.ticker = at_six.ticker
        and at_seven.metric = at_six.metric
        and at_seven.segment = at_six.segment
        and at_seven.basis = at_six.basis
        and at_seven.fiscal_quarter = at_six.fiscal_quarter
where at_seven.ticker = 'AMZN' and at_seven.value is distinct from at_six.value
order by at_seven.metric, at_seven.basis;
