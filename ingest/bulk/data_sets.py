"""SEC's quarterly Financial Statement Data Sets into the lake, one part a quarter.

A data set is a zip of tab-separated texts: `sub` (filings), `num` (numbers), `tag` (concepts) and
`pre` (where numbers stand in the statements). Its numbers are weaker evidence than the documents
they come from: days are rounded to the end of a month and durations to quarters, the precision is
not told, and of dimensions only the local names are left. So each fact is marked `data_set`.

Source of the fields: the readme within each data set, "Financial Statement Data Sets", SEC.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
from pyarrow import csv

from ingest.edgar.schema import FILINGS
from ingest.errors import UnreadableArchiveError
from ingest.known_from import known_from_columns
from ingest.lake import BUCKETS, Lake, Part, PartInTheMaking
from ingest.new_york import new_york_time
from registry.models import FilingRule

EVIDENCE = "data_set"
READER_VERSION = 1
"""Counts up whenever a row is stated differently: parts are then made anew."""
BLOCK_BYTES = 16_000_000
CHUNK_ROWS = 1_000_000
"""As many rows are held in memory at once, and are a file in each partition they touch."""
NAME = re.compile(r"\d{4}q[1-4]")
COLUMNS = {
    "sub": ("adsh", "cik", "name", "sic", "fye", "form", "period", "fy", "fp", "filed", "accepted",
            "instance"),
    "num": ("adsh", "tag", "version", "ddate", "qtrs", "uom", "segments", "coreg", "value"),
    "tag": ("tag", "version", "datatype", "iord", "crdr", "tlabel", "doc"),
    "pre": ("adsh", "report", "line", "stmt", "tag", "version", "plabel", "negating"),
}  # fmt: skip
"""The texts of a data set and their columns that are taken; one that is not there is null."""

# A concept of the filer's own has the filing's number in place of the taxonomy's name.
CONCEPT = """
    case when contains({row}.version, '/') then split_part({row}.version, '/', 1) else 'custom' end
    || ':' || {row}.tag
"""
# A number of a co-registrant is that entity's, whether its segments say so or not.
DIMENSIONS = """
    concat_ws(
        ';',
        nullif(rtrim(num.segments, ';'), ''),
        case
            when num.coreg <> '' and not contains(coalesce(num.segments, ''), 'LegalEntity=')
                then 'LegalEntity=' || num.coreg
        end
    )
"""
FACTS_SQL = f"""
select
    filings.bucket,
    filings.year,
    md5(concat_ws(
        '|', num.adsh, num.version, num.tag, num.ddate, num.qtrs, num.uom,
        coalesce(num.segments, ''), coalesce(num.coreg, '')
    )) as fact_id,
    filings.cik,
    num.adsh as accession_number,
    {CONCEPT.format(row="num")} as concept,
    case
        when num.qtrs <> '0' then cast(
            date_trunc('month', num.period_end)
            - to_months(3 * cast(num.qtrs as integer) - 1) as date
        )
    end as period_start,
    num.period_end,
    {DIMENSIONS} as dimensions,
    num.uom as unit,
    num.number as value,
    cast(null as varchar) as decimals,
    coalesce(num.value, '') = '' as is_nil,
    filings.evidence,
    filings.evidence_ref
from typed as num
inner join filings on num.adsh = filings.accession_number
where num.problem is null
"""
# Each number with the first thing that is wrong with it.
TYPED_SQL = """
select
    num.*,
    cast(try_strptime(num.ddate, '%Y%m%d') as date) as period_end,
    try_cast(nullif(num.value, '') as decimal(38, 9)) as number,
    case
        when filings.accession_number is null then 'unknown_filing'
        when try_strptime(num.ddate, '%Y%m%d') is null then 'unreadable_day'
        when try_cast(num.qtrs as integer) is null then 'unreadable_duration'
        when num.value <> '' and try_cast(num.value as decimal(38, 9)) is null
            then 'unreadable_value'
    end as problem
from num
left join filings on num.adsh = filings.accession_number
"""
REJECTS_SQL = """
select
    '00' as bucket, 0 as year, 'facts' as table_name, problem as reason,
    concat_ws(' ', adsh, tag, version, ddate, qtrs, uom, value) as detail
from typed
where problem is not null
"""


TAGS_SQL = f"""
select
    '00' as bucket, 0 as year, {CONCEPT.format(row="tag")} as concept, tag.version as taxonomy,
    tag.datatype as data_type, tag.iord = 'I' as is_instant, tag.crdr as balance,
    tag.tlabel as label, tag.doc as documentation
from tag
"""
PRESENTATION_SQL = f"""
select
    filings.bucket, filings.year, pre.adsh as accession_number,
    cast(pre.report as integer) as report, cast(pre.line as integer) as line,
    pre.stmt as statement, {CONCEPT.format(row="pre")} as concept, pre.plabel as label,
    pre.negating = '1' as is_negated
from pre
inner join filings on pre.adsh = filings.accession_number
"""


def load_data_set(
    lake: Lake, archive: Path, filing_rules: Sequence[FilingRule], memory_limit: str, threads: int
) -> Part:
    """Make the data set a part of the lake; the part that is there, where it is of the same file.

    `archive` is named after its quarter, as the SEC names it: `2010q2.zip`. What names a filing
    that `sub` lacks, or cannot be read as a number, becomes a row of `rejects`. Raises
    UnreadableArchiveError for a file that is no data set, LakeError where it cannot be written.
    """
    if not NAME.fullmatch(archive.stem):
        raise UnreadableArchiveError(
            f"{archive}: a data set is named after its quarter, 2010q2.zip"
        )
    name = f"data_set-{archive.stem}"
    digest = f"{READER_VERSION}:{_digest(archive)}"
    before = lake.part(name)
    if before and before.digest == digest:
        return before
    with _members(archive) as texts, lake.making(name, digest) as part, duckdb.connect() as sql:
        sql.execute(f"set memory_limit = '{memory_limit}'; set threads = {threads}")
        _save(part, sql, texts, filing_rules, archive.stem)
    made = lake.part(name)
    assert made is not None, "its block ended well"
    return made


def _digest(archive: Path) -> str:
    try:
        with archive.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableArchiveError(
            f"{archive} cannot be read ({error.strerror}); name a file that is there"
        ) from error


@contextmanager
def _members(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as texts:
            missing = {f"{name}.txt" for name in COLUMNS} - set(texts.namelist())
            if missing:
                raise UnreadableArchiveError(
                    f"{archive} lacks {', '.join(sorted(missing))}: it is no data set of the SEC"
                )
            yield texts
    except (OSError, zipfile.BadZipFile, zlib.error, pa.ArrowInvalid) as error:
        raise UnreadableArchiveError(
            f"{archive} cannot be read ({error}); fetch it again from the SEC"
        ) from error


def _save(
    part: PartInTheMaking,
    sql: duckdb.DuckDBPyConnection,
    texts: zipfile.ZipFile,
    filing_rules: Sequence[FilingRule],
    quarter: str,
) -> None:
    sub = pa.concat_tables(_chunks(texts, "sub"))
    sql.register("filings", _filings(sub, quarter, filing_rules).to_arrow())
    part.write(sql, "filings", "from filings")
    for chunk in _chunks(texts, "num"):
        sql.register("num", chunk)
        sql.execute(f"create or replace temp table typed as {TYPED_SQL}")
        part.write(sql, "facts", FACTS_SQL)
        part.write(sql, "rejects", REJECTS_SQL)
    for table, member, query in (
        ("tags", "tag", TAGS_SQL),
        ("presentation", "pre", PRESENTATION_SQL),
    ):
        for chunk in _chunks(texts, member):
            sql.register(member, chunk)
            part.write(sql, table, query)


def _filings(sub: pa.Table, quarter: str, filing_rules: Sequence[FilingRule]) -> pl.DataFrame:
    """The data set's filings in the columns of `raw.filings`, with their filer and partition."""
    rows = pl.DataFrame(sub).filter(pl.col("adsh").is_not_null())
    folder = pl.col("adsh").str.replace_all("-", "")
    return (
        rows.with_columns(
            pl.col("adsh").alias("accession_number"),
            pl.col("cik").str.zfill(10),
            pl.col("period").str.to_date("%Y%m%d", strict=False).alias("period_of_report"),
            pl.col("filed").str.to_date("%Y%m%d", strict=False).alias("filed_at"),
            new_york_time(
                pl.col("accepted").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
            ).alias("accepted_at"),
            pl.col("fy").cast(pl.Int32, strict=False).alias("fiscal_year"),
            pl.col("fp").alias("fiscal_period"),
            pl.format(
                "Archives/edgar/data/{}/{}/{}", pl.col("cik"), folder, pl.col("instance")
            ).alias("evidence_ref"),
            pl.lit("facts_read").alias("read_status"),
            pl.lit(None, pl.String).alias("read_detail"),
            pl.lit(EVIDENCE).alias("evidence"),
            pl.lit(EVIDENCE).alias("content_digest"),
            pl.lit(None, FILINGS["withdrawn_at"]).alias("withdrawn_at"),
            pl.lit(f"{EVIDENCE} {quarter}").alias("source"),
            pl.col("name").alias("filer_name"),
            pl.col("sic"),
            pl.col("fye").str.slice(0, 2).cast(pl.Int32, strict=False).alias("year_end_month"),
        )
        .with_columns(*known_from_columns(filing_rules))
        .with_columns(
            (pl.col("cik").cast(pl.Int64) % BUCKETS).cast(pl.String).str.zfill(2).alias("bucket"),
            pl.col("filed_at").dt.year().alias("year"),
        )
        .select(
            *FILINGS.names(), "evidence", "filer_name", "sic", "year_end_month", "bucket", "year"
        )
    )


def _chunks(texts: zipfile.ZipFile, member: str) -> Iterator[pa.Table]:
    """A text of the data set as tables of texts, some at a time."""
    with (
        texts.open(f"{member}.txt") as text,
        csv.open_csv(
            text,
            read_options=csv.ReadOptions(block_size=BLOCK_BYTES),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(COLUMNS[member], pa.string()),
                include_columns=COLUMNS[member],
                include_missing_columns=True,
                strings_can_be_null=True,
                null_values=[""],
            ),
        ) as reader,
    ):
        held: list[pa.RecordBatch] = []
        rows = 0
        for batch in reader:
            held.append(batch)
            rows += batch.num_rows
            if rows >= CHUNK_ROWS:
                yield pa.Table.from_batches(held)
                held, rows = [], 0
        yield pa.Table.from_batches(held, reader.schema)
