"""The SEC's nightly companyfacts.zip into the lake, one part a bucket of filers.

Each member is a filer's extract as the interface gives it: without dimensions, concepts of the
filer's own or precision, but with the days as filed. So each fact is marked `companyfacts`.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from ingest.bulk.archives import digest_of, members_by_filer, opened
from ingest.bulk.rows import TOLD, bulk_filings, numbered, rejected_members
from ingest.edgar.companyfacts import companyfacts_rows
from ingest.edgar.folders import folder_of
from ingest.errors import UnexpectedContentError
from ingest.lake import Lake, Part, PartInTheMaking, bucket_of
from registry.models import FilingRule

EVIDENCE = "companyfacts"
READER_VERSION = 1
"""Counts up whenever a row is stated differently: parts are then made anew."""
ROWS_AT_ONCE = 500_000

FACTS_SQL = """
select
    year(filed_at) as year,
    md5(concat_ws(
        '|', accession_number, concept, coalesce(cast(period_start as varchar), ''),
        period_end, unit
    )) as fact_id,
    cik,
    accession_number,
    concept,
    period_start,
    period_end,
    '{}' as dimensions,
    unit,
    value,
    cast(null as varchar) as text_value,
    cast(null as varchar) as decimals,
    value is null as is_nil,
    $evidence as evidence,
    cast(null as varchar) as evidence_ref,
    $source as source,
    cast(null as bigint) as source_line
from told
"""


def load_companyfacts(
    lake: Lake,
    archive: Path,
    bucket: int,
    filing_rules: Sequence[FilingRule],
    memory_limit: str,
    threads: int,
) -> Part | None:
    """Make the extracts of a bucket's filers a part of the lake; None where there are none.

    The part that is there stays where it is of the same extracts. A member that is no extract
    becomes a row of `rejects`. Raises UnreadableArchiveError for a file that is no zip, LakeError
    where the part cannot be written.
    """
    name = f"companyfacts-{bucket:02d}"
    with opened(archive) as members:
        of_filers = members_by_filer(members, lambda cik: bucket_of(cik) == bucket)
        digest = f"{READER_VERSION}:{digest_of(m for each in of_filers.values() for m in each)}"
        before = lake.part(name)
        if not of_filers or (before and before.digest == digest):
            return before
        with lake.making(name, digest) as part, lake.database(memory_limit, threads) as sql:
            rejects: list[tuple[str, str, str]] = []
            for told in _some_at_a_time(members, of_filers, rejects):
                _save(part, bucket, sql, told, name, filing_rules)
            part.write("rejects", rejected_members("facts", rejects))
    return lake.part(name)


def _some_at_a_time(
    members: zipfile.ZipFile,
    of_filers: dict[str, list[zipfile.ZipInfo]],
    rejects: list[tuple[str, str, str]],
) -> Iterator[pl.DataFrame]:
    """Extracts of many filers as tables, each of about as many rows; one at least."""
    held: list[pl.DataFrame] = []
    for cik, own in of_filers.items():
        try:
            held.append(_extract(members, cik, own[0]))
        except UnexpectedContentError as error:
            rejects.append((own[0].filename, "unreadable_extract", str(error)))
        if sum(each.height for each in held) >= ROWS_AT_ONCE:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _extract(members: zipfile.ZipFile, cik: str, member: zipfile.ZipInfo) -> pl.DataFrame:
    content = members.read(member)
    try:
        told = json.loads(content)
        name = told["entityName"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnexpectedContentError(
            member.filename, f"not the documented shape of company facts: {error!r}", "look at it"
        ) from error
    rows = companyfacts_rows(told, cik, "", EVIDENCE, member.filename)
    if rows["accession_number"].null_count() or rows["filed_at"].null_count():
        raise UnexpectedContentError(
            member.filename, "states facts of no filing, or of none that was filed", "look at it"
        )
    return rows.with_columns(pl.lit(name, pl.String).alias("filer_name"))


def _save(
    part: PartInTheMaking,
    bucket: int,
    sql: duckdb.DuckDBPyConnection,
    told: pl.DataFrame,
    name: str,
    filing_rules: Sequence[FilingRule],
) -> None:
    sql.register("told", told.to_arrow())
    facts = sql.execute(FACTS_SQL, {"evidence": EVIDENCE, "source": name}).pl()
    for (year,), own in facts.group_by("year", maintain_order=True):
        part.write_facts_of(bucket, int(str(year)), numbered(own.drop("year")))
    part.write(
        "filings",
        bulk_filings(
            _filings(told),
            evidence=EVIDENCE,
            source=name,
            read_status="facts_read",
            filing_rules=filing_rules,
        ),
    )


def _filings(told: pl.DataFrame) -> pl.DataFrame:
    """The filings the facts are of, as far as the extract tells of them."""
    stated = told.select("accession_number", "cik", "form", "filed_at", "filer_name").unique(
        "accession_number", maintain_order=True
    )
    folders = [
        folder_of(cik, number)
        for cik, number in stated.select("cik", "accession_number").iter_rows()
    ]
    return (
        pl.concat([TOLD.to_frame(), stated], how="diagonal")
        .with_columns(pl.Series("evidence_ref", folders, pl.String))
        .select(TOLD.names())
    )
