"""What must hold of raw closing prices."""

from ingest.guards import Guard, always, declared_columns, not_null, not_shrinking, one_of, unique
from ingest.prices.schema import ADJUSTMENTS, PRICES
from ingest.sql_types import sql_types

HIGHEST_CLOSE_USD = 1e6

PRICE_GUARDS = (
    declared_columns("prices", sql_types(PRICES)),
    *not_null("prices", "ticker", "date", "close_usd", "known_from"),
    unique("prices_are_unique", "prices", "ticker", "date"),
    one_of("prices_say_how_they_are_adjusted", "prices", "adjusted", ADJUSTMENTS),
    Guard(
        "prices_are_of_registered_companies",
        "prices",
        "ExpectColumnValuesToBeInSet",
        lambda context: {"column": "ticker", "value_set": list(context.tickers)},
    ),
    Guard(
        "closes_are_plausible",
        "prices",
        "ExpectColumnValuesToBeBetween",
        always(column="close_usd", min_value=0, max_value=HIGHEST_CLOSE_USD, strict_min=True),
    ),
    Guard(
        "closes_are_not_of_the_future",
        "prices",
        "ExpectColumnMaxToBeBetween",
        lambda context: {"column": "date", "max_value": context.gathered_on},
    ),
    not_shrinking("prices"),
)
