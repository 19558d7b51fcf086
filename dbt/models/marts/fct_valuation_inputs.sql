{{ config(post_hook='{{ create_valuation_inputs_as_of() }}') }}
-- The hook reads closes too: depends_on: {{ ref('stg_prices__closes') }}
{{ valuation_inputs(ref('int_valuation_terms')) }}
