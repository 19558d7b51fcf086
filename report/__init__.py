"""Report: marts and valuation frames -> one self-contained page.

Belongs here: words, tables, charts and the template. Does not belong here: reading or writing a
warehouse, SQL, Dagster, valuing anything, or a figure that no frame holds.
"""
