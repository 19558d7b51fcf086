"""The tags runs carry, and what they say of a run.

Belongs here: names and their meaning. Does not belong here: who asks for a run (`automation`), what
becomes of one that fails (`retries`).
"""

from collections.abc import Mapping

REFRESH_TAG = "plumbline/refresh"
"""`dagster.yaml` lets one run with this tag work at a time."""
AUTOMATIC_TAG = "plumbline/automatic"
FILINGS_TAG = "plumbline/filings"
"""The set of filings a run that started by itself is to bring."""
RETRIES_TAG, NO_RETRIES = "plumbline/retries", "no"
"""A run of the command line has somebody waiting in front of it, who can start it again."""

WHOLE_AGAIN = {"dagster/retry_strategy": "ALL_STEPS"}
"""A run that begins once more does so from its first step: a build belongs to one run."""
FIRST_IN_QUEUE = {"dagster/priority": "1"}
"""A new filing does not wait for years of old ones that land."""
LANDING_ENDS = {"dagster/max_runtime": "7200"}
"""A year of one company's documents takes minutes. One that lost its process keeps a place until
then: the launcher of local processes cannot say whether it lives."""
BEGUN_ONCE_MORE = "dagster/retry_number"


def started_by_itself(tags: Mapping[str, str]) -> bool:
    """Whether nobody asked for a run: a sensor or a schedule did, or its process was lost."""
    return AUTOMATIC_TAG in tags or BEGUN_ONCE_MORE in tags
