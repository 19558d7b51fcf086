import json
import os

import duckdb
import pytest

from orchestration.build import (
    BuildError,
    connect,
    is_locked_by_another,
    lock_builds,
    require_build,
    start_build,
)
from orchestration.versions import bases, publish
from tests.conftest import settings_in


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create or replace table t as select ? as v", [value])


def read(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select v from t").fetchone()[0]


def test_a_run_begins_from_what_is_published(settings):
    write(settings.warehouse_path, "published")
    start_build(settings, "run-1", bases(settings))
    assert read(settings.build_path) == "published"


def test_a_build_begun_by_the_run_stays_and_one_of_another_run_goes(settings):
    write(settings.warehouse_path, "published")
    start_build(settings, "run-1", bases(settings))
    write(settings.build_path, "half done")
    start_build(settings, "run-1", bases(settings))
    assert read(settings.build_path) == "half done"
    start_build(settings, "run-2", bases(settings))
    assert read(settings.build_path) == "published"


def test_an_open_reader_keeps_the_warehouse_it_opened(settings):
    write(settings.warehouse_path, "old")
    start_build(settings, "run-1", bases(settings))
    write(settings.build_path, "new")
    settings.built_report_path.write_text("page")
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as reader:
        publish(settings)
        assert reader.execute("select v from t").fetchone() == ("old",)
    assert read(settings.warehouse_path) == "new"
    assert settings.report_path.read_text() == "page"


def test_without_a_report_nothing_is_published(settings):
    write(settings.warehouse_path, "old")
    start_build(settings, "run-1", bases(settings))
    write(settings.build_path, "new")
    with pytest.raises(BuildError, match="report"):
        publish(settings)
    assert read(settings.warehouse_path) == "old"


def test_a_file_that_is_no_warehouse_is_named(settings):
    settings.warehouse_path.write_text("not a database, although long enough to be read as one")
    with (
        pytest.raises(BuildError, match=r"warehouse\.duckdb cannot be opened as a warehouse"),
        connect(settings.warehouse_path, settings, read_only=True),
    ):
        pass


def test_a_run_that_loaded_nothing_has_no_build_to_work_on(settings):
    write(settings.warehouse_path, "published")
    start_build(settings, "run-1", bases(settings))
    require_build(settings, "run-1")
    with pytest.raises(BuildError, match="start the whole refresh job"):
        require_build(settings, "run-2")


def test_whatever_an_interrupted_build_left_is_cleared(settings):
    write(settings.warehouse_path, "published")
    (settings.build_path.parent / "warehouse.duckdb.tmp").mkdir(parents=True)
    start_build(settings, "run-1", bases(settings))
    assert read(settings.build_path) == "published"


def test_an_unfinished_write_to_the_published_warehouse_is_named(settings):
    write(settings.warehouse_path, "published")
    log = settings.warehouse_path.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"log")
    with pytest.raises(BuildError, match=r"warehouse\.duckdb\.wal is left of an unfinished write"):
        start_build(settings, "run-1", bases(settings))


def test_a_lock_that_cannot_be_taken_is_named(settings):
    (settings.data_dir / "refresh.lock").mkdir()
    with pytest.raises(BuildError, match=r"refresh\.lock cannot be written \(Is a directory\)"):
        lock_builds(settings)


def test_the_lock_says_who_holds_it(settings):
    lock_builds(settings)
    told = json.loads((settings.data_dir / "refresh.lock").read_text())
    assert told["pid"] == os.getpid()
    assert not is_locked_by_another(settings)
