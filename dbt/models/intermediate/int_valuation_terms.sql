{{ valuation_terms(ref('fct_metrics'), ref('stg_prices__closes')) }}
