"""Valuation: from filed inputs and declared assumptions to what a company would be worth.

Belongs here: pure mathematics on typed inputs, and the frames of its results. Does not belong here:
reading or writing anything, Dagster, SQL, or a value for an assumption (room `registry`).

Units everywhere: USD, years, ratios (0.36, never 36), shares; one forecast year is one step.
"""
