"""When a filing became public, from whatever is on hand about it."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from ingest.new_york import new_york_time
from registry.models import FilingRule


def known_from_columns(filing_rules: Sequence[FilingRule]) -> list[pl.Expr]:
    """When a filing's figures became public, and what that rests on.

    The acceptance time; where it is unknown the first millisecond after the filing date in New
    York; where that is unknown too, after the day the form was due. Never earlier than the truth.
    """
    days_due = pl.col("form").replace_strict(
        {rule.form: rule.days_after_period_end for rule in filing_rules},
        default=None,
        return_dtype=pl.Int32,
    )
    due_on = pl.col("period_of_report") + pl.duration(days=days_due)
    return [
        pl.coalesce("accepted_at", after_day(pl.col("filed_at")), after_day(due_on)).alias(
            "known_from"
        ),
        pl.when(pl.col("accepted_at").is_not_null())
        .then(pl.lit("accepted_at"))
        .when(pl.col("filed_at").is_not_null())
        .then(pl.lit("filed_at"))
        .when(days_due.is_not_null())
        .then(pl.lit("filing_deadline"))
        .alias("known_from_basis"),
    ]


def after_day(day: pl.Expr) -> pl.Expr:
    """The first millisecond after a day in New York, in UTC."""
    midnight = (day + timedelta(days=1)).cast(pl.Datetime("us"))
    return new_york_time(midnight) + timedelta(milliseconds=1)
