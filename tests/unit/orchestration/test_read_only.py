"""`plumbline sql` reads the published warehouse, and nothing else of the machine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.build import connect
from tests.conftest import settings_in

PLUMBLINE = Path(sys.executable).with_name("plumbline")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A published warehouse of one table, and a file beside it that is nobody's business."""
    directory = tmp_path_factory.mktemp("data")
    settings = settings_in(directory)
    (directory / "secret.csv").write_text("name\nthe secret\n")
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.figures as select 42 as figure")
    with duckdb.connect(str(directory / "other.duckdb")) as connection:
        connection.execute("create table secrets as select 'the secret' as name")
    return settings


READS = [
    "select * from read_csv('{dir}/secret.csv')",
    "select * from '{dir}/secret.csv'",
    "select * from read_text('{dir}/secret.csv')",
    "select * from read_blob('{dir}/secret.csv')",
    "select * from read_json('{dir}/secret.csv')",
    "select * from read_parquet('{dir}/secret.csv')",
    "select * from sniff_csv('{dir}/secret.csv')",
    "select * from glob('{dir}/*')",
    "select * from parquet_metadata('{dir}/secret.csv')",
    "attach '{dir}/other.duckdb' as other (read_only)",
    "select * from read_text('http://127.0.0.1/')",
    "select getenv('SEC_USER_AGENT')",
    "import database '{dir}'",
]
WRITES = [
    "copy (select 1) to '{dir}/written.csv'",
    "copy marts.figures to '{dir}/written.parquet' (format parquet)",
    "export database '{dir}/written'",
    "attach '{dir}/written.duckdb' as other",
    "create table marts.more as select 1",
    "insert into marts.figures values (43)",
    "update marts.figures set figure = 0",
    "delete from marts.figures",
    "drop table marts.figures",
    "create persistent secret s (type http)",
]
LOADS = [
    "install httpfs",
    "load httpfs",
    "load '{dir}/written.duckdb_extension'",
    "install httpfs from '{dir}'",
]
SETTINGS = [
    "set enable_external_access = true",
    "reset enable_external_access",
    "set lock_configuration = false",
    "set python_enable_replacements = true",
    "set memory_limit = '10TB'",
    "set temp_directory = '{dir}/written'",
    "set profiling_output = '{dir}/written.json'",
    "set allowed_directories = ['{dir}']",
    "pragma threads = 64",
]


@pytest.mark.parametrize("query", [*READS, *WRITES, *LOADS, *SETTINGS])
def test_a_query_reaches_nothing_but_the_warehouse(settings, query):
    before = sorted(settings.data_dir.iterdir())
    with (
        connect(settings.warehouse_path, settings, read_only=True) as connection,
        pytest.raises(duckdb.Error) as caught,
    ):
        connection.sql(query.format(dir=settings.data_dir)).fetchall()
    assert "the secret" not in str(caught.value)
    assert sorted(settings.data_dir.iterdir()) == before


def test_a_python_object_is_no_table(settings):
    frame = [1, 2, 3]
    with (
        connect(settings.warehouse_path, settings, read_only=True) as connection,
        pytest.raises(duckdb.CatalogException),
    ):
        connection.sql("select * from frame")
    assert frame


def test_what_it_is_for_still_works(settings):
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        assert connection.sql("select figure from marts.figures").fetchall() == [(42,)]
        connection.execute("create temporary table mine as select 1")
        assert connection.sql("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_a_sort_larger_than_memory_still_finds_room(settings):
    with connect(settings.warehouse_path, settings, read_only=True) as connection:
        spilled = connection.sql(
            "select count(*) from (select random() as r, repeat('x', 200) from range(6000000)"
            " order by r)"
        ).fetchone()
    assert spilled == (6_000_000,)


@pytest.mark.parametrize("query", ["select * from read_text('{dir}/secret.csv')", WRITES[0]])
def test_the_command_says_no_and_why(settings, query):
    told = subprocess.run(
        [PLUMBLINE, "sql", query.format(dir=settings.data_dir)],
        env={**os.environ, "PLUMBLINE_DATA_DIR": str(settings.data_dir)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1
    assert re.search("disabled by configuration", told.stderr)
    assert "the secret" not in told.stdout + told.stderr
