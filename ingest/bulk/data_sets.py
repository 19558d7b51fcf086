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
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from hashlib import file_digest
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from ingest.bulk.archives import opened
from ingest.bulk.rows import BULK_REJECTS, bulk_filings
from ingest.bulk.texts import Chunk, chunks, whole
from ingest.edgar.schema import VALUE
from ingest.errors import UnreadableArchiveError
from ingest.lake import BUCKETS, Lake, Part, PartInTheMaking
from ingest.new_york import new_york_time
from registry.models import FilingRule

EVIDENCE = "data_set"
READER_VERSION = 3
"""Counts up whenever a row is stated differently: parts are then made anew."""
NAME = re.compile(r"\d{4}q[1-4]")
DETAILS = (
    "countryba", "stprba", "cityba", "zipba", "bas1", "bas2", "baph", "countryma", "stprma",
    "cityma", "zipma", "mas1", "mas2", "countryinc", "stprinc", "ein", "former", "changed", "afs",
    "wksi", "fye", "prevrpt", "detail", "instance", "nciks", "aciks",
)  # fmt: skip
"""Columns of `sub` that are kept as the SEC writes them."""
COLUMNS = {
    "sub": ("adsh", "cik", "name", "sic", "form", "period", "fy", "fp", "filed", "accepted",
            *DETAILS),
    "num": ("adsh", "tag", "version", "ddate", "qtrs", "uom", "segments", "coreg", "value",
            "footnote"),
    "tag": ("tag", "version", "custom", "abstract", "datatype", "iord", "crdr", "tlabel", "doc"),
    "pre": ("adsh", "report", "line", "stmt", "inpth", "rfile", "tag", "version", "plabel",
            "negating"),
}  # fmt: skip
"""The texts of a data set and their columns; one that is not there is null."""

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
KEY = ("adsh", "version", "tag", "ddate", "qtrs", "uom", "segments", "coreg")
"""What tells a number from the others of a data set."""
DETAIL = ("adsh", "tag", "version", "ddate", "qtrs", "uom", "segments", "value")
"""What is said of a number that cannot be a fact."""
IS_FACT = (
    pl.col("filing").is_not_null()
    & pl.col("unreadable").is_null()
    & (pl.col("value").is_null() | pl.col("number").is_not_null())
)
OF_FILING = ("cik", "accession_number", "evidence", "source")
"""Columns of a fact that are its filing's."""
FACT_IDS_SQL = """
select
    md5(concat_ws(
        '|', adsh, version, tag, ddate, qtrs, uom, coalesce(segments, ''), coalesce(coreg, '')
    )) as fact_id
from num
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
    with (
        _texts(archive) as texts,
        lake.making(name, digest) as part,
        ThreadPoolExecutor(threads) as pool,
    ):
        told = pool.submit(_save_filings, part, texts, name, filing_rules)
        others = pool.submit(_save_others, part, texts, told)
        # A second thread of a query costs more than it brings; pieces have each their own.
        with lake.database(memory_limit, 1) as sql:
            for num in chunks(
                texts, "num", COLUMNS["num"], ["value"], threads, keeps_malformed=True
            ):
                filings = told.result()
                numbers = _typed(num, filings)
                part.write("rejects", _rejects(numbers))
                save = partial(_save_facts, part, sql, filings)
                footnotes = pl.concat(pool.map(save, _pieces(numbers, filings, threads)))
                of_filings = filings.select("accession_number", "bucket")
                part.write("footnotes", footnotes.join(of_filings, "accession_number"))
        others.result()
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


def _save_filings(
    part: PartInTheMaking, texts: zipfile.ZipFile, name: str, filing_rules: Sequence[FilingRule]
) -> pl.DataFrame:
    """The filings, in the order in which their facts are written."""
    sub = whole(texts, "sub", COLUMNS["sub"]).drop_nulls("adsh").unique("adsh")
    filings = _filings(sub, name, filing_rules).sort("bucket", "year", "accession_number")
    quarter = pl.format(
        "data_set-{}q{}", pl.col("filed_at").dt.year(), pl.col("filed_at").dt.quarter()
    )
    if not filings.filter(quarter == name).height:
        raise UnreadableArchiveError(
            f"{texts.filename} holds no filing of the quarter it is named after; give it the name"
            " the SEC gave it"
        )
    part.write("filings", filings)
    details = sub.select(pl.col("adsh").alias("accession_number"), *DETAILS)
    of_filings = filings.select("bucket", "accession_number")
    part.write("filing_details", of_filings.join(details, "accession_number"))
    return filings.with_row_index("place")


def _save_others(
    part: PartInTheMaking, texts: zipfile.ZipFile, filings: Future[pl.DataFrame]
) -> None:
    part.write("tags", _tags(whole(texts, "tag", COLUMNS["tag"])))
    for pre in chunks(texts, "pre", COLUMNS["pre"]):
        part.write("presentation", _presentation(pre, filings.result()))


def _pieces(numbers: Chunk, filings: pl.DataFrame, count: int) -> Iterator[Chunk]:
    """The numbers that are facts, filing by filing, in pieces with buckets of their own."""
    facts = numbers.rows.filter(IS_FACT).drop("value", "unreadable")
    in_order = numbers.with_rows(facts.sort("filing", maintain_order=True))
    buckets = pl.Series(BUCKETS * piece // count for piece in range(count))
    begins = in_order.rows["filing"].search_sorted(filings["bucket"].search_sorted(buckets))
    for begin, end in pairwise([*begins, facts.height]):
        yield in_order.slice(begin, end)


def _save_facts(
    part: PartInTheMaking, sql: duckdb.DuckDBPyConnection, filings: pl.DataFrame, numbers: Chunk
) -> pl.DataFrame:
    """Write numbers that lie filing by filing; the footnotes of some."""
    known = (
        numbers.with_words("filing", filings.select(OF_FILING).to_dict())
        .with_words_of(("version", "tag"), {"concept": CONCEPT})
        .with_words_of(("segments", "coreg"), {"dimensions": DIMENSIONS})
    )
    facts = _facts(known, _fact_ids(numbers, sql))
    places = filings.group_by("bucket", "year", maintain_order=True).agg(pl.col("place").min())
    begins = numbers.rows["filing"].search_sorted(places["place"])
    ends = [*begins[1:], facts.num_rows]
    for bucket, year, begin, end in zip(
        places["bucket"], places["year"], begins, ends, strict=True
    ):
        if begin < end:
            part.write_facts_of(bucket, year, facts.slice(begin, end - begin))
    noted = facts.select(["accession_number", "fact_id"]).append_column(
        "footnote", numbers.numbered("footnote")
    )
    return pl.DataFrame(noted.filter(noted["footnote"].is_valid())).cast(pl.String)


def _typed(num: Chunk, filings: pl.DataFrame) -> Chunk:
    """Numbers with what they mean where that can be read, and the place of their filing."""
    day = pl.col("ddate").str.to_date("%Y%m%d", strict=False)
    quarters = pl.col("qtrs").cast(pl.Int32, strict=False)
    last_month = 12 * day.dt.year() + day.dt.month() - 1
    first_month = last_month - 3 * quarters + 1
    first_day = pl.date(first_month // 12, first_month % 12 + 1, 1)
    typed = num.with_words_of(
        ("ddate", "qtrs"),
        {
            "day": day,
            "first_day": pl.when(quarters > 0).then(first_day),
            "unreadable": pl.when(day.is_null())
            .then(pl.lit("unreadable_day"))
            .when(quarters.is_null())
            .then(pl.lit("unreadable_duration")),
        },
    )
    first, count = num.first_line, num.rows.height
    return typed.with_rows(
        typed.rows.with_columns(
            _places(num.words["adsh"], filings).gather(num.rows["adsh"]).alias("filing"),
            num.rows["value"].cast(VALUE, strict=False).alias("number"),
            pl.int_range(first, first + count, eager=True).alias("source_line"),
            typed.column("unreadable"),
        )
    )


def _places(accession_numbers: pl.Series, filings: pl.DataFrame) -> pl.Series:
    """The rows of filings; null for one that is not there."""
    return (
        accession_numbers.to_frame("accession_number")
        .join(filings, "accession_number", how="left", maintain_order="left")
        .get_column("place")
    )


def _fact_ids(numbers: Chunk, sql: duckdb.DuckDBPyConnection) -> pa.Array:
    with sql.cursor() as own:
        own.register("num", pa.table({name: numbers.numbered(name) for name in KEY}))
        return own.execute(FACT_IDS_SQL).to_arrow_table()["fact_id"].combine_chunks()


def _facts(numbers: Chunk, fact_ids: pa.Array) -> pa.Table:
    nothing = pa.nulls(len(fact_ids), pa.string())
    return pa.table(
        {
            "fact_id": fact_ids,
            "cik": numbers.numbered("cik"),
            "accession_number": numbers.numbered("accession_number"),
            "concept": numbers.numbered("concept"),
            "period_start": numbers.column("first_day").to_arrow(),
            "period_end": numbers.column("day").to_arrow(),
            "dimensions": numbers.numbered("dimensions"),
            "unit": numbers.numbered("uom"),
            "value": numbers.rows["number"].to_arrow(),
            "text_value": nothing,
            "decimals": nothing,
            "is_nil": numbers.rows["number"].is_null().to_arrow(),
            "evidence": numbers.numbered("evidence"),
            "evidence_ref": nothing,
            "source": numbers.numbered("source"),
            "source_line": numbers.rows["source_line"].to_arrow(),
        }
    )


def _rejects(numbers: Chunk) -> pl.DataFrame:
    """The numbers that cannot be facts, each with the first thing that is wrong with it."""
    rejected = numbers.with_rows(numbers.rows.filter(~IS_FACT))
    written = rejected.rows.with_columns(rejected.column(name) for name in DETAIL)
    unknown = (
        pl.when(pl.col("adsh").is_null())
        .then(pl.lit("malformed_line"))
        .when(pl.col("filing").is_null())
        .then(pl.lit("unknown_filing"))
    )
    return written.select(
        pl.lit("facts").alias("table_name"),
        pl.lit("num.txt").alias("file"),
        "source_line",
        pl.coalesce(unknown, "unreadable", pl.lit("unreadable_value")).alias("reason"),
        pl.concat_str(DETAIL, separator=" ", ignore_nulls=True).alias("detail"),
    ).cast(BULK_REJECTS)


def _tags(tag: pl.DataFrame) -> pl.DataFrame:
    return tag.select(
        CONCEPT.alias("concept"),
        pl.col("version").alias("taxonomy"),
        (pl.col("custom") == "1").alias("is_custom"),
        (pl.col("abstract") == "1").alias("is_abstract"),
        pl.col("datatype").alias("data_type"),
        (pl.col("iord") == "I").alias("is_instant"),
        pl.col("crdr").alias("balance"),
        pl.col("tlabel").alias("label"),
        pl.col("doc").alias("documentation"),
    )


def _presentation(pre: Chunk, filings: pl.DataFrame) -> pa.Table:
    places = _places(pre.words["adsh"], filings).gather(pre.rows["adsh"]).alias("filing")
    lines = (
        pre.with_rows(pre.rows.with_columns(places).drop_nulls("filing"))
        .with_words("filing", filings.select("bucket", "accession_number").to_dict())
        .with_words_of(("version", "tag"), {"concept": CONCEPT})
    )
    numbers = {name: lines.words[name].cast(pl.Int32, strict=False) for name in ("report", "line")}
    flags = {name: lines.words[name] == "1" for name in ("negating", "inpth")}
    return pa.table(
        {
            "bucket": lines.column("bucket").to_arrow(),
            "accession_number": lines.numbered("accession_number"),
            "report": numbers["report"].gather(lines.rows["report"]).to_arrow(),
            "line": numbers["line"].gather(lines.rows["line"]).to_arrow(),
            "statement": lines.numbered("stmt"),
            "concept": lines.numbered("concept"),
            "taxonomy": lines.numbered("version"),
            "label": lines.numbered("plabel"),
            "is_negated": flags["negating"].gather(lines.rows["negating"]).to_arrow(),
            "is_parenthetical": flags["inpth"].gather(lines.rows["inpth"]).to_arrow(),
            "rfile": lines.numbered("rfile"),
        }
    )


def _filings(sub: pl.DataFrame, source: str, filing_rules: Sequence[FilingRule]) -> pl.DataFrame:
    """The filings of the data set, each with its filer."""
    folder = pl.col("adsh").str.replace_all("-", "")
    told = sub.select(
        pl.col("adsh").alias("accession_number"),
        pl.col("cik").str.zfill(10),
        "form",
        pl.col("period").str.to_date("%Y%m%d", strict=False).alias("period_of_report"),
        pl.col("filed").str.to_date("%Y%m%d", strict=False).alias("filed_at"),
        new_york_time(
            pl.col("accepted").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
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
