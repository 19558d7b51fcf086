"""Any text judged as the articles of the warehouse are: by the same models, on the same tables.

Belongs here: putting a text's claims before the models that the warehouse keeps. Does not belong
here: what a verdict is (dbt), or how a claim is found (`ingest/articles`).
"""

from dataclasses import replace

import duckdb
import polars as pl

from ingest.articles.claims import article_rows
from ingest.articles.client import Article
from ingest.articles.documents import Document, publication_day
from ingest.articles.loading import articles_frame
from ingest.articles.schema import CLAIMS
from orchestration.build import BuildError
from orchestration.extracting import chosen_extractor
from orchestration.settings import Settings
from registry.models import load_registry

ON_TRIAL = "on-trial"
SCHEMAS = ("raw", "staging", "intermediate", "marts")
JUDGED = ("articles", "claims")


def check_article(settings: Settings, document: Document, name: str) -> pl.DataFrame:
    """One row per claim of the document, in its order: its place in the text and both verdicts.

    The columns are those of `marts.fct_claim_checks` and char_start, char_end, kind, period_label,
    is_approximate, bound and attributed_to of `raw.claims`. Raises UndatedArticleError for a
    document without a date, InvalidClaimError or OversizedArticleError for one that cannot be read,
    BuildError where the warehouse keeps no models to judge by.
    """
    article = Article(ON_TRIAL, _named(document, name), ON_TRIAL)
    publication_day(article.document, name)
    articles, _ = articles_frame([article], [])
    extractor = chosen_extractor(settings, load_registry())
    claims = pl.DataFrame(list(article_rows(articles.row(0, named=True), extractor)), schema=CLAIMS)
    with duckdb.connect(config={"threads": settings.threads}) as connection:
        _stage(connection, settings, articles, claims)
        return connection.sql(
            """
            select
                claims.char_start, claims.char_end, claims.kind, claims.period_label,
                claims.is_approximate, claims.bound, claims.attributed_to, checks.*
            from marts.fct_claim_checks as checks
            inner join raw.claims as claims
                on checks.article_id = claims.article_id and checks.claim_id = claims.claim_id
            order by claims.char_start
            """
        ).pl()


def _named(document: Document, name: str) -> Document:
    return document if document.outlet else replace(document, outlet=name)


def _stage(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    articles: pl.DataFrame,
    claims: pl.DataFrame,
) -> None:
    """A database beside the published one, with this text's claims in the place of its own."""
    connection.execute("set TimeZone = 'UTC'")
    path = str(settings.warehouse_path).replace("'", "''")
    connection.execute(f"attach '{path}' as published (read_only)")
    # The models that follow are the warehouse's own SQL, and it may have come from elsewhere.
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    models = _models(connection, settings)
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    own = {(schema, name) for schema, name, _ in models} | {("raw", name) for name in JUDGED}
    for schema, name in _relations(connection):
        if (schema, name) not in own:
            connection.execute(f"create view {schema}.{name} as from published.{schema}.{name}")
    for name, frame in zip(JUDGED, (articles, claims), strict=True):
        connection.register("rows", frame.to_arrow())
        connection.execute(f"create table raw.{name} as from rows")
        connection.unregister("rows")
    for schema, name, sql in models:
        connection.execute(f"create table {schema}.{name} as {sql}")


def _models(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> list[tuple[str, str, str]]:
    try:
        models = connection.execute(
            "select schema_name, model_name, compiled_sql from published.quality.claim_models"
            " order by position"
        ).fetchall()
    except duckdb.CatalogException:
        models = []
    if not models:
        raise BuildError(
            f"{settings.warehouse_path} was published by a version that kept no models to judge by;"
            " run: plumbline refresh"
        )
    return models


def _relations(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Tables first: a view is bound when another is made of it."""
    return connection.execute(
        """
        select table_schema, table_name from information_schema.tables
        where table_catalog = 'published' and table_schema in (select unnest(?))
        order by list_position(?, table_schema), table_type
        """,
        [list(SCHEMAS), list(SCHEMAS)],
    ).fetchall()
