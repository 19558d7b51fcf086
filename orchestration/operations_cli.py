"""Commands of whoever keeps an installation: versions, rollback, doctor."""

import json
from typing import Annotated

import typer

from orchestration.exits import EXIT_STOPPED, explained, stop


def versions(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the published versions that are kept, newest first."""
    from rich.console import Console
    from rich.table import Table

    from orchestration.settings import load_settings
    from orchestration.versions import hold
    from orchestration.versions import versions as kept

    with explained():
        settings = load_settings()
        found = kept(settings)
        held = hold(settings)
    if as_json:
        rows = [
            {"version": each.id, "published_at": each.published_at.isoformat(),
             "is_current": each.is_current, "is_held": bool(held and held.version == each.id),
             "damage": each.damage(), **each.about}
            for each in found
        ]  # fmt: skip
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table("", "version", "published (UTC)", "source", "state")
    for each in found:
        state = "held" if held and held.version == each.id else ""
        table.add_row(
            "→" if each.is_current else "",
            each.id,
            f"{each.published_at:%Y-%m-%d %H:%M:%S}",
            str(each.about.get("source", "unknown")),
            "damaged" if each.damage() else state or "whole",
        )
    Console().print(table)


def rollback(
    version: Annotated[
        str | None,
        typer.Argument(help="Version, or the beginning of its name. Default: the one before."),
    ] = None,
    release: Annotated[
        bool, typer.Option("--release", help="Go on: let refreshes happen by themselves again.")
    ] = False,
) -> None:
    """Publish an earlier version again, and hold it until a refresh by hand or --release."""
    from orchestration import versions as published
    from orchestration.settings import load_settings

    with explained():
        settings = load_settings()
        if release:
            published.release(settings)
            typer.echo("Nothing is held: a new filing is refreshed by itself again.")
            return
        back = published.rollback(settings, version)
    typer.echo(
        f"Version {back.id} is published and held: nothing is refreshed by itself until you refresh"
        " by hand or run: plumbline rollback --release"
    )


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended without a person.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is wrong with the installation, why, and what mends it; exit with 1 if anything is.

    Looks at the published warehouse and the versions kept, landed files, locks, unfinished builds,
    the clock, room on the disk, and Dagster's own record.
    """
    from orchestration.doctor import examine, mend
    from orchestration.settings import load_settings, make_data_dir

    with explained():
        settings = load_settings()
        make_data_dir(settings)
        findings = examine(settings)
        tried = mend(settings, findings) if repair else {}
    if as_json:
        told = [
            {"where": each.where, "what": each.what, "cure": each.cure, "is_note": each.is_note,
             "mended": tried[place].did if place in tried else None,
             "not_mended": tried[place].problem if place in tried else None}
            for place, each in enumerate(findings)
        ]  # fmt: skip
        typer.echo(json.dumps(told, indent=1))
    else:
        for place, each in enumerate(findings):
            typer.echo(f"{'note' if each.is_note else 'WRONG'}  {each.where}: {each.what}")
            typer.echo(f"       {tried[place].told if place in tried else each.cure}")
    mended = [place for place, each in tried.items() if not each.problem]
    left = [each for place, each in enumerate(findings) if not each.is_note and place not in mended]
    if left:
        by_itself = 0 if repair else sum(bool(each.mend) for each in left)
        more = f"; plumbline doctor --repair mends {by_itself}" if by_itself else ""
        raise stop(f"{len(left)} things are wrong{more}", EXIT_STOPPED)
    if not as_json:
        typer.echo("The installation is sound." if not mended else "What was wrong is mended.")
