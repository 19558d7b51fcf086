"""Stand-in for the adapter: a dispatched macro becomes a call of the same name."""

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    """A macro that renders as a function call."""
    return lambda *arguments: f"{name}()"
