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
    from ingest.errors import IngestError
    from orchestration.build import BuildError, BuildLockedError
    from orchestration.lineage import LineageError
    from orchestration.settings import SettingsError
    from registry.models import RegistryError
    from valuation.errors import ValuationError

    try:
        yield
    except BuildLockedError as error:
        raise stop(str(error), EXIT_LOCKED) from error
    except (LineageError, SettingsError) as error:
        raise stop(str(error), EXIT_WRONG_USE) from error
    except (BuildError, IngestError, RegistryError, ValuationError) as error:
        raise stop(f"{type(error).__name__}: {error}", EXIT_STOPPED) from error


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
