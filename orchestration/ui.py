"""`dagster dev` with plumbline's web server in place of Dagster's: what `plumbline ui` starts.

Dagster offers no place for another server, so the command that it starts one with is changed on its
way. Run as `python -m orchestration.ui` with the options of `dagster dev`.
"""

import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

DAGSTERS = "dagster_webserver"
OURS = "orchestration.webserver"


def guarded(command: Sequence[str]) -> list[str]:
    """A command that starts Dagster's web server, starting ours; any other as it is."""
    return [OURS if part == DAGSTERS else part for part in command]


def main() -> None:
    """`dagster dev`, serving with our web server."""
    dev: Any = import_module("dagster._cli.dev")
    start = dev.open_ipc_subprocess

    def start_guarded(command: Sequence[str], **named: Any) -> Any:
        return start(guarded(command), **named)

    dev.open_ipc_subprocess = start_guarded
    # It would tell of `dg dev`, which is no part of this.
    warnings.filterwarnings("ignore", message="Function `dev_command` is superseded")
    dev.dev_command()


if __name__ == "__main__":
    main()
