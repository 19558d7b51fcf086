"""Raw rows of the kinds that the embedded data lacks, so that every model has something to say.

Releases that a report confirms, revises or has not followed yet; facts that contradict each other;
facts whose dimension is typed; EDGAR's own extract beside the facts; a withdrawn filing; and the
claims of a hundred articles.
"""

import csv
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from ingest.articles.client import Article
from ingest.articles.documents import Document
from ingest.articles.extraction.extractor import RuleExtractor
from ingest.articles.loading import articles_frame, claims_frame
from registry.language import load_language
from registry.models import Registry

ARTICLES = Path(__file__).resolve().parents[1] / "fixtures" / "articles"

# Three reports of Amazon, each announced three hours before: the last figures of the first two as
# they were then filed, of the third a thousandth off.
ANNOUNCED = """
    create temp table announced as
    select accession_number as report, 'release-' || accession_number as release,
        case row_number() over (order by known_from desc) when 3 then 1.001 else 1 end as factor
    from raw.filings
    where cik = '0001018724' and form = '10-Q' and read_status = 'facts_read'
    order by known_from desc
    limit 3
"""
CHANGES = (
    ANNOUNCED,
    """
    insert into raw.filings
    select filings.* replace (
        release as accession_number, '8-K' as form, 'release_read' as read_status,
        filings.known_from - interval 3 hours as known_from
    )
    from raw.filings inner join announced on report = accession_number
    """,
    """
    create temp table preliminary as
    select facts.* replace (
        md5(fact_id || 'release') as fact_id, release as accession_number,
        'preliminary' as evidence, cast(value * factor as decimal(38, 9)) as value
    ), fact_id as of_fact
    from raw.facts inner join announced on report = accession_number
    """,
    "insert into raw.facts select * exclude (of_fact) from preliminary",
    """
    insert into raw.fact_dimensions
    select dimensions.* replace (preliminary.fact_id as fact_id)
    from raw.fact_dimensions as dimensions inner join preliminary on dimensions.fact_id = of_fact
    """,
    # The newest report of Oracle becomes a release that none has followed.
    """
    update raw.facts set evidence = 'preliminary' where accession_number = (
        select max_by(accession_number, known_from) from raw.filings where cik = '0001341439'
    )
    """,
    # Facts that one filing states twice, the second time with another value.
    """
    insert into raw.facts
    select * replace (md5(fact_id || 'again') as fact_id, value * 2 as value)
    from raw.facts where cik = '0000789019' and decimals = '-6' order by fact_id limit 40
    """,
    # Nil facts, a unit with a prefix, a typed dimension: the day after the period, or another.
    """
    insert into raw.facts
    select * replace (md5(fact_id || 'nil') as fact_id, true as is_nil, null as value)
    from raw.facts order by fact_id limit 20
    """,
    """
    insert into raw.facts
    select * replace (
        md5(fact_id || 'unit') as fact_id, 'msft:dogs' as unit, 'dei:Dogs' as concept,
        '{}' as dimensions
    )
    from raw.facts where cik = '0000789019' order by fact_id limit 5
    """,
    """
    insert into raw.fact_dimensions
    select fact_id, 'us-gaap:TypedAxis',
        case when cik = '0000789019' then cast(period_end + 1 as varchar) else 'other' end, true,
        source
    from raw.facts order by fact_id limit 200
    """,
    # The extract of EDGAR: with a fact more, a fact less, and one of another value.
    """
    insert into raw.companyfacts
    select cik, accession_number, concept, period_start, period_end,
        case unit when 'msft:dogs' then 'dogs' else unit end,
        case when fact_id like '0%' then value + 1 else value end, '10-K', period_end, 'digest',
        source
    from raw.facts
    where cik = '0000789019' and dimensions = '{}' and not is_nil and fact_id not like 'f%'
    """,
    """
    insert into raw.companyfacts
    select * replace ('us-gaap:NotThere' as concept) from raw.companyfacts limit 3
    """,
    """
    update raw.filings set withdrawn_at = known_from + interval 400 days
    where accession_number = (
        select max(accession_number) from raw.filings
        where cik = '0001652044' and known_from < '2024-01-01'
    )
    """,
)


def add_rare_rows(connection: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Put them into the raw tables of a build of the embedded data."""
    for change in CHANGES:
        connection.execute(change)
    with (ARTICLES / "articles.csv").open(encoding="utf-8", newline="") as lines:
        texts = [_article(row["name"], row["published_at"]) for row in csv.DictReader(lines)]
    articles, _ = articles_frame(texts, ())
    claims, _ = claims_frame(articles, RuleExtractor(load_language(registry)))
    for table, rows in (("articles", articles), ("claims", claims)):
        _insert(connection, table, rows)


def _article(name: str, published_at: str) -> Article:
    body = (ARTICLES / f"{name}.txt").read_text(encoding="utf-8")
    # Outlets by the letter of their set, so that each has several articles.
    outlet, day = f"paper {name[0]}", date.fromisoformat(published_at)
    return Article(name, Document(name, outlet, "", day, "listed", body), "listed")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    connection.register("given", rows.to_arrow())
    connection.execute(f"insert into raw.{table} by name from given")
    connection.unregister("given")
