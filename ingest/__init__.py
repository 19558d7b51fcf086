"""The outside world into raw tables.

Belongs here: reading a source, naming what is wrong with it, and writing schema `raw`. Does not
belong here: deriving a metric (dbt does), valuing (valuation does), anything of Dagster.
"""
