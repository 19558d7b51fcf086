"""`plumbline claims` and `plumbline check`: what articles print, and what the filings say of it."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.exits import EXIT_STOPPED, EXIT_WRONG_USE, explained, published_settings, stop

if TYPE_CHECKING:
    import polars as pl

    from ingest.articles.documents import Document
    from orchestration.settings import Settings

# Imports that take time stand inside the commands that need them, so that --help is immediate.

STANDARD_STREAM = "-"


class Output(StrEnum):
    """How `check` prints claims."""

    TEXT = "text"
    JSON = "json"


def claims(
    paths: Annotated[list[Path], typer.Argument(help="Articles, or directories of .txt files.")],
    out: Annotated[
        Path, typer.Option(help="Where to write the claims, one JSON object a line; - prints them.")
    ],
    published_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of publication of all of them."),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(help="A csv file with the columns name (file stem), published_at."),
    ] = None,
) -> None:
    """Extract the numeric claims of articles, and judge nothing.

    Offsets count characters of the article's text. An article that cannot be read or dated is named
    and left out; the exit code is 1 then.
    """
    from ingest.articles.claims import claim_json, find_claims, jsonl
    from ingest.articles.client import read_file
    from ingest.errors import SourceError
    from orchestration.extracting import chosen_extractor
    from orchestration.settings import load_settings
    from registry.models import load_registry

    if published_at is not None and manifest is not None:
        raise stop("Give --published-at or --manifest, not both", EXIT_WRONG_USE)
    with explained():
        days = _manifest_days(manifest) if manifest else {}
        extractor = chosen_extractor(load_settings(), load_registry())
        objects: list[dict[str, object]] = []
        failures = 0
        files = list(_files(paths))
        stems = Counter(path.stem for path in files)
        if twice := [stem for stem, count in stems.items() if count > 1]:
            raise stop(f"Several files are called {', '.join(twice)}", EXIT_WRONG_USE)
        for path in files:
            try:
                day = published_at.date() if published_at else days.get(path.stem)
                document = _dated(read_file(path), day)
                published_on = _published(document, path.name)
                found = find_claims(extractor, path.stem, document.body, published_on)
            except SourceError as error:
                failures += 1
                typer.echo(f"{type(error).__name__}: {error}", err=True)
                continue
            objects += [
                claim_json(claim, f"C{number}", path.stem) for number, claim in enumerate(found, 1)
            ]
    try:
        if str(out) == STANDARD_STREAM:
            typer.echo(jsonl(objects), nl=False)
        else:
            out.write_text(jsonl(objects), encoding="utf-8")
    except OSError as error:
        raise stop(f"{out} cannot be written: {error.strerror}", EXIT_STOPPED) from error
    read = f"{len(objects)} claims of {len(files) - failures} articles in {out}"
    typer.echo(read, err=str(out) == STANDARD_STREAM)
    if failures:
        raise typer.Exit(EXIT_STOPPED)


def check(
    article: Annotated[str, typer.Argument(help="A file, an address, or - for standard input.")],
    published_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of publication, where it is not stated."),
    ] = None,
    output: Annotated[Output, typer.Option("--format", help="How to print.")] = Output.TEXT,
    html: Annotated[
        Path | None, typer.Option(help="Also write the article, its claims marked, as a page.")
    ] = None,
) -> None:
    """Judge every number an article prints by the filings of the published warehouse.

    Each claim is judged twice: by what was known when the article appeared, and by what is known
    now. Nothing is kept; `plumbline articles add` puts an article on trial in every refresh.
    """
    with explained():
        from orchestration.judging import check_article

        settings = published_settings()
        document = _dated(_document(settings, article), published_at and published_at.date())
        judged = check_article(settings, document, article)
    if html is not None:
        _write_page(html, settings, document, judged)
    if output is Output.JSON:
        typer.echo(json.dumps(judged.to_dicts(), indent=1, default=str))
        return
    from orchestration.printed_verdicts import print_verdicts

    print_verdicts(document, judged)


def _write_page(
    path: Path, settings: "Settings", document: "Document", judged: "pl.DataFrame"
) -> None:
    from dataclasses import asdict

    from orchestration.build import connect
    from report.article import MisplacedClaimError
    from report.page import build_article_page

    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        filings = connection.sql("select * from marts.dim_filing").pl()
    try:
        page = build_article_page(
            {"article_id": document.title, **asdict(document)}, judged, filings
        )
        path.write_text(page, encoding="utf-8", errors="replace")
    except MisplacedClaimError as error:
        raise stop(f"{type(error).__name__}: {error}", EXIT_STOPPED) from error
    except OSError as error:
        raise stop(f"{path} cannot be written: {error.strerror}", EXIT_STOPPED) from error
    typer.echo(f"The article with its claims marked is in {path}", err=True)


def _document(settings: "Settings", article: str) -> "Document":
    from ingest.articles.client import fetch_document, is_address, read_file
    from ingest.articles.documents import MAX_BYTES, read_document

    if article == STANDARD_STREAM:
        return read_document(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
    if not is_address(article):
        return read_file(Path(article))
    from orchestration.followed_articles import open_web

    with open_web(settings) as http:
        return fetch_document(http, article)


def _dated(document: "Document", day: date | None) -> "Document":
    from ingest.articles.documents import GIVEN_BY_USER, dated

    return dated(document, day, GIVEN_BY_USER) if day else document


def _published(document: "Document", name: str) -> date:
    from ingest.articles.documents import publication_day

    return publication_day(document, name)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.glob("*.txt"))
            if not found:
                raise stop(f"{path} holds no .txt file", EXIT_WRONG_USE)
            yield from found
        else:
            yield path


def _manifest_days(path: Path) -> dict[str, date]:
    """Day of publication by file stem; nothing else of the manifest is read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [
                (row["name"], date.fromisoformat(row["published_at"]))
                for row in csv.DictReader(lines)
            ]
    except OSError as error:
        raise stop(f"{path} cannot be read: {error.strerror}", EXIT_WRONG_USE) from error
    except (KeyError, ValueError, TypeError) as error:
        raise stop(
            f"{path}: every row needs name and published_at (YYYY-MM-DD): {error}", EXIT_WRONG_USE
        ) from error
    days = dict(rows)
    twice = sorted({name for name, day in rows if days[name] != day})
    if twice or not rows:
        found = f"{', '.join(twice)} has two dates" if twice else "has no row"
        raise stop(f"{path}: {found}", EXIT_WRONG_USE)
    return days
