{{ among_all_filers(
    'fct_capex_intensity', figure='ttm_capex_to_revenue_ratio', place='capex_percentile_ratio'
) }}
