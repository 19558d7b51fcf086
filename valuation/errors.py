"""What can keep a valuation from being made.

    ValuationError
    ├── MissingInputError    a figure the method needs is not known at that time
    ├── InvalidInputError    a row of the inputs breaks their contract
    ├── UndefinedRatioError  a ratio was asked for whose denominator is not positive
    ├── AssumptionError      the declared assumptions do not fit together or with the inputs
    ├── DiscountRateError    the discount rate does not exceed growth by the declared floor
    └── ShareCountError      the share count is not positive

None is transient: the same inputs and assumptions fail the same way again.
"""

from datetime import datetime


class ValuationError(Exception):
    """Base of all errors of this room."""


class MissingInputError(ValuationError):
    """A figure is not known: says which, for which company, as known when, why, and the repair."""

    def __init__(
        self, ticker: str, name: str, segment: str, known_at: datetime, reason: str | None
    ) -> None:
        of_segment = f" of segment {segment}" if segment else ""
        super().__init__(
            f"{ticker}: {name}{of_segment} is not known as of {known_at.isoformat()}"
            f" ({reason or 'no such row in the inputs'}); load the filing that states it,"
            " or choose a later knowledge time"
        )


class InvalidInputError(ValuationError):
    """A row of the inputs has an unknown name, wrong unit or twin, or a date that does not fit."""


class UndefinedRatioError(ValuationError):
    """A ratio of filed figures means nothing because its denominator is not positive."""


class AssumptionError(ValuationError):
    """Assumptions that cannot be used with each other or with these inputs."""


class DiscountRateError(ValuationError):
    """WACC − growth is below the floor: a perpetuity would be worth any number one likes."""


class ShareCountError(ValuationError):
    """A value per share needs a positive number of shares."""
