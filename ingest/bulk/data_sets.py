"""SEC's quarterly Financial Statement Data Sets into the lake, one part a quarter.

A data set is a zip of tab-separated texts: `sub` (filings), `num` (numbers), `tag` (concepts) and
`pre` (where numbers stand in the statements). Its numbers are weaker evidence than the documents
they come from: days are rounded to the end of a month and durations to quarters, the precision is
not told, and of dimensions only the local names are left. So each fact is marked `data_set`.

Source of the fields: the readme within each data set, "Financial Statement Data Sets", SEC.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
from pyarrow import csv

from ingest.bulk.archives import opened
from ingest.bulk.rows import BULK_REJECTS, bulk_filings
from ingest.edgar.schema import VALUE
from ingest.errors import UnreadableArchiveError
from ingest.lake import Lake, Part, PartInTheMaking
from ingest.new_york import new_york_time
from registry.models import FilingRule

EVIDENCE = "data_set"
READER_VERSION = 1
"""Counts up whenever a row is stated differently: parts are then made anew."""
BLOCK_BYTES = 16_000_000
CHUNK_ROWS = 1_000_000
"""As many rows are held in memory at once, and are a file in each partition they touch."""
FIRST_LINE = 2
"""After the names of the columns."""
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
CONCEPT = pl.format("{}:{}", pl.col("version").str.extract("^(.*)/").fill_null("custom"), "tag")
# A number of a co-registrant is that entity's, whether its segments say so or not.
SEGMENTS = pl.concat_str(
    pl.col("segments").str.strip_chars_end(";").replace("", None),
    pl.when(
        (pl.col("coreg") != "")
        & ~pl.col("segments").fill_null("").str.contains("LegalEntity=", literal=True)
    ).then(pl.format("LegalEntity={}", "coreg")),
    separator=";",
    ignore_nulls=True,
)
# As in all raw tables, dimensions are an object of JSON.
DIMENSIONS = pl.format(
    "{{{}}}",
    SEGMENTS.str.replace_all(r'(["\\])', r"\$1")
    .str.replace_all(r"([^=;]+)=([^;]*)(;|$)", r'"$1": "$2", ')
    .str.strip_chars_end(", "),
)
FACTS_SQL = """
select
    filings.bucket,
    filings.year,
    md5(concat_ws(
        '|', num.adsh, num.version, num.tag, num.ddate, num.qtrs, num.uom,
        coalesce(num.segments, ''), coalesce(num.coreg, '')
    )) as fact_id,
    filings.cik,
    num.adsh as accession_number,
    num.concept,
    num.first_day as period_start,
    num.day as period_end,
    num.dimensions,
    num.uom as unit,
    num.number as value,
    cast(null as varchar) as text_value,
    cast(null as varchar) as decimals,
    num.number is null as is_nil,
    filings.evidence,
    cast(null as varchar) as evidence_ref,
    filings.source,
    num.source_line
from num
inner join filings on num.adsh = filings.accession_number
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
    with _texts(archive) as texts, lake.making(name, digest) as part, duckdb.connect() as sql:
        sql.execute(f"set memory_limit = '{memory_limit}'; set threads = {threads}")
        filings = _filings(_whole(texts, "sub"), name, filing_rules)
        part.write("filings", filings)
        _save_facts(part, sql, texts, filings)
        part.write("tags", _tags(_whole(texts, "tag")))
        part.write("presentation", _presentation(_whole(texts, "pre"), filings))
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
def _texts(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with opened(archive) as texts:
            missing = {f"{name}.txt" for name in COLUMNS} - set(texts.namelist())
            if missing:
                raise UnreadableArchiveError(
                    f"{archive} lacks {', '.join(sorted(missing))}: it is no data set of the SEC"
                )
            yield texts
    except pa.ArrowInvalid as error:
        raise UnreadableArchiveError(
            f"{archive} cannot be read ({error}); fetch it again from the SEC"
        ) from error


def _save_facts(
    part: PartInTheMaking,
    sql: duckdb.DuckDBPyConnection,
    texts: zipfile.ZipFile,
    filings: pl.DataFrame,
) -> None:
    sql.register("filings", filings.to_arrow())
    known = filings["accession_number"].implode()
    line = FIRST_LINE
    for chunk in _chunks(texts, "num"):
        num = _typed(chunk, line)
        line += chunk.height
        problem = _problem(known)
        part.write("rejects", _rejects(num.filter(problem.is_not_null()), problem))
        sql.register("num", num.filter(problem.is_null()).to_arrow())
        part.write_facts(sql, FACTS_SQL)


def _typed(num: pl.DataFrame, first_line: int) -> pl.DataFrame:
    """Numbers as they are written, and as what they mean where that can be read."""
    read = num.with_row_index("source_line", first_line).with_columns(
        pl.col("source_line").cast(pl.Int64),
        CONCEPT.alias("concept"),
        DIMENSIONS.alias("dimensions"),
        pl.col("ddate").str.to_date("%Y%m%d", strict=False).alias("day"),
        pl.col("qtrs").cast(pl.Int32, strict=False).alias("quarters"),
        pl.col("value").cast(VALUE, strict=False).alias("number"),
    )
    last_month = 12 * pl.col("day").dt.year() + pl.col("day").dt.month() - 1
    first_month = last_month - 3 * pl.col("quarters") + 1
    return read.with_columns(
        pl.when(pl.col("quarters") > 0)
        .then(pl.date(first_month // 12, first_month % 12 + 1, 1))
        .alias("first_day")
    )


def _problem(known: pl.Series) -> pl.Expr:
    """The first thing that is wrong with a number; null where nothing is."""
    return (
        pl.when(~pl.col("adsh").is_in(known).fill_null(False))
        .then(pl.lit("unknown_filing"))
        .when(pl.col("day").is_null())
        .then(pl.lit("unreadable_day"))
        .when(pl.col("quarters").is_null())
        .then(pl.lit("unreadable_duration"))
        .when(pl.col("value").is_not_null() & pl.col("number").is_null())
        .then(pl.lit("unreadable_value"))
    )


def _rejects(num: pl.DataFrame, problem: pl.Expr) -> pl.DataFrame:
    written = [name for name in COLUMNS["num"] if name != "coreg"]
    return num.select(
        pl.lit("facts").alias("table_name"),
        pl.lit("num.txt").alias("file"),
        "source_line",
        problem.alias("reason"),
        pl.concat_str(written, separator=" ", ignore_nulls=True).alias("detail"),
    ).cast(BULK_REJECTS)


def _tags(tag: pl.DataFrame) -> pl.DataFrame:
    return tag.select(
        CONCEPT.alias("concept"),
        pl.col("version").alias("taxonomy"),
        pl.col("datatype").alias("data_type"),
        (pl.col("iord") == "I").alias("is_instant"),
        pl.col("crdr").alias("balance"),
        pl.col("tlabel").alias("label"),
        pl.col("doc").alias("documentation"),
    )


def _presentation(pre: pl.DataFrame, filings: pl.DataFrame) -> pl.DataFrame:
    of_filing = filings.select(adsh="accession_number", bucket="bucket")
    return pre.join(of_filing, on="adsh", maintain_order="left").select(
        "bucket",
        pl.col("adsh").alias("accession_number"),
        pl.col("report").cast(pl.Int32, strict=False),
        pl.col("line").cast(pl.Int32, strict=False),
        pl.col("stmt").alias("statement"),
        CONCEPT.alias("concept"),
        pl.col("plabel").alias("label"),
        (pl.col("negating") == "1").alias("is_negated"),
    )


def _filings(sub: pl.DataFrame, source: str, filing_rules: Sequence[FilingRule]) -> pl.DataFrame:
    """The filings of the data set, each with its filer."""
    folder = pl.col("adsh").str.replace_all("-", "")
    told = sub.filter(pl.col("adsh").is_not_null()).select(
        pl.col("adsh").alias("accession_number"),
        pl.col("cik").str.zfill(10),
        "form",
        pl.col("period").str.to_date("%Y%m%d", strict=False).alias("period_of_report"),
        pl.col("filed").str.to_date("%Y%m%d", strict=False).alias("filed_at"),
        new_york_time(
            pl.col("accepted").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
        ).alias("accepted_at"),
        pl.col("fy").cast(pl.Int32, strict=False).alias("fiscal_year"),
        pl.col("fp").alias("fiscal_period"),
        pl.format("Archives/edgar/data/{}/{}/{}", "cik", folder, "instance").alias("evidence_ref"),
        pl.col("name").alias("filer_name"),
        pl.lit(None, pl.String).alias("ticker"),
        "sic",
        pl.col("fye").alias("fiscal_year_end"),
    )
    return bulk_filings(
        told,
        evidence=EVIDENCE,
        source=source,
        read_status="facts_read",
        filing_rules=filing_rules,
    )


def _whole(texts: zipfile.ZipFile, member: str) -> pl.DataFrame:
    """A text of the data set as one table of texts."""
    return pl.concat(_chunks(texts, member))


def _chunks(texts: zipfile.ZipFile, member: str) -> Iterator[pl.DataFrame]:
    """A text of the data set as tables of texts, some at a time; one at least."""
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
                yield pl.DataFrame(pa.Table.from_batches(held))
                held, rows = [], 0
        yield pl.DataFrame(pa.Table.from_batches(held, reader.schema))
