"""Declared facts: companies, concepts, scenarios and theses as yaml, and their models.

Belongs here: what a person decided and can cite. Does not belong here: arithmetic, I/O beyond
reading these files, anything of Dagster, DuckDB or a data source.
"""
