{#- Per-share figures and averages over shares are never a difference of longer periods. -#}
{% test per_share_figures_are_never_subtracted(model) %}
select ticker, metric, basis, fiscal_quarter, derivation
from {{ model }}
where
    unit in ('USD/shares', 'shares')
    and derivation not in ('reported', 'split_adjusted', 'sum_of_quarters', 'formula')
{% endtest %}
