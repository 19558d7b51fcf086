"""`plumbline calendar`: when companies are expected to report.

Belongs here: what the command prints. Does not belong here: what it rests on (`earnings`).
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.exits import EXIT_WRONG_USE, explained, stop

if TYPE_CHECKING:
    from orchestration.earnings import Expectation

# Imports that take time stand inside the command, so that --help is immediate.


def calendar(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: times in UTC.")] = False,
) -> None:
    """Say when each company is expected to report, and from what.

    Of lists of filings that have landed, or of an archive; nothing is asked for. A moment a company
    has named goes before: registry/earnings_calendar.yml.
    """
    with explained():
        from orchestration.automation import NO_EDGAR, follows_edgar
        from orchestration.settings import load_settings

        settings = load_settings()
        if not follows_edgar(settings):
            raise stop(NO_EDGAR, EXIT_WRONG_USE)
        from orchestration.earnings import expectations
        from registry.models import load_registry

        found = expectations(settings, load_registry())
    if as_json:
        import json

        typer.echo(json.dumps([as_dict(each) for each in found], indent=1))
    else:
        _print_table(found)


def as_dict(each: "Expectation") -> dict[str, Any]:
    """An expectation as JSON has it; what is not known is null, and `basis` says why."""
    expected, window = each.expected, each.expected.window
    return {
        "company": each.company.ticker,
        "kind": expected.kind,
        "fiscal_quarter": expected.fiscal_quarter,
        "period_end": expected.period_end.isoformat() if expected.period_end else None,
        "opens_at": window.opens_at.isoformat() if window else None,
        "closes_at": window.closes_at.isoformat() if window else None,
        "daily_from": f"{window.from_clock:%H:%M}" if window else None,
        "daily_until": f"{window.until_clock:%H:%M}" if window else None,
        "basis": expected.basis,
    }


def _print_table(found: "list[Expectation]") -> None:
    from rich.console import Console
    from rich.table import Table

    now = datetime.now(UTC)
    table = Table("company", "what", "quarter", "days", "hours (New York)", "from")
    for each in found:
        expected, window = each.expected, each.expected.window
        days = f"{window.first_day} to {window.last_day}" if window else "unknown"
        if window and window.closes_at < now:
            days += " (passed)"
        hours = f"{window.from_clock:%H:%M} to {window.until_clock:%H:%M}" if window else ""
        quarter = expected.fiscal_quarter or ""
        table.add_row(each.company.ticker, expected.kind, quarter, days, hours, expected.basis)
    Console().print(table)
