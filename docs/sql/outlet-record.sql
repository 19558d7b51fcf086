-- How often were the numbers of each outlet right, and how far off when they were not?
-- Of each article the first version counts, of a repeated text the first printing.
select
    outlet,
    claims,
    verifiable_claims,
    confirmed + confirmed_rounded + truncated as right_claims,
    stale,
    contradicted,
    not_yet_reported,
    missed,
    superseded,
    round(100 * right_ratio, 1) as right_pct,
    round(100 * mean_absolute_error_ratio, 2) as mean_error_pct
from marts.fct_outlet_record
order by verifiable_claims desc, outlet asc;
