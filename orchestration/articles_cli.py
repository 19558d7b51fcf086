"""`plumbline articles`: which articles are on trial, and which feeds bring more.

Exit codes are those of `plumbline`; where one of several cannot be followed, the others are, and
the code is 1.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.exits import EXIT_STOPPED, EXIT_WRONG_USE, explained, stop

if TYPE_CHECKING:
    from ingest.articles.following import News

# Imports that take time stand inside the commands that need them, so that --help is immediate.

articles = typer.Typer(
    help="The articles on trial, and the feeds that bring them.", no_args_is_help=True
)


@articles.command("add")
def add(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Addresses, or files: text, HTML or Markdown.")
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="Address of an RSS or Atom feed to subscribe to.")
    ] = None,
    published_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of publication, where it is not stated."),
    ] = None,
) -> None:
    """Follow articles, and what a feed lists; the next refresh takes them up.

    An article that is followed already is taken again: a changed text is its next version.
    """
    if not sources and feed is None:
        raise stop("Nothing to add: name an address, a file or --feed ADDRESS", EXIT_WRONG_USE)
    from ingest.errors import FetchError, SourceError
    from orchestration.followed_articles import follow_article, follow_feed
    from orchestration.settings import load_settings

    with explained():
        settings = load_settings()
        failures = 0
        for source in sources or []:
            try:
                day = published_at.date() if published_at else None
                typer.echo(follow_article(settings, source, day).article_id)
            except (SourceError, FetchError) as error:
                failures += 1
                typer.echo(f"{type(error).__name__}: {error}", err=True)
        if feed is not None:
            failures += _tell(follow_feed(settings, feed))
    if failures:
        raise typer.Exit(EXIT_STOPPED)


@articles.command("list")
def list_articles() -> None:
    """The articles the next refresh will judge, version by version, and the subscribed feeds."""
    from rich.console import Console
    from rich.text import Text

    from orchestration.followed_articles import load_all_articles, subscribed_feeds
    from orchestration.settings import load_settings

    with explained():
        settings = load_settings()
        rows, rejects = load_all_articles(settings)
        feeds = subscribed_feeds(settings)
    console = Console(soft_wrap=True, highlight=False)
    shown = ("article_id", "article_version", "published_at", "how_dated", "outlet", "title")
    for name, version, day, how, outlet, title in rows.select(shown).iter_rows():
        console.print(Text.assemble((name, "bold"), f" (version {version})  {title}"))
        console.print(
            Text(f"    {day}, dated by {how}; {outlet or 'no outlet named'}", style="dim")
        )
    for address, title in feeds:
        typer.echo(f"feed {address} ({title})")
    for detail in rejects["detail"]:
        typer.echo(detail, err=True)


@articles.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="Id of an article, or address of a feed.")],
) -> None:
    """Follow an article or a feed no longer; what it brought stays where it landed."""
    from orchestration.followed_articles import unfollow
    from orchestration.settings import load_settings

    with explained():
        unfollow(load_settings(), name)


@articles.command("fetch")
def fetch() -> None:
    """Ask now for new and changed articles; a refresh from EDGAR does so too."""
    from orchestration.followed_articles import fetch_articles
    from orchestration.settings import load_settings

    with explained():
        failures = _tell(fetch_articles(load_settings()))
    if failures:
        raise typer.Exit(EXIT_STOPPED)


def _tell(news: "News") -> int:
    """Print what came; how much failed."""
    for article_id in news.new:
        typer.echo(f"new      {article_id}")
    for article_id in news.changed:
        typer.echo(f"changed  {article_id}")
    for problem in news.problems:
        typer.echo(f"{problem.reason}: {problem.detail}", err=True)
    return len(news.problems)
