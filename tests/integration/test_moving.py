"""What the page for those who move says is so: its tables, conditions and queries, on a lake.

On a small data set always, on the real quarter where that is at hand, and beside secfsdstools
itself where SECFSDSTOOLS_PYTHON names an interpreter that has it.
"""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from ingest.bulk.companyfacts import load_companyfacts
from ingest.bulk.data_sets import load_data_set
from ingest.lake import Lake, bucket_of
from tests.support.data_sets import CASH, FILING, LINE, SALES, write_data_set
from tests.support.documents import ROOT, blocks

PAGE = ROOT / "docs" / "how-to-move-from-secfsdstools.md"
BLOCKS = blocks(PAGE)
QUERIES = [
    query for block in BLOCKS if block.language == "sql" for query in block.text.split(";\n")
]
FILTERS = re.findall(r"^\| `(\w+JoinedFilter\(.*\))` \| `(.*)` \|$", PAGE.read_text(), re.MULTILINE)
QUARTER = ROOT.parent / "shared/edgar/files/dera/data/financial-statement-data-sets" / "2010q2.zip"
PEER = os.environ.get("SECFSDSTOOLS_PYTHON")
EXTRACT = {
    "entityName": "Apple Inc.",
    "facts": {"us-gaap": {"Cash": {"units": {"USD": [
        {"end": "2010-03-27", "val": 10018000000, "accn": FILING, "fy": 2010, "fp": "Q2",
         "form": "10-Q", "filed": "2010-04-21"},
    ]}}}},
}  # fmt: skip
# As written in the texts, and as the views state it.
WRITTEN = {
    "sub": ("adsh, cast(cik as bigint), name, sic, form, period, cast(fy as int), fp, filed,"
            " countryba, ein, afs, fye, instance, aciks"),
    "tag": "tag, version, custom = '1', abstract = '1', datatype, iord, crdr, tlabel, doc",
    "pre": ("adsh, cast(report as int), cast(line as int), stmt, inpth = '1', rfile, tag, version,"
            " plabel, negating = '1'"),
    "num": ("adsh, tag, ddate, cast(qtrs as int), uom, coalesce(segments, ''),"
            " cast(value as decimal(38, 9)), footnote"),
}  # fmt: skip
STATED = {
    "sub": ("adsh, cik, name, sic, form, strftime(period, '%Y%m%d'), fy, fp,"
            " strftime(filed, '%Y%m%d'), countryba, ein, afs, fye, instance, aciks"),
    "tag": "tag, version, custom, abstract, datatype, iord, crdr, tlabel, doc",
    "pre": "adsh, report, line, stmt, inpth, rfile, tag, version, plabel, negating",
    "num": ("adsh, tag, strftime(ddate, '%Y%m%d'), cast(qtrs as int), uom, segments, value,"
            " footnote"),
}  # fmt: skip
OF_JOINED = "adsh, tag, cast(qtrs as int) as qtrs, uom, segments, stmt, report, line"
# What a bag is after each filter, by secfsdstools, as files.
PEER_PROGRAM = """
import json, sys
from pathlib import Path
sys.path.insert(0, {peer!r})
import secfsdstools_peer as peer
from secfsdstools.e_filter.joinedfiltering import *
directory = Path({directory!r})
joined = peer.by_steps(Path({archive!r}), directory).join()
for number, bagfilter in enumerate([{filters}]):
    joined[bagfilter].pre_num_df.to_parquet(directory / f"{{number}}.parquet")
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A lake of two numbers, one with a footnote and one with segments, and of an extract."""
    directory = tmp_path_factory.mktemp("small")
    numbers = [
        SALES,
        {**SALES, "segments": "BusinessSegments=Retail;ProductOrService=IPhone;"},
        {**CASH, "footnote": "Held in trust."},
    ]
    archive = write_data_set(
        directory / "2010q2.zip", numbers, lines=[LINE, {**LINE, "tag": "Cash"}]
    )
    extracts = directory / "companyfacts.zip"
    with zipfile.ZipFile(extracts, "w") as members:
        members.writestr("CIK0000320193.json", json.dumps(EXTRACT))
    lake = Lake(directory / "data/universe/lake")
    load_data_set(lake, archive, (), "500MB", 1)
    load_companyfacts(lake, extracts, bucket_of(320193), (), "500MB", 1)
    return archive


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not QUARTER.exists():
        pytest.skip("needs ../shared/edgar")
    directory = tmp_path_factory.mktemp("real")
    load_data_set(Lake(directory / "data/universe/lake"), QUARTER, (), "500MB", 2)
    return directory


@pytest.fixture
def stands_in(monkeypatch):
    """A session with the views of the page, where a reader stands."""

    def begin(directory: Path) -> duckdb.DuckDBPyConnection:
        monkeypatch.chdir(directory)
        session = duckdb.connect()
        for query in QUERIES:
            if query.lstrip().startswith("create view"):
                session.execute(query)
        return session

    return begin


def texts_of(archive: Path, session: duckdb.DuckDBPyConnection, directory: Path) -> None:
    """The texts of a data set as tables `written_…`."""
    with zipfile.ZipFile(archive) as texts:
        for name in WRITTEN:
            path = texts.extract(f"{name}.txt", directory)
            session.execute(
                f"create table written_{name} as from read_csv('{path}', delim = '\t', quote = '',"
                " header = true, all_varchar = true)"
            )


def differences(session: duckdb.DuckDBPyConnection, first: str, second: str) -> int:
    (count,) = session.execute(
        f"select (select count(*) from (({first}) except all ({second})))"
        f" + (select count(*) from (({second}) except all ({first})))"
    ).fetchone()
    return count


def test_every_query_finds_rows(small, stands_in):
    session = stands_in(small.parent)
    selects = [query for query in QUERIES if "create view" not in query and query.strip()]
    assert len(selects) >= 3
    for query in selects:
        session.execute(query.replace("0001193125-10-088957", FILING))
        assert session.fetchall(), query


@pytest.mark.parametrize("name", list(STATED))
def test_the_tables_have_the_columns_that_are_told(name, small, stands_in):
    session = stands_in(small.parent)
    assert session.execute(f"select {STATED[name]} from {name}").fetchall()


@pytest.mark.slow
def test_the_tables_have_the_rows_of_the_texts(real, stands_in, tmp_path):
    session = stands_in(real)
    texts_of(QUARTER, session, tmp_path)
    for name, columns in WRITTEN.items():
        written = f"select {columns} from written_{name}"
        assert differences(session, written, f"select {STATED[name]} from {name}") == 0, name
    joined = "from written_num inner join written_pre using (adsh, tag, version)"
    assert session.execute("select count(*) from pre_num").fetchone() == (
        session.execute(f"select count(*) {joined}").fetchone()
    )


@pytest.mark.parametrize("condition", [condition for _, condition in FILTERS])
def test_conditions_can_be_asked(condition, small, stands_in):
    assert stands_in(small.parent).execute(f"from pre_num where {condition}").description


def test_the_program_runs(small, stands_in, monkeypatch):
    (program,) = (block.text for block in BLOCKS if block.language == "python")
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=small.parent, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert FILING in ran.stdout


def test_what_is_told_of_co_registrants_is_so(real, stands_in):
    session = stands_in(real)
    session.execute("create temp table entities as from num where coreg <> ''")
    (count,) = session.execute("select count(*) from entities").fetchone()
    told = int(re.search(r"\((\d+) of 2010q2\)", PAGE.read_text())[1])
    with zipfile.ZipFile(QUARTER) as texts:
        lines = texts.read("num.txt").decode().splitlines()
    place = lines[0].split("\t").index("coreg")
    assert count - told == sum(bool(line.split("\t")[place]) for line in lines[1:])


@pytest.mark.skipif(PEER is None, reason="SECFSDSTOOLS_PYTHON names no interpreter")
def test_filters_find_the_rows_that_secfsdstools_finds(real, stands_in, tmp_path):
    program = PEER_PROGRAM.format(
        peer=str(ROOT / "benchmarks"), directory=str(tmp_path), archive=str(QUARTER.resolve()),
        filters=", ".join(name for name, _ in FILTERS),
    )  # fmt: skip
    ran = subprocess.run([PEER, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    session = stands_in(real)
    ours = f"select {OF_JOINED}, strftime(ddate, '%Y%m%d') as ddate, cast(value as double) as value"
    theirs = f"select {OF_JOINED}, cast(ddate as varchar) as ddate, value"
    for number, (name, condition) in enumerate(FILTERS):
        found = f"{ours} from pre_num where {condition}"
        assert session.execute(found).fetchone(), name
        there = f"{theirs} from read_parquet('{tmp_path}/{number}.parquet')"
        assert differences(session, found, there) == 0, name
