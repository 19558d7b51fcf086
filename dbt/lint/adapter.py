"""Stand-in for the adapter: a dispatched macro becomes a call of the same name, or a join."""

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    """A macro that renders as a function call; the one that joins renders as a join."""
    if name == "each_element":
        return lambda elements, alias, column: f"cross join unnest({elements}) as {alias}({column})"
    return lambda *arguments: f"{name}()"
