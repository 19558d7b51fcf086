"""The commands of valuation: `value`, `solve`, `backtest`, `diff` and `scenarios lint`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.exits import EXIT_STOPPED, EXIT_WRONG_USE, explained, published_settings, stop

if TYPE_CHECKING:
    import polars as pl


# Imports that take time stand inside the commands that need them, so that --help is immediate.

scenarios = typer.Typer(help="The declared assumptions.", no_args_is_help=True)

Company = Annotated[
    str | None, typer.Option("--company", help="Ticker. Default: the company of the first thesis.")
]
AsOf = Annotated[
    str | None, typer.Option(help="As it was known at that moment, 2024-10-31T18:00:00-04:00.")
]
ScenarioFile = Annotated[
    Path | None, typer.Option("--scenario", help="A scenario file to take in place of the base.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")]


def value(
    company: Company = None,
    as_of: AsOf = None,
    scenario: ScenarioFile = None,
    draws: Annotated[int | None, typer.Option(min=4, help="Draws. Default: as declared.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed. Default: as declared.")] = None,
    as_json: AsJson = False,
) -> None:
    """Value a company from the published warehouse: scenarios, and how likely each target is.

    With --scenario a file stands in for the base scenario; nothing is stored.
    """
    from orchestration.valuation_answers import answer, hindsight, printed

    with explained():
        settings = published_settings()
        found = answer(settings, company, as_of, scenario, draws, seed)
        later = hindsight(company, as_of, scenario)
    _print([*printed(found), *later], found.table("scenarios"), as_json)


def solve(
    target: Annotated[str, typer.Option(help="Market value: 3.0T, 850B, or dollars.")],
    driver: Annotated[
        list[str] | None, typer.Option("--driver", help="Driver to solve for; may be repeated.")
    ] = None,
    company: Company = None,
    as_of: AsOf = None,
    scenario: ScenarioFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what value of each driver alone reaches a market value, the others as they are."""
    from orchestration.valuation_answers import parse_market_value, solved, solved_table

    with explained():
        settings = published_settings()
        try:
            wanted = parse_market_value(target)
        except ValueError as error:
            raise stop(str(error), EXIT_WRONG_USE) from error
        found = solved(settings, wanted, driver or [], company, as_of, scenario)
    _print([solved_table(found)], found, as_json)


def backtest(
    company: Company = None,
    scenario: ScenarioFile = None,
    as_json: AsJson = False,
) -> None:
    """Run the method as of every annual and quarterly report since 2019, and score it.

    Forecasts are of twelve months, made on what was known then, beside forecasts that know nothing.
    """
    from orchestration.valuation_answers import backtested, scores_table, sentences

    with explained():
        settings = published_settings()
        found = backtested(settings, company, scenario)
    _print([scores_table(found), *sentences(found)], found, as_json)


def diff(
    run_a: Annotated[str, typer.Argument(help="The earlier run; see valuation.runs.")],
    run_b: Annotated[str, typer.Argument(help="The later run.")],
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """Split a change of the base value: code, restatements, new facts, assumptions."""
    from orchestration.valuation_answers import differences, differences_table

    with explained():
        settings = published_settings()
        found = differences(settings, run_a, run_b, company)
    _print([differences_table(found, run_a, run_b)], found, as_json)


@scenarios.command("lint")
def lint(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or directories. Default: the registry's.")
    ] = None,
) -> None:
    """Check scenarios, theses and the settings of the method; exit with 1 if one does not hold."""
    from orchestration.scenario_lint import lint_declarations

    checked, problems = lint_declarations(paths or [])
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise stop(f"{len(problems)} problems in {checked} files", EXIT_STOPPED)
    typer.echo(f"{checked} files hold")


def _print(parts: "list[object]", rows: "pl.DataFrame", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows.to_dicts(), default=str, indent=1))
        return
    from rich.console import Console

    console = Console()
    for part in parts:
        console.print(part)
