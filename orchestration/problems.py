"""What stopped a run, in the words of the error that stopped it."""

import re


def problem_of(failure: object) -> str:
    """The message for a person in Dagster's account of a failed step.

    `failure` is the `step_failure_data` of an event.
    """
    described = getattr(failure, "user_failure_data", None)
    if described is not None and described.description:
        return str(described.description)
    error = getattr(failure, "error", None)
    if error is None:
        return "it ended without an error of its own"
    while error.cause is not None:
        error = error.cause
    # Dagster puts the class in front, with its module; people are helped by what follows.
    return re.sub(r"^(\w+\.)+(?=\w+Error: )", "", str(error.message).strip())
