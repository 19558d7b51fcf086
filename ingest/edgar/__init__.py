"""Filings: their schema as rows, and what must hold of those rows."""
