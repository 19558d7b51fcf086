"""Assets along the way of the data: raw, dbt's models, valuation, report, publication."""
