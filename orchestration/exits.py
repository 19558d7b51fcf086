"""How commands end: exit codes, and the errors people can act on as messages.

Exit codes: 0 done; 1 the input or a check stopped the run, nothing was published; 2 the command was
not understood; 3 another refresh is at work; 4 there is no published warehouse yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from orchestration.settings import Settings

EXIT_STOPPED = 1
EXIT_WRONG_USE = 2
EXIT_LOCKED = 3
EXIT_NOT_PUBLISHED = 4


def stop(message: str, code: int) -> typer.Exit:
    """Print the message as an error; the exit to raise."""
    typer.echo(message, err=True)
    return typer.Exit(code)


@contextmanager
def explained() -> Iterator[None]:
    """Turn the errors people can act on into a message and an exit code."""
    codes = _exit_codes()
    try:
        yield
    except tuple(codes) as error:
        code = exit_code_of(type(error))
        name = f"{type(error).__name__}: " if code == EXIT_STOPPED else ""
        raise stop(f"{name}{error}", code or EXIT_STOPPED) from error


def exit_code_of(error: type[Exception]) -> int | None:
    """The exit code an error ends a command with; None where it is no end of one."""
    codes = _exit_codes()
    return next((code for base, code in codes.items() if issubclass(error, base)), None)


def _exit_codes() -> dict[type[Exception], int]:
    """Exit code by error, the particular before the general."""
    from ingest.errors import IngestError
    from orchestration.build import BuildError, BuildLockedError
    from orchestration.lineage import LineageError
    from orchestration.settings import SettingsError
    from registry.models import RegistryError
    from valuation.errors import ValuationError

    return {
        BuildLockedError: EXIT_LOCKED,
        LineageError: EXIT_WRONG_USE,
        SettingsError: EXIT_WRONG_USE,
        BuildError: EXIT_STOPPED,
        IngestError: EXIT_STOPPED,
        RegistryError: EXIT_STOPPED,
        ValuationError: EXIT_STOPPED,
    }


def published_settings() -> "Settings":
    """The settings, where something is published; else the exit to take."""
    from orchestration.settings import load_settings

    settings = load_settings()
    if not settings.warehouse_path.exists():
        raise stop(
            f"Nothing is published in {settings.data_dir} yet; run: plumbline refresh",
            EXIT_NOT_PUBLISHED,
        )
    return settings


def universe_settings() -> "Settings":
    """The settings, where a universe is published; else the exit to take."""
    from orchestration.settings import load_settings

    settings = load_settings()
    if not settings.universe_path.exists():
        raise stop(
            f"No universe is published in {settings.data_dir} yet; run: plumbline universe load,"
            " then plumbline universe build",
            EXIT_NOT_PUBLISHED,
        )
    return settings
