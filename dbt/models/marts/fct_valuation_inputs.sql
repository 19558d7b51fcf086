{{ config(post_hook='{{ create_valuation_inputs_as_of() }}') }}
-- The hook reads these too.
-- depends_on: {{ ref('stg_prices__closes') }}
-- depends_on: {{ ref('stg_registry__splits') }}
{{ valuation_inputs(ref('int_valuation_terms')) }}
