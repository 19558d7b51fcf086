{{ among_all_filers(
    'fct_backlog_coverage', figure='coverage_years', place='backlog_percentile_ratio'
) }}
