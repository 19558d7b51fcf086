-- Inputs and formulas are declared in the yml beside this file.
{{ declared_versions(marts={
    'fct_backlog_coverage': ref('fct_backlog_coverage_history')
}) }}
