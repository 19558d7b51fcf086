"""The clock of filings and prices: days and closes are those of New York, stored times are UTC."""

from zoneinfo import ZoneInfo

import polars as pl

NEW_YORK = "America/New_York"
NEW_YORK_ZONE = ZoneInfo(NEW_YORK)


def new_york_time(local: pl.Expr) -> pl.Expr:
    """A naive New York wall-clock time as UTC."""
    return local.dt.replace_time_zone(NEW_YORK).dt.convert_time_zone("UTC")
