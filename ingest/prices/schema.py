"""Closing prices as rows. `known_from` is the close of the New York session."""

import polars as pl

from ingest.edgar.schema import INSTANT, VALUE

ADJUSTMENTS = ("split", "split+dividend")

PRICES = pl.Schema(
    {
        "ticker": pl.String(),
        "date": pl.Date(),
        "close_usd": VALUE,
        "adjusted": pl.String(),
        "provider": pl.String(),
        "known_from": INSTANT,
        "source": pl.String(),
        "source_line": pl.Int64(),
    }
)
