"""Partitions: what can be landed by itself, a company's filings of one year.

Belongs here: which parts there are. Does not belong here: landing them.
"""

from collections.abc import Sequence

from dagster import MultiPartitionsDefinition, StaticPartitionsDefinition

from ingest.edgar.filings import FIRST_TAGGED
from registry.models import Registry

COMPANY, YEAR = "company", "year"


def companies_and_years(registry: Registry, this_year: int) -> MultiPartitionsDefinition:
    """Each registered company and each year of filing from the first tagged ones until now.

    A new year is there from the next start of the code location on.
    """
    return MultiPartitionsDefinition(
        {
            COMPANY: StaticPartitionsDefinition([each.ticker for each in registry.companies]),
            YEAR: StaticPartitionsDefinition(years(this_year)),
        }
    )


def years(this_year: int) -> Sequence[str]:
    """The years filings with tagged facts were filed in, oldest first."""
    return [str(year) for year in range(FIRST_TAGGED.year, this_year + 1)]
