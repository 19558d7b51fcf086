-- Inputs and formulas are declared in the yml beside this file.
{{ declared_versions(marts={
    'fct_capex_intensity': ref('fct_capex_intensity_history'),
    'fct_cloud_signals': ref('fct_cloud_signals_history'),
    'fct_backlog_coverage': ref('fct_backlog_coverage_history')
}) }}
