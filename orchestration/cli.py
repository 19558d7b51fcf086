"""The `plumbline` command; its exit codes are in `exits`."""

import os
import signal
import subprocess
import sys
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.articles_cli import articles
from orchestration.automation_cli import calendar
from orchestration.claims_cli import check, claims
from orchestration.exits import (
    EXIT_STOPPED,
    EXIT_WRONG_USE,
    explained,
    published_settings,
    stop,
    universe_settings,
)
from orchestration.operations_cli import doctor, rollback, versions
from orchestration.universe_cli import app as universe_app
from orchestration.valuation_cli import backtest, diff, scenarios, solve, value

if TYPE_CHECKING:
    import polars as pl

    from orchestration.settings import Settings

# Imports that take time stand inside the commands that need them, so that --help is immediate.

app = typer.Typer(
    name="plumbline",
    help="Test an investment story against the filings.",
    epilog="Exit codes: 0 done, 1 stopped by the input or a check (nothing published), 2 wrong use,"
    " 3 another refresh is at work, 4 nothing published yet.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


companies = typer.Typer(help="The companies under watch.", no_args_is_help=True)
app.add_typer(companies, name="companies")
app.add_typer(articles, name="articles")
app.command()(check)
app.command()(claims)
app.add_typer(scenarios, name="scenarios")
app.add_typer(universe_app, name="universe")
for command in (value, solve, backtest, diff, calendar, versions, rollback, doctor):
    app.command()(command)


class Format(StrEnum):
    """How `sql` prints rows."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class TreeFormat(StrEnum):
    """How `explain` prints a tree."""

    TREE = "tree"
    JSON = "json"


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"plumbline {version('plumbline')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Test an investment story against the filings."""


@app.command()
def refresh(
    source: Annotated[
        str | None,
        typer.Option(
            help="Where filings come from: snapshot (embedded), edgar, or archive:DIR, a directory"
            " in EDGAR's layout. Default: PLUMBLINE_SOURCE, else snapshot."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Publish what was known at that moment, as 2024-10-31T18:00:00-04:00, beside what"
            " is published now."
        ),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for another refresh to end.")
    ] = 0,
    unless_held: Annotated[
        bool, typer.Option("--unless-held", help="Do nothing while a rollback holds a version.")
    ] = False,
) -> None:
    """Load, judge, derive, value, report and publish.

    The published warehouse is replaced in one step at the end, and only if every blocking check
    passed; a run that stops leaves it as it was.
    """
    from orchestration.guard_process import guard_process
    from orchestration.settings import SourceKind, load_settings, parse_moment
    from orchestration.versions import hold_reason, is_published_by

    with explained():
        chosen = {} if source is None else {"PLUMBLINE_SOURCE": source}
        settings = load_settings({**os.environ, **chosen})
        if as_of is not None:
            settings = settings.known_at(parse_moment(as_of))
        if settings.source.kind is SourceKind.EDGAR:
            from orchestration.sources import require_identity

            require_identity(settings)
        if unless_held and (reason := hold_reason(settings)):
            typer.echo(f"Not refreshed: {reason}")
            return
    with guard_process() as judge, explained():
        from rich.console import Console

        from orchestration.refresh import refresh as run

        console = Console()
        console.print(f"Refreshing from [bold]{_origin(settings)}[/]")
        result = run(settings, judge, console, wait)
    for damage in result.damaged:
        typer.echo(f"Passed over: {damage}", err=True)
    if not result.is_success:
        problems = "\n".join(f"  {problem}" for problem in result.problems)
        if is_published_by(settings, result.run_id):
            raise stop(f"Published, and then stopped.\n{problems}", EXIT_STOPPED)
        raise stop(
            "Stopped; nothing was published, the last published warehouse is as it was.\n"
            f"{problems}\n"
            f"What was loaded and found is in {_shown(settings.build_path)} until the next one.",
            EXIT_STOPPED,
        )
    from orchestration.summary import print_summary

    print_summary(console, settings, result.checks_passed)


@app.command()
def status() -> None:
    """Say what is published: when, from what, how fresh, how much, and where."""
    from rich.console import Console

    from orchestration.summary import print_status

    with explained():
        print_status(Console(), published_settings())


@app.command()
def report(
    out: Annotated[Path | None, typer.Option(help="Write a copy of the report there.")] = None,
    thesis: Annotated[
        str | None, typer.Option(help="The page of that thesis. Default: the first one told.")
    ] = None,
) -> None:
    """Print where the published report is, or write a copy of it."""
    import shutil

    from registry.assumptions import load_theses

    with explained():
        settings = published_settings()
        told = [each.id for each in load_theses()]
    if thesis is not None and thesis not in told:
        raise stop(f"no thesis {thesis!r}; declared: {', '.join(told)}", EXIT_WRONG_USE)
    path = settings.report_path_of(thesis or told[0], told)
    if not path.exists():
        raise stop(f"{path} is missing; run: plumbline refresh", EXIT_STOPPED)
    if out is not None:
        try:
            shutil.copyfile(path, out)
        except OSError as error:
            raise stop(f"{out} cannot be written: {error.strerror}", EXIT_STOPPED) from error
    typer.echo(out or path)


@app.command()
def facts(
    paths: Annotated[list[Path], typer.Argument(help="Documents, or directories of them.")],
    out: Annotated[Path, typer.Option(help="Where to write the facts: .parquet or .csv.")],
    rejects: Annotated[
        Path | None, typer.Option(help="Where to write facts that could not be stated: .csv.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes to read in. Default: by the work at hand.")
    ] = None,
) -> None:
    """Read the facts of inline XBRL documents and XBRL instances, with no warehouse.

    Exit code 1 if a document could not be read; the facts of the others are written all the same.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise stop(f"{out}: the name must end in .parquet or .csv", EXIT_WRONG_USE)
    from ingest.edgar.files import read_files

    with explained():
        read = read_files(paths, processes)
    if read.unreadable and read.facts.is_empty():
        raise stop("\n".join([*read.unreadable.values(), f"{out} is left as it was"]), EXIT_STOPPED)
    try:
        if out.suffix == ".csv":
            read.facts.write_csv(out)
        else:
            read.facts.write_parquet(out)
        if rejects is not None:
            read.rejects.write_csv(rejects)
    except OSError as error:
        raise stop(f"{error.filename or out} cannot be written: {error}", EXIT_STOPPED) from error
    typer.echo(f"{read.facts.height} facts in {out}")
    for reason, count in read.rejects["reason"].value_counts(sort=True).rows():
        typer.echo(f"{count} facts could not be stated: {reason}", err=True)
    if read.untagged:
        typer.echo(f"documents without tagged facts: {read.untagged}", err=True)
    for why in read.unreadable.values():
        typer.echo(why, err=True)
    if read.unreadable:
        raise typer.Exit(EXIT_STOPPED)


@companies.command("add")
def add_company(
    ticker: Annotated[str, typer.Argument(help="Ticker, or CIK, of the company.")],
    source: Annotated[
        str, typer.Option(help="Where its filings are: edgar, or archive:DIR.")
    ] = "edgar",
    filings: Annotated[int, typer.Option(min=1, help="How many of its filings to read.")] = 4,
) -> None:
    """Propose a registry entry for a company, from its own filings.

    Prints YAML for registry/companies.yml, with the evidence of each line; what only a person can
    decide is marked TODO.
    """
    with explained():
        from orchestration.proposals import propose
        from orchestration.settings import load_settings

        settings = load_settings({**os.environ, "PLUMBLINE_SOURCE": source})
        typer.echo(propose(settings, ticker, filings), nl=False)


# A query may begin with a comment, which looks like an option.
@app.command(context_settings={"ignore_unknown_options": True})
def sql(
    query: Annotated[str, typer.Argument(help="One SQL query, or - to read it from input.")],
    output: Annotated[Format, typer.Option("--format", help="How to print rows.")] = Format.TABLE,
    universe: Annotated[
        bool, typer.Option("--universe", help="On the published universe of all filers.")
    ] = False,
) -> None:
    """Run a read-only query on the published warehouse."""
    import duckdb
    import polars as pl

    from orchestration.build import connect

    text = sys.stdin.read() if query == "-" else query
    with explained():
        settings = universe_settings() if universe else published_settings()
        path = settings.universe_path if universe else settings.warehouse_path
        with connect(path, settings, read_only=True) as connection:
            try:
                if len(connection.extract_statements(text)) > 1:
                    raise stop("one query at a time: this text holds several", EXIT_WRONG_USE)
                rows = connection.sql(text)
                frame = rows.pl() if rows is not None else pl.DataFrame()
            except duckdb.Error as error:
                raise stop(str(error), EXIT_STOPPED) from error
    if output is Format.CSV:
        typer.echo(_flat(frame).write_csv(), nl=False)
    elif output is Format.JSON:
        typer.echo(frame.write_json())
    else:
        with pl.Config(
            tbl_rows=-1, tbl_cols=-1, tbl_width_chars=_terminal_width(), fmt_str_lengths=60
        ):
            typer.echo(str(frame))


@app.command()
def explain(
    table: Annotated[str, typer.Argument(help="Mart, as fct_segment_margins.")],
    column: Annotated[
        str, typer.Argument(help="Column of it; for fct_metrics, the name of the metric.")
    ],
    company: Annotated[str, typer.Option(help="Ticker.")],
    quarter: Annotated[str, typer.Option(help="Fiscal quarter, as 2024Q4.")],
    segment: Annotated[
        str | None, typer.Option(help="Segment, where the mart has them; '' for the company.")
    ] = None,
    basis: Annotated[
        str | None, typer.Option(help="quarter, ttm, fiscal_year or instant; for fct_metrics.")
    ] = None,
    item: Annotated[
        str | None, typer.Option(help="Thesis and claim, valuation input, or claim of an article.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="As it was known at that moment, 2024-10-31T18:00:00-04:00.")
    ] = None,
    output: Annotated[
        TreeFormat, typer.Option("--format", help="How to print the tree.")
    ] = TreeFormat.TREE,
) -> None:
    """Print what a figure is made of: formulas, facts, filings and their addresses."""
    from orchestration.build import connect
    from orchestration.explanation import explain_figure, print_tree
    from orchestration.settings import parse_moment

    with explained():
        settings = published_settings()
        moment = parse_moment(as_of) if as_of else None
        with connect(settings.warehouse_path, settings, read_only=True) as connection:
            node = explain_figure(
                connection,
                table,
                column,
                company,
                quarter,
                {"segment": segment, "basis": basis, "item": item},
                moment,
            )
    if output is TreeFormat.JSON:
        import json

        typer.echo(json.dumps(node.as_dict(), indent=1))
    else:
        print_tree(node)


@app.command()
def audit(
    rebuild: Annotated[
        bool, typer.Option(help="Build the marts again in a copy, and compare.")
    ] = True,
) -> None:
    """Walk every published figure back to its sources; exit with 1 if one does not hold.

    Every fact, figure, formula and citation of the published warehouse is computed anew from what
    it rests on, and every mart is built again in a copy and compared.
    """
    with explained():
        settings = published_settings()
        from orchestration.audit import audit as walk

        result = walk(settings, rebuild=rebuild)
    for proof, count in result.walked.items():
        typer.echo(f"{count:>8,}  {proof}")
    if result.findings:
        for finding in result.findings:
            typer.echo(str(finding), err=True)
        raise stop(f"{len(result.findings)} findings: the warehouse is not sound", EXIT_STOPPED)
    typer.echo("Every figure has a source and a formula, and is what they make of it.")


@app.command()
def dictionary(
    out: Annotated[Path | None, typer.Option(help="Write it there instead of printing.")] = None,
) -> None:
    """The data dictionary: every table and column of marts and quality, with its formula."""
    with explained():
        from orchestration.dictionary import data_dictionary
        from orchestration.settings import load_settings, prepare_environment

        settings = load_settings()
        prepare_environment(settings)
        text = data_dictionary(settings)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(out)


@app.command()
def docs() -> None:
    """Build dbt's documentation of the published warehouse, as one page that needs no network."""
    with explained():
        settings = published_settings()
        from orchestration.dictionary import build_dbt_docs

        typer.echo(build_dbt_docs(settings))


@app.command()
def ui(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port on the loopback address.")
    ] = 3000,
) -> None:
    """Serve the Dagster UI on 127.0.0.1 until interrupted; its state is in the data directory."""
    from orchestration.settings import PROJECT_ROOT, load_settings, prepare_environment

    with explained():
        prepare_environment(load_settings())
    command = [
        sys.executable, "-m", "orchestration.ui",
        "--workspace", str(PROJECT_ROOT / "workspace.yaml"),
        "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    # The server starts processes of its own that outlive it unless their whole group is ended.
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, start_new_session=True)

    def end(_signal: int, _frame: object) -> None:
        os.killpg(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    raise typer.Exit(max(process.wait(), 0))


def _flat(frame: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    return frame.with_columns(pl.selectors.list().cast(pl.List(pl.String)).list.join(" "))


def _origin(settings: "Settings") -> str:
    from orchestration.settings import SourceKind

    if settings.source.kind is SourceKind.SNAPSHOT:
        return _shown(settings.snapshot_dir)
    if settings.source.directory:
        return f"the archive {_shown(settings.source.directory)}"
    return settings.edgar.data_url or "SEC EDGAR"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size((160, 24)).columns
