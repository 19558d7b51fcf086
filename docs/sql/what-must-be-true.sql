-- What value of each driver alone would make Amazon worth three trillion dollars?
select
    driver,
    base_value,
    low,
    high,
    solved_value,
    outcome
from valuation.reverse
where is_current and ticker = 'AMZN' and target = 'three_trillion' and outcome <> 'no_effect'
order by
    case outcome when 'reached' then 1 when 'beyond_range' then 2 else 3 end,
    driver;
