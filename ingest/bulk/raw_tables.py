"""The raw tables of a bucket's filers, from all parts of the lake: what the models are run on.

Of a filing whose documents were read nothing else counts. For the others all sources speak, each
fact with its evidence, and the models choose. Facts are taken as far as the registry reads them, so
that what is held grows with the filers of a bucket and not with all they ever filed. Only reports
state figures: a proxy statement or prospectus that repeats one, rounded perhaps, restates nothing.

Belongs here: which source is believed about what. Does not belong here: any figure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from ingest.edgar.schema import FACTS, FILINGS
from ingest.lake import Part
from ingest.registry_tables import registry_tables
from ingest.sql_types import sql_types
from ingest.warehouse import KNOWLEDGE
from registry.models import Registry
from registry.universe import Filer, registry_of

STRENGTH = ("xbrl", "submissions", "data_set", "companyfacts")
"""Sources of filings, the one first that is believed where they differ."""
OF_FACTS = ("read_status", "read_detail", "content_digest", "evidence_ref", "source")
"""What is said of a filing by the source its facts are from; a list states none."""

TOLD_SQL = """
create or replace temp table told as
select
    *,
    list_position({strengths}, evidence) as weakness,
    weakness + case when read_status = 'facts_read' then 0 else 10 end as weakness_of_facts
from read_parquet($files)
where
    bucket = $bucket and filed_at is not null
    and list_contains($forms, regexp_replace(form, '/A$', '')) {scope}
"""
# arg_min passes over nulls: each column is of the strongest source that tells it.
FILINGS_SQL = """
create or replace table raw.filings as
select
    accession_number,
    {columns},
    arg_min(known_from, (accepted_at is null, weakness)) as known_from,
    arg_min(known_from_basis, (accepted_at is null, weakness)) as known_from_basis,
    cast(null as timestamp with time zone) as withdrawn_at
from told
group by accession_number
"""
FILERS_SQL = """
select
    cik,
    arg_max(filer_name, (evidence = 'submissions', filed_at)) as name,
    arg_max(year_end_month, (evidence = 'submissions', filed_at)) as fiscal_year_end_month,
    arg_max(sic, (evidence = 'submissions', filed_at)) as sic,
    arg_max(ticker, (evidence = 'submissions', filed_at)) as trading_symbol,
    count(distinct year_end_month) as year_end_months
from told
group by cik
order by cik
"""
FACTS_SQL = """
create or replace table raw.facts as
with read as (

    select distinct accession_number
    from told
    where evidence = 'xbrl' and read_status = 'facts_read'

),

declared as (

    select distinct metric_facts.concept, companies.cik
    from raw.registry_metric_facts as metric_facts
    inner join raw.registry_companies as companies on metric_facts.ticker = companies.ticker

)

select
    facts.fact_id, facts.cik, facts.accession_number, facts.concept, facts.period_start,
    facts.period_end, facts.dimensions, facts.unit, facts.value, facts.text_value,
    facts.decimals, facts.is_nil, facts.evidence,
    coalesce(facts.evidence_ref, filings.evidence_ref) as evidence_ref, facts.source,
    facts.source_line
from read_parquet($files) as facts
inner join declared on facts.cik = declared.cik and facts.concept = declared.concept
inner join raw.filings as filings on facts.accession_number = filings.accession_number
where
    (facts.dimensions = '{}' or list_contains($with_dimensions, facts.cik))
    and (
        facts.evidence = 'xbrl'
        or not exists (select 1 from read where read.accession_number = facts.accession_number)
    )
"""
# Data sets name axes and members without their prefixes, do not tell typed members from others, and
# write days without dashes.
DIMENSIONS_SQL = """
create or replace table raw.fact_dimensions as
with named as (

    select fact_id, unnest(json_keys(dimensions)) as axis, dimensions, source
    from raw.facts
    where dimensions <> '{}' and evidence <> 'xbrl'

),

valued as (

    select fact_id, axis, json_extract_string(dimensions, '$."' || axis || '"') as member, source
    from named

),

dated as (

    select
        *,
        coalesce(try_cast(member as date), cast(try_strptime(member, '%Y%m%d') as date)) as day
    from valued

)

select
    fact_id, axis, coalesce(cast(day as varchar), member) as member, day is not null as is_typed,
    source
from dated
"""
DIMENSIONS_OF_DOCUMENTS_SQL = """
insert into raw.fact_dimensions by name
select dimensions.*
from read_parquet($files) as dimensions
inner join raw.facts as facts on dimensions.fact_id = facts.fact_id
"""


@dataclass(frozen=True)
class RawBucket:
    """What the raw tables now hold: filers, and such as are left out, with the reason."""

    filers: tuple[Filer, ...]
    facts: int
    left_out: dict[str, str]


def load_bucket(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    bucket: int,
    registry: Registry,
    ciks: Collection[str] | None = None,
) -> RawBucket:
    """Fill schema `raw` with the filers of a bucket, or with those that are named.

    `parts` are all that concern the bucket, one at least. A filer whose fiscal year end no source
    tells is left out: its quarters cannot be told apart.
    """
    connection.execute("create schema if not exists raw")
    scope = "" if ciks is None else "and list_contains($ciks, cik)"
    given = {
        "files": [str(path) for part in parts for path in part.files("filings")],
        "bucket": bucket,
        "forms": list(registry.universe.forms),
        **({} if ciks is None else {"ciks": sorted(ciks)}),
    }
    connection.execute(TOLD_SQL.format(strengths=list(STRENGTH), scope=scope), given)
    _load_filings(connection)
    filers, left_out = _filers(connection)
    own = registry_of(registry, filers)
    load_declarations(connection, own)
    _load_facts(connection, parts, bucket, registry)
    (facts,) = connection.execute("select count(*) from raw.facts").fetchone() or (0,)
    return RawBucket(tuple(filers), facts, left_out)


def filers_of(parts: Sequence[Part], bucket: int) -> frozenset[str]:
    """The CIKs of a bucket that any of the parts tells of."""
    files = [str(path) for part in parts for path in part.files("filings")]
    if not files:
        return frozenset()
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select distinct cik from read_parquet($files) where bucket = $bucket",
            {"files": files, "bucket": bucket},
        ).fetchall()
    return frozenset(cik for (cik,) in rows)


def _load_filings(connection: duckdb.DuckDBPyConnection) -> None:
    apart = {"accession_number", "known_from", "known_from_basis", "withdrawn_at"}
    columns = ", ".join(
        f"arg_min({name}, weakness{'_of_facts' if name in OF_FACTS else ''}) as {name}"
        for name in FILINGS.names()
        if name not in apart
    )
    connection.execute(FILINGS_SQL.format(columns=columns))


def _filers(connection: duckdb.DuckDBPyConnection) -> tuple[list[Filer], dict[str, str]]:
    rows = connection.execute(FILERS_SQL).fetchall()
    filers = [Filer(cik, name or cik, *told) for cik, name, *told, _ in rows if told[0]]
    left_out = {}
    for cik, _, month, *_, months in rows:
        if not month:
            left_out[cik] = "no source tells the month its fiscal year ends in"
        elif months > 1:
            left_out[cik] = "in part: its fiscal year ended in another month once"
    return filers, left_out


def load_declarations(connection: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Fill the tables of schema `raw` that a registry of filers alone tells."""
    tables = registry_tables(registry, ())
    tables["registry_metric_facts"] = pl.concat(
        [tables["registry_metric_facts"], _in_data_sets(tables["registry_metric_facts"])]
    )
    for name, frame in {**tables, "knowledge": KNOWLEDGE.to_frame()}.items():
        connection.register("given", frame.to_arrow())
        connection.execute(f"create or replace table raw.{name} as from given")
    connection.unregister("given")


def _in_data_sets(declared: pl.DataFrame) -> pl.DataFrame:
    """The declared dimensions once more, as data sets spell them.

    An axis and a member are their local names there, without Axis and Member at the end, and an
    axis of a statement without Statement at its beginning.
    """
    signature = pl.col("dimension_signature")
    return declared.filter(signature != "").with_columns(
        signature.str.replace_all(r"[\w-]+:", "")
        .str.replace_all(r"(^|;)Statement", "$1")
        .str.replace_all(r"Axis=", "=")
        .str.replace_all(r"(Member|Domain)(;|$)", "$2")
    )


def _load_facts(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], bucket: int, registry: Registry
) -> None:
    files = [str(path) for part in parts for path in part.files("facts", bucket)]
    if not files:
        types = sql_types(FACTS)
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        connection.execute(f"create or replace table raw.facts ({columns})")
    else:
        connection.execute(FACTS_SQL, {"files": files, "with_dimensions": list(registry.ciks)})
    connection.execute(DIMENSIONS_SQL)
    own = [str(path) for part in parts for path in part.files("fact_dimensions")]
    if own:
        connection.execute(DIMENSIONS_OF_DOCUMENTS_SQL, {"files": own})
