"""Tab-separated texts of a data set as tables, some rows at a time, each different text held once.

The columns of a data set repeat few texts over and over: a million numbers are of some thousand
filings and concepts. So a row holds the numbers of its texts, and whatever is made of a text is
made once and not once a row, to the last: Parquet holds such columns the same way.

Belongs here: how a text is read. Does not belong here: what its columns mean.
"""

import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BufferedIOBase
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

CHUNK_BYTES = 96_000_000
"""Of text are held at once: about a million numbers."""
PIECE_BYTES = 1_048_576
"""Are unpacked at a time: a whole text at once takes a third longer."""
BLOCK_BYTES = 4_000_000
"""Of text are read by one thread at a time."""
FIRST_LINE = 2
"""After the names of the columns."""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a text.

    `rows` holds plain columns as they are, null where empty, and of the others the number of the
    row's word in `words`. A word may be null; the last one read is.
    """

    rows: pl.DataFrame
    words: Mapping[str, pl.Series]
    first_line: int

    def with_rows(self, rows: pl.DataFrame) -> "Chunk":
        """Other rows, of the same words."""
        return replace(self, rows=rows)

    def with_words(self, like: str, made: Mapping[str, pl.Series]) -> "Chunk":
        """With columns of what was made of each word of another, or of each number of it."""
        codes, words = {}, {}
        for name, series in made.items():
            # The same may have been made of different words.
            once = series.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode("encode")
            codes[name] = pl.Series(once.indices).gather(self.rows[like])
            words[name] = pl.Series(name, once.dictionary)
        return replace(self, rows=self.rows.with_columns(**codes), words={**self.words, **words})

    def with_words_of(self, names: Sequence[str], made: Mapping[str, pl.Expr]) -> "Chunk":
        """With columns of what is made of some columns, once for all rows that have the same."""
        key = self.rows[names[0]].cast(pl.Int64)
        for name in names[1:]:
            key = key * len(self.words[name]) + self.rows[name]
        numbered = key.to_arrow().dictionary_encode()
        rest = pl.Series(numbered.dictionary)
        found = {}
        for name in reversed(names):
            found[name] = self.words[name].gather(rest % len(self.words[name]))
            rest = rest // len(self.words[name])
        of_keys = replace(self, rows=pl.DataFrame({"key": pl.Series(numbered.indices)}))
        with_made = of_keys.with_words("key", pl.DataFrame(found).select(**made).to_dict())
        return replace(with_made, rows=self.rows.hstack(with_made.rows.drop("key")))

    def slice(self, begin: int, end: int) -> "Chunk":
        """The rows from one to another."""
        return replace(self, rows=self.rows.slice(begin, end - begin))

    def column(self, name: str) -> pl.Series:
        """A column row by row, each with its word."""
        rows = self.rows[name]
        return self.words[name].gather(rows) if name in self.words else rows

    def numbered(self, name: str) -> pa.DictionaryArray:
        """A column as Arrow's dictionary, without a number where there is no word."""
        words = self.words[name].to_arrow(compat_level=pl.CompatLevel.oldest())
        numbers = self.rows[name].to_arrow()
        if words.null_count:
            (nothing,) = self.words[name].is_null().arg_true()
            numbers = pc.if_else(pc.equal(numbers, nothing), None, numbers)
            words = words.fill_null("")
        return pa.DictionaryArray.from_arrays(numbers, words, safe=False)


def chunks(
    texts: zipfile.ZipFile,
    member: str,
    columns: Sequence[str],
    plain: Collection[str] = (),
    threads: int = 1,
    *,
    keeps_malformed: bool = False,
) -> Iterator[Chunk]:
    """Columns of a text, some rows at a time, one chunk at least; one that is not there is null.

    A line with more or fewer columns than the first is a row of nulls if so asked, so that all
    others keep their lines; else it raises pa.ArrowInvalid.
    """
    line = FIRST_LINE
    with _opened(texts, member) as text:
        names = _names(text)
        left = texts.getinfo(f"{member}.txt").file_size - text.tell()
        while left or line == FIRST_LINE:
            content = _lines(text, min(left, CHUNK_BYTES))
            left -= len(content)
            try:
                read = _read(content, names, columns, plain, threads)
            except pa.ArrowInvalid:
                if not keeps_malformed:
                    raise
                read = _read(_emptied(content, len(names)), names, columns, plain, threads)
            chunk = _chunk(read, line)
            line += chunk.rows.height
            yield chunk
            if not content:
                return


def whole(texts: zipfile.ZipFile, member: str, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a text as it is written. Raises as `chunks` does."""
    with _opened(texts, member) as text:
        names = _names(text)
        left = texts.getinfo(f"{member}.txt").file_size - text.tell()
        return pl.DataFrame(_read(_lines(text, left), names, columns, plain=columns, threads=1))


def _opened(texts: zipfile.ZipFile, member: str) -> BufferedIOBase:
    return cast(BufferedIOBase, texts.open(f"{member}.txt"))


def _names(text: BufferedIOBase) -> list[str]:
    return text.readline().decode().rstrip("\r\n").split("\t")


def _lines(text: BufferedIOBase, size: int) -> bytearray:
    """So many bytes, and what is left of the last line."""
    content = bytearray(size)
    place, filled = memoryview(content), 0
    while count := text.readinto(place[filled : filled + PIECE_BYTES]):
        filled += count
    place.release()
    content += text.readline()
    return content


def _emptied(content: bytearray, columns: int) -> bytes:
    """The lines, those with other than so many columns empty."""
    tabs = columns - 1
    lines = bytes(content).split(b"\n")
    return b"\n".join(
        line
        if line.count(b"\t") == tabs or (place == len(lines) - 1 and not line)
        else b"\t" * tabs
        for place, line in enumerate(lines)
    )


def _read(
    content: bytes | bytearray,
    names: Sequence[str],
    columns: Sequence[str],
    plain: Collection[str],
    threads: int,
) -> pa.Table:
    numbered = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.string() if name in plain else numbered for name in columns}
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
        joined = column.combine_chunks()
        read = pl.Series(name, joined.dictionary, dtype=pl.String)
        words[name] = read.extend(pl.Series([None], dtype=pl.String))
        rows[name] = pl.Series(joined.indices, dtype=pl.Int32).fill_null(len(words[name]) - 1)
    return Chunk(pl.DataFrame(rows), words, first_line)
