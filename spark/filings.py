"""Documents of filings into raw rows, read by the workers of a cluster.

    python -m spark.filings DOCUMENTS OUT

reads every document below a directory (or an address that Spark knows, as of an object store) and
writes the raw tables that hold facts as Parquet, one directory a table. Each document is read by
`ingest.edgar.xbrl.read_document` and made into rows by `ingest.edgar.facts.raw_facts`, as in a
refresh.

Belongs here: carrying bytes to that reader and rows from it. Does not belong here: reading
(`ingest` does), fetching, choosing which document of a filing states its facts (its company's list
of filings says).
"""

import json
import sys
from collections.abc import Iterable, Iterator

import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import element_at, split
from pyspark.sql.pandas.types import from_arrow_schema

from ingest.edgar.facts import FilingOfFacts, RawFacts, raw_facts
from ingest.edgar.folders import NO_INSTANCE, filing_of, folder_of
from ingest.edgar.schema import FACT_DIMENSIONS, FACTS, REJECTS, TEXT_FACTS
from ingest.edgar.xbrl import read_document
from ingest.errors import UnreadableDocumentError
from spark.session import SparkRoomError, place_from_environment, start_session

DOCUMENTS = "*.{htm,html,xml}"
UNREADABLE, NOT_OF_A_FILING = "unreadable", "not_in_a_folder_of_a_filing"

TABLES: dict[str, pl.Schema] = {
    "facts": FACTS,
    "text_facts": TEXT_FACTS,
    "fact_dimensions": FACT_DIMENSIONS,
    "rejects": REJECTS,
}


def _arrow_schema(schema: pl.Schema) -> pa.Schema:
    """A raw table's columns as Spark takes them: texts of the ordinary kind."""
    own = schema.to_frame().to_arrow().schema
    ordinary = {pa.large_string(): pa.string(), pa.string_view(): pa.string()}
    return pa.schema([(field.name, ordinary.get(field.type, field.type)) for field in own])


ARROW_SCHEMAS = {table: _arrow_schema(schema) for table, schema in TABLES.items()}
# A row of any table: the row itself in the column named for its table, nulls in the others.
ROWS = pa.schema([(table, pa.struct(list(schema))) for table, schema in ARROW_SCHEMAS.items()])


def main(documents: str, out: str) -> int:
    """Read the documents and write the tables."""
    session = start_session(place_from_environment())
    try:
        rows = read_filings(documents_in(session, documents), source="edgar")
        # Read once, kept as they come, then told apart: four readings would read every byte four
        # times.
        kept = f"{out}/rows"
        rows.write.mode("overwrite").parquet(kept)
        for table in TABLES:
            rows_of(session.read.parquet(kept), table).write.mode("overwrite").parquet(
                f"{out}/{table}"
            )
    finally:
        session.stop()
    return 0


def documents_in(session: SparkSession, directory: str) -> DataFrame:
    """Path and bytes of every document below a directory that may state facts."""
    files = session.read.format("binaryFile").option("recursiveFileLookup", "true")
    documents = files.option("pathGlobFilter", DOCUMENTS).load(directory)
    name = element_at(split("path", "/"), -1)
    return documents.where(~name.rlike(NO_INSTANCE.pattern)).select("path", "content")


def read_filings(documents: DataFrame, source: str) -> DataFrame:
    """Rows of all raw tables that hold facts, from rows of (path, content).

    Each row has one of the columns `facts`, `text_facts`, `fact_dimensions` and `rejects`; a
    document that cannot be read is a reject.
    """

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for path, content in zip(batch["path"], batch["content"], strict=True):
                yield from batches_of(document_rows(path.as_py(), content.as_py(), source))

    return documents.mapInArrow(read, from_arrow_schema(ROWS))


def rows_of(rows: DataFrame, table: str) -> DataFrame:
    """The rows of one table among those of all."""
    return rows.where(rows[table].isNotNull()).select(f"{table}.*")


def document_rows(path: str, content: bytes, source: str) -> RawFacts:
    """Raw rows of one document, found in its filing's folder at EDGAR or in a copy of it."""
    found = filing_of(path)
    if found is None:
        detail = f"{path}: does not end in /<CIK>/<accession number without dashes>/<name>"
        return _rejected(path, NOT_OF_A_FILING, detail, source)
    cik, accession_number, name = found
    filing = FilingOfFacts(cik, accession_number, folder_of(cik, accession_number), source)
    try:
        return raw_facts(read_document(name, content), filing)
    except UnreadableDocumentError as error:
        return _rejected(f"{filing.folder}/{name}", UNREADABLE, str(error), source)


def batches_of(rows: RawFacts) -> Iterator[pa.RecordBatch]:
    """The rows in the shape of `ROWS`."""
    for table, schema in ARROW_SCHEMAS.items():
        frame: pl.DataFrame = getattr(rows, table)
        for batch in frame.to_arrow().cast(schema).to_batches():
            yield pa.RecordBatch.from_arrays(
                [
                    pa.StructArray.from_arrays(batch.columns, fields=list(schema))
                    if name == table
                    else pa.nulls(batch.num_rows, ROWS.field(name).type)
                    for name in ROWS.names
                ],
                schema=ROWS,
            )


def _rejected(file: str, reason: str, detail: str, source: str) -> RawFacts:
    row = ("facts", file, None, reason, detail, json.dumps({}), source)
    empty = {table: schema.to_frame() for table, schema in TABLES.items()}
    return RawFacts(**{**empty, "rejects": pl.DataFrame([row], schema=REJECTS, orient="row")})


if __name__ == "__main__":
    # Under its own name, so that workers find these functions in the module and are not sent them.
    from spark.filings import main

    try:
        sys.exit(main(*sys.argv[1:3]))
    except SparkRoomError as error:
        sys.exit(str(error))
