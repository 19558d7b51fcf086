"""Tab-separated texts of a data set as tables, some rows at a time, each different text held once.

The columns of a data set repeat few texts over and over: a million numbers are of some thousand
filings and concepts. So a row holds the numbers of its texts, and whatever is made of a text is
made once and not once a row.

Belongs here: how a text is read. Does not belong here: what its columns mean.
"""

import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
import pyarrow as pa
from pyarrow import csv

CHUNK_BYTES = 96_000_000
"""Of text are held at once: about a million numbers."""
BLOCK_BYTES = 4_000_000
"""Of text are read by one thread at a time."""
FIRST_LINE = 2
"""After the names of the columns."""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a text.

    `rows` holds the columns that were asked for plain as they are, null where empty, and of the
    others the number of the row's text in `words`. The last of the words of a column is null.
    """

    rows: pl.DataFrame
    words: Mapping[str, pl.Series]
    first_line: int

    def with_columns(self, *columns: pl.Series) -> "Chunk":
        """With more columns of its rows."""
        return replace(self, rows=self.rows.with_columns(columns))

    def where(self, condition: pl.Expr) -> "Chunk":
        """The rows of which something is true."""
        return replace(self, rows=self.rows.filter(condition))

    def sorted_by(self, column: str) -> "Chunk":
        """The rows in the order of a column; those alike in the order they were in."""
        return replace(self, rows=self.rows.sort(column, maintain_order=True))

    def slice(self, begin: int, end: int) -> "Chunk":
        """The rows from one to another."""
        return replace(self, rows=self.rows.slice(begin, end - begin))

    def of_words(self, name: str, made: pl.Series) -> pl.Series:
        """What was made of the words of a column, row by row."""
        return made.gather(self.rows[name]).alias(name)

    def texts(self, name: str) -> pl.Series:
        """A column as it is written."""
        return self.of_words(name, self.words[name]) if name in self.words else self.rows[name]

    def combinations(self, *names: str) -> tuple[pl.DataFrame, pl.Series]:
        """The texts of some columns that occur together, and which of them each row has."""
        key = self.rows[names[0]].cast(pl.Int64)
        for name in names[1:]:
            key = key * len(self.words[name]) + self.rows[name]
        numbered = key.to_arrow().dictionary_encode()
        rest = pl.Series(numbered.dictionary)
        found = {}
        for name in reversed(names):
            found[name] = self.words[name].gather(rest % len(self.words[name]))
            rest = rest // len(self.words[name])
        return pl.DataFrame(found), pl.Series(numbered.indices)

    def to_arrow(self, names: Sequence[str]) -> pa.Table:
        """Columns as Arrow's dictionaries."""
        return pa.table({name: self._dictionary(name) for name in names})

    def _dictionary(self, name: str) -> pa.DictionaryArray:
        words = self.words[name].to_arrow(compat_level=pl.CompatLevel.oldest())
        return pa.DictionaryArray.from_arrays(self.rows[name].to_arrow(), words)


def chunks(
    texts: zipfile.ZipFile,
    member: str,
    columns: Sequence[str],
    plain: Collection[str] = (),
    threads: int = 1,
) -> Iterator[Chunk]:
    """Columns of a text, some rows at a time, one chunk at least; one that is not there is null.

    Raises pa.ArrowInvalid for a line with more or fewer columns than the first.
    """
    line = FIRST_LINE
    with texts.open(f"{member}.txt") as text:
        names = text.readline().decode().rstrip("\r\n").split("\t")
        while (content := text.read(CHUNK_BYTES)) or line == FIRST_LINE:
            chunk = _chunk(_read(content + text.readline(), names, columns, plain, threads), line)
            line += chunk.rows.height
            yield chunk
            if not content:
                return


def whole(
    texts: zipfile.ZipFile, member: str, columns: Sequence[str], threads: int = 1
) -> pl.DataFrame:
    """Columns of a text as it is written."""
    return pl.concat(
        chunk.rows for chunk in chunks(texts, member, columns, plain=columns, threads=threads)
    )


def _read(
    content: bytes,
    names: Sequence[str],
    columns: Sequence[str],
    plain: Collection[str],
    threads: int,
) -> pa.Table:
    coded = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.string() if name in plain else coded for name in columns}
    if not content:
        return pa.schema(types).empty_table()
    return csv.read_csv(
        pa.py_buffer(content),
        read_options=csv.ReadOptions(
            use_threads=threads > 1, block_size=BLOCK_BYTES, column_names=names
        ),
        parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=csv.ConvertOptions(
            column_types=types,
            include_columns=columns,
            include_missing_columns=True,
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _chunk(table: pa.Table, first_line: int) -> Chunk:
    rows, words = {}, {}
    for name, column in zip(table.column_names, table.unify_dictionaries().columns, strict=True):
        if not pa.types.is_dictionary(column.type):
            rows[name] = pl.Series(column, dtype=pl.String)
            continue
        whole = column.combine_chunks()
        of_name = pl.Series(whole.dictionary, dtype=pl.String)
        words[name] = of_name.extend(pl.Series([None], dtype=pl.String))
        rows[name] = pl.Series(whole.indices, dtype=pl.Int32).fill_null(len(of_name) - 1)
    return Chunk(pl.DataFrame(rows), words, first_line)
