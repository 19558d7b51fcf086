{{ among_all_filers(
    'fct_company_margins', figure='ttm_operating_margin_ratio', place='margin_percentile_ratio'
) }}
